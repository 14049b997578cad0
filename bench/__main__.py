"""One table of what the service costs, each row beside a peer or beside the same work elsewhere, in one run.

    python -m bench [--stories FILE.jsonl[.xz]] [--pages FOLDER] [--count 2000] [--page-count 150]
                    [--sizes 5000,20000] [--workers 2] [--rounds 3]
    python -m bench --list

Stories and pages are made up unless files name them, as in `bench.ingest` and `bench.extraction`. Rates are medians
of rounds (`bench.paired_runs`). Sizes of a million take an hour or more. `--list` tells the other measurements.
"""

from __future__ import annotations

import argparse
import ast
import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bench import extraction, ingest, lookup, stages
from bench.paired_runs import Ticks

CLIENTS, BATCH = 2, 500


def rows(given: argparse.Namespace) -> Iterator[tuple[str, str, str, float]]:
    """What was measured, its figure, what it stands beside, and the ratio of both."""
    yield from texts(given)
    yield from steps(given)
    yield from pages(given)
    yield from sizes(given)


def texts(given: argparse.Namespace) -> Iterator[tuple[str, str, str, float]]:
    """Ingest of texts beside MinHash libraries in memory."""
    told = ingest.stories(given.stories, given.count)
    peer, *ways = ingest.measured(told, workers=given.workers, clients=CLIENTS, batch=BATCH, rounds=given.rounds)
    for way in ways:
        yield f"texts, {way.name}", f"{way.rate:.0f}/s", f"datasketch in memory {peer.rate:.0f}/s", way.ratio


def steps(given: argparse.Namespace) -> Iterator[tuple[str, str, str, float]]:
    """Where the processor time of a text goes."""
    peer, *mine = stages.stages(ingest.stories(given.stories, given.count), workers=given.workers)
    for name, milliseconds in mine:
        beside = f"{peer.name} {peer.milliseconds:.2f} ms"
        yield f"a text, processor, {name}", f"{milliseconds:.2f} ms", beside, milliseconds / peer.milliseconds


def pages(given: argparse.Namespace) -> Iterator[tuple[str, str, str, float]]:
    """Pages beside bare trafilatura."""
    logging.disable(logging.CRITICAL)  # of trafilatura
    found = extraction.read_pages(given.pages) if given.pages else extraction.made_up_pages(given.page_count)
    read = list(islice(found, given.page_count))
    theirs, ours = extraction.cpu_ms(read, extraction.library), extraction.cpu_ms(read, extraction.service)
    yield "a page, processor, all cleaning", f"{ours:.1f} ms", f"trafilatura {theirs:.1f} ms", ours / theirs
    peer, own = extraction.beside_library(read, workers=given.workers, rounds=given.rounds)
    yield own.name, f"{own.rate:.0f}/s", f"{peer.name} {peer.rate:.0f}/s", own.ratio


def sizes(given: argparse.Namespace) -> Iterator[tuple[str, str, str, float]]:
    """The same work at other sizes of the store, and single posts beside batches."""
    first: lookup.Row | None = None
    for row in lookup.grown([int(size) for size in given.sizes.split(",")], workers=given.workers):
        first = first or row
        at, beside = f"at {row.stored:,} stored", f"at {first.stored:,}"
        yield (
            f"a story in a batch, processor, {at}", f"{row.processor:.2f} ms", f"{beside} {first.processor:.2f} ms",
            row.processor / first.processor,
        )  # fmt: skip
        for name, mine, bare in (("median", row.idle[0], row.bare[0]), ("p99", row.idle[1], row.bare[1])):
            what = f"a single post, idle, {name}, {at}"
            yield what, f"{mine:.1f} ms", f"a bare process as busy {bare:.1f} ms", mine / bare
        for name, mine, other in (("median", row.busy[0], row.idle[0]), ("p99", row.busy[1], row.idle[1])):
            yield f"the same beside batches, {name}", f"{mine:.1f} ms", f"idle {other:.1f} ms", mine / other
        yield f"memory of a worker, {at}", f"{row.memory} MB", f"{beside} {first.memory} MB", row.memory / first.memory
        yield f"bytes of a story, {at}", f"{row.bytes:,}", f"{beside} {first.bytes:,}", row.bytes / first.bytes


def others() -> None:
    """List the measurements, from their own first words."""
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        source = path.read_text(encoding="utf-8")
        if "def main()" in source:
            about = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0].replace("\n", " ")
            print(f"python -m bench.{path.stem}\n    {about}")


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--stories", type=Path)
    options.add_argument("--pages", type=Path)
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--page-count", type=int, default=150)
    options.add_argument("--sizes", default="5000,20000")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--list", action="store_true")
    given = options.parse_args()
    if given.list:
        others()
        return
    print(f"{'measured':58}{'':>12}   {'beside':42}  ratio")
    before = Ticks.now()
    for what, figure, beside, ratio in rows(given):
        print(f"{what:58}{figure:>12}   {beside:42} {ratio:6.2f}", flush=True)
    print(Ticks.now().since(before).told())


if __name__ == "__main__":
    main()
