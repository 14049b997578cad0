"""Kills: processes killed with SIGKILL in the middle of a load of batches, again and again over one store.

    python -m bench.kills [--rounds 20] [--workers 4] [--store-url URL]

Every third time one worker, else everything at once. After each restart every story that was acknowledged must be
there, and at the end every two acknowledged stories of one family must match. Stories that were sent but not
acknowledged may be there or not.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import threading
import time
from pathlib import Path

from bench.generated_text import TextGenerator
from bench.load import Tally, batch, check, post_batch
from bench.server import Server

CLIENTS = 4
FAMILIES = 150
"""Families in one batch; few batches are finished when the kill comes."""
ONE_WORKER_EVERY = 3


def kill_again_and_again(server: Server, tally: Tally, *, rounds: int, seed: int) -> float:
    """Kill a running server under load `rounds` times; returns the seconds of the slowest recovery."""
    moments, writer, slowest = random.Random(seed), TextGenerator(seed), 0.0
    for number in range(rounds):
        before = set(tally.acknowledged)
        batches = [batch(writer, f"{number}-{client}", families=FAMILIES) for client in range(CLIENTS)]
        clients = [threading.Thread(target=post_batch, args=(server, stories, tally)) for stories in batches]
        for client in clients:
            client.start()
        time.sleep(moments.uniform(0.1, 3.0))
        began = time.perf_counter()
        if number % ONE_WORKER_EVERY:
            server.kill()
            server.start()
        else:
            replace_worker(server, moments)
        slowest = max(slowest, time.perf_counter() - began)
        for client in clients:
            client.join()
        fresh = [story_id for name in tally.acknowledged.keys() - before for story_id in tally.acknowledged[name]]
        tally.lost += sum(server.ask("GET", f"/v1/stories/{story_id}")[0] != 200 for story_id in fresh)
        print(f"kill {number + 1}: {tally.stories} acknowledged, {tally.lost} lost, {slowest:.1f} s", flush=True)
    return slowest


def replace_worker(server: Server, draw: random.Random) -> None:
    """Kill one worker; returns when another has taken its place and the server is ready."""
    running = server.workers()
    os.kill(draw.choice(running), signal.SIGKILL)
    while len(set(server.workers()) - set(running)) < 1 or not server.ready():
        time.sleep(0.02)


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--store-url", default="")
    options.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    given = options.parse_args()
    tally = Tally()
    settings = {"workers": given.workers, "housekeeping_seconds": 2}
    settings |= {"store_url": given.store_url} if given.store_url else {}
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), **settings) as server:
        slowest = kill_again_and_again(server, tally, rounds=given.rounds, seed=given.seed)
        lost_before = tally.lost
        check(server, tally.acknowledged.values(), tally)
        print(
            f"at the end: {tally.lost - lost_before} lost, {tally.unmatched} unmatched; seed {given.seed}; "
            f"slowest recovery {slowest:.1f} s"
        )


if __name__ == "__main__":
    main()
