"""Subheads, boxes of facts and teasers: short lines that only their neighbours give away."""

import pytest
from twicetold.domain.cleaning.clean import clean

BEFORE = "The council met on Monday evening to discuss the harbour wall and the cost of its repair."
AFTER = "Engineers told the meeting that the work would take eleven months and close the eastern quay."
STORY = [f"{BEFORE} {n}." for n in range(8)]


def cleaned(*lines: str, after: bool = True) -> list[str]:
    return clean("\n\n".join([*STORY, *lines, *([AFTER] if after else [])])).text.split("\n\n")


@pytest.mark.parametrize("subhead", ["Background", "Hintergrund", "Contexto", "Главное", "解説", "In evidenza"])
def test_a_subhead_over_a_part_of_the_story_stays(subhead: str) -> None:
    assert subhead in cleaned(subhead, "The wall was built by convicts and has stood for a hundred years.")


def test_the_same_word_goes_beside_clutter() -> None:
    assert "Print" not in cleaned("Share this article", "Print")


def test_points_below_a_subhead_stay() -> None:
    points = ["Recommended", "• Two litres of water", "• A torch"]
    assert cleaned(*points)[-4:-1] == points


def test_short_points_below_a_subhead_stay_at_the_end() -> None:
    points = ["Recommended", "• Two litres of water", "• A torch"]
    assert cleaned(*points, after=False)[-3:] == points


def test_headlines_below_a_subhead_go_at_the_end() -> None:
    headlines = ["Recommended", "Harbour wall to cost twice as much", "Ten ports that were moved inland"]
    assert cleaned(*headlines, after=False) == STORY


def test_speech_below_a_heading_of_links_stays_whatever_closes_it() -> None:
    said = "„Ani jeden den už čekat nebudeme,“ řekla. „Zeď musí stát dřív, než přijdou bouře.“"
    assert said in cleaned("Související články", said)


def test_a_label_among_facts_of_its_form_stays() -> None:
    film = ["Director: Carla Diaz", "Photography by: Ann Lee", "Video: Bob Ray", "Music: Dan Fox"]
    assert cleaned(*film)[-5:-1] == film


def test_speech_beside_a_teaser_is_no_box_of_facts() -> None:
    assert cleaned("议员马丽华说：“我们不能再等一个冬天了。”", "延伸阅读：港口围墙造价翻倍")[-2][-1] == "”"


def test_labels_among_their_like_go() -> None:
    assert cleaned("Photo: Ann Lee", "Illustration: Bob Ray") == [*STORY, AFTER]


def test_an_agency_goes_even_among_facts() -> None:
    assert "Photo: Ann Lee/AFP" not in cleaned("Result: Mill Town 3, Ashton 1", "Photo: Ann Lee/AFP")


def test_of_a_lone_paragraph_that_ends_with_a_link_the_link_goes() -> None:
    assert cleaned(f"{AFTER} Read more")[-2] == AFTER


def test_teasers_that_end_with_links_go_whole_side_by_side() -> None:
    assert cleaned("The wall will cost twice as much. Read more", "The quay will close. Read more") == [*STORY, AFTER]


def test_a_teaser_that_breaks_off_goes_whole() -> None:
    assert cleaned("The wall will cost twice as much, and the quay … Read more") == [*STORY, AFTER]


def test_a_refrain_stays() -> None:
    song = [
        "We shall sail at dawn",
        "We shall sail at dawn",
        "With nothing but the stars to guide",
        "We shall sail at dawn",
    ]
    assert cleaned(*song)[-5:-1] == song


def test_a_caption_set_twice_goes_once() -> None:
    assert cleaned("The quay before the storm", "The quay before the storm").count("The quay before the storm") == 1


def test_the_header_of_a_table_set_twice_goes_wherever_it_is() -> None:
    rows = [
        "Ship Crew Cargo Port",
        "Ship Crew Cargo Port",
        "Swan 12 Salt Leeds",
        "Ship Crew Cargo Port",
        "Ship Crew Cargo Port",
    ]
    assert cleaned(*rows).count("Ship Crew Cargo Port") == 2


TIMELINES = {
    "en": ("March 3, 1912", "1 February 1953", "June 12, 1961", "3 March 2026"),
    "de": ("Montag, 2. März 2026", "Dienstag, 3. März 2026", "Mittwoch, 4. März 2026"),
    "fr": ("2 mars 1912", "14 juillet 1953", "1er juin 1961"),
    "ru": ("3 марта 1912", "1 февраля 1953", "12 июня 1961"),
    "ja": ("1912年3月3日", "1953年2月1日", "1961年6月12日"),
    "ar": ("3 مارس 1912", "1 فبراير 1953", "12 يونيو 1961"),
}


@pytest.mark.parametrize("language", TIMELINES)
def test_dates_that_head_the_parts_of_a_timeline_stay(language: str) -> None:
    text = "\n\n".join(
        f"{date}\n\nThe old harbour wall was moved by {metres} metres."
        for metres, date in enumerate(TIMELINES[language])
    )
    assert clean(text, language=language).text == text


def test_stamps_at_the_head_and_foot_of_a_story_are_no_timeline() -> None:
    text = "2 March 2026\n3 March 2026\nThe wall was moved.\nThe mayor was there.\n4 March 2026"
    assert clean(text, language="en").text == "The wall was moved.\nThe mayor was there."


@pytest.mark.parametrize(
    ("language", "speakers", "said"),
    [
        ("en", ("Finch", "Rook"), "Sign up here."),
        ("de", ("Fink", "Krähe"), "Jetzt den Newsletter abonnieren."),
        ("ru", ("Синица", "Грач"), "Подпишитесь на нашу рассылку."),
    ],
)
def test_what_is_said_in_a_dialogue_stays(language: str, speakers: tuple[str, str], said: str) -> None:
    one, other = speakers
    text = "\n\n".join([f"{one}: 1912?", f"{other}: 1913!", f"{one}: {said}", f"{other}: 1914?"])
    assert clean(text, language=language).text == text
