"""From shards to what judging reads: stories as columns in one file, and postings sorted by their key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import ipc, parquet

from twicetold.bulk.folder import Folder
from twicetold.bulk.preparing import TEXTS
from twicetold.domain.fingerprint.shingles import leading, ranges
from twicetold.domain.model import Keys

_COLUMNS = (
    "story_id", "url", "url_key", "source", "title", "published_at", "language", "words", "thin", "digest",
    "tokens", "kinds", "bands", "passages",
)  # fmt: skip
_SHARDS = 10
"""Shards read together: some ten megabytes."""
LIVE = (
    "CREATE TABLE live AS SELECT row, row_number() OVER (ORDER BY row) - 1 AS key FROM "
    "(SELECT story_id, max(row) AS row FROM {texts} GROUP BY story_id)"
)
"""The stories that count, of rows with one id the last, with their keys."""


class Limits(NamedTuple):
    """What DuckDB may use: bytes of memory, and processors."""

    memory: int
    threads: int


def gather(folder: Folder, limits: Limits) -> None:
    """Write `stories.arrow` and the postings. Of rows with one id the last counts, as a story's latest version does."""
    stories, postings = folder.work / "stories.arrow", folder.work / "postings.stories"
    if not stories.exists():
        write_mapped(folder, stories, _COLUMNS, limits)
    if not postings.exists():
        with connected(folder, limits) as database:
            database.execute(LIVE.format(texts=folder.shards("texts")))
            sql = f"SELECT posting, key FROM {folder.shards('postings')} JOIN live USING (row) ORDER BY posting, key"
            write_numbers(folder, database.sql(sql).to_arrow_reader(1_000_000), ("postings.keys", "postings.stories"))


def living(folder: Folder, columns: Sequence[str], limits: Limits) -> Iterator[pa.Table]:
    """Columns of the stories that count, in the order of their keys.

    Shards are in that order. To have DuckDB sort rows as wide as these takes more memory than it may use.
    """
    with connected(folder, limits) as database:
        database.execute(LIVE.format(texts=folder.shards("texts")))
        rows = database.sql("SELECT row FROM live").fetchnumpy()["row"]
    counts = np.zeros(rows.max(initial=-1) + 1, np.bool_)
    counts[rows] = True
    shards = sorted(folder.work.glob("texts-*"))
    for first in range(0, len(shards), _SHARDS):
        some = (parquet.read_table(path, columns=[*columns, "row"]) for path in shards[first : first + _SHARDS])
        table = pa.concat_tables(some)
        rows = table["row"].to_numpy()
        places = np.flatnonzero(counts[rows])
        yield table.take(places[np.argsort(rows[places])]).select(list(columns))


def connected(folder: Folder, limits: Limits) -> duckdb.DuckDBPyConnection:
    """DuckDB within limits; what does not fit spills into the folder."""
    spill = folder.work / "spill"
    spill.mkdir(exist_ok=True)
    return spilling(spill, limits)


def spilling(into: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    """DuckDB within limits; what does not fit spills into a folder."""
    return duckdb.connect(
        config={
            "memory_limit": f"{limits.memory // 2**20}MB", "threads": limits.threads, "temp_directory": str(into),
            "autoinstall_known_extensions": False, "autoload_known_extensions": False,
        }
    )  # fmt: skip


def write_mapped(folder: Folder, path: Path, columns: Sequence[str], limits: Limits) -> None:
    """Write columns of the stories that count to a file that `stories.Columns` maps into memory."""

    def into(part: Path) -> None:
        with ipc.new_file(part, pa.schema([TEXTS.field(name) for name in columns])) as writer:
            for table in living(folder, columns, limits):
                writer.write_table(table.combine_chunks())

    folder.write(path, into)


def write_numbers(folder: Folder, reader: pa.RecordBatchReader, names: tuple[str, str]) -> None:
    """Two columns, sorted by the first, to a file of 64-bit integers each.

    The second one's being there says that both are whole.
    """
    first, second = (folder.work / name for name in names)

    def into(of_first: Path, of_second: Path) -> None:
        last = np.iinfo(np.int64).min
        with of_first.open("wb") as one, of_second.open("wb") as other:
            for batch in reader:
                numbers = np.asarray(batch.column(0)).astype("<i8")
                if len(numbers):
                    # A reader over a cursor, rather than a relation, was seen to swap batches (DuckDB 2.0.1).
                    if numbers[0] < last or (np.diff(numbers.view(np.int64)) < 0).any():
                        raise RuntimeError("what was to be sorted came unsorted")
                    last = numbers[-1]
                one.write(numbers.tobytes())
                other.write(np.asarray(batch.column(1)).astype("<i8").tobytes())

    # The first is in its place before the second is.
    folder.write(second, lambda other: folder.write(first, lambda one: into(one, other)))


class SortedPostings:
    """The postings of a run, mapped into memory; finds as `store.port.Postings` does."""

    def __init__(self, folder: Folder) -> None:
        self._keys = mapped(folder.work / "postings.keys")
        self._stories = mapped(folder.work / "postings.stories")

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """See `store.port.Postings.find`."""
        first = np.searchsorted(self._keys, keys, side="left")
        count = np.minimum(np.searchsorted(self._keys, keys, side="right") - first, cap)
        positions = np.repeat(np.arange(len(keys)), count)
        stories = self._stories[ranges(first, count)]
        once = leading(positions) | leading(stories)
        return positions[once], stories[once]


def mapped(path: Path) -> NDArray[np.int64]:
    """A file of 64-bit integers, mapped into memory."""
    return np.memmap(path, "<i8", "r") if path.stat().st_size else np.empty(0, np.int64)
