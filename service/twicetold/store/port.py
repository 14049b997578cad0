"""What the stores' SQL needs of an engine: one dialect for both, transactions, and posting lists.

Statements are written once, in the SQL that SQLite and PostgreSQL share. Values are named `:name`. Lists of integers
and of texts come in by `IN (SELECT value FROM each(:name))` and `IN (SELECT value FROM each_text(:name))`, always so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.model import Keys

T = TypeVar("T")
Row = tuple[Any, ...]


class Postings(Protocol):
    """The inverted index: which stories have a 64-bit key (a band, a fingerprint, a digest, a URL).

    It may now and then take one key for another: who finds compares, and all keys of a story come and go together.
    """

    def add(self, stories: Keys) -> None:
        """Enter stories that are not there under the keys that `story_postings` has for them."""

    def remove(self, stories: Keys) -> None:
        """Take stories out, whose rows of `story_postings` are deleted in the same transaction."""

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """The earliest `cap` stories under each of `keys` (sorted, unique).

        Returns two arrays of one length: positions in `keys`, ascending, and stories.
        """


class SearchIndex(Protocol):
    """Which stories hold which words. A word is of letters, digits, marks and underscores, and in its one spelling."""

    def add(self, words: Mapping[int, Sequence[str]]) -> None:
        """Enter stories, by key, that are not there."""

    def remove(self, keys: Sequence[int]) -> None:
        """Take stories out."""

    def find(
        self,
        words: Sequence[str],
        begun: str = "",
        *,
        among: Sequence[int] | None = None,
        low: int = 0,
        high: int,
        limit: int,
    ) -> list[int]:
        """The keys, latest first, of stories that hold all `words`, and one that begins as `begun` does.

        There must be a word or a beginning of one. Keys are between `low` and `high`, both included, and `among` those
        given.
        """


class Session(Protocol):
    """One transaction on one connection."""

    @property
    def for_update(self) -> str:
        """What a SELECT ends with to hold its rows until the transaction ends; empty with one writer at a time."""

    @property
    def postings(self) -> Postings:
        """The inverted index."""

    @property
    def search(self) -> SearchIndex:
        """The index of words."""

    def rows(self, sql: str, **values: object) -> list[Row]:
        """All rows of a query."""

    def run(self, sql: str, **values: object) -> None:
        """One statement without an answer."""

    def insert(self, table: str, columns: str, rows: Iterable[Sequence[object]], conflict: str = "") -> None:
        """Many rows into `columns` (comma separated) of a table; `conflict` is an ON CONFLICT clause."""

    def new_keys(self, count: int) -> list[int]:
        """Story keys never given out before, ascending."""

    def continue_keys(self, last: int) -> None:
        """Give out only keys larger than this from now on."""


class Engine(Protocol):
    """A database that holds a store. Every method may raise `Unavailable`."""

    @property
    def scheme(self) -> str:
        """What this program makes fingerprints with."""

    def reading(self) -> AbstractContextManager[Session]:
        """A transaction that reads one snapshot."""

    def recording(self) -> AbstractContextManager[Session]:
        """A write transaction that no other recording runs beside; committed and synced when the block ends."""

    def write(self, work: Callable[[Session], T], *, synced: bool = True) -> T:
        """Run `work` in a write transaction, again where the engine asks for that, and commit.

        `synced=False` says that a later transaction of the caller is synced before anybody is told that this one was
        done. An engine whose log falls only together with the caller may leave the disk alone until then.
        """

    def bytes(self) -> int:
        """The size of the database on disk."""

    def counts(self) -> tuple[int, int, int]:
        """Numbers of stories, clusters and match rows, without scanning (large ones may lag)."""

    def faults(self) -> list[str]:
        """What the engine itself finds wrong with its database, in sentences; may read all of it."""

    def backup(self, target: Path) -> None:
        """Write a consistent copy."""

    def reindex(self, progress: Callable[[int, int], None]) -> None:
        """Build the index anew from the stories' own keys, while look-ups go on; tells of stories done and to do."""

    def compact(self) -> None:
        """Have the index flushed and merged where that is due, now or by another process."""

    def probe(self) -> None:
        """Write and read as a request would.

        Raises `Unavailable` unless that succeeds, `IncompatibleStore` unless the database fits this program.
        """

    def close(self) -> None:
        """Release connections."""
