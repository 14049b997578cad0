"""Ingest over HTTP with everything on, beside MinHash libraries in memory in one process, in one run.

    python -m bench.ingest [--stories FILE.jsonl[.xz]] [--count 2000] [--workers 2] [--clients 2] [--batch 500]
                           [--store-url URL …]

The peers only sign and look up: no cleaning, no store, no HTTP. A fresh SQLite file and a PostgreSQL started for this
are always measured; each `--store-url` adds a row for that (empty) store. Bodies are encoded before the clock starts,
so that the clients cost little.
"""

from __future__ import annotations

import argparse
import importlib
import json
import lzma
import re
import tempfile
import time
from collections.abc import Callable, Iterable
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


def served(url: str, given: argparse.Namespace, warm_up: list[bytes], bodies: list[bytes], count: int) -> float:
    """Stories a second over HTTP into a store."""
    settings = {"workers": given.workers} | ({"store_url": url} if url else {})
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), **settings) as server:
        post(server, warm_up, clients=given.clients)
        return rate(lambda: post(server, bodies, clients=given.clients), count)


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
    texts = [story["text"] for story in told]
    lines = [submission(number, story) for number, story in enumerate(told)]
    bodies = [b"".join(lines[start : start + given.batch]) for start in range(0, len(lines), given.batch)]
    warm_up = [submission(-number, {"text": Writer(number).story(300)}) for number in range(1, 2 * given.workers + 1)]
    words = sum(len(WORD.findall(text)) for text in texts) // len(texts)
    print(f"{len(told)} stories of {words} words, {given.workers} workers, {given.clients} clients\n")
    peer = rate(lambda: in_datasketch(texts), len(texts))
    print(f"{'datasketch, in memory, one process':44}{peer:8.0f}/s   1.00")
    try:
        other = rate(lambda: in_rensa(texts), len(texts))
        print(f"{'rensa, in memory, one process':44}{other:8.0f}/s   {other / peer:.2f}")
    except ImportError:
        print("rensa is not installed; its row is left out")
    postgres = PostgresServer(durable=True)
    try:
        for url in ["", postgres.url("postgres"), *given.store_url]:
            own = served(url, given, warm_up, bodies, len(texts))
            name = f"twicetold over HTTP, {url.partition(':')[0] or 'sqlite'}"
            print(f"{name:44}{own:8.0f}/s   {own / peer:.2f}", flush=True)
    finally:
        postgres.remove()


if __name__ == "__main__":
    main()
