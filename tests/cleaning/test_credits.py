"""Agencies, bylines and datelines are cut, and kept as credits."""

import pytest
from twicetold.domain.cleaning.clean import clean

FIRST = "The council met on Monday evening to discuss the harbour wall and the cost of its repair."
LAST = "Engineers said that the work would take eleven months and would close the eastern quay."


@pytest.mark.parametrize(
    ("line", "agencies"),
    [
        ("ab/cd (AFP, AP, Reuters)", ("AFP", "AP", "Reuters")),
        ("ef/gh (dpa, EFE)", ("dpa", "EFE")),
        ("(ANSA)", ("ANSA",)),
        ("Quelle: dpa/AFP", ("dpa", "AFP")),
        ("mit dpa", ("dpa",)),
        ("The Coast Post with AFP", ("AFP",)),
        ("TASS", ("TASS",)),
        ("РИА Новости", ("RIA Novosti",)),
        ("新华社", ("Xinhua",)),
        ("واس", ("SPA",)),
        ("/ritzau/", ("Ritzau",)),
        ("(©NTB)", ("NTB",)),
    ],
)
def test_a_closing_credit_line_goes_and_its_agencies_are_kept(line: str, agencies: tuple[str, ...]) -> None:
    cleaned = clean(f"{FIRST}\n\n{LAST}\n\n{line}")
    assert cleaned.text == f"{FIRST}\n\n{LAST}"
    assert cleaned.credits.agencies == agencies


@pytest.mark.parametrize("suffix", ["xy/za (AFP, dpa)", "(Reuters)", "xy/za-(AP, dpa) -", "– dpa", "with dpa"])
def test_credits_after_the_last_sentence_go_and_the_sentence_stays(suffix: str) -> None:
    cleaned = clean(f"{FIRST} {LAST} {suffix}")
    assert cleaned.text == f"{FIRST} {LAST}"
    assert cleaned.credits.agencies


@pytest.mark.parametrize(
    ("dateline", "agencies", "said"),
    [
        ("HAVENTON, May 12 (Reuters) - ", ("Reuters",), "HAVENTON, May 12 (Reuters)"),
        ("HAVENTON (AP) — ", ("AP",), "HAVENTON (AP)"),
        ("BERLIN (dpa) – ", ("dpa",), "BERLIN (dpa)"),
        ("Madrid, 12 may (EFE).- ", ("EFE",), "Madrid, 12 may (EFE)."),
        ("PARIS, 12 mai (AFP) - ", ("AFP",), "PARIS, 12 mai (AFP)"),
        ("(— May 12, 2019) — ", (), "(— May 12, 2019)"),
        ("МОСКВА, 12 мая. /ТАСС/. ", ("TASS",), "МОСКВА, 12 мая. /ТАСС/."),
        ("MOSCOW, May 12. /TASS/. ", ("TASS",), "MOSCOW, May 12. /TASS/."),
        ("Haventon (CNN)", ("CNN",), "Haventon (CNN)"),
        ("新华社北京5月12日电（记者王明）", ("Xinhua",), None),
        ("(서울=연합뉴스) 홍길동 기자 = ", ("Yonhap",), "(서울=연합뉴스) 홍길동 기자"),
    ],
)
def test_a_dateline_goes_and_is_kept(dateline: str, agencies: tuple[str, ...], said: str | None) -> None:
    cleaned = clean(f"{dateline}{FIRST}\n\n{LAST}")
    assert cleaned.text == f"{FIRST}\n\n{LAST}"
    assert cleaned.credits.agencies == agencies
    assert cleaned.credits.dateline == said


@pytest.mark.parametrize(
    ("line", "byline"),
    [
        ("By Ann Lee, Political Correspondent", "Ann Lee, Political Correspondent"),
        ("Von Jan Petersen", "Jan Petersen"),
        ("Par Luc Morel", "Luc Morel"),
        ("Por Ana Romero", "Ana Romero"),
        ("Автор: Иван Смирнов", "Иван Смирнов"),
        ("By Ann Lee 12 May 2019", "Ann Lee"),
        ("By Ann Lee , Bob Ray on Monday, May 13th, 2019 at 11:08 a.m.", "Ann Lee , Bob Ray"),
        ("5:45 AM PST 05/12/2019 by Ann Lee", "Ann Lee"),
    ],
)
def test_a_byline_goes_and_is_kept(line: str, byline: str) -> None:
    cleaned = clean(f"{line}\n\n{FIRST}\n\n{LAST}")
    assert cleaned.text == f"{FIRST}\n\n{LAST}"
    assert cleaned.credits.byline == byline


