"""What a page says twice, and what a story repeats itself."""

from __future__ import annotations

import pytest
from twicetold.domain.extraction.extract import extract

from tests.extraction.test_extract import kept
from tests.extraction.test_region import STORY, paragraphs, whole

LONG = [f"{text} {name} was there." for text, name in zip(STORY, ("Ada", "Ben", "Cleo", "Dora", "Emil"), strict=False)]


@pytest.mark.parametrize(
    "copy",
    [
        f"<div class=print><p>{' '.join(LONG)}</p></div>",
        f"<div class=amp>{paragraphs(*LONG)}</div>",
        f"<section>{paragraphs(*LONG)}</section>",
    ],
    ids=["in one block", "under another name", "in another element"],
)
def test_a_story_that_a_page_holds_twice_is_told_once(copy: str) -> None:
    found = extract(whole(f"<article>{paragraphs(*LONG)}</article>{copy}"), url=None)
    assert kept(found).split("\n\n") == LONG


def test_what_a_story_repeats_itself_stays() -> None:
    question = "<p><b>What would you tell somebody who comes to the town for the first time?</b></p>"
    answers = "".join(f"<div class=answer>{question}<p>{text}</p></div>" for text in LONG)
    found = extract(whole(f"<article>{answers}</article>"), url=None)
    assert kept(found).count("What would you tell") == len(LONG)
