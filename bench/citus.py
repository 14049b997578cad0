"""A store spread over two worker nodes of Citus: twins, the loss of a worker node under load, and what it costs.

    python -m bench.citus [--pairs 500] [--losses 3]

Needs the extension Citus beside PostgreSQL. Two servers of two workers each share the store. Each loss kills a worker
node as a crash does, brings it back after three seconds, and goes on for eight. What was acknowledged must be there
and matched, and nobody may be answered with 500.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.citus_server import CitusServer
from bench.generated_text import TextGenerator
from bench.load import Load, Tally, check
from bench.server import Server
from bench.twins import came_of

_AWAY, _BACK = 3.0, 8.0
"""Seconds for which a node is away, and for which the load then goes on."""
_COUNTED = (
    "SELECT (SELECT count(*) FROM stories), pg_database_size(current_database()), "
    "(SELECT sum(result::bigint) FROM run_command_on_workers('SELECT pg_database_size(current_database())'))"
)


def losses(citus: CitusServer, server: Server, number: int) -> str:
    """Kill worker nodes in turn under load."""
    tally = Tally()
    with Load(server, tally, name="lost", clients=4, families=10):
        for turn in range(number):
            time.sleep(_AWAY)
            node = citus.workers[turn % len(citus.workers)]
            node.stop()
            time.sleep(_AWAY)
            node.start()
            time.sleep(_BACK)
    check(server, tally.acknowledged.values(), tally)
    return (
        f"{number} losses of a worker node: {tally.stories} stories acknowledged, refused {dict(tally.refused)}, "
        f"broken {tally.broken}, lost {tally.lost}, unmatched {tally.unmatched}, slowest {tally.slowest:.1f} s"
    )


def size(url: str) -> str:
    """Bytes a story on the coordinator and on the worker nodes."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
        ((stories, own, others),) = connection.execute(_COUNTED).fetchall()
    per_story = f"{own / stories:,.0f} bytes a story on the coordinator, {others / stories:,.0f} on the workers"
    return f"{stories:,} stories: {per_story}"


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=500)
    options.add_argument("--losses", type=int, default=3)
    given = options.parse_args()
    writer = TextGenerator(seed=7)
    pairs = [list(writer.family(f"twin-{number}", copies=2)) for number in range(given.pairs)]
    citus = CitusServer(durable=True)
    try:
        url = citus.create("twicetold")
        settings: dict[str, Any] = {"store_url": url, "workers": 2, "housekeeping_seconds": 5}
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            first, second = Server(Path(one), **settings), Server(Path(other), **settings)
            migrated = first.command("migrate", "--distribute")
            if migrated.returncode:
                raise RuntimeError(migrated.stderr)
            with first, second:
                print(came_of([first, second], pairs), flush=True)
                print(losses(citus, first, given.losses), flush=True)
                print(size(url))
    finally:
        citus.remove()


if __name__ == "__main__":
    main()
