"""Faults: what the machine, the network and the database do to a service under load, each with its verdict.

    python -m bench.faults [FAULT …] [--kills 20] [--down 30] [--workers 2]

Faults: kills, database, disk, stall, stop, memory; all without a name. After each, every acknowledged story must be
there; meanwhile a client gets an answer it can act on (503 with Retry-After, 408, or a problem in its line of a batch);
the service works again within ten seconds; and the SQLite file passes `PRAGMA integrity_check`. Exit status 1 if any
fault fails. The full disk is a tmpfs of its own, which takes root; without, the size of files is limited.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from bench.disruption import half_a_request, kill_extraction, small_disk, status_of
from bench.generated_text import TextGenerator
from bench.kills import kill_again_and_again
from bench.load import Load, Tally, batch, check, post_batch, post_single
from bench.postgres_server import PostgresServer
from bench.server import Server

MOST_SECONDS_AWAY = 10.0
SETTLING_SECONDS = 3.0
"""Of plain load before a fault, and after it."""
SILENCE = 5
"""Seconds that clients may stall in a body here."""


@dataclass
class Report:
    """What came of one fault; `wrong` says what should not have been."""

    name: str
    tally: Tally
    meanwhile: str
    seconds_away: float
    wrong: list[str] = field(default_factory=list)

    def judge(self, *, refusals: frozenset[int]) -> None:
        """Hold the counts against what any fault may do."""
        others = {status for status in self.tally.refused if status not in refusals}
        for broken, what in (
            (self.tally.lost, f"{self.tally.lost} acknowledged stories lost"),
            (self.tally.unmatched, f"{self.tally.unmatched} acknowledged pairs unmatched"),
            (self.tally.hasty, f"{self.tally.hasty} refusals without Retry-After"),
            (others, f"answers with status {sorted(others)}"),
            (self.seconds_away > MOST_SECONDS_AWAY, "away for too long"),
        ):
            if broken:
                self.wrong.append(what)

    def __str__(self) -> str:
        verdict = "FAILED: " + "; ".join(self.wrong) if self.wrong else "passed"
        counts = f"{self.tally.stories:7} {self.tally.lost:5} {self.tally.unmatched:10}"
        return f"{self.name:10}{counts} {self.seconds_away:7.1f} s  {verdict}; {self.meanwhile}"


@dataclass(frozen=True)
class Options:
    """How hard the faults are."""

    folder: Path
    kills: int
    down: float
    workers: int
    seed: int


def kills(options: Options) -> Report:
    """SIGKILL of single workers and of everything at random moments."""
    tally = Tally()
    with _served(options, tally, housekeeping_seconds=2) as server:
        slowest = kill_again_and_again(server, tally, rounds=options.kills, seed=options.seed)
    report = Report("kills", tally, f"{options.kills} kills, {tally.broken} requests broken off", slowest)
    report.judge(refusals=frozenset({503}))
    return _with_integrity(report, options)


def database(options: Options) -> Report:
    """PostgreSQL stopped as if its machine had died, and started again."""
    tally = Tally()
    postgres = PostgresServer(durable=True)
    try:
        with _served(options, tally, store_url=postgres.url("postgres"), housekeeping_seconds=2) as server:
            with Load(server, tally, name="database"):
                time.sleep(SETTLING_SECONDS)
                postgres.stop()
                tally.slowest = 0.0
                time.sleep(options.down)
                slowest = tally.slowest
                postgres.start()
                away = _seconds_until_taken(server, tally)
                time.sleep(SETTLING_SECONDS)
            wrong = [f"{tally.broken} requests without an answer"] if tally.broken else []
            wrong += [] if tally.refused else ["nothing was put off, so nothing was shown"]
        report = Report(
            "database", tally, f"down for {options.down:g} s: {_refusals(tally)}, the slowest after {slowest:.1f} s",
            away, wrong,
        )  # fmt: skip
    finally:
        postgres.remove()
    report.judge(refusals=frozenset({503}))
    return report


def disk(options: Options) -> Report:
    """A disk that fills up under load, is read while full, and is given room."""
    tally = Tally()
    small = options.folder / "small"
    small.mkdir()
    with small_disk(small) as disk, _served(options, tally, store_url=_sqlite_at(small)) as server:
        disk.fits(server)
        with Load(server, tally, name="disk"):
            deadline = time.monotonic() + 120
            while not tally.refused and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(SETTLING_SECONDS)
            known = next(iter(next(iter(tally.acknowledged.values()))))
            readable = server.ask("GET", f"/v1/stories/{known}")[0] == 200
            disk.give_room(server)
            away = _seconds_until_taken(server, tally)
            time.sleep(SETTLING_SECONDS)
        check(server, tally.acknowledged.values(), tally)
        server.stop()
        wrong = [] if readable else ["a full disk kept a story from being read"]
        wrong += [f"{tally.broken} requests without an answer"] if tally.broken else []
        wrong += [] if tally.refused else ["the disk was never full"]
        report = Report("disk", tally, f"{disk.kind}: {_refusals(tally)}", away, wrong)
        report.judge(refusals=frozenset({503, 507}))
        return _with_integrity(report, options, path=small / "stories.db")


def stall(options: Options) -> Report:
    """As many clients as there are threads that stop in the middle of a body."""
    tally = Tally()
    threads = 8
    with _served(options, tally, body_seconds=SILENCE, threads=threads) as server, Load(server, tally, name="stall"):
        time.sleep(SETTLING_SECONDS)
        stalling = [half_a_request(server) for _ in range(threads * options.workers)]
        away = _seconds_until_taken(server, tally)
        answers = [status_of(client) for client in stalling]
        time.sleep(SETTLING_SECONDS)
    report = Report("stall", tally, f"{len(answers)} clients stalled, answered {sorted(set(answers))}", away)
    if set(answers) != {408}:
        report.wrong.append("stalled clients should get 408")
    if tally.broken:
        report.wrong.append(f"{tally.broken} other requests without an answer")
    report.judge(refusals=frozenset({503}))
    return _with_integrity(report, options)


def stop(options: Options) -> Report:
    """SIGTERM while batches run: each line is answered, with what was done or with a problem."""
    tally = Tally()
    with _served(options, tally, graceful_seconds=4) as server:
        writer = TextGenerator(options.seed)
        batches = [batch(writer, f"stop-{client}", families=1500) for client in range(4)]
        clients = [threading.Thread(target=post_batch, args=(server, stories, tally)) for stories in batches]
        for client in clients:
            client.start()
        time.sleep(SETTLING_SECONDS)
        began = time.perf_counter()
        status = server.stop()
        took = time.perf_counter() - began
        for client in clients:
            client.join()
        began = time.perf_counter()
        server.start()
        away = time.perf_counter() - began
    report = Report("stop", tally, f"ended after {took:.1f} s with status {status}, {_refusals(tally)}", away)
    if status:
        report.wrong.append(f"exit status {status}")
    if tally.broken:
        report.wrong.append(f"{tally.broken} batches broken off")
    if not tally.refused:
        report.wrong.append("every batch was done before the stop, so nothing was shown")
    report.judge(refusals=frozenset({503}))
    return _with_integrity(report, options)


def memory(options: Options) -> Report:
    """Pages that take more memory than an extraction process may have, and such processes killed from outside."""
    tally = Tally()
    monster = "".join(f"<p {' '.join(f'a{n}' for n in range(200))}>word</p>" for _ in range(8700))
    with _served(options, tally, extraction_memory="256MB") as server, Load(server, tally, name="memory"):
        statuses = []
        for number in range(3):
            page = _page(options.seed + number)
            lines = [
                {"id": f"page-{number}.0", "source": "a.example", "html": page},
                {"id": f"monster-{number}.0", "source": "b.example", "html": monster},
                {"id": f"page-{number}.1", "source": "c.example", "html": page},
            ]
            answered = {lines[line["index"]]["id"]: line["status"] for line in server.batch(lines)}
            for line in (lines[0], lines[2]):
                tally.take(line["id"], answered.get(line["id"], 0))
            statuses.append(answered.get(lines[1]["id"], 0))
        kill_extraction(server)
        began = time.perf_counter()
        page = _page(options.seed + 99)
        while post_single(server, {"id": "afterwards.0", "source": "d.example", "html": page}, tally) != 201:
            if time.perf_counter() - began > 2 * MOST_SECONDS_AWAY:
                break
        away = time.perf_counter() - began
    report = Report("memory", tally, f"monsters answered {sorted(set(statuses))}", away)
    if set(statuses) != {422}:
        report.wrong.append("a page that needs too much memory should get 422")
    if tally.broken:
        report.wrong.append(f"{tally.broken} requests without an answer")
    report.judge(refusals=frozenset({422, 503}))
    return _with_integrity(report, options)


FAULTS: dict[str, Callable[[Options], Report]] = {
    each.__name__: each for each in (database, disk, stall, stop, memory, kills)
}


@contextmanager
def _served(options: Options, tally: Tally, **settings: object) -> Iterator[Server]:
    """A server for one fault; checks what it acknowledged before it is stopped."""
    with Server(options.folder, **{"workers": options.workers} | settings) as server:
        yield server
        if server.ready():
            check(server, tally.acknowledged.values(), tally)
            server.stop()


def _sqlite_at(folder: Path) -> str:
    return f"sqlite:///{folder}/stories.db"


def _with_integrity(report: Report, options: Options, *, path: Path | None = None) -> Report:
    with apsw.Connection(str(path or options.folder / "stories.db")) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
    if found != [("ok",)]:
        report.wrong.append(f"integrity_check: {found[:3]}")
    return report


def _seconds_until_taken(server: Server, tally: Tally) -> float:
    """Seconds until a new story is taken."""
    began = time.perf_counter()
    story = {"id": f"again-{began}.0", "source": "again.example", "text": TextGenerator(int(began)).story(60)}
    while time.perf_counter() - began < 3 * MOST_SECONDS_AWAY:
        if post_single(server, story, tally) == 201:
            break
        time.sleep(0.1)
    return time.perf_counter() - began


def _refusals(tally: Tally) -> str:
    return ", ".join(f"{count} times {status}" for status, count in sorted(tally.refused.items())) or "nothing refused"


def _page(seed: int) -> str:
    writer = TextGenerator(seed)
    paragraphs = "".join(f"<p>{text}</p>" for text in writer.story(300).split("\n\n"))
    return f"<html><head><title>Page</title></head><body><article><h1>Page</h1>{paragraphs}</article></body></html>"


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faults", nargs="*", choices=[*FAULTS, []], metavar="FAULT")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--down", type=float, default=30)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    given = parser.parse_args()
    reports = []
    for name in given.faults or FAULTS:
        with tempfile.TemporaryDirectory() as folder:
            options = Options(Path(folder), given.kills, given.down, given.workers, given.seed)
            reports.append(FAULTS[name](options))
        print(f"done: {reports[-1]}", file=sys.stderr, flush=True)
    print(f"\nfault     stories  lost  unmatched     away    seed {given.seed}")
    print(*reports, sep="\n")
    sys.exit(any(report.wrong for report in reports))


if __name__ == "__main__":
    main()