@pytest.mark.parametrize(
    "sentence",
    [
        "By Anna on Monday the bridge was nearly lost.",
        "Ann Lee (CNN) was the first to ask.",
        "Reuters, AFP and AP have moved their offices.",
        "By comparison, the old wall cost a tenth.",
        "By Ann Lee's own account, the talks nearly failed.",
        "Reuters could not reach the mayor.",
        "He told AFP (the agency) nothing.",
        "Von Tag zu Tag stieg das Wasser.",
        "Por Dios, gritó la alcaldesa.",
        "The mayor (Reuters reported) had left.",
    ],
)
def test_sentences_that_open_or_close_like_credits_stay(sentence: str) -> None:
    for text in (f"{sentence}\n\n{FIRST}", f"{FIRST}\n\n{sentence}"):
        assert clean(text).text == text


def test_a_name_above_the_date_is_the_byline_and_a_biography_at_the_end_goes_with_it() -> None:
    biography = "Ann Lee is a reporter at the Coast Post and lives by the sea."
    cleaned = clean(f"Ann Lee\n\n12 May 2019, 14:10\n\n{FIRST}\n\n{LAST}\n\n{biography}")
    assert cleaned.text == f"{FIRST}\n\n{LAST}"
    assert cleaned.credits.byline == "Ann Lee"


def test_a_closing_paragraph_on_a_journalist_whom_the_story_does_not_name_goes() -> None:
    story = [f"{FIRST} {n}" for n in range(4)]
    biography = "Ann Lee is a freelance writer based in Haventon."
    assert clean("\n\n".join([*story, biography])).text == "\n\n".join(story)


def test_paragraphs_on_journalists_of_whom_a_story_tells_stay() -> None:
    named = ["Police arrested Ann Lee on Monday.", *[f"{FIRST} {n}" for n in range(4)]]
    alone = "\n\n".join([*named, "Ann Lee is a reporter at the Coast Post."])
    listed = [f"{name} is a reporter at the Coast Post." for name in ("Ann Lee", "Bob Ray", "Eva Moss")]
    for text in (alone, "\n\n".join([*[f"{FIRST} {n}" for n in range(4)], *listed])):
        assert clean(text).text == text


def test_a_name_alone_without_a_date_stays() -> None:
    text = f"Ann Lee\n\n{FIRST}\n\n{LAST}\n\nAnn Lee is a fisherman on the island."
    assert clean(text).text == text


def test_a_byline_far_inside_a_text_is_left_alone() -> None:
    inside = [f"{FIRST} {n}" for n in range(8)]
    text = "\n\n".join([*inside, "By Ann Lee", *[f"{LAST} {n}" for n in range(8)]])
    assert clean(text).text == text


@pytest.mark.parametrize(
    "line",
    [
        "By Popular Demand",
        "By Road, Rail and River",
        "Di Pietro e Meloni",
        "Por Sevilla, Nuevo Sur",
        "كتب الوزير رسالة طويلة إلى العمال",
        "Writing by lamplight ruined her eyes. She never stopped.",
        "Editing by committee cost the film its ending.",
        "Additional reporting by hospitals begins in May.",
    ],
)
def test_what_names_no_author_is_no_byline(line: str) -> None:
    text = f"{line}\n\n{FIRST}\n\n{LAST}"
    assert clean(text).text == text


@pytest.mark.parametrize(
    "line",
    [
        "(Reporting by Ann Lee in Paris and Bob Ray; Editing by Carla Diaz)",
        "Additional reporting by Ann Lee in Mill Town",
        "Writing by Ann Lee.",
    ],
)
def test_a_line_on_who_worked_on_the_story_goes(line: str) -> None:
    assert clean(f"{FIRST}\n\n{LAST}\n\n{line}").text == f"{FIRST}\n\n{LAST}"


def test_the_closing_word_of_old_wires_goes_as_agency() -> None:
    cleaned = clean(f"{FIRST}\n    {LAST}\n Reuter")
    assert cleaned.text.endswith(LAST)
    assert cleaned.credits.agencies == ("Reuters",)


def test_dates_near_the_ends_go_and_dates_inside_stay() -> None:
    assert clean(f"Published: 12 May 2019, 14:10\n\n{FIRST}\n\n{LAST}").text == f"{FIRST}\n\n{LAST}"
    assert clean(f" date 2019-05-05 {FIRST}").text == FIRST
    inside = "\n\n".join([*[f"{FIRST} {n}" for n in range(8)], "12 May 2019", *[f"{LAST} {n}" for n in range(8)]])
    assert clean(inside).text == inside


@pytest.mark.parametrize("line", ["1985.", "December 1986.", "share.", "U.S. 1-2 210-250 LB 49.50-50.50   49.50-50.50"])
def test_the_last_line_of_a_sentence_and_rows_of_figures_are_no_stamps(line: str) -> None:
    text = f"{FIRST}\n\n{LAST}\n{line}"
    assert clean(text).text == text
