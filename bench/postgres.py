"""What a story costs PostgreSQL: bytes, log, processor time at several sizes, and forgetting the older half.

    python -m bench.postgres [--stories 100000] [--window 1000] [--at 5000] [--whole]
        [--set NAME=VALUE]

Starts a server of its own with its default settings (checkpoints after five minutes or a gigabyte of log, pages in the
log whole after each) but for those that are set, fills a store with generated stories, and at two sizes sends it a
window of them through everything but HTTP, in chunks of 100, from one process; with `--whole` all go that way, for only
such have matches and words to be found by. Before a window the tables are vacuumed, a checkpoint is made, and half a
window goes ahead. The processor time of the server is that of the store's connections, and that of all its processes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg
from twicetold.bootstrap import build, fingerprint_parameters, preload
from twicetold.observability.metrics import Metrics
from twicetold.settings import Settings
from twicetold.store.open import migrate
from twicetold.usecases.application import Application
from twicetold.usecases.pipeline import CandidateQuery

from bench.generated_stories import START, StoryGenerator, fill
from bench.postgres_server import PostgresServer

CHUNK = 100
_TICK = 100


class Spent(NamedTuple):
    """What was spent until now: processor seconds of connections, of the server and of this process; bytes of log."""

    connections: float
    server: float
    service: float
    log: int

    def told(self, before: Spent, stories: int) -> str:
        """For each of some stories, what was spent since."""
        spent = (1000 * (now - then) / stories for now, then in zip(self[:3], before[:3], strict=True))
        ours, server, service = (f"{each:.2f}" for each in spent)
        log = (self.log - before.log) / stories
        return f"{ours} ms of connections, {server} of the server, {service} here, {log:,.0f} bytes of log"


class Measured:
    """A store on a server of its own."""

    def __init__(self, settings_of_server: Mapping[str, str]) -> None:
        self.server = PostgresServer(durable=True, settings=settings_of_server)
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE measured")
        url = self.server.url("measured")
        settings = Settings.load({"TWICETOLD_STORE_URL": url})
        preload(settings)
        migrate(url, scheme=fingerprint_parameters(settings).identity)
        self.application: Application = build(settings, Metrics())
        self.connection = psycopg.connect(url, autocommit=True)

    def spent(self) -> Spent:
        """What was spent until now."""
        ((log,),) = self.connection.execute("SELECT (pg_current_wal_lsn() - '0/0')::bigint").fetchall()
        ours = self.connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'twicetold'")
        connections = sum(_ticks(pid) for (pid,) in ours.fetchall()) / _TICK
        return Spent(connections, self._processor(), time.process_time(), log)

    def _processor(self) -> float:
        ((child,),) = self.connection.execute("SELECT pg_backend_pid()").fetchall()
        parent = _stat(child)[1]
        living = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
        ticks = sum(_ticks(process) for process in living if _stat(process)[1:2] == [parent])
        return (ticks + sum(map(int, _stat(int(parent))[11:15]))) / _TICK

    def bytes(self) -> int:
        """The size of the database, once what is dead was vacuumed, as the server does by itself."""
        self.connection.execute("VACUUM ANALYZE")
        ((size,),) = self.connection.execute("SELECT pg_database_size(current_database())").fetchall()
        return int(size)

    def tables(self) -> str:
        """The largest tables, with their indexes."""
        rows = self.connection.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC LIMIT 12"
        )
        return ", ".join(f"{name} {size / 1e6:,.1f}" for name, size in rows)

    def close(self) -> None:
        """Stop everything."""
        self.application.close()
        self.connection.close()
        self.server.remove()


def _ticks(process: int) -> int:
    return sum(map(int, _stat(process)[11:13]))


def _stat(process: int) -> list[str]:
    """The fields of a process from its state on; nothing of one that is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def measure(stories: int, at: int, window: int, settings_of_server: Mapping[str, str], *, whole: bool) -> None:
    """Grow a store, measure it on the way, and forget the older half of it."""
    measured = Measured(settings_of_server)
    application = measured.application
    store, generator = application.store, StoryGenerator(seed=1)
    empty = measured.bytes()

    def submit(count: int) -> None:
        for _ in range(count // CHUNK):
            application.submit.submit(generator.submissions(CHUNK), passages=False)

    began_all = datetime.now(UTC)
    try:
        for size in (at, stories):
            missing, before = size - window - window // 2 - store.stats().stories, measured.spent()
            if whole:
                submit(missing)
            else:
                fill(store, generator, missing)
            print(f"filling up to {size:,}: {measured.spent().told(before, missing)}", flush=True)
            measured.bytes()
            measured.connection.execute("CHECKPOINT")
            submit(window // 2)
            before = measured.spent()
            submit(window)
            print(f"at {size:,} stories: {measured.spent().told(before, window)}", flush=True)
            print(f"looking up alone: {looked_up(measured, generator, window)}", flush=True)
        application.searching.enter_waiting()
        store.compact()
        full = measured.bytes()
        print(f"bytes a story: {(full - empty) / stories:,.0f}; {measured.tables()}", flush=True)
        before, began = measured.spent(), time.perf_counter()
        half = datetime.now(UTC) - START - timedelta(seconds=stories // 2)
        if whole:
            half = (datetime.now(UTC) - began_all) / 2
        pruned = application.forgetting.prune(older_than=half)
        store.compact()
        took = 1000 * (time.perf_counter() - began) / pruned
        print(f"forgetting {pruned:,}: {took:.2f} ms each; {measured.spent().told(before, pruned)}", flush=True)
        given = (full - measured.bytes()) / ((full - empty) * pruned / stories)
        print(f"space given back: {given:.0%}; {measured.tables()}", flush=True)
    finally:
        measured.close()


def looked_up(measured: Measured, generator: StoryGenerator, count: int) -> str:
    """What finding the candidates of texts costs that are not stored, in chunks."""
    drafts = generator.drafts(count)
    queries = [
        CandidateQuery(
            key=None, digest=draft.fingerprint.digest, url_key=draft.url_key, bands=draft.fingerprint.bands,
            passages=draft.fingerprint.passages,
        )
        for draft in drafts
    ]  # fmt: skip
    before = measured.spent()
    for first in range(0, count, CHUNK):
        with measured.application.store.reading() as reading:
            reading.candidates(queries[first : first + CHUNK], limit=64)
    return measured.spent().told(before, count)


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--at", type=int, default=5_000)
    parser.add_argument("--window", type=int, default=1_000)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--set", action="append", default=[])
    given = parser.parse_args()
    settings = dict(each.split("=", 1) for each in given.set)
    measure(given.stories, given.at, given.window, settings, whole=given.whole)


if __name__ == "__main__":
    main()
