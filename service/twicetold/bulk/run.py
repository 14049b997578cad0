"""One bulk run, from its input to its tables."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

import duckdb

from twicetold.bulk.folder import BulkRefused, Folder
from twicetold.bulk.gathering import Limits, gather, open_stories
from twicetold.bulk.grouping import group, write_tables
from twicetold.bulk.judging import CHUNK, Corpus, judge
from twicetold.bulk.preparing import SHARD, Preparing, rows_of, shards
from twicetold.domain.cleaning.clean import CLEANER_VERSION
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.usecases.ports import Analyser

Tell = Callable[[str, int, int], None]
"""Told of a step, how many are done and of how many."""


class Done(NamedTuple):
    """What a run made."""

    stories: int
    clusters: int
    failed: int


def run(
    inputs: Sequence[Path], out: Path, *, names: Mapping[str, str], source: str | None, analyser: Analyser,
    parameters: FingerprintParameters, limits: Limits, tell: Tell,
) -> Done:  # fmt: skip
    """Clean, match and cluster the stories of Parquet files; see `twicetold.bulk`.

    names: what a story's fields are called in the files. Goes on where a run of the same files was stopped. Raises
    `BulkRefused` for input that cannot be read, a folder that is taken, and a disk that is full.
    """
    total = rows_of(inputs, names)
    folder = Folder(out)
    told = {
        "inputs": [[str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns] for path in inputs],
        "names": dict(names), "source": source, "fingerprints": parameters.identity, "cleaner": CLEANER_VERSION,
    }  # fmt: skip
    try:
        with folder.held(told):
            now = _begun(folder)
            preparing = Preparing(folder, analyser, source, now=now)
            for number, rows in enumerate(shards(inputs, names)):
                preparing.shard(number, rows)
                tell("stories prepared", min((number + 1) * SHARD, total), total)
            gather(folder, limits)
            _judge_all(folder, parameters, limits, tell, now)
            stories = open_stories(folder)
            grouped = group(folder, stories, now=now)
            write_tables(folder, stories, grouped)
            done = Done(stories.num_rows, len({one.cluster_id for one in grouped.values()}), _failed(folder))
            shutil.rmtree(folder.work)
            return done
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise BulkRefused(
            f"the run stopped: {str(error)[:200]}; give it room and start it again, it goes on where it stood"
        ) from error


def _begun(folder: Folder) -> datetime:
    """When the run began, which is when its stories were received."""
    return datetime.fromtimestamp((folder.work / "run.json").stat().st_mtime, UTC)


def _failed(folder: Folder) -> int:
    with duckdb.connect() as database:
        ((failed,),) = database.execute(f"SELECT count(*) FROM {folder.shards('failed')}").fetchall()
    return int(failed)


_corpus: Corpus | None = None
"""In a process that judges."""
_told: tuple[Folder, FingerprintParameters] | None = None


def _judge_all(folder: Folder, parameters: FingerprintParameters, limits: Limits, tell: Tell, now: datetime) -> None:
    stories = len(Corpus(folder, now=now))
    chunks = -(-stories // CHUNK)
    spawning = multiprocessing.get_context("spawn")
    with spawning.Pool(limits.threads, _open, (folder.out, parameters, now)) as pool:
        for _, number in zip(pool.imap_unordered(_judge, range(chunks)), count(1), strict=False):
            tell("stories judged", min(number * CHUNK, stories), stories)


def _open(out: Path, parameters: FingerprintParameters, now: datetime) -> None:
    global _corpus, _told  # a process holds one corpus
    folder = Folder(out)
    _corpus, _told = Corpus(folder, now=now), (folder, parameters)


def _judge(number: int) -> int:
    if _corpus is None or _told is None:
        raise RuntimeError("the corpus was not opened")
    folder, parameters = _told
    judge(folder, _corpus, number, parameters)
    return number
