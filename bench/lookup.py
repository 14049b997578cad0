"""What a story costs at ten thousand, a hundred thousand and a million stored.

    python -m bench.lookup [--folder FOLDER] [--sizes 10000,100000,1000000] [--workers 2]

Fills a SQLite store with made-up stories of 540 words (three in ten retell an earlier one, in families from two to
some dozens) and measures at each size: processor time a story, everything from cleaning to the answer, in one process,
for chunks of a batch and for single stories with their passages; then over HTTP the time of single posts, with nothing
else going on, in turn with a bare process that spends as much processor time (`bench.baseline`), and beside two
clients that post batches; the memory of a worker, without its children, after that; bytes a story. Ratios are to the
first size, in the same run. Of the posts alone, those are told by themselves during which the host took nothing for
other machines, and how many of a hundred they are: among few, the long ones are rarer than among all. A folder that is
named keeps its store, and a later call goes on from there.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from twicetold.bootstrap import build, fingerprint_parameters, preload
from twicetold.domain.model import Submission
from twicetold.observability.metrics import Metrics
from twicetold.settings import Settings
from twicetold.store.open import migrate, open_store

from bench.baseline import Baseline
from bench.generated_stories import StoryGenerator, fill
from bench.paired_runs import Ticks
from bench.server import Server

CHUNKS, CHUNK = 30, 100
Spread = tuple[float, float]
"""Median and 99th percentile, in milliseconds."""
SINGLES, SINGLES_BESIDE_BATCHES = 500, 100
BATCH = 500
NDJSON = {"Content-Type": "application/x-ndjson", "Prefer": "return=minimal"}

HEAD = (
    "           in a batch,     single story, p50 / p99, ms                            "
    "                        RSS of a  bytes\n"
    "           processor,                     over HTTP      of these,          a bare"
    "        over HTTP           worker,   a\n"
    "   stored    ms   ratio     processor     alone          undisturbed    %   process"
    "       beside batches        MB    story"
)


@dataclass(frozen=True)
class Row:
    """What was measured at one size."""

    stored: int
    processor: float
    """Milliseconds a story of a batch."""
    single: Spread
    """Processor time of a single story."""
    idle: Spread
    bare: Spread
    """Single posts over HTTP, and a bare process that spends as much processor time, in turn."""
    undisturbed: Spread
    share: float
    """Single posts over HTTP during which the host took nothing, and their share."""
    busy: Spread
    """Single posts beside batches."""
    memory: int
    """Megabytes of the largest worker."""
    bytes: int

    def told(self, first: Row) -> str:
        """As a line of the table."""
        return (
            f"{self.stored:>9,} {self.processor:8.2f} {self.processor / first.processor:6.2f}  "
            + "".join(_shown(spread) for spread in (self.single, self.idle, self.undisturbed))
            + f"{100 * self.share:4.0f}"
            + "".join(_shown(spread) for spread in (self.bare, self.busy))
            + f"{self.memory:7} {self.bytes:7,}"
        )


class Took(NamedTuple):
    """One post."""

    milliseconds: float
    disturbed: bool
    """Whether the host took any of the time."""


def _shown(spread: Spread) -> str:
    median, p99 = spread
    return f"{median:7.1f} /{p99:6.1f}"


def measured(url: str, folder: Path, generator: StoryGenerator, *, workers: int) -> Row:
    """Measure over a store that is filled already; adds some thousand stories to it."""
    processor, spent = in_process(url, generator)
    with Server(folder, store_url=url, workers=workers) as server:
        with batches(server, generator, count=2 * workers):
            pass  # both workers have read what they keep in memory
        idle: list[Took] = []
        bare: list[float] = []
        with Baseline() as baseline:
            for took, processor_time in zip(posts(server, generator, len(spent)), spent, strict=True):
                idle.append(took)
                bare.append(baseline.spend(processor_time))
        with batches(server, generator, count=8):
            busy = [took.milliseconds for took in posts(server, generator, SINGLES_BESIDE_BATCHES)]
        memory = max(resident(worker) for worker in server.workers())
        stats = server.command("stats").stdout.split()
        stored, size = (int(stats[stats.index(name) + 1].replace(",", "")) for name in ("stories", "bytes"))
        server.stop()
    undisturbed = [took.milliseconds for took in idle if not took.disturbed]
    return Row(
        stored, processor, spread(spent), spread([took.milliseconds for took in idle]), spread(bare),
        spread(undisturbed), len(undisturbed) / len(idle), spread(busy), memory, size // stored,
    )  # fmt: skip


def in_process(url: str, generator: StoryGenerator) -> tuple[float, list[float]]:
    """Processor milliseconds from cleaning to the answer: of a story in chunks of a batch, and of single ones each."""
    settings = Settings.load({"TWICETOLD_STORE_URL": url})
    preload(settings)
    application = build(settings, Metrics())
    application.submit.submit(generator.submissions(CHUNK), passages=False)

    def spent(chunk: list[Submission], *, passages: bool) -> float:
        began = time.process_time()
        application.submit.submit(chunk, passages=passages)
        return 1000 * (time.process_time() - began)

    in_chunks = sum(spent(generator.submissions(CHUNK), passages=False) for _ in range(CHUNKS)) / (CHUNKS * CHUNK)
    single = [spent([story], passages=True) for story in generator.submissions(SINGLES)]
    application.close()
    return in_chunks, single


def spread(times: Sequence[float]) -> Spread:
    """Median and 99th percentile; of nothing, none."""
    if not times:
        return float("nan"), float("nan")
    return float(np.quantile(times, 0.5)), float(np.quantile(times, 0.99))


def posts(server: Server, generator: StoryGenerator, count: int) -> Iterator[Took]:
    """How long each of `count` posts of one story takes, one after the other."""
    connection = server.connect()
    for story in generator.submissions(count):
        body = line(story)
        before, began = Ticks.now(), time.perf_counter()
        connection.request("POST", "/v1/stories", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        spent = 1000 * (time.perf_counter() - began)
        if answer.status != 201:
            raise RuntimeError(f"a story was answered {answer.status}")
        yield Took(spent, disturbed=Ticks.now().since(before).stolen > 0)
    connection.close()


@contextmanager
def batches(server: Server, generator: StoryGenerator, *, count: int) -> Iterator[None]:
    """Two clients that post `count` batches while the block runs, and finish them after it."""
    bodies = [b"".join(line(story) + b"\n" for story in generator.submissions(BATCH)) for _ in range(count)]
    clients = [threading.Thread(target=post, args=(server, bodies[at::2])) for at in range(2)]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        for client in clients:
            client.join()


def post(server: Server, bodies: list[bytes]) -> None:
    """Post batches one after the other."""
    for body in bodies:
        connection = server.connect(timeout=600)
        connection.request("POST", "/v1/stories/batch", body, NDJSON)
        connection.getresponse().read()
        connection.close()


def line(story: Submission) -> bytes:
    """A story as a client sends it."""
    return json.dumps({"id": story.id, "url": story.url, "source": story.source, "text": story.text}).encode()


def resident(process: int) -> int:
    """Resident megabytes of a process, what it shares with others included."""
    status = Path(f"/proc/{process}/status").read_text("ascii").split()
    return int(status[status.index("VmRSS:") + 1]) // 1024


def grown(sizes: list[int], *, workers: int, folder: Path | None = None) -> Iterator[Row]:
    """Fill a store to each size in turn, and measure it there."""
    with tempfile.TemporaryDirectory() as directory:
        folder = folder or Path(directory)
        url = f"sqlite:///{folder.resolve()}/stories.db"
        scheme = fingerprint_parameters(Settings.load({})).identity
        migrate(url, scheme=scheme)
        for size in sizes:
            store = open_store(url, scheme=scheme)
            stored = store.stats().stories
            generator = StoryGenerator(seed=stored, numbered_from=stored)
            fill(store, generator, size - stored)
            store.close()
            yield measured(url, folder, generator, workers=workers)


def main() -> None:
    """Measure, and print what was found."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path)
    arguments.add_argument("--sizes", default="10000,100000")
    arguments.add_argument("--workers", type=int, default=2)
    given = arguments.parse_args()
    print(HEAD, flush=True)
    first: Row | None = None
    for row in grown(list(map(int, given.sizes.split(","))), workers=given.workers, folder=given.folder):
        first = first or row
        print(row.told(first), flush=True)


if __name__ == "__main__":
    main()
