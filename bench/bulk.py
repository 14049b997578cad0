"""What a story costs in a bulk run: processor time of each part, the peak of memory, and the same stories online.

    python -m bench.bulk FILE.parquet OUT [--memory 1] [--sample 5000]

FILE is a corpus (`bench.corpus`). Processor time is that of the run and all processes below it; memory is looked at
each half second, and what files are mapped (which the kernel can drop) is told apart. A run that was stopped goes on,
and its figures with it. With a sample, so many stories are also sent to a server in batches, over SQLite: its processor
time until all were answered, and until nothing was left for housekeeping.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pyarrow import parquet
from twicetold import bootstrap
from twicetold.bulk.gathering import Limits
from twicetold.bulk.run import run
from twicetold.settings import Settings, processors

from bench.ingest import post
from bench.paired_runs import TICKS_A_SECOND
from bench.server import Server

EVERY = 0.5
BATCH = 500
QUIET = 45
"""Seconds in which housekeeping, which looks each 30, would have begun what is left."""


def spent_by(process: int) -> dict[tuple[int, str], float]:
    """Processor seconds of a process and all below it, by number and when each began."""
    told: dict[tuple[int, str], float] = {}
    for number in _tree(process):
        try:
            fields = Path(f"/proc/{number}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        told[number, fields[19]] = sum(map(int, fields[11:13])) / TICKS_A_SECOND
    return told


class Memory(NamedTuple):
    """Bytes of a process and all below it, each page counted once: its own, and those of mapped files."""

    own: int
    mapped: int

    @classmethod
    def of(cls, process: int) -> Memory:
        """Now."""
        told = [_shares(number) for number in _tree(process)]
        return cls(sum(one.own for one in told), sum(one.mapped for one in told))


def _tree(process: int) -> Iterator[int]:
    yield process
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [(task / "children").read_text("ascii") for task in tasks]
    except OSError:  # it has ended
        return
    for told in children:
        for child in told.split():
            yield from _tree(int(child))


def _shares(process: int) -> Memory:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()[1:]
    except OSError:  # it has ended
        return Memory(0, 0)
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    own = kilobytes["Pss_Anon"] + kilobytes["Pss_Shmem"]
    return Memory(1024 * own, 1024 * (kilobytes["Pss"] - own))


class Watch:
    """Adds up the processor time of each part, and remembers the peaks of memory, over all calls for one folder."""

    def __init__(self, told: Path) -> None:
        self._told = told
        known = json.loads(told.read_text("utf-8")) if told.exists() else {}
        self.seconds = defaultdict[str, float](float, known.get("seconds", {}))
        self.wall = known.get("wall", 0.0)
        self.peaks: dict[str, list[int]] = known.get("peaks", {})
        self._processes: dict[tuple[int, str], float] = {}
        self._lock = threading.Lock()
        self._spent = self._all_spent()
        self._at = time.monotonic()
        self._part = "begun"

    def __call__(self, part: str) -> None:
        """What follows belongs to this part."""
        spent, at = self._all_spent(), time.monotonic()
        self.seconds[self._part] += spent - self._spent
        self.wall += at - self._at
        self._spent, self._at, self._part = spent, at, part
        self._told.write_text(
            json.dumps({"seconds": self.seconds, "wall": self.wall, "peaks": self.peaks}), encoding="utf-8"
        )

    def _all_spent(self) -> float:
        """Of all processes that there were, as they were last seen: nobody else counts those that have ended."""
        with self._lock:
            self._processes |= spent_by(os.getpid())
            return sum(self._processes.values())

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look at memory meanwhile."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(EVERY):
                self._all_spent()
                now = Memory.of(os.getpid())
                peak = self.peaks.setdefault(self._part, [0, 0])
                self.peaks[self._part] = [max(peak[0], now.own), max(peak[1], now.own + now.mapped)]

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def bulk(file: Path, out: Path, memory: int) -> tuple[int, Watch]:
    """Run, and return how many stories there were and what they cost."""
    settings = Settings.load({})
    watch = Watch(out.with_name(f"{out.name}.spent.json"))
    limits = Limits(memory=memory, threads=processors())
    with watch.looking(), bootstrap.analyser(settings, children=limits.threads + 1) as analyser:
        done = run(
            [file], out, names={}, source=None, analyser=analyser,
            parameters=bootstrap.fingerprint_parameters(settings), limits=limits, tell=lambda step, *_: watch(step),
        )  # fmt: skip
        watch("over")
    return done.stories, watch


def online(file: Path, count: int) -> tuple[float, float]:
    """Processor milliseconds a story of a service that is sent the same: answered, and settled."""
    rows = next(parquet.ParquetFile(file).iter_batches(count)).to_pylist()
    lines = [json.dumps(row | {"published_at": row["published_at"].isoformat()}).encode() + b"\n" for row in rows]
    bodies = [b"".join(lines[at : at + BATCH]) for at in range(0, len(lines), BATCH)]
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:

        def spent() -> float:
            metrics = server.ask("GET", "/metrics")[1]
            (line,) = (line for line in metrics.splitlines() if line.startswith("twicetold_processor_seconds_total"))
            return float(line.split()[1])

        began = spent()
        post(server, bodies, clients=2)
        answered = spent()
        settled = answered
        while True:  # what housekeeping does is over when a while costs next to nothing
            time.sleep(QUIET)
            now = spent()
            if now - settled < 0.5:
                break
            settled = now
    return 1000 * (answered - began) / len(rows), 1000 * (settled - began) / len(rows)


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--memory", type=float, default=1)
    options.add_argument("--sample", type=int, default=0)
    given = options.parse_args()
    stories, watch = bulk(given.file, given.out, int(given.memory * 2**30))
    total = 1000 * sum(watch.seconds.values()) / stories
    print(f"{stories:,} stories in {watch.wall / 60:.0f} minutes, processor {total:.2f} ms a story")
    for part, seconds in watch.seconds.items():
        own, everything = (f"{peak / 2**20:,.0f} MB" for peak in watch.peaks.get(part, (0, 0)))
        print(f"  {part:20}{1000 * seconds / stories:8.3f} ms   peak {own:>10}, with mapped files {everything:>10}")
    if given.sample:
        answered, settled = online(given.file, given.sample)
        print(f"online, {given.sample:,} of them: {answered:.2f} ms until answered, {settled:.2f} ms until settled")
        print(f"bulk to online: {total / answered:.2f}, {total / settled:.2f} with housekeeping")


if __name__ == "__main__":
    main()
