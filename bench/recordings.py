"""Batches recorded by 2 and by 8 processes at once: how fast they are, and how long one waits for another.

    python -m bench.recordings [--stories 2400] [--processes 2,8] [--rounds 5] [--batch 100]

Every process has batches of its own, whose families no other holds; the sources are those of all. Drafts are made
before the clock starts, so that what is measured is the way of a chunk from publishing to its answer, over a fresh
database of a PostgreSQL started for this. While it runs, the server is asked in short steps who waits for a lock: the
share of waiting is of the time that all processes spent in recordings.
"""

from __future__ import annotations

import argparse
import multiprocessing
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from statistics import median
from typing import NamedTuple

import psycopg
from twicetold.domain.errors import Unavailable
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Relation
from twicetold.store.open import migrate, open_store
from twicetold.usecases.pipeline import Draft, Outcome, Stage
from twicetold.usecases.processor_slots import ProcessorSlots
from twicetold.usecases.submit import Submit

from bench.generated_stories import StoryGenerator
from bench.ingest import fresh
from bench.paired_runs import Ticks
from bench.postgres_server import PostgresServer

Answer = tuple[dict[Stage, float], int]
"""Seconds of each stage, and batches that were refused."""
SPAWN = multiprocessing.get_context("spawn")
PARAMETERS = FingerprintParameters()
STEP = 0.01
"""Seconds between two looks at who waits."""
WARM_UP = 2
"""Batches of each process before the clock starts: connections, plans, permutations."""


class Told(NamedTuple):
    """What came of one run: stories a second, share of recordings spent waiting, statements to a batch, refusals."""

    rate: float
    waiting: float
    refused: int
    server: float
    """Seconds of all processors that the machine was busy for each thousand stories."""


class Timed:
    """An observer that adds up the seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[Stage, float] = defaultdict(float)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Time a stage."""
        began = time.perf_counter()
        yield
        self.seconds[stage] += time.perf_counter() - began

    def submitted(self, outcome: Outcome) -> None:
        """Nothing is counted."""

    def matched(self, relation: Relation) -> None:
        """Nothing is counted."""

    def cut(self, kind: str, words: int) -> None:
        """Nothing is cut."""


class Drafted:
    """Takes the place of preparation: what is submitted are drafts already."""

    def __init__(self) -> None:
        self.parameters = PARAMETERS
        self.slots = ProcessorSlots()

    def drafts(self, items: Sequence[Draft], **_: object) -> Sequence[Draft]:
        """The drafts as they are."""
        return items


def take(url: str, number: int, *, batches: int, size: int, barrier: Barrier, told: Queue[Answer]) -> None:
    """One process: make drafts, wait for the others, submit, tell what it took."""
    drafts = StoryGenerator(1000 + number, numbered_from=number * 10_000_000).drafts((WARM_UP + batches) * size)
    chunks = [drafts[first : first + size] for first in range(0, len(drafts), size)]
    store = open_store(url, scheme=PARAMETERS.identity)
    observer = Timed()
    clock = lambda: drafts[0].story.received_at  # noqa: E731
    submit = Submit(store, Drafted(), None, clock, observer)  # type: ignore[arg-type]
    for chunk in chunks[:WARM_UP]:
        submit.submit(chunk, passages=False)  # type: ignore[arg-type]
    observer.seconds.clear()
    refused = 0
    barrier.wait()
    for chunk in chunks[WARM_UP:]:
        try:
            submit.submit(chunk, passages=False)  # type: ignore[arg-type]
        except Unavailable:
            refused += 1
    barrier.wait()
    told.put((dict(observer.seconds), refused))
    store.close()


class Watch(threading.Thread):
    """Counts, in steps, the connections that wait for a lock."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._ended = threading.Event()
        self.seconds = 0.0

    def run(self) -> None:
        """Look until told to end."""
        look = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        with psycopg.connect(self._url, autocommit=True) as connection:
            last = time.perf_counter()
            while not self._ended.wait(STEP):
                ((waiting,),) = connection.execute(look).fetchall()
                now = time.perf_counter()
                self.seconds += waiting * (now - last)
                last = now

    def end(self) -> float:
        """Seconds of waiting, of all connections together."""
        self._ended.set()
        self.join()
        return self.seconds


def run(url: str, *, processes: int, stories: int, batch: int) -> Told:
    """Let so many processes take so many stories in all."""
    migrate(url, scheme=PARAMETERS.identity)
    barrier, told = SPAWN.Barrier(processes + 1), SPAWN.Queue()
    batches = stories // batch // processes
    common = {"batches": batches, "size": batch, "barrier": barrier, "told": told}
    running = [SPAWN.Process(target=take, args=(url, number), kwargs=common) for number in range(processes)]
    for process in running:
        process.start()
    barrier.wait()
    watch = Watch(url)
    watch.start()
    before, began = Ticks.now(), time.perf_counter()
    barrier.wait()
    seconds, spent = time.perf_counter() - began, Ticks.now().since(before)
    waited = watch.end()
    answers = [told.get() for _ in running]
    for process in running:
        process.join()
    recording = sum(seconds[Stage.RECORD] for seconds, _ in answers)
    done = batches * batch * processes
    return Told(done / seconds, waited / recording, sum(refused for _, refused in answers), spent.busy / done * 1000)


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=int, default=2400)
    options.add_argument("--processes", default="2,8")
    options.add_argument("--batch", type=int, default=100)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    counts = [int(count) for count in given.processes.split(",")]
    runs: dict[int, list[Told]] = {count: [] for count in counts}
    server = PostgresServer(durable=True)
    try:
        for _ in range(given.rounds):
            for count in counts:
                one = run(fresh(server), processes=count, stories=given.stories, batch=given.batch)
                runs[count].append(one)
                print(f"{count} processes: {one.rate:.0f} stories/s, waiting {one.waiting:.1%}, refused {one.refused}, "
                      f"{one.server:.2f} ms busy a story", flush=True)  # fmt: skip
    finally:
        server.remove()
    for count, beside in runs.items():
        ratios = [one.rate / first.rate for one, first in zip(beside, runs[counts[0]], strict=True)]
        print(f"{count} processes, medians: {median(one.rate for one in beside):.0f} stories/s, "
              f"{median(ratios):.2f} of {counts[0]} processes ({min(ratios):.2f} to {max(ratios):.2f}), "
              f"waiting {median(one.waiting for one in beside):.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
