"""Pictures drawn on the server, as SVG that needs neither styles nor scripts of its own.

Pure: numbers and labels in, markup out. Places are percentages of a width that only the browser knows, so that marks
and words keep their size on a phone; colours are classes of the stylesheet. Shapes tell what colours tell, too: they
are symbols that `marks.html` defines once a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

STEPS = 6
"""Shades of a heat map; class `heat-0` is nothing at all."""

TONES = 8
"""Colours of passages."""


class Mark(NamedTuple):
    """A story on a timeline: when, which shape (`exact`, `canonical` …), what it says, and where it leads."""

    at: datetime
    shape: str
    label: str
    href: str | None = None


class Span(NamedTuple):
    """The time that a timeline shows."""

    first: datetime
    last: datetime

    @classmethod
    def of(cls, times: Iterable[datetime]) -> Span:
        """From the earliest to the latest, at least a minute."""
        told = sorted(times)
        return cls(told[0], max(told[-1], told[0] + timedelta(minutes=1)))

    def place(self, at: datetime) -> float:
        """Per cent of the width, whatever lies outside at its ends."""
        share = (at - self.first) / (self.last - self.first)
        return round(100 * min(1.0, max(0.0, share)), 2)


_TICKS = [
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1),
    timedelta(hours=3), timedelta(hours=6), timedelta(hours=12), timedelta(days=1), timedelta(days=2),
    timedelta(days=7), timedelta(days=30), timedelta(days=91), timedelta(days=365), timedelta(days=3650),
]  # fmt: skip
_MOST_TICKS = 6


def timeline(marks: Sequence[Mark], span: Span, *, height: int = 24) -> Markup:
    """One row of marks; each that leads somewhere shows its label on hover and on focus."""
    middle = height // 2
    drawn = [
        _linked(mark, span.place(mark.at), middle) if mark.href else _shape(mark.shape, span.place(mark.at), middle)
        for mark in marks
    ]
    line = Markup('<line class="thread" x1="{}%" x2="{}%" y1="{}" y2="{}"/>').format(
        min((span.place(mark.at) for mark in marks), default=0),
        max((span.place(mark.at) for mark in marks), default=0),
        middle,
        middle,
    )
    hidden = Markup("") if any(mark.href for mark in marks) else Markup(' aria-hidden="true"')
    return Markup('<svg class="strip" width="100%" height="{}"{}>{}{}</svg>').format(
        height, hidden, line, Markup("").join(drawn)
    )


def _linked(mark: Mark, x: float, y: int) -> Markup:
    anchor, beside = ("start", 12) if x < 50 else ("end", -12)
    tip = Markup('<text class="tip" x="{}%" y="{}" dx="{}" text-anchor="{}">{}</text>').format(
        x, y + 4, beside, anchor, mark.label
    )
    return Markup('<a class="mark" href="{}" aria-label="{}">{}{}</a>').format(
        mark.href, mark.label, _shape(mark.shape, x, y), tip
    )


def _shape(shape: str, x: float, y: int) -> Markup:
    return Markup('<use class="is-{}" href="#mark-{}" x="{}%" y="{}"/>').format(shape, shape, x, y)


def axis(span: Span) -> Markup:
    """The hours or days under a timeline, in UTC."""
    step = next((tick for tick in _TICKS if (span.last - span.first) / tick <= _MOST_TICKS), _TICKS[-1])
    day = span.first.replace(hour=0, minute=0, second=0, microsecond=0)
    at = day + ((span.first - day) // step) * step
    ticks = list[datetime]()
    while at <= span.last and len(ticks) <= 2 * _MOST_TICKS:
        if at >= span.first:
            ticks.append(at)
        at += step
    written = [(tick, _written(tick, step, first=number == 0)) for number, tick in enumerate(ticks)]
    return Markup('<svg class="axis" width="100%" height="20" aria-hidden="true">{}</svg>').format(
        Markup("").join(
            Markup(
                '<line x1="{0}%" x2="{0}%" y1="0" y2="5"/><text x="{0}%" y="17" text-anchor="{1}">{2}</text>'
            ).format(place, "start" if place < 6 else "end" if place > 94 else "middle", text)
            for tick, text in written
            for place in [span.place(tick)]
        )
    )


def _written(at: datetime, step: timedelta, *, first: bool) -> str:
    day = f"{at.day} {at:%b}"
    if step >= timedelta(days=365):
        return f"{at:%Y}"
    if step >= timedelta(days=1):
        return f"{day} {at:%Y}" if first else day
    return day if at.hour == at.minute == 0 else f"{at:%H:%M}"


def bars(values: Sequence[float], *, label: str, height: int = 36) -> Markup:
    """Small bars side by side, the tallest as high as the picture; the last one, still growing, is lighter."""
    top, width = max([*values, 1e-9]), 100 / max(1, len(values))
    drawn = [
        Markup('<rect class="{}" x="{}%" y="{}" width="{}%" height="{}"/>').format(
            "bar now" if number == len(values) - 1 else "bar",
            round(number * width, 2),
            round(height - tall, 1),
            round(width * 0.8, 2),
            round(tall, 1),
        )
        for number, value in enumerate(values)
        for tall in [max(1.0, value / top * height)]
    ]
    return Markup('<svg class="bars" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        height, label, Markup("").join(drawn)
    )


def spark(values: Sequence[int], *, label: str) -> Markup:
    """Bars as narrow as a line of text, for a row of a table; nothing stands where nothing was."""
    top = max([*values, 1])
    path = "".join(
        f"M{number} 10V{round(10 - max(1.0, 10 * value / top), 1):g}h.8V10Z"
        for number, value in enumerate(values)
        if value
    )
    return Markup(
        '<svg class="spark" width="100%" height="16" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><path d="{}"/></svg>'
    ).format(len(values), label, path)


class Shade(NamedTuple):
    """A stretch of a text and how strongly it is marked, from 0 to STEPS - 1."""

    text: str
    step: int
    label: str


def shaded(text: str, spans: Iterable[tuple[int, int]], *, of: int) -> list[Shade]:
    """A text cut where the number of spans that cover it changes; shade by how many of `of` these are."""
    changes: dict[int, int] = {0: 0, len(text): 0}
    for start, end in spans:
        changes[start] = changes.get(start, 0) + 1
        changes[end] = changes.get(end, 0) - 1
    shades, covering = [], 0
    for start, end in pairwise(sorted(changes)):
        covering += changes[start]
        label = f"in {covering} of {of}" if of else ""
        shades.append(Shade(text[start:end], step_of(covering, of), label))
    return shades


def step_of(value: float, most: float) -> int:
    """Which shade stands for a value; anything above nothing is seen."""
    return 0 if value <= 0 or most <= 0 else max(1, min(STEPS - 1, round(value / most * (STEPS - 1))))


class Stretch(NamedTuple):
    """Part of a text on a minimap, in shares of it."""

    start: float
    end: float
    number: int


def minimap(stretches: Iterable[Stretch], *, side: str) -> Markup:
    """A text as a narrow column with its numbered passages in their colours, each leading there."""
    return Markup('<svg class="minimap" width="14" height="100%" aria-hidden="true">{}</svg>').format(
        Markup("").join(_on_map(each, side) for each in stretches)
    )


def _on_map(stretch: Stretch, side: str) -> Markup:
    return Markup('<a href="#{}{}" tabindex="-1"><rect class="tone-{}" width="14" y="{}%" height="{}%"/></a>').format(
        side,
        stretch.number,
        tone(stretch.number),
        round(stretch.start * 100, 2),
        max(0.6, round((stretch.end - stretch.start) * 100, 2)),
    )


def tone(number: int) -> int:
    """The colour of a numbered passage; the ninth has that of the first again."""
    return (number - 1) % TONES
