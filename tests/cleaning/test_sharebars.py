"""Share bars, players and embeds in running text."""

import pytest
from twicetold.domain.cleaning.clean import clean

FIRST = "The council met on Monday evening to discuss the harbour wall."
LAST = "Engineers said that the work would take eleven months and would close the quay."
BUTTONS = "Facebook google+ Whatsapp Tumblr linkedin stumble Digg reddit Newsvine"
LINK = "Permalink https://example.org/p/3Hab"


def test_a_bar_in_one_line_text_goes_and_no_word_beside_it() -> None:
    text = f"{FIRST} Send {BUTTONS} {LINK} {LAST}"
    assert clean(text).text == f"{FIRST} {LAST}"


def test_a_player_goes_with_the_title_before_and_after_its_bar() -> None:
    title = "Harbour wall to cost twice as much"
    text = f"{FIRST} Watch video 03:12 Share {title} Send {BUTTONS} {LINK} {title} {LAST}"
    assert clean(text).text == f"{FIRST} {LAST}"


@pytest.mark.parametrize(
    ("player", "share", "send"),
    [
        ("Video ansehen", "Teilen", "Versenden"),
        ("Ver el video", "Compartir", "Enviar"),
        ("Obejrzyj wideo", "Podziel się", "Wyślij"),
        ("Tonton video", "Bagikan", "Kirim"),
        ("شاهد الفيديو", "شارك", "إرسال"),
        ("वीडियो देखें", "शेयर", "भेजें"),
        ("观看视频", "分享", "发送"),
        ("Смотреть видео", "Поделиться", "Слать"),
    ],
)
def test_a_player_goes_in_any_language_though_its_last_button_is_unknown(player: str, share: str, send: str) -> None:
    text = f"{FIRST} {player} 09:31 {share} The wall widens {send} {BUTTONS} {LINK} The wall widens {LAST}"
    assert clean(text).text == f"{FIRST} {LAST}"


def test_a_known_title_after_the_bar_goes_and_the_next_sentence_stays() -> None:
    title = "Harbour wall to cost twice as much"
    text = f"{FIRST} Send {BUTTONS} {LINK} {title} {LAST}"
    assert clean(text, title=title).text == f"{FIRST} {LAST}"


def test_a_title_that_is_told_apart_only_by_its_paragraph_goes_with_it() -> None:
    bar = f"Watch video 01:57 Share The wall widens Send {BUTTONS} {LINK} Harbour: mayor seeks money elsewhere"
    assert clean(f"{FIRST}\n\n{bar}\n\n{LAST}").text == f"{FIRST}\n\n{LAST}"


def test_a_title_before_the_bar_without_a_player_goes_when_it_is_repeated() -> None:
    text = f"{FIRST} Share The wall that nobody wanted Send {BUTTONS} {LINK} The wall that nobody wanted {LAST}"
    assert clean(text).text == f"{FIRST} {LAST}"


@pytest.mark.parametrize(
    "bar",
    [
        "Share on Facebook Share on Twitter Share on WhatsApp Share by Email",
        "Share this with Facebook Share this with Twitter Share this with Messenger",
        "Auf Facebook teilen Auf Twitter teilen Auf WhatsApp teilen",
        "Partager sur Facebook Partager sur Twitter",
        "Facebook | Twitter | WhatsApp | Telegram | E-Mail",
        "Facebook • LinkedIn • Reddit • Print",
        "Поделиться ВКонтакте Одноклассники Telegram WhatsApp",
        "فيسبوك تويتر واتساب تلغرام",
        "페이스북 트위터 카카오톡 네이버",
        "Share this: Facebook X WhatsApp Copy link",
        "Teilen Facebook X WhatsApp Link kopieren",
        "Chia sẻ Facebook X Zalo Sao chép liên kết",
        "शेयर करें फेसबुक ट्विटर व्हाट्सएप लिंक कॉपी करें",
        "اشتراک‌گذاری فیس‌بوک توییتر تلگرام کپی لینک",
    ],
)
def test_bars_of_many_kinds_go(bar: str) -> None:
    assert clean(f"{FIRST}\n\n{bar}\n\n{LAST}").text == f"{FIRST}\n\n{LAST}"
    assert clean(f"{FIRST} {bar} {LAST}").text == f"{FIRST} {LAST}"


@pytest.mark.parametrize(
    "sentence",
    [
        "Facebook, Twitter, Reddit and WhatsApp were all blocked on Friday.",
        "She moved from Facebook to Google to Twitter to LinkedIn within a year.",
        "Send Facebook a subpoena, the judge told the clerk.",
        "Share prices of Facebook and Twitter fell; those of LinkedIn and Pinterest rose.",
        "Users of Facebook/Instagram/WhatsApp/Messenger saw errors.",
        "Ministers use WhatsApp, Telegram, Signal and Facebook for state business.",
        "Facebook und Twitter, WhatsApp und Telegram waren gesperrt.",
        "Readers of Facebook copy links to WhatsApp groups all day.",
    ],
)
def test_prose_about_platforms_stays(sentence: str) -> None:
    text = f"{FIRST} {sentence} {LAST}"
    assert clean(text).text == text


@pytest.mark.parametrize(
    "embed",
    [
        "pic.twitter.com/Ab12Cd34Ef",
        "— Harbour Board (@harbourboard) May 12, 2019",
        "View this post on Instagram",
        "A post shared by Harbour Board (@harbour.board) on May 12, 2019 at 4:15am PDT",
        "Media playback is unsupported on your device",
        "Skip Twitter post by @harbourboard",
        "Advertisement Story continues below",
    ],
)
def test_embed_marks_inside_a_paragraph_go(embed: str) -> None:
    assert clean(f"{FIRST} {embed} {LAST}").text == f"{FIRST} {LAST}"


def test_a_platform_that_heads_a_part_of_the_story_stays_and_a_row_of_them_goes() -> None:
    prose = "The harbour board answered every letter that it was sent within a day of the storm."
    parts = f"{prose}\n\nYouTube\n\n{prose} Films came first.\n\nTikTok\n\n{prose} Clips came later."
    assert clean(parts, language="en").text == parts
    row = f"{prose}\n\nFacebook\n\nWhatsApp\n\nTelegram\n\n{prose} Nobody was left out."
    assert clean(row, language="en").text == f"{prose}\n\n{prose} Nobody was left out."
