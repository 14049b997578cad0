"""What a story costs beside very many copies of it, against an empty store.

    python -m bench.crowd [--copies 100000] [--posts 200]

Posts that many copies of one made-up story of 500 words, each with eight words changed and one in ten with none, then
single stories in turn to that server and to one with an empty store: one more copy, and an unrelated story. The ratios
are of medians, within this one run.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import msgspec

from bench.generated_text import TextGenerator
from bench.server import Server

CHUNK = 1000


class Copies:
    """Edited copies of one story, without end."""

    def __init__(self) -> None:
        writer = TextGenerator(seed=21)
        self._draw = random.Random(5)
        self._vocabulary = writer.vocabulary
        self._words = writer.story(500).split(" ")
        self._made = 0

    def next(self) -> dict[str, str]:
        """The next copy, ready to be posted."""
        self._made += 1
        words = list(self._words)
        for _ in range(8 if self._made % 10 else 0):
            words[self._draw.randrange(len(words))] = self._draw.choice(self._vocabulary)
        source = f"outlet-{self._made % 2000}.example"
        return {"id": f"copy-{self._made}", "source": source, "text": " ".join(words)}


def post(connection: HTTPConnection, story: dict[str, str]) -> float:
    """Milliseconds until one story is answered."""
    began = time.perf_counter()
    connection.request("POST", "/v1/stories", msgspec.json.encode(story), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 201:
        raise RuntimeError(f"a story was answered {answer.status}")
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    """Measure, and print what was found."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--copies", type=int, default=100_000)
    arguments.add_argument("--posts", type=int, default=200)
    given = arguments.parse_args()
    copies, writer = Copies(), TextGenerator(seed=33)
    with ExitStack() as stack:
        folders = [stack.enter_context(tempfile.TemporaryDirectory()) for _ in range(2)]
        full, empty = (stack.enter_context(Server(Path(folder))) for folder in folders)
        began = time.perf_counter()
        for start in range(0, given.copies, CHUNK):
            lines = list(full.batch(copies.next() for _ in range(min(CHUNK, given.copies - start))))
            if any(line["status"] != 201 for line in lines):
                raise RuntimeError(f"not all copies were taken: {lines[-1]}")
        took = time.perf_counter() - began
        print(f"{given.copies} copies in {took:.0f} s, {given.copies / took:.0f} stories/s")
        beside, alone = full.connect(), empty.connect()
        times: dict[str, list[float]] = {"one more copy": [], "an unrelated story": [], "on an empty store": []}
        for number in range(given.posts):
            fresh = {"id": f"fresh-{number}", "source": "fresh.example", "text": writer.story(500)}
            times["on an empty store"].append(post(alone, fresh))
            times["an unrelated story"].append(post(beside, fresh))
            times["one more copy"].append(post(beside, copies.next()))
        base = median(times["on an empty store"])
        for name, taken in times.items():
            print(f"{name:20} {median(taken):6.1f} ms  ratio {median(taken) / base:.2f}")


if __name__ == "__main__":
    main()
