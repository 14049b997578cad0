"""What a long command shows at a terminal: how much is done, how fast, and how long the rest takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

EVERY = 0.2
"""Seconds between two looks."""

T = TypeVar("T")


class Bar:
    """One line of progress on standard error; nothing where that is no terminal."""

    def __init__(self, total: int | None = None) -> None:
        self._total = total
        self._begun = self._shown = time.monotonic()
        self._done = self._read = self._read_first = 0
        self._on = sys.stderr.isatty()

    @classmethod
    def of_files(cls, paths: list[str]) -> Self:
        """For files that are read: their bytes tell how far it is."""
        sizes = [_size(Path(path)) for path in paths]
        return cls(sum(size for size in sizes if size is not None) if None not in sizes else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._on:
            self._print()
            print(file=sys.stderr)

    def read(self, size: int) -> None:
        """So many more bytes of the files were read."""
        self._read += size

    def show(self, done: int) -> None:
        """So many are done."""
        self._done = done
        now = time.monotonic()
        if self._on and now - self._shown >= EVERY:
            self._shown = now
            self._print()

    def counting(self, things: Iterable[T]) -> Iterator[T]:
        """Pass things on, and show how many there were."""
        for number, thing in enumerate(things, 1):
            yield thing
            self.show(number)

    def _print(self) -> None:
        print(f"\r\x1b[K{self.line(time.monotonic() - self._begun)}", end="", file=sys.stderr, flush=True)

    def line(self, seconds: float) -> str:
        """What is shown after so many seconds."""
        rate = self._done / max(seconds, 0.001)
        if not self._total:
            return f"{self._done:,} done, {rate:,.0f}/s"
        share = min(self._read / self._total, 1.0)
        full = round(20 * share)
        left = f", {_period(seconds * (1 - share) / share)} left" if 0 < share < 1 else ""
        return f"[{'#' * full}{'.' * (20 - full)}] {share:.0%}, {self._done:,} done, {rate:,.0f}/s{left}"


def _period(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _size(path: Path) -> int | None:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.is_file() else None
