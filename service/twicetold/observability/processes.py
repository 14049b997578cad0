"""What the server's processes hold and have used, read from /proc (proc(5)) at a scrape; nothing elsewhere."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Process(NamedTuple):
    """A process: `seconds` of processor include those of its children that have ended; `resident` is in bytes."""

    number: int
    parent: int
    seconds: float
    resident: int


class Usage(NamedTuple):
    """What processes of one role use together."""

    role: str
    processes: int
    seconds: float
    resident: int


def usage(arbiter: int, proc: Path = Path("/proc")) -> list[Usage]:
    """The usage of a server: its arbiter, the workers that it started, and their children.

    The seconds of all together only rise, for those of a process that ends go to its parent.
    """
    every = {process.number: process for process in _processes(proc)}
    below = defaultdict(list)
    for process in every.values():
        below[process.parent].append(process)
    first = [every[arbiter]] if arbiter in every else []
    workers = [process for each in first for process in below[each.number]]
    children = list(_descendants(workers, below))
    return [_together(*role) for role in (("arbiter", first), ("worker", workers), ("child", children)) if role[1]]


def _descendants(of: list[Process], below: dict[int, list[Process]]) -> Iterator[Process]:
    for process in of:
        children = below.get(process.number, [])
        yield from children
        yield from _descendants(children, below)


def _together(role: str, processes: list[Process]) -> Usage:
    return Usage(
        role, len(processes), sum(each.seconds for each in processes), sum(each.resident for each in processes)
    )


def _processes(proc: Path) -> Iterator[Process]:
    if not proc.is_dir():
        return
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text("ascii", "replace")
            except OSError:  # it has ended
                continue
            fields = stat.rpartition(")")[2].split()  # a name may hold blanks and brackets
            seconds = sum(map(int, fields[11:15])) / TICKS
            yield Process(int(entry.name), int(fields[1]), seconds, int(fields[21]) * PAGE)
