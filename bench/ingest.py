"""Ingest over HTTP with everything on, beside MinHash libraries in memory in one process, in one run.

    python -m bench.ingest [--stories FILE.jsonl[.xz]] [--count 2000] [--workers 2] [--clients 2] [--batch 500]
                           [--rounds 3]

The peers only sign and look up: no cleaning, no store, no HTTP. Each round takes a fresh SQLite file, and a fresh
database of a PostgreSQL started for this. Bodies are encoded before the clock starts, so that the clients cost little.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import lzma
import re
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
from datasketch import MinHash, MinHashLSH
from psycopg import sql

from bench.generated_text import TextGenerator
from bench.paired_runs import Measured, Rate, Ticks, in_turn, rate
from bench.postgres_server import PostgresServer
from bench.server import Server

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
    signatures: dict[int, MinHash] = {}
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
    signatures: dict[int, Any] = {}
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


def stories(path: Path | None, count: int) -> list[dict[str, Any]]:
    """Stories of a file, or made-up ones of 540 words of which a third was told before."""
    if path is not None:
        with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]
    writer = TextGenerator(seed=3)
    return [story for number in range(count // 3) for story in writer.family(f"f{number}", copies=3, words=540)]


def submission(number: int, story: dict[str, Any]) -> bytes:
    """A line of a batch."""
    line = {"id": f"bench-{number}", "source": story.get("source") or "bench.example", "text": story["text"]}
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def served(
    url: str, bodies: list[bytes], count: int, *, workers: int, clients: int, warm_up: list[bytes] | None = None
) -> Rate:
    """Stories a second over HTTP into a store, a fresh SQLite file without a URL."""
    settings = {"workers": workers} | ({"store_url": url} if url else {})
    words = [submission(-number, {"text": TextGenerator(number).story(300)}) for number in range(1, 2 * workers + 1)]
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), **settings) as server:
        post(server, warm_up or words, clients=clients)
        return rate(lambda: post(server, bodies, clients=clients), count)


def fresh(postgres: PostgresServer) -> str:
    """The URL of a new database."""
    name = f"round_{time.time_ns()}"
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return postgres.url(name)


def measured(told: list[dict[str, Any]], *, workers: int, clients: int, batch: int, rounds: int) -> list[Measured]:
    """Each way to take stories in; the first is the peer of all others."""
    texts = [story["text"] for story in told]
    lines = [submission(number, story) for number, story in enumerate(told)]
    bodies = [b"".join(lines[start : start + batch]) for start in range(0, len(lines), batch)]

    def over_http(url: str) -> Rate:
        return served(url, bodies, len(told), workers=workers, clients=clients)

    postgres = PostgresServer(durable=True)
    ways = {"datasketch, in memory, one process": lambda: rate(lambda: in_datasketch(texts), len(texts))}
    if importlib.util.find_spec("rensa"):
        ways["rensa, in memory, one process"] = lambda: rate(lambda: in_rensa(texts), len(texts))
    ways["twicetold over HTTP, sqlite"] = lambda: over_http("")
    ways["twicetold over HTTP, postgresql"] = lambda: over_http(fresh(postgres))
    try:
        return in_turn(ways, rounds=rounds)
    finally:
        postgres.remove()


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=Path)
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--clients", type=int, default=2)
    options.add_argument("--batch", type=int, default=500)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    told = stories(given.stories, given.count)
    words = sum(len(WORD.findall(story["text"])) for story in told) // len(told)
    print(f"{len(told)} stories of {words} words, {given.workers} workers, {given.clients} clients\n")
    before = Ticks.now()
    for way in measured(told, workers=given.workers, clients=given.clients, batch=given.batch, rounds=given.rounds):
        print(way.told())
    print(Ticks.now().since(before).told())


if __name__ == "__main__":
    main()
