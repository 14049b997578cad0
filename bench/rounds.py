"""Several ways to do the same work, each measured again and again in turn.

A virtual machine gives a process twice the time in one minute as in the next. In turn, all ways meet the same minutes;
each ratio is taken within a round, and of all rounds the median is told, with what the host took away meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Measured:
    """One way over all rounds: its rate, and its ratio to the first way in the same round, lowest to highest."""

    name: str
    rates: tuple[float, ...]
    ratios: tuple[float, ...]

    @property
    def rate(self) -> float:
        """The median."""
        return median(self.rates)

    @property
    def ratio(self) -> float:
        """The median."""
        return median(self.ratios)

    def told(self) -> str:
        """As a line of a table."""
        return f"{self.name:44}{self.rate:8.0f}/s   {self.ratio:.2f} ({min(self.ratios):.2f} to {max(self.ratios):.2f})"


def in_turn(ways: Mapping[str, Callable[[], float]], *, rounds: int) -> list[Measured]:
    """Measure every way once a round; each answers with what it did a second. The first is the peer of all."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            rates[name].append(way())
    peer = rates[next(iter(ways))]
    return [
        Measured(name, tuple(own), tuple(rate / beside for rate, beside in zip(own, peer, strict=True)))
        for name, own in rates.items()
    ]


class Host:
    """What else had the processors since this was made (Linux; elsewhere nothing is known)."""

    def __init__(self) -> None:
        self._before = _ticks()

    def told(self) -> str:
        """The share of all processor time that the machine beneath gave to others."""
        spent = [after - before for before, after in zip(self._before, _ticks(), strict=True)]
        if not sum(spent):
            return ""
        return f"The host took {100 * spent[7] / sum(spent):.0f} % of all processor time away meanwhile."


def _ticks() -> Iterable[int]:
    """User, nice, system, idle, waiting for disks, interrupts, soft interrupts, stolen (proc_stat(5))."""
    try:
        return [int(value) for value in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]]
    except OSError:
        return [0] * 8
