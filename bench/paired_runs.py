"""Several ways to do the same work, each measured again and again in turn.

A virtual machine gives a process twice the time in one minute as in the next. In turn, all ways meet the same minutes;
each ratio is taken within a round, and of all rounds the median is told. What the host beneath gave to other machines
(Linux counts it as stolen) is told too, and what the ratio would be without: work on two processors loses more by it
than work on one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple, Self

TICKS_A_SECOND = 100
"""Of proc_stat(5), on every machine Linux is compiled for today."""


class Rate(NamedTuple):
    """What was done a second, and what would have been, had the host taken nothing."""

    measured: float
    undisturbed: float

    def times(self, factor: float) -> Rate:
        """The rate of so many."""
        return Rate(self.measured * factor, self.undisturbed * factor)


@dataclass(frozen=True)
class Measured:
    """One way over all rounds, and its ratios to the first way in the same round."""

    name: str
    rate: float
    """The median."""
    ratios: tuple[float, ...]
    undisturbed: tuple[float, ...]
    """The ratios, had the host taken nothing."""

    @property
    def ratio(self) -> float:
        """The median."""
        return median(self.ratios)

    def told(self) -> str:
        """As a line of a table."""
        return (
            f"{self.name:44}{self.rate:8.0f}/s   {self.ratio:.2f} ({min(self.ratios):.2f} to {max(self.ratios):.2f}), "
            f"undisturbed {median(self.undisturbed):.2f}"
        )


def in_turn(ways: Mapping[str, Callable[[], Rate]], *, rounds: int) -> list[Measured]:
    """Measure every way once a round. The first is the peer of all."""
    rates: dict[str, list[Rate]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            rates[name].append(way())
    peer = rates[next(iter(ways))]
    return [
        Measured(
            name,
            median(rate.measured for rate in own),
            tuple(rate.measured / beside.measured for rate, beside in zip(own, peer, strict=True)),
            tuple(rate.undisturbed / beside.undisturbed for rate, beside in zip(own, peer, strict=True)),
        )
        for name, own in rates.items()
    ]


def rate(work: Callable[[], object], count: int) -> Rate:
    """How much of `count` the work does a second; nothing else should run meanwhile."""
    before, began = Ticks.now(), time.perf_counter()
    work()
    seconds, spent = time.perf_counter() - began, Ticks.now().since(before)
    processors = max(1, round((spent.busy + spent.stolen) / seconds))
    return Rate(count / seconds, count / (seconds - spent.stolen / processors))


class Ticks(NamedTuple):
    """Seconds of all processors: at work, and given to other machines while there was work."""

    busy: float
    stolen: float
    all: float

    @classmethod
    def now(cls) -> Self:
        """Since the machine started; nothing where there is no Linux to tell."""
        try:
            line = Path("/proc/stat").read_text("ascii").split("\n", 1)[0]
        except OSError:
            return cls(0, 0, 0)
        user, nice, system, idle, waiting, hard, soft, stolen = (int(n) / TICKS_A_SECOND for n in line.split()[1:9])
        busy = user + nice + system + hard + soft
        return cls(busy, stolen, busy + idle + waiting + stolen)

    def since(self, before: Ticks) -> Ticks:
        """What was spent since then."""
        return Ticks(*(after - earlier for after, earlier in zip(self, before, strict=True)))

    def told(self) -> str:
        """What the host took."""
        return f"The host took {100 * self.stolen / max(1, self.all):.0f} % of all processor time away meanwhile."
