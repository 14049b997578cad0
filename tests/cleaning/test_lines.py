"""The model that tells chrome from the lines of a flattened text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.lines import model

from tests.cleaning.stories_in_many_scripts import STORIES

STORY = STORIES["en"]
PAGE = f"""Home
News
Sport
Weather
Log in
Bridge over the Lauter to close for eleven months
By Ann Lee
Monday 2 March 2026, 09:15
{STORY}
More from the harbour
Ferry crews vote to end strike
Ten ports that were moved inland
Town hall gets a new roof
Cherry harvest smallest in decades
Terms of use
Imprint
Jobs
© 2026 The Harbour Post"""


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("language", STORIES)
def test_no_line_of_a_story_goes_in_any_script(language: str, declared: bool) -> None:
    text = STORIES[language]
    assert clean(text, language=language if declared else None, whole=True, flat=True).text == text


@pytest.mark.parametrize("language", STORIES)
def test_prose_stays_in_any_script_among_chrome(language: str) -> None:
    text = PAGE.replace(STORY, STORIES[language])
    left = clean(text, language=language, whole=True, flat=True).text
    prose = [line for line in STORIES[language].splitlines() if len(line) > 40 and line[-1] in ".։。።។။۔।"]
    assert all(line in left for line in prose)


def test_lines_around_a_story_are_chrome() -> None:
    cleaned = clean(PAGE, language="en", whole=True, flat=True)
    assert not {"Home", "News", "Sport", "Weather", "Imprint", "Jobs"} & set(cleaned.text.splitlines())
    assert [line for line in STORY.splitlines() if line not in cleaned.text] == []


def test_what_the_model_cuts_is_on_record_and_can_be_put_back() -> None:
    cleaned = clean(PAGE, language="en", whole=True, flat=True)
    assert any(span.rule == model.RULE and span.kind == model.KIND for span in cleaned.removed)
    assert all(PAGE[span.start : span.end] == span.text for span in cleaned.removed)


def test_the_text_of_a_page_is_left_to_the_model_of_pages() -> None:
    assert all(span.rule != model.RULE for span in clean(PAGE, language="en").removed)


@pytest.mark.parametrize("language", ["en", "fr", "zh"])
def test_the_rows_of_a_table_stay(language: str) -> None:
    rows = ["Shr loss 82 cts vs profit 15 cts", "Net 242,000 vs 135,000", "Sales 4,003,000 vs 2,968,000"]
    text = "\n".join([*rows, STORIES[language]])
    assert clean(text, language=language, whole=True, flat=True).text == text


def test_a_sentence_that_was_broken_into_lines_stays() -> None:
    broken = STORY.replace("western bank", "western bank\nof the river,\nwhich is the poorer one,")
    assert clean(broken, language="en", whole=True, flat=True).text == broken


@pytest.mark.parametrize("line", ["The court heard a recording.", "Who has the key?", "Er schwieg dazu."])
def test_a_short_sentence_stays_wherever_it_stands(line: str) -> None:
    assert line in clean(f"{line}\n{STORY}\n{line}", language="en", whole=True, flat=True).text


def test_dates_that_head_a_timeline_stay() -> None:
    text = "\n".join(
        f"March {day}, 19{day}2\nThe wall moved by {day} metres, and the town paid." for day in range(1, 8)
    )
    assert clean(text, language="en", whole=True, flat=True).text == text


def test_a_text_without_prose_is_left_whole() -> None:
    scores = "\n".join(f"{a} {b} : {a}" for a, b in zip(range(1, 9), range(2, 10), strict=True))
    assert clean(scores, language="en", whole=True, flat=True).text == scores


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PAGE.splitlines(), *STORIES["zh"].splitlines(), "", "•", "-- --", "x" * 5000]), max_size=40
    )
)
def test_kept_and_removed_are_the_text_whatever_its_lines(lines: list[str]) -> None:
    text = "\n".join(lines)
    cleaned = clean(text, whole=True, flat=True)
    at, parts = 0, []
    for span in cleaned.removed:
        parts.append(text[at : span.start])
        at = span.end
        assert text[span.start : span.end] == span.text
    assert "".join([*parts, text[at:]]) == cleaned.text


def test_a_text_that_is_sentences_throughout_is_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "features", None)
    paragraph = "The ferry left the harbour at nine and came back in the evening with the post."
    story = "\n\n".join(f"On day {day} nothing changed. {paragraph}" for day in range(9))
    assert clean(story, language="en", whole=True, flat=True).text == story
