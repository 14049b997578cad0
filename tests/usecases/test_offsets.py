from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.cleaning.offsets import before_cleaning, restored
from twicetold.domain.model import RemovedSpan


@st.composite
def cleanings(draw: st.DrawFn) -> tuple[str, str, list[RemovedSpan]]:
    """A text, what is left of it, and what was cut."""
    pieces = draw(st.lists(st.tuples(st.text(min_size=1, max_size=5), st.booleans()), max_size=8))
    removed, kept, place = [], "", 0
    for piece, cut in pieces:
        if cut:
            removed.append(RemovedSpan(kind="share", rule="r", start=place, end=place + len(piece), text=piece))
        else:
            kept += piece
        place += len(piece)
    return "".join(piece for piece, _ in pieces), kept, removed


@given(cleanings())
def test_kept_and_removed_text_put_together_is_the_text_that_was_cleaned(cleaning: tuple[str, str, list[RemovedSpan]]):
    text, kept, removed = cleaning
    assert restored(kept, removed) == text


@given(cleanings())
def test_every_kept_character_is_found_where_it_stood_before_cleaning(cleaning: tuple[str, str, list[RemovedSpan]]):
    text, kept, removed = cleaning
    for place, character in enumerate(kept):
        start, end = before_cleaning(place, place + 1, removed)
        assert text[start:end] == character
