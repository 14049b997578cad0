"""One bulk run, from its input to its tables."""

from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from pyarrow import parquet

from twicetold.bulk.folder import BulkRefused, Folder
from twicetold.bulk.gathering import Limits, gather
from twicetold.bulk.judging import Corpus, judge
from twicetold.bulk.learning import clean_again, learn, read_blocks
from twicetold.bulk.pairing import Meeting, order_turns, sort_pairs
from twicetold.bulk.preparing import Preparing
from twicetold.bulk.reading import rows_of, shards
from twicetold.bulk.stories import Stories
from twicetold.bulk.tables import finish, write_tables
from twicetold.domain.cleaning.clean import CLEANER_VERSION
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.usecases.ports import Analyser

CHUNK = 500
"""Stories that are looked up or judged, and kept, together."""
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
            steps = _Steps(folder, analyser, parameters, limits, tell)
            prepared = steps.prepare(Preparing(folder, analyser, source, now=steps.now), shards(inputs, names), total)
            steps.learn(prepared)
            return steps.match()
    except (OSError, duckdb.Error) as error:
        why = str(error).splitlines()[0][:200]
        raise BulkRefused(
            f"the run stopped: {why}; give it room and start it again, it goes on where it stood"
        ) from error


class _Steps(NamedTuple):
    """The steps of a run; each leaves out what is done."""

    folder: Folder
    analyser: Analyser
    parameters: FingerprintParameters
    limits: Limits
    tell: Tell

    @property
    def now(self) -> datetime:
        """When the run began, which is when its stories were received."""
        return datetime.fromtimestamp((self.folder.work / "run.json").stat().st_mtime, UTC)

    def prepare(self, preparing: Preparing, parts: Iterator[dict[int, dict[str, Any]]], total: int) -> int:
        """Clean and fingerprint; returns how many shards there are. Raises `BulkRefused` where no row is a story."""
        done = number = 0
        self.tell("stories prepared", done, total)
        for number, rows in enumerate(parts, 1):
            preparing.shard(number - 1, rows)
            done += len(rows)
            self.tell("stories prepared", done, total)
        if not any(parquet.read_metadata(path).num_rows for path in self.folder.work.glob("texts-*")):
            ((reason,),) = self._asked("SELECT reason FROM {} ORDER BY row LIMIT 1")
            shutil.rmtree(self.folder.work)  # for it is of no use, and to be mended is the input or what is said of it
            raise BulkRefused(f"no row is a story; of the first: {reason}")
        return number

    def learn(self, shards: int) -> None:
        """Learn what sources repeat, and clean their stories of it."""
        self.tell("shards cleaned of what sources repeat", 0, shards)
        learn(self.folder, self.analyser, self.limits, now=self.now)
        learned = read_blocks(self.folder)
        for number in range(shards):
            clean_again(self.folder, number, self.analyser, learned, now=self.now)
            self.tell("shards cleaned of what sources repeat", number + 1, shards)

    def match(self) -> Done:
        """Find what each story matches, cluster, and write the tables."""
        folder, limits, now = self.folder, self.limits, self.now
        self.tell("stories gathered", 0, 0)
        gather(folder, limits)
        stories = Stories(folder, now=now)
        order_turns(folder, stories)
        self._each(_meet, "stories looked up", len(stories))
        sort_pairs(folder, limits)
        self._each(_judge, "stories judged", len(stories))
        self.tell("stories grouped", 0, len(stories))
        clusters = write_tables(folder, stories, self.parameters, limits, now=now)
        ((failed,),) = self._asked("SELECT count(*) FROM {}")
        done = Done(len(stories), clusters, failed)
        finish(folder, {"scheme": self.parameters.identity, "received_at": now.isoformat(), **done._asdict()})
        shutil.rmtree(folder.work)
        return done

    def _asked(self, sql: str) -> list[Any]:
        """What DuckDB says of the rows that failed."""
        with duckdb.connect() as database:
            return database.execute(sql.format(self.folder.shards("failed"))).fetchall()

    def _each(self, work: Callable[[int], object], step: str, stories: int) -> None:
        """Do a step for all stories, CHUNK at a time, on all processors."""
        self.tell(step, 0, stories)
        opened = self.folder.out, self.parameters, self.now
        with multiprocessing.get_context("spawn").Pool(self.limits.threads, _open, opened) as pool:
            for number, _ in enumerate(pool.imap_unordered(work, range(-(-stories // CHUNK))), 1):
                self.tell(step, min(number * CHUNK, stories), stories)


class _Process:
    """What a process of the pool works with."""

    def __init__(self, folder: Folder, parameters: FingerprintParameters, now: datetime) -> None:
        self._folder = folder
        self._parameters = parameters
        self._stories = Stories(folder, now=now)

    @cached_property
    def _meeting(self) -> Meeting:
        return Meeting(self._folder, self._stories)

    @cached_property
    def _corpus(self) -> Corpus:
        return Corpus(self._folder, self._stories)

    def meet(self, number: int) -> None:
        self._meeting.chunk(number, self._keys(number))

    def judge(self, number: int) -> None:
        judge(self._folder, self._corpus, number, self._keys(number), self._parameters)

    def _keys(self, number: int) -> range:
        return range(number * CHUNK, min((number + 1) * CHUNK, len(self._stories)))


_processes: list[_Process] = []
"""In a process of the pool, what it works with; nothing elsewhere."""


def _open(out: Path, parameters: FingerprintParameters, now: datetime) -> None:
    _processes.append(_Process(Folder(out), parameters, now))


def _meet(number: int) -> None:
    _processes[0].meet(number)


def _judge(number: int) -> None:
    _processes[0].judge(number)
