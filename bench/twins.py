"""Twins: pairs of the same text posted at the same moment by two clients to several workers; every pair must match.

    python -m bench.twins [--pairs 2000] [--workers 4] [--nodes 1] [--store-url URL]

Over a fresh SQLite file and then over a PostgreSQL started for this, or over the (empty) store that is named; with two
nodes over PostgreSQL alone, and the two sides of a pair are posted to different nodes. A pair
counts as missed when neither answer names the other story, and as lopsided when one of both, asked afterwards, does not
name the other.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import psycopg

from bench.generated_text import TextGenerator
from bench.postgres_server import PostgresServer
from bench.server import Server

CLIENTS = 8


class Client(threading.Thread):
    """Posts one side of its share of the pairs, each at the moment the other client posts the other side."""

    def __init__(self, server: Server, stories: list[dict[str, str]], together: threading.Barrier) -> None:
        super().__init__()
        self._connection: HTTPConnection = server.connect()
        self._stories = stories
        self._together = together
        self.matched: dict[str, set[str]] = {}
        self.refused = 0

    def run(self) -> None:
        """Post the stories one by one, each when the other client is ready."""
        for story in self._stories:
            body = json.dumps(story)
            self._together.wait()
            self._connection.request("POST", "/v1/stories", body, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            answer = json.loads(response.read())
            self.refused += response.status != 201
            self.matched[story["id"]] = {match["story_id"] for match in answer.get("matches", ())}
        self._connection.close()


def post(servers: Sequence[Server], pairs: list[list[dict[str, str]]]) -> tuple[dict[str, set[str]], int]:
    """Post all pairs; what each story's answer named, and how many posts were refused."""
    clients = []
    for share in range(CLIENTS // 2):
        mine = pairs[share :: CLIENTS // 2]
        together = threading.Barrier(2)
        clients += [Client(servers[side % len(servers)], [pair[side] for pair in mine], together) for side in (0, 1)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    matched = {story_id: others for client in clients for story_id, others in client.matched.items()}
    return matched, sum(client.refused for client in clients)


def lopsided(server: Server, pairs: list[list[dict[str, str]]]) -> int:
    """Pairs of which one story, asked for its matches now, does not name the other."""
    count = 0
    for a, b in pairs:
        for story, twin in ((a, b), (b, a)):
            _, answer = server.ask("GET", f"/v1/stories/{story['id']}/matches")
            if twin["id"] not in {match["story_id"] for match in answer.get("matches", ())}:
                count += 1
                break
    return count


def told(pairs: list[list[dict[str, str]]], workers: int, url: str, *, nodes: int = 1) -> str:
    """What came of the pairs over one store."""
    settings = {"workers": workers} | ({"store_url": url} if url else {})
    with ExitStack() as opened:
        folders = [Path(opened.enter_context(tempfile.TemporaryDirectory())) for _ in range(nodes)]
        servers = [opened.enter_context(Server(folder, **settings)) for folder in folders]
        return f"{url.partition(':')[0] or 'sqlite'}: {nodes} nodes of {workers} workers, {came_of(servers, pairs)}"


def came_of(servers: Sequence[Server], pairs: list[list[dict[str, str]]]) -> str:
    """What came of the pairs at these servers."""
    began = time.perf_counter()
    matched, refused = post(servers, pairs)
    rate = 2 * len(pairs) / (time.perf_counter() - began)
    missed = sum(b["id"] not in matched[a["id"]] and a["id"] not in matched[b["id"]] for a, b in pairs)
    return (
        f"{len(pairs)} pairs, {CLIENTS} clients, {rate:.0f} posts/s: refused {refused}, missed {missed}, "
        f"lopsided {lopsided(servers[0], pairs)}"
    )


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=2000)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--nodes", type=int, default=1)
    options.add_argument("--store-url", default="")
    given = options.parse_args()
    writer = TextGenerator(seed=7)
    pairs = [list(writer.family(f"twin-{number}", copies=2)) for number in range(given.pairs)]
    if given.store_url:
        print(told(pairs, given.workers, given.store_url, nodes=given.nodes))
        return
    if given.nodes == 1:
        print(told(pairs, given.workers, ""), flush=True)
    postgres = PostgresServer(durable=True)
    try:
        print(told(pairs, given.workers, postgres.url("postgres"), nodes=given.nodes))
        with psycopg.connect(postgres.url("postgres")) as connection:
            ((deadlocks,),) = connection.execute(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'"
            ).fetchall()
        print(f"deadlocks that the server had to end: {deadlocks}")
    finally:
        postgres.remove()


if __name__ == "__main__":
    main()
