"""Two texts as two columns: passages numbered alike on both sides, and what was edited between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twicetold.domain.matching.word_diff import steps, word_diff
from twicetold.usecases.results import SharedPassage, TextSpan
from twicetold.web.ui.drawing import Stretch, tone

_STEPS = 150_000
"""Steps of comparing words for one page, about a twentieth of a second."""


class Part(NamedTuple):
    """A stretch of one side, and whether the other has it at this place, too."""

    text: str
    kept: bool


class Piece(NamedTuple):
    """A stretch of one side.

    number: of the passage it is, None between passages. parts: what of it was kept where it was edited, else all.
    """

    number: int | None
    parts: Sequence[Part]

    @property
    def tone(self) -> int:
        """The colour of its passage."""
        return tone(self.number or 1)


class Sides(NamedTuple):
    """Both columns, and the minimaps beside them."""

    a: list[Piece]
    b: list[Piece]
    map_a: list[Stretch]
    map_b: list[Stretch]


def sides(a: str, b: str, passages: Sequence[SharedPassage]) -> Sides:
    """Lay two texts side by side along the passages they share, which are in the order of a and do not overlap.

    Between two passages that follow each other on both sides stands what was edited there; its words are compared.
    """
    in_b = sorted(range(len(passages)), key=lambda number: passages[number].b.start)
    rank = {number: place for place, number in enumerate(in_b)}
    edited_a, edited_b = dict[int, list[Part]](), dict[int, list[Part]]()
    left = _STEPS
    for before in range(-1, len(passages)):
        gap = _gap(a, b, passages, before, rank)
        if gap is None:
            continue
        one, other = gap
        needed = steps(a[one.start : one.end], b[other.start : other.end])
        if not 0 < needed <= left:
            continue
        found = word_diff(a[one.start : one.end], b[other.start : other.end])
        if found is not None:
            left -= needed
            edited_a[one.start] = [Part(each.a, each.kept) for each in found if each.a]
            edited_b[other.start] = [Part(each.b, each.kept) for each in found if each.b]
    numbers = range(1, len(passages) + 1)
    spans_a = [(each.a, number) for each, number in zip(passages, numbers, strict=True)]
    spans_b = [(passages[number].b, number + 1) for number in in_b]
    return Sides(_pieces(a, spans_a, edited_a), _pieces(b, spans_b, edited_b), _map(a, spans_a), _map(b, spans_b))


def _gap(
    a: str, b: str, passages: Sequence[SharedPassage], before: int, rank: dict[int, int]
) -> tuple[TextSpan, TextSpan] | None:
    """What stands between a passage and the next, on both sides; None where these do not follow each other in b."""
    after = before + 1
    first, last = before < 0, after == len(passages)
    place = rank.get(before, -1)
    if (len(passages) if last else rank[after]) != place + 1:
        return None
    start = TextSpan(0, 0) if first else TextSpan(passages[before].a.end, passages[before].b.end)
    end = TextSpan(len(a), len(b)) if last else TextSpan(passages[after].a.start, passages[after].b.start)
    return TextSpan(start.start, end.start), TextSpan(start.end, end.end)


def _pieces(text: str, spans: Sequence[tuple[TextSpan, int]], edited: dict[int, list[Part]]) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for span, number in spans:
        if span.start > at:
            pieces.append(Piece(None, edited.get(at, [Part(text[at : span.start], kept=False)])))
        pieces.append(Piece(number, [Part(text[span.start : span.end], kept=True)]))
        at = span.end
    if at < len(text):
        pieces.append(Piece(None, edited.get(at, [Part(text[at:], kept=False)])))
    return pieces


def _map(text: str, spans: Sequence[tuple[TextSpan, int]]) -> list[Stretch]:
    length = max(1, len(text))
    return [Stretch(span.start / length, span.end / length, number) for span, number in spans]
