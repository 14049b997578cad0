"""Ingest over HTTP with everything on, beside MinHash libraries in memory in one process, in one run.

    python -m bench.ingest [--stories FILE.jsonl[.xz]] [--count 2000] [--workers 2] [--clients 2] [--batch 500]
                           [--store-url URL …]

The peers only sign and look up: no cleaning, no store, no HTTP. A fresh SQLite file and a PostgreSQL started for this
are always measured; each `--store-url` adds a row for that (empty) store. Bodies are encoded before the clock starts,
so that the clients cost little.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import lzma
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from datasketch import MinHash, MinHashLSH

from bench.prose import Writer
from bench.server import Server
from tests.store.postgres_server import PostgresServer

SHINGLE, THRESHOLD, PERMUTATIONS = 3, 0.5, 128
WORD = re.compile(r"\w+")
Texts = list[str]


def shingles(text: str) -> set[str]:
    """Word shingles as the peers' own documents make them."""
    words = WORD.findall(text.lower())
    return {" ".join(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1))}


def in_datasketch(texts: Texts) -> None:
    """Sign, look up and insert with datasketch."""
    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    signatures = {}
    for number, text in enumerate(texts):
        signature = MinHash(PERMUTATIONS)
        signature.update_batch([shingle.encode() for shingle in shingles(text)])
        for found in index.query(signature):
            signature.jaccard(signatures[found])
        index.insert(number, signature)
        signatures[number] = signature


def in_rensa(texts: Texts) -> None:
    """The same with rensa; raises ImportError where it is not installed."""
    rensa = importlib.import_module("rensa")
    index = rensa.RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=32)
    signatures = {}
    for number, text in enumerate(texts):
        signature = rensa.RMinHash(num_perm=PERMUTATIONS, seed=1)
        signature.update(list(shingles(text)))
        for found in index.query(signature):
            signature.jaccard(signatures[found])
        index.insert(number, signature)
        signatures[number] = signature


def post(server: Server, bodies: Iterable[bytes], *, clients: int) -> None:
    """Post all batches; raises when a line was not taken."""

    def send(body: bytes) -> None:
        connection = server.connect(timeout=600)
        headers = {"Content-Type": "application/x-ndjson", "Prefer": "return=minimal"}
        connection.request("POST", "/v1/stories/batch", body, headers)
        for line in connection.getresponse():
            if b'"problem"' in line:
                raise RuntimeError(line.decode())
        connection.close()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(send, bodies))


def rate(work: Callable[[], None], count: int) -> float:
    """Stories a second."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def stories(path: Path | None, count: int) -> list[dict[str, Any]]:
    """Stories of a file, or made-up ones of 540 words of which a third was told before."""
    if path is not None:
        with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]
    writer = Writer(seed=3)
    return [story for number in range(count // 3) for story in writer.family(f"f{number}", copies=3, words=540)]


def submission(number: int, story: dict[str, Any]) -> bytes:
    """A line of a batch."""
    line = {"id": f"bench-{number}", "source": story.get("source") or "bench.example", "text": story["text"]}
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def served(
    url: str, bodies: list[bytes], count: int, *, workers: int, clients: int, warm_up: list[bytes] | None = None
) -> float:
    """Stories a second over HTTP into a store, a fresh SQLite file without a URL."""
    settings = {"workers": workers} | ({"store_url": url} if url else {})
    words = [submission(-number, {"text": Writer(number).story(300)}) for number in range(1, 2 * workers + 1)]
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), **settings) as server:
        post(server, warm_up or words, clients=clients)
        return rate(lambda: post(server, bodies, clients=clients), count)


def measured(
    told: list[dict[str, Any]], urls: list[str], *, workers: int, clients: int, batch: int
) -> Iterator[tuple[str, float]]:
    """Each way to take stories in with its stories a second; the first is the peer of all others."""
    texts = [story["text"] for story in told]
    yield "datasketch, in memory, one process", rate(lambda: in_datasketch(texts), len(texts))
    with contextlib.suppress(ImportError):  # not installed
        yield "rensa, in memory, one process", rate(lambda: in_rensa(texts), len(texts))
    lines = [submission(number, story) for number, story in enumerate(told)]
    bodies = [b"".join(lines[start : start + batch]) for start in range(0, len(lines), batch)]
    postgres = PostgresServer(durable=True)
    try:
        for url in ["", postgres.url("postgres"), *urls]:
            stories_a_second = served(url, bodies, len(told), workers=workers, clients=clients)
            yield f"twicetold over HTTP, {url.partition(':')[0] or 'sqlite'}", stories_a_second
    finally:
        postgres.remove()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=Path)
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--clients", type=int, default=2)
    options.add_argument("--batch", type=int, default=500)
    options.add_argument("--store-url", action="append", default=[])
    given = options.parse_args()
    told = stories(given.stories, given.count)
    words = sum(len(WORD.findall(story["text"])) for story in told) // len(told)
    print(f"{len(told)} stories of {words} words, {given.workers} workers, {given.clients} clients\n")
    peer = 0.0
    for name, own in measured(told, given.store_url, workers=given.workers, clients=given.clients, batch=given.batch):
        peer = peer or own
        print(f"{name:44}{own:8.0f}/s   {own / peer:.2f}", flush=True)


if __name__ == "__main__":
    main()
