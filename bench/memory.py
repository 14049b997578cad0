"""Peak memory of a worker, its children apart, while long texts with many stored twins go through it.

    python -m bench.memory [--texts 8] [--twins 45] [--characters 1000000] [--simultaneous 12] [--folder FOLDER]

Each twin has another word at every two hundredth place. What is measured: a batch of all texts under new ids, and then
as many simultaneous calls of `/v1/match` with one of them. Storing the twins takes half a second each; with `--folder`
they are stored there once and found again. More than 48 twins are a crowd, of which few are compared.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import tempfile
import threading
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from twicetold.bootstrap import build, migrate, now
from twicetold.domain.model import Submission
from twicetold.observability.metrics import Metrics
from twicetold.settings import Settings
from twicetold.usecases.pipeline import Draft

from bench.generated_text import TextGenerator
from bench.server import Server

APART = 200
"""Words from one changed place of a twin to the next."""


def texts(count: int, characters: int) -> Iterator[str]:
    """Long texts that have nothing in common."""
    for number in range(count):
        yield TextGenerator(seed=100 + number).story(characters // 5)[:characters]


def twin(text: str, number: int) -> str:
    """The same with some other words."""
    words = text.split(" ")
    for place in range(number, len(words), APART):
        words[place] = f"changed{number}"
    return " ".join(words)[: len(text)]


def store(url: str, written: list[str], twins: int) -> None:
    """Store the twins of each text, unless they are. They are not matched with each other, which would take long."""
    settings = Settings.load({"TWICETOLD_STORE_URL": url, "TWICETOLD_EXTRACTION_SECONDS": "60"})
    migrate(settings)
    application = build(settings, Metrics())
    for number, text in enumerate(written):
        for first in range(0, twins, 5):
            told = [
                Submission(id=f"twin-{number}-{copy}", source=f"outlet-{copy}.example", text=twin(text, copy))
                for copy in range(first, min(first + 5, twins))
            ]
            with application.store.reading() as reading:
                if reading.story(told[-1].id):
                    continue
            drafts = application.preparation.drafts(told, now=now())
            published = application.store.publish([one for one in drafts if isinstance(one, Draft)], now=now())
            keys = [one.key for one in published]
            application.store.record(lambda recording, keys=keys: recording.finish(keys))  # type: ignore[misc]
    application.close()


def peak(server: Server) -> int:
    """The most megabytes that a worker held since they were asked to forget."""
    told = [Path(f"/proc/{worker}/status").read_text("ascii") for worker in server.workers()]
    return max(int(line.split()[1]) for text in told for line in text.splitlines() if line.startswith("VmHWM")) >> 10


def forget(server: Server) -> None:
    """Count from now on; see proc_pid_clear_refs(5)."""
    for worker in server.workers():
        Path(f"/proc/{worker}/clear_refs").write_text("5", "ascii")


def batch(server: Server, written: list[str]) -> int:
    """Post all as one batch, with passages; how many bytes the answer had."""
    stories = [{"id": f"new-{number}", "source": "new.example", "text": text} for number, text in enumerate(written)]
    lines = b"".join(json.dumps(story).encode() + b"\n" for story in stories)
    connection = server.connect(timeout=1200)
    connection.request("POST", "/v1/stories/batch", lines, {"Content-Type": "application/x-ndjson"})
    answer = connection.getresponse().read()
    connection.close()
    told = [json.loads(line) for line in answer.splitlines()]
    print("  statuses and matches:", *[f"{one['status']}/{one.get('matches_total')}" for one in told])
    for story in stories:
        server.ask("DELETE", f"/v1/stories/{story['id']}")
    return len(answer)


def match(server: Server, text: str, *, times: int) -> list[int]:
    """Ask so many times at once what matches a text; the statuses of the answers."""
    statuses: list[int] = []

    def ask() -> None:
        connection = server.connect(timeout=1200)
        with contextlib.suppress(OSError, HTTPException):
            body = json.dumps({"text": text})
            connection.request("POST", "/v1/match", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()

    asking = [threading.Thread(target=ask) for _ in range(times)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return statuses


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--texts", type=int, default=8)
    options.add_argument("--twins", type=int, default=45)
    options.add_argument("--characters", type=int, default=1_000_000)
    options.add_argument("--simultaneous", type=int, default=12)
    options.add_argument("--folder", type=Path)
    given = options.parse_args()
    written = list(texts(given.texts, given.characters))
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        settings = {"workers": 1, "extraction_seconds": 60}
        store(f"sqlite:///{folder}/stories.db", written, given.twins)
        with Server(folder, **settings) as server:
            print(f"{given.texts} texts of {given.characters:,} characters, {given.twins} twins of each\n")
            print(f"a worker that has served nothing: {peak(server)} MB")
            size = batch(server, written)
            print(f"a batch of all: {peak(server)} MB; the answer had {size >> 20} MB")
            forget(server)
            statuses = match(server, written[0], times=given.simultaneous)
            print(f"{given.simultaneous} simultaneous matches: {peak(server)} MB; answered {sorted(statuses)}")


if __name__ == "__main__":
    main()
