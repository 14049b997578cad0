"""Cuts: parts of a text that go, and how a text looks without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from twicetold.domain.model import RemovedSpan


class Cut(NamedTuple):
    """`[start, end)` of a text is clutter of this kind by this rule; `support` as in `RemovedSpan`."""

    start: int
    end: int
    kind: str
    rule: str
    support: int | None = None


def mask(text: str, cuts: Iterable[tuple[int, int]]) -> str:
    """`text` with each cut blanked: to line breaks where it held or began a line, else to spaces. Offsets stay."""
    parts: list[str] = []
    at = 0
    for start, end in cuts:
        before = start
        while before > 0 and text[before - 1] in " \t":
            before -= 1
        own_line = "\n" in text[start:end] or before == 0 or text[before - 1] in "\r\n"
        parts += [text[at:start], ("\n" if own_line else " ") * (end - start)]
        at = end
    return "".join(parts) + text[at:]


def settle(cuts: Iterable[Cut]) -> list[Cut]:
    """The cuts in text order without overlaps: of two that overlap the later keeps only what the earlier leaves."""
    settled: list[Cut] = []
    for cut in sorted(cuts, key=lambda c: (c.start, -c.end)):
        start = max(cut.start, settled[-1].end) if settled else cut.start
        if start < cut.end:
            settled.append(cut._replace(start=start))
    return settled


def absorb(text: str, cuts: Sequence[Cut]) -> list[Cut]:
    """The cuts grown over white space around them, so that no blank line doubles and no blank opens or closes the text.

    White space between two cuts goes to the first of them. Of the white space before and after a group of cuts one side
    stays, the one with more line breaks; at the ends of the text none does.
    """
    grown = list(cuts)
    first = 0
    for i, cut in enumerate(cuts):
        after = cut.end
        while after < len(text) and text[after].isspace():
            after += 1
        if i + 1 < len(cuts) and cuts[i + 1].start <= after:
            grown[i] = grown[i]._replace(end=cuts[i + 1].start)
            continue
        before = cuts[first].start
        while before > 0 and text[before - 1].isspace():
            before -= 1
        left, right = text[before : cuts[first].start], text[cut.end : after]
        at_an_end = before == 0 or after == len(text)
        if at_an_end or left.count("\n") < right.count("\n"):
            grown[first] = grown[first]._replace(start=before)
        if at_an_end or (left and left.count("\n") >= right.count("\n")):
            grown[i] = grown[i]._replace(end=after)
        first = i + 1
    return grown


def without(text: str, spans: Sequence[RemovedSpan]) -> str:
    """`text` minus the spans, which are in text order and do not overlap."""
    parts: list[str] = []
    at = 0
    for span in spans:
        parts.append(text[at : span.start])
        at = span.end
    parts.append(text[at:])
    return "".join(parts)
