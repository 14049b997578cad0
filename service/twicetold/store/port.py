"""What the stores' SQL needs of an engine: one dialect for both, transactions, and posting lists.

Statements are written once, in the SQL that SQLite and PostgreSQL share. Values are named `:name`. Lists of integers
and of texts come in as tables of one column: `SELECT value FROM each(:name)` and `SELECT value FROM each_text(:name)`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from twicetold.domain.model import Keys

T = TypeVar("T")
Row = tuple[Any, ...]


class Connections(Struct, frozen=True):
    """How a process connects to a database server.

    most: connections at a time. prepare: runs of a statement after which the server is asked to prepare it, 0 for
    never; None for what suits, which is never where a pooler stands between.
    """

    most: int = 10
    prepare: int | None = None


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


class Locks(Protocol):
    """What one of several writers holds until its transaction ends; see `queries.places`."""

    places: set[int]
    """Stories whose places are held."""

    def take(self, *, clusters: Collection[str] = (), stories: Collection[int] = ()) -> bool:
        """Hold these rows; returns whether any was not held before, so that what is known of it is to be read again.

        Only the first call of a transaction waits, for all in one order. A later one that would have to wait raises
        `Contended`: the transaction is to be begun anew, and then waits for these as well.
        """

    def made(self, cluster_id: str) -> None:
        """A cluster is held that this transaction makes."""

    def turn(self) -> None:
        """Wait for all other transactions that called this, before anything else is held."""


class Session(Protocol):
    """One transaction on one connection."""

    @property
    def locks(self) -> Locks | None:
        """What this writer holds; None with one writer at a time, and in reads."""

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

    def assign(self, table: str, column: str, key: str, values: Mapping[Any, str | None]) -> None:
        """Set a text column of rows: for each value of their column `key`, which is an integer or a text."""

    def last(self) -> AbstractContextManager[None]:
        """What is run in this block is the last of the transaction; it may be sent at once, with the commit."""

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

    def record(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a write transaction, again where it meets another, and commit; synced when this returns.

        With several writers `work` holds what it reads and writes by `Session.locks`.
        """

    def write(self, work: Callable[[Session], T], *, synced: bool = True) -> T:
        """Run `work` in a write transaction, again where the engine asks for that, and commit.

        `synced=False` says that a later transaction of the caller is synced before anybody is told that this one was
        done. An engine whose log falls only together with the caller may leave the disk alone until then.
        """

    def resolve(self) -> datetime | None:
        """End transactions that were left in doubt, and tell since when there were any.

        Whoever looked meanwhile may have missed what they wrote. An engine of one database has none.
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
