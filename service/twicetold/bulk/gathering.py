"""From shards to what judging reads: stories as columns in one file, and postings sorted by their key."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import ipc

from twicetold.bulk.folder import Folder
from twicetold.domain.fingerprint.shingles import leading, ranges
from twicetold.domain.model import Keys

_PUBLIC = "row, story_id, url, url_key, source, title, published_at, language, words, thin, digest, tokens, kinds"
_ROWS = 20_000


class Limits(NamedTuple):
    """What DuckDB may use: bytes of memory, and processors."""

    memory: int
    threads: int


def gather(folder: Folder, limits: Limits) -> None:
    """Write `stories.arrow` and the postings. Of rows with one id the last counts, as a story's latest version does."""
    stories, postings = folder.work / "stories.arrow", folder.work / "postings.stories"
    with _connected(folder, limits) as database:
        database.execute(
            "CREATE TABLE live AS SELECT row, row_number() OVER (ORDER BY row) - 1 AS key FROM "
            f"(SELECT story_id, max(row) AS row FROM {folder.shards('texts')} GROUP BY story_id)"
        )
        if not stories.exists():
            sql = (
                f"SELECT {_PUBLIC}, bands, passages FROM {folder.shards('texts')} "
                "WHERE row IN (SELECT row FROM live) ORDER BY row"
            )
            reader = database.sql(sql).to_arrow_reader(_ROWS)
            folder.write(stories, lambda part: _write_arrow(part, reader))
        if not postings.exists():
            sql = f"SELECT posting, key FROM {folder.shards('postings')} JOIN live USING (row) ORDER BY posting, key"
            _write_postings(folder, database.sql(sql).to_arrow_reader(1_000_000))


def _connected(folder: Folder, limits: Limits) -> duckdb.DuckDBPyConnection:
    spill = folder.work / "spill"
    spill.mkdir(exist_ok=True)
    return duckdb.connect(
        config={
            "memory_limit": f"{limits.memory // 2**20}MB", "threads": limits.threads, "temp_directory": str(spill),
"autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )  # fmt: skip


def _write_arrow(part: Path, reader: pa.RecordBatchReader) -> None:
    with ipc.new_file(part, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


def _write_postings(folder: Folder, reader: pa.RecordBatchReader) -> None:
    """Two files of numbers, for keys and for stories; the second one's being there says that both are whole."""
    keys, stories = folder.work / "postings.keys", folder.work / "postings.stories"
    part = stories.with_name("postings.stories.part")
    last = np.iinfo(np.int64).min
    with keys.open("wb") as of_keys, part.open("wb") as of_stories:
        for batch in reader:
            postings = np.asarray(batch.column("posting")).astype("<i8")
            if len(postings):
                # A reader over a cursor, rather than a relation, was seen to swap batches (DuckDB 2.0.1).
                if postings[0] < last or (np.diff(postings.view(np.int64)) < 0).any():
                    raise RuntimeError("the postings came unsorted")
                last = postings[-1]
            of_keys.write(postings.tobytes())
            of_stories.write(np.asarray(batch.column("key")).astype("<i8").tobytes())
    part.replace(stories)


class SortedPostings:
    """The postings of a run, mapped into memory; finds as `store.port.Postings` does."""

    def __init__(self, folder: Folder) -> None:
        self._keys = _mapped(folder.work / "postings.keys")
        self._stories = _mapped(folder.work / "postings.stories")

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """See `store.port.Postings.find`."""
        first = np.searchsorted(self._keys, keys, side="left")
        count = np.minimum(np.searchsorted(self._keys, keys, side="right") - first, cap)
        positions = np.repeat(np.arange(len(keys)), count)
        stories = self._stories[ranges(first, count)]
        once = leading(positions) | leading(stories)
        return positions[once], stories[once]


def _mapped(path: Path) -> NDArray[np.int64]:
    return np.memmap(path, "<i8", "r") if path.stat().st_size else np.empty(0, np.int64)


def open_stories(folder: Folder) -> pa.Table:
    """The stories of a run, by key, mapped into memory."""
    return ipc.open_file(pa.memory_map(str(folder.work / "stories.arrow"))).read_all()
