"""Places in a cleaned text, told as places in the text that was cleaned."""

from __future__ import annotations

from collections.abc import Sequence

from twicetold.domain.model import RemovedSpan


def before_cleaning(start: int, end: int, removed: Sequence[RemovedSpan]) -> tuple[int, int]:
    """Where the code points `[start, end)` of a cleaned text stood before `removed` was cut; `end` > `start`.

    Cuts inside the range are part of the answer, cuts at its edges are not.
    """
    return _before(start, removed), _before(end - 1, removed) + 1


def restored(text: str, removed: Sequence[RemovedSpan]) -> str:
    """The text that was cleaned, put together again from what was kept and what was removed."""
    parts: list[str] = []
    place = kept = 0
    for span in removed:
        parts += text[kept : kept + span.start - place], span.text
        kept += span.start - place
        place = span.end
    return "".join([*parts, text[kept:]])


def _before(place: int, removed: Sequence[RemovedSpan]) -> int:
    for span in removed:
        if span.start > place:
            break
        place += span.end - span.start
    return place
