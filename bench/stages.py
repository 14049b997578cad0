"""Where the processor time of a story goes: each step alone in this process, then all of them in a server's processes.

    python -m bench.stages [--stories FILE.jsonl[.xz]] [--count 1200] [--workers 2]

Milliseconds of a processor for a story, beside datasketch that signs, looks up and keeps the same texts in memory.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from twicetold.domain.analysis import SearchedText, found_by
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.extraction.language import detect
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.observability.processes import usage

from bench import ingest
from bench.server import Server

BATCH = 500


class Stage(NamedTuple):
    """A step of a story's way, and its milliseconds of a processor."""

    name: str
    milliseconds: float


def stages(told: Sequence[dict[str, Any]], *, workers: int) -> list[Stage]:
    """All steps, the peer's first."""
    texts = [story["text"] for story in told]
    parameters = FingerprintParameters()
    steps: dict[str, Callable[[str], object]] = {
        "language": detect,
        "cleaning": lambda text: clean(text, language="en", whole=True, flat=True),
        "fingerprint": lambda text: fingerprint(text, parameters, language="en"),
        "words to be found by": lambda text: found_by(SearchedText(title=None, url=None, text=text)),
    }
    peer = _milliseconds(lambda: ingest.in_datasketch(texts), len(texts))
    alone = [Stage(name, _each(step, texts)) for name, step in steps.items()]
    return [Stage("datasketch in memory", peer), *alone, *_served(told, workers=workers)]


def _each(step: Callable[[str], object], texts: Sequence[str]) -> float:
    for text in texts[:50]:  # what is loaded with the first ones is no part of a story
        step(text)
    return _milliseconds(lambda: [step(text) for text in texts], len(texts))


def _milliseconds(work: Callable[[], object], stories: int) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began) / stories


def _served(told: Sequence[dict[str, Any]], *, workers: int) -> list[Stage]:
    """What the processes of a server use over HTTP into SQLite: reading in children, the rest in workers."""
    lines = [ingest.submission(number, story) for number, story in enumerate(told)]
    bodies = [b"".join(lines[start : start + BATCH]) for start in range(0, len(lines), BATCH)]
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), workers=workers) as server:
        ingest.post(server, [ingest.submission(-1, told[0])] * workers, clients=workers)
        before = {role.role: role.seconds for role in usage(server.pid)}
        ingest.post(server, bodies, clients=workers)
        after = {role.role: role.seconds for role in usage(server.pid)}
    used = {role: 1000 * (seconds - before.get(role, 0)) / len(told) for role, seconds in after.items()}
    return [
        Stage("children, over HTTP", used.get("child", 0.0)),
        Stage("workers: HTTP, store, matching", used.get("worker", 0.0)),
        Stage("all, over HTTP", sum(used.values())),
    ]


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=Path)
    options.add_argument("--count", type=int, default=1200)
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    peer, *steps = stages(ingest.stories(given.stories, given.count), workers=given.workers)
    for name, milliseconds in (peer, *steps):
        print(f"{name:34}{milliseconds:7.2f} ms{milliseconds / peer.milliseconds:8.2f}")


if __name__ == "__main__":
    main()
