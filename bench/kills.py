"""Kills: every process killed with SIGKILL in the middle of a load of batches, again and again over one store.

    python -m bench.kills [--rounds 20] [--workers 4] [--store-url URL]

After each restart every story that was acknowledged must be there, and every two acknowledged stories of one family
must match. Stories that were sent but not acknowledged may be there or not.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from bench.prose import Writer
from bench.server import Server

CLIENTS = 4
COPIES = 3
FAMILIES = 250
"""Families in one batch; a batch is never finished when the kill comes."""
SWEEP_SECONDS = 60


@dataclass
class Tally:
    """What was acknowledged, by family, and what was found wrong after a restart."""

    acknowledged: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lost: int = 0
    unmatched: int = 0

    @property
    def stories(self) -> int:
        """Acknowledged stories in all."""
        return sum(map(len, self.acknowledged.values()))


def batch(writer: Writer, name: str) -> list[dict[str, str]]:
    """Families, so mixed that the copies of one are spread over the batch."""
    families = [list(writer.family(f"{name}-{number}", copies=COPIES, words=60)) for number in range(FAMILIES)]
    return [family[copy] for copy in range(COPIES) for family in families]


def load(server: Server, stories: list[dict[str, str]], tally: Tally) -> None:
    """Post a batch until it ends or the server dies."""
    for line in server.batch(stories):
        if line["status"] in {200, 201}:
            story_id = stories[line["index"]]["id"]
            tally.acknowledged[story_id.rpartition(".")[0]].add(story_id)


def check(server: Server, families: dict[str, set[str]], tally: Tally) -> None:
    """Count what is lost or unmatched of `families`, giving the sweep its time."""
    deadline = time.monotonic() + SWEEP_SECONDS
    while "twicetold_probe_backlog 0.0" not in server.ask("GET", "/metrics")[1] and time.monotonic() < deadline:
        time.sleep(0.2)
    for family in families.values():
        for story_id in family:
            status, answer = server.ask("GET", f"/v1/stories/{story_id}/matches")
            tally.lost += status != 200
            found = {match["story_id"] for match in answer.get("matches", ())}
            tally.unmatched += len(family - {story_id} - found)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--store-url", default="")
    options.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    given = options.parse_args()
    moments = random.Random(given.seed)
    writer = Writer(given.seed)
    tally = Tally()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        settings = {"workers": given.workers} | ({"store_url": given.store_url} if given.store_url else {})
        with Server(Path(folder), **settings) as server:
            for number in range(given.rounds):
                before = set(tally.acknowledged)
                batches = [batch(writer, f"{number}-{client}") for client in range(CLIENTS)]
                clients = [threading.Thread(target=load, args=(server, stories, tally)) for stories in batches]
                for client in clients:
                    client.start()
                time.sleep(moments.uniform(0.1, 3.0))
                server.kill()
                for client in clients:
                    client.join()
                began = time.perf_counter()
                server.start()
                slowest = max(slowest, time.perf_counter() - began)
                fresh = {name: family for name, family in tally.acknowledged.items() if name not in before}
                check(server, fresh, tally)
                print(
                    f"round {number + 1}: {tally.stories} acknowledged, {tally.lost} lost, {tally.unmatched} unmatched"
                )
            lost_before = tally.lost
            check(server, tally.acknowledged, tally)
            print(f"at the end: {tally.lost - lost_before} lost; seed {given.seed}; slowest restart {slowest:.1f} s")


if __name__ == "__main__":
    main()
