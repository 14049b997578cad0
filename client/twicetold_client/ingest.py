"""Taking whole archives in, so that a run that was stopped goes on where it stood."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twicetold_client.client import BATCH, CONNECTIONS, Client
from twicetold_client.records import Mapped, Record, Unreadable, files, records


class WrongState(Exception):  # named for what happened
    """The state file is of another run; the message says what to do."""


@dataclass
class State:
    """How many records of each file are done, in a file that is replaced whole."""

    path: Path | None
    run: Mapping[str, Any]
    done: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | None, run: Mapping[str, Any]) -> State:
        """Read a state, or begin one. Raises `WrongState` where it is of other files or another service."""
        if path is None or not path.exists():
            return cls(path, run)
        try:
            stored = json.loads(path.read_text("utf-8"))
            if stored["run"] == dict(run):
                return cls(path, run, {str(name): int(count) for name, count in stored["done"].items()})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise WrongState(f"{path} is no state of a run; name another file with --resume") from None
        raise WrongState(f"{path} belongs to a run with other files or settings; name another file with --resume")

    def keep(self) -> None:
        """Write it, so that a kill at any moment leaves the one before or this one."""
        if self.path is None:
            return
        part = self.path.with_name(self.path.name + ".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump({"run": self.run, "done": self.done}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)


@dataclass(frozen=True)
class Failure:
    """A record that was not taken."""

    file: str
    number: int
    reason: str

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps({"file": self.file, "record": self.number, "reason": self.reason}, ensure_ascii=False)


def ingest(
    client: Client, paths: list[str], mapped: Mapped, state: State, *, failed: Callable[[Failure], None],
    progress: Callable[[int], None], read: Callable[[int], None], connections: int = CONNECTIONS,
) -> Counter[str]:  # fmt: skip
    """Send all records of some files; counts outcomes. A failure is told before its record counts as done.

    `progress` is told how many are done, `read` how many bytes more of the files were read.

    Records count as done in the order of their file, so those that were under way when a run was killed are sent
    again: the service knows them by their id or URL and answers `unchanged`.
    """
    counted: Counter[str] = Counter()
    for path in files(paths):
        for record, outcome, reason in _sent(client, records(path, mapped, read), state.done.get(path, 0), connections):
            if reason is not None:
                failed(Failure(path, record, reason))
            counted[outcome] += 1
            state.done[path] = record + 1
            progress(sum(counted.values()))
            if record % BATCH == BATCH - 1:
                state.keep()
        state.keep()
        progress(sum(counted.values()))
    return counted


def _sent(
    client: Client, read: Iterator[Record], skipped: int, connections: int
) -> Iterator[tuple[int, str, str | None]]:
    """Of each record of a file after the first ones, in order: its number, what became of it, and why it failed."""
    bad: dict[int, str] = {}
    numbers: list[int] = []
    broken: list[str] = []

    def stories() -> Iterator[Mapping[str, Any]]:
        try:
            for record in read:
                if record.number >= skipped:
                    if record.story is None:
                        bad[record.number] = record.error or ""
                    else:
                        numbers.append(record.number)
                        yield record.story
        except Unreadable as error:
            broken.append(str(error))

    following = skipped
    for line in client.submit_many(stories(), connections=connections):
        number = numbers[line.index]
        yield from _refused(bad, following, number)
        if line.problem is not None:
            yield number, "failed", line.problem.detail
        elif line.answer is not None:
            yield number, line.answer.outcome, None
        following = number + 1
    yield from _refused(bad, following, max(bad, default=-1) + 1)
    if broken:
        yield max([following - 1, *bad, *numbers]) + 1, "failed", broken[0]


def _refused(bad: dict[int, str], first: int, last: int) -> Iterator[tuple[int, str, str | None]]:
    for number in range(first, last):
        if number in bad:
            yield number, "failed", bad.pop(number)
