"""A phrase takes itself along and what belongs to it: the story's sentences beside it stay."""

import pytest
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.rules.phrases import phrase_end

BEFORE = "The harbour froze over on Monday, for the first time in thirty years."
AFTER = "Ferries stayed in port until the wind turned and broke the ice at noon."


def left_of(text: str, language: str = "en") -> str:
    return clean(text, language=language).text


SPLICED = [
    ("en", BEFORE, "Subscribe to our newsletter", AFTER),
    (
        "de",
        "Der Hafen fror am Montag zu.",
        "Melden Sie sich für unseren Newsletter an",
        "Die Fähren blieben liegen, bis der Wind drehte und das Eis zerbrach.",
    ),
    (
        "fr",
        "Le port a gelé lundi.",
        "Inscrivez-vous à notre newsletter",
        "Les bacs sont restés à quai jusqu'à ce que le vent tourne à midi.",
    ),
    (
        "ko",
        "항구가 월요일에 얼었다.",
        "뉴스레터를 구독하세요",
        "여객선은 바람이 바뀌고 정오에 얼음이 깨질 때까지 항구에 머물렀다.",
    ),
]


@pytest.mark.parametrize(("language", "before", "phrase", "after"), SPLICED, ids=[each[0] for each in SPLICED])
def test_a_phrase_without_a_full_stop_leaves_the_next_sentence(
    language: str, before: str, phrase: str, after: str
) -> None:
    assert left_of(f"{before} {phrase} {after}", language) == f"{before} {after}"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Follow us on Mastodon and Facebook."),
        ("de", "Laden Sie unsere App herunter."),
        ("fr", "Nous utilisons des cookies sur ce site."),
        ("tr", "Uygulamamızı indirin."),
        ("hi", "हमारा ऐप डाउनलोड करें।"),
    ],
)
def test_what_the_outlet_asks_in_a_sentence_of_its_own_goes_alone(language: str, sentence: str) -> None:
    assert left_of(f"{BEFORE} {sentence} {AFTER}", language) == f"{BEFORE} {AFTER}"


@pytest.mark.parametrize(
    "sentence",
    [
        "Download the free app of the coast guard, which warns you of the tide.",
        "Please consider giving blood.",
        "Bakers use butter in their cookies.",
        "Follow the harbour board on Facebook to learn when the bridge opens.",
    ],
)
def test_advice_to_the_readers_of_a_story_stays(sentence: str) -> None:
    text = f"{BEFORE}\n\n{AFTER}\n\n{sentence}"
    assert left_of(text) == text


def test_the_tail_of_a_summary_goes_and_the_summary_stays() -> None:
    assert left_of(f"{BEFORE} {AFTER} Read more") == f"{BEFORE} {AFTER}"
    assert left_of(f"{BEFORE} {AFTER} Nobody … Read more").startswith(f"{BEFORE} {AFTER}")


def test_a_one_word_answer_stays_though_buttons_are_called_so() -> None:
    text = f"{BEFORE}\n\nWhat did the mayor say?\n\nClose.\n\nAnd then?\n\nShare.\n\n{AFTER}"
    assert left_of(text) == text


def test_a_line_made_up_of_the_words_of_such_lines_goes_in_any_language() -> None:
    for line in ("Artikkelen fortsetter under bildet", "24 kommentarer", "Se også video: Isen brytes"):
        assert left_of(f"{BEFORE}\n\n{line}\n\n{AFTER}", "no") == f"{BEFORE}\n\n{AFTER}"


def test_a_short_ending_belongs_to_the_phrase() -> None:
    text = "Sign up for our newsletter today and miss nothing"
    assert phrase_end(text, text.index(" today")) == len(text)


BUTTONS = {
    "en": (
        "Share this article",
        "Engineers said that the work would take eleven months.",
        "The council voted on Monday to move it inland.",
    ),
    "de": (
        "Artikel teilen",
        "Die Arbeiten dauern elf Monate.",
        "Der Rat beschloss am Montag, die alte Hafenmauer zu versetzen.",
    ),
    "fr": (
        "Partager cet article",
        "Les travaux dureront onze mois.",
        "Le conseil a décidé lundi de déplacer le vieux mur du port.",
    ),
    "es": (
        "Compartir en Facebook",
        "Las obras durarán once meses.",
        "El consejo decidió el lunes trasladar el viejo muro del puerto.",
    ),
    "pl": (
        "Podziel się artykułem",
        "Prace potrwają jedenaście miesięcy.",
        "Rada zdecydowała w poniedziałek o przesunięciu starego muru portowego.",
    ),
    "ru": (
        "Поделиться новостью",
        "Работы займут одиннадцать месяцев.",
        "Совет решил в понедельник перенести старую портовую стену вглубь.",
    ),
    "el": (
        "Κοινοποίηση στο Facebook",
        "Τα έργα θα διαρκέσουν έντεκα μήνες.",
        "Το συμβούλιο αποφάσισε τη Δευτέρα να μετακινήσει το παλιό τείχος.",
    ),
}


@pytest.mark.parametrize("language", BUTTONS)
def test_a_button_run_together_with_a_sentence_goes_and_the_sentence_stays(language: str) -> None:
    button, before, after = BUTTONS[language]
    cleaned = clean(f"{before} {button} {after}", language=language)
    assert (cleaned.text, [span.text.strip() for span in cleaned.removed]) == (f"{before} {after}", [button])


@pytest.mark.parametrize(
    "sentence",
    [
        "Share this article of faith with those who doubt, the bishop told the crowd on Sunday.",
        "About the author little is known, and the book does not say where he lived.",
        "Follow us, she said, and they went down to the old harbour in the dark.",
        "Home Secretary Ann Lee said that the wall would be moved by the end of next year.",
    ],
)
def test_a_sentence_that_begins_like_a_button_stays(sentence: str) -> None:
    text = f"The council voted on Monday to move it inland. {sentence} Nobody spoke."
    assert clean(text, language="en").text == text


ASKED = [
    ("bg", "Изтеглете нашето приложение"), ("sr", "Пратите нас на Инстаграму"), ("hr", "Preuzmite našu aplikaciju"),
    ("ca", "Descarrega la nostra aplicació"), ("no", "Last ned appen vår"), ("sk", "Stiahnite si našu aplikáciu"),
    ("bn", "ইনস্টাগ্রামে আমাদের ফলো করুন"), ("ta", "இன்ஸ்டாகிராமில் எங்களைப் பின்தொடருங்கள்"), ("ur", "ہمیں انسٹاگرام پر فالو کریں"),
    ("sr", "Пријавите грешку"), ("fi", "Ilmoita virheestä"), ("hi", "गलती की सूचना दें"), ("vi", "Báo lỗi"),
    ("ja", "誤りを報告する"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "line"), ASKED)
def test_what_readers_are_asked_in_a_line_of_its_own_goes(language: str, line: str) -> None:
    assert clean(f"{BEFORE}\n\n{line}\n\n{AFTER}", language=language).text == f"{BEFORE}\n\n{AFTER}"
