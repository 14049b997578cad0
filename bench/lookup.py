"""What a story costs at ten thousand, a hundred thousand and a million stored.

    python -m bench.lookup [--folder FOLDER] [--sizes 10000,100000,1000000] [--workers 2]

Fills a SQLite store with made-up stories of 540 words (three in ten retell an earlier one, in families from two to
some dozens) and measures at each size: processor time a story for chunks of a batch, everything from cleaning to the
answer, in one process; then over HTTP the time of single posts, with nothing else going on and beside two clients that
post batches; the memory of a worker, without its children, after that; bytes a story. Ratios are to the first size, in
the same run. A folder that is named keeps its store, and a later call goes on from there.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.press import Press, fill
from bench.server import Server
from service.bootstrap import build, fingerprint_parameters, preload
from service.domain.model import Submission
from service.metrics import Metrics
from service.settings import Settings
from service.store.open import migrate, open_store

CHUNKS, CHUNK = 30, 100
SINGLES, SINGLES_BESIDE_BATCHES = 500, 100
BATCH = 500
NDJSON = {"Content-Type": "application/x-ndjson", "Prefer": "return=minimal"}


@dataclass(frozen=True)
class Row:
    """What was measured at one size."""

    stored: int
    processor: float
    """Milliseconds a story."""
    idle: tuple[float, float]
    busy: tuple[float, float]
    """Milliseconds of single posts, median and 99th percentile."""
    memory: int
    """Megabytes of the largest worker."""
    bytes: int

    def told(self, first: Row) -> str:
        """As a line of the table."""
        return (
            f"{self.stored:>9,} {self.processor:9.2f} {self.processor / first.processor:7.2f}   "
            f"{self.idle[0]:6.1f} /{self.idle[1]:6.1f}   {self.busy[0]:6.1f} /{self.busy[1]:6.1f} {self.memory:8} "
            f"{self.bytes:9,}"
        )


def measured(url: str, folder: Path, press: Press, *, workers: int) -> Row:
    """Measure over a store that is filled already; adds some thousand stories to it."""
    processor = in_process(url, press)
    with Server(folder, store_url=url, workers=workers) as server:
        with batches(server, press, count=2 * workers):
            pass  # both workers have read what they keep in memory
        idle = singles(server, press, SINGLES)
        with batches(server, press, count=8):
            busy = singles(server, press, SINGLES_BESIDE_BATCHES)
        memory = max(resident(worker) for worker in server.workers())
        stats = server.command("stats").stdout.split()
        stored, size = (int(stats[stats.index(name) + 1].replace(",", "")) for name in ("stories", "bytes"))
        server.stop()
    return Row(stored, processor, idle, busy, memory, size // stored)


def in_process(url: str, press: Press) -> float:
    """Processor milliseconds a story for chunks of a batch, from cleaning to the answer."""
    settings = Settings.load({"TWICETOLD_STORE_URL": url})
    preload(settings)
    application = build(settings, Metrics())
    application.submit.submit(press.submissions(CHUNK), passages=False)
    used = 0.0
    for _ in range(CHUNKS):
        chunk = press.submissions(CHUNK)
        began = time.process_time()
        application.submit.submit(chunk, passages=False)
        used += time.process_time() - began
    application.close()
    return 1000 * used / (CHUNKS * CHUNK)


def singles(server: Server, press: Press, count: int) -> tuple[float, float]:
    """Median and 99th percentile of `count` posts of one story, one after the other, in milliseconds."""
    connection = server.connect()
    spent = []
    for story in press.submissions(count):
        body = line(story)
        began = time.perf_counter()
        connection.request("POST", "/v1/stories", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        spent.append(1000 * (time.perf_counter() - began))
        if answer.status != 201:
            raise RuntimeError(f"a story was answered {answer.status}")
    connection.close()
    return float(np.quantile(spent, 0.5)), float(np.quantile(spent, 0.99))


@contextmanager
def batches(server: Server, press: Press, *, count: int) -> Iterator[None]:
    """Two clients that post `count` batches while the block runs, and finish them after it."""
    bodies = [b"".join(line(story) + b"\n" for story in press.submissions(BATCH)) for _ in range(count)]
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
            press = Press(seed=stored, numbered_from=stored)
            fill(store, press, size - stored)
            store.close()
            yield measured(url, folder, press, workers=workers)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path)
    arguments.add_argument("--sizes", default="10000,100000")
    arguments.add_argument("--workers", type=int, default=2)
    given = arguments.parse_args()
    print("                 batch, processor    single post p50 / p99, ms    RSS of a   bytes")
    print("   stored  ms/story   ratio      idle           beside batches    worker MB  a story", flush=True)
    first: Row | None = None
    for row in grown(list(map(int, given.sizes.split(","))), workers=given.workers, folder=given.folder):
        first = first or row
        print(row.told(first), flush=True)


if __name__ == "__main__":
    main()
