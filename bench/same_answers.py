"""Whether a bulk run answers as a service that was sent the same stories and has settled.

    python -m bench.same_answers [--count 20000] [--crowded 0.03] [--batch 500] [--folder FOLDER]

The corpus is that of `bench.corpus`, with larger crowds. Told are the stories whose cluster (of two or more), canonical
story or relation to it differ, and examples. A folder that is named keeps both, and a later call only compares.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pyarrow import parquet
from twicetold import bootstrap
from twicetold.bulk.gathering import Limits
from twicetold.bulk.run import run
from twicetold.observability.metrics import Metrics
from twicetold.settings import Settings, processors
from twicetold.usecases.application import Application
from twicetold.usecases.read_models import Assignment, Position, StoryFilter
from twicetold.web.api.submissions import Intake

from bench.corpus import write

SHOWN = 20


def sent(application: Application, rows: list[dict[str, Any]], batch: int) -> None:
    """Send stories, and let all be settled."""
    intake = Intake(bootstrap.now)
    lines = [json.dumps(row | {"published_at": row["published_at"].isoformat()}).encode() for row in rows]
    for first in range(0, len(lines), batch):
        application.submit.submit([intake.story(line) for line in lines[first : first + batch]], passages=False)
    application.settling.all()


def assigned(application: Application) -> Iterable[Assignment]:
    """Where the service puts each story."""
    after: Position | None = None
    while True:
        with application.store.reading() as reading:
            page = reading.assignments(StoryFilter(), after=after, limit=5000)
        yield from page.items
        after = page.next
        if after is None:
            return


def online(folder: Path, corpus: Path, batch: int) -> dict[str, dict[str, Any]]:
    """What a service tells, by story."""
    settings = Settings.load({"TWICETOLD_STORE_URL": f"sqlite:///{folder}/stories.db"})
    settled = folder / "settled"
    bootstrap.migrate(settings)
    application = bootstrap.build(settings, Metrics())
    try:
        if not settled.exists():  # of what was sent before a run was stopped, nothing changes
            sent(application, parquet.read_table(corpus).to_pylist(), batch)
            settled.touch()
        return {
            one.story_id: {name: getattr(one, name) for name in one.__struct_fields__} for one in assigned(application)
        }
    finally:
        application.close()


def bulk(folder: Path, corpus: Path) -> dict[str, dict[str, Any]]:
    """What a bulk run tells, by story."""
    settings, out = Settings.load({}), folder / "out"
    limits = Limits(memory=2**29, threads=processors())
    if not (out / "run.json").exists():
        with bootstrap.analyser(settings, children=limits.threads + 1) as analyser:
            run(
                [corpus], out, names={}, source=None, analyser=analyser,
                parameters=bootstrap.fingerprint_parameters(settings), limits=limits, tell=lambda *_: None,
            )  # fmt: skip
    return {row["story_id"]: row for row in parquet.read_table(out / "assignments.parquet").to_pylist()}


def together(assignments: dict[str, dict[str, Any]]) -> dict[str, frozenset[str]]:
    """For each story those of its cluster: itself alone where that has no other."""
    members = defaultdict[str, set[str]](set)
    for name, row in assignments.items():
        members[row["cluster_id"] or f"alone {name}"].add(name)
    return {name: frozenset(group) for group in members.values() for name in group}


def main() -> None:
    """Compare, and print what differs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--crowded", type=float, default=0.03)
    options.add_argument("--batch", type=int, default=500)
    options.add_argument("--folder", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        folder = given.folder or Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        corpus = folder / "corpus.parquet"
        if not corpus.exists():
            write(corpus, count=given.count, crowded=given.crowded)
        one, other = bulk(folder, corpus), online(folder, corpus, given.batch)
    groups, others = together(one), together(other)
    largest = max(map(len, groups.values()))
    several = len({group for group in groups.values() if len(group) > 1})
    print(f"{len(one):,} stories, {several:,} clusters of two or more, the largest of {largest}")
    differing = {
        "cluster": [name for name in one if groups[name] != others.get(name)],
        "canonical": [name for name in one if one[name]["canonical_id"] != other[name]["canonical_id"]],
        "relation": [name for name in one if one[name]["relation"] != other[name]["relation"]],
    }
    for what, names in differing.items():
        print(f"{what}: {len(names)} stories differ {names[:SHOWN]}")


if __name__ == "__main__":
    main()
