"""Blocks that an operator wants cut or kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.overrides import override
from twicetold.domain.cleaning.spans import Cut, settle
from twicetold.domain.model import Override, OverrideAction

STORY = "The council voted to move the wall.\n\nShare this article\n\nThe work will take eleven months."


def cut(block: str) -> Override:
    return Override(action=OverrideAction.CUT, block=block)


def keep(block: str) -> Override:
    return Override(action=OverrideAction.KEEP, block=block)


def test_a_block_goes_by_the_operators_word_and_is_on_record() -> None:
    cleaned = clean(STORY, overrides=[cut("the council voted to move the wall")])
    assert cleaned.text == "The work will take eleven months."
    assert [span.rule for span in cleaned.removed] == ["override:block", "en.share"]


def test_a_block_stays_by_the_operators_word() -> None:
    assert clean(STORY, overrides=[keep("SHARE this article!")]).text == STORY


def test_other_blocks_are_not_touched() -> None:
    assert clean(STORY, overrides=[cut("The council"), keep("Share")]) == clean(STORY)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=6), st.integers(0, 3))
def test_nothing_of_a_kept_block_goes_and_all_else_goes_as_before(places: list[tuple[int, int]], kept: int) -> None:
    lines = ["one two", "three four", "five six", "seven eight"]
    text = "\n".join(lines)
    cuts = settle(Cut(at, min(len(text), at + size), "share", "x") for at, size in places if at < len(text))
    start = text.index(lines[kept])
    gone = {at for one in override(text, cuts, [keep(lines[kept])]) for at in range(one.start, one.end)}
    before = {at for one in cuts for at in range(one.start, one.end)}
    assert gone == before - set(range(start, start + len(lines[kept])))
