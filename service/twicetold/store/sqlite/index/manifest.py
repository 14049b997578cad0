"""What the database says of its index: which segments there are, and what they do not hold yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import numpy as np

from twicetold.domain.model import Keys
from twicetold.store.port import Row


class State(NamedTuple):
    """What one snapshot says.

    store: names the store in its segments. generation: counts up with every change of the manifest. covered: stories up
    to this key are in segments, and `applied`: changes of these up to this number. last_story, last_change: the latest
    ones there are.
    """

    store: bytes
    generation: int
    covered: int
    applied: int
    last_story: int
    last_change: int

    @property
    def waiting(self) -> int:
        """How many stories no segment holds yet as they are, at most: deleted ones count, too."""
        return self.last_story - self.covered + self.last_change - self.applied


def rows_of(connection: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """All rows of a query, whose types its author knows."""
    return connection.execute(sql, values).fetchall()


def state(connection: apsw.Connection) -> State:
    """The state in the connection's snapshot."""
    (row,) = rows_of(
        connection,
        "SELECT store, generation, covered, applied, s.value, c.value FROM index_state, counters s, counters c "
        "WHERE s.name = 'key' AND c.name = 'change'",
    )
    return State(*row)


def segment_names(connection: apsw.Connection) -> list[str]:
    """The segments of the manifest."""
    return [name for (name,) in rows_of(connection, "SELECT name FROM index_segments ORDER BY name")]


def changes_after(connection: apsw.Connection, number: int) -> tuple[Keys, Keys]:
    """Stories changed or deleted after a change, ascending, and the number of the last change of each."""
    rows = rows_of(connection, "SELECT story, number FROM index_changes WHERE number > ? ORDER BY story", (number,))
    both = np.array(rows, np.int64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def record_change(connection: apsw.Connection, stories: Keys) -> None:
    """Say that the postings that stories had until now are void."""
    count = "UPDATE counters SET value = value + ? WHERE name = 'change' RETURNING value"
    ((number,),) = rows_of(connection, count, (len(stories),))
    connection.execute("REPLACE INTO index_changes SELECT value, ? FROM carray(?)", (number, apsw.carray(stories)))


def replace_segments(
    connection: apsw.Connection, *, old: Sequence[str], new: Sequence[tuple[str, int]], covered: int, applied: int,
    oldest: int,
) -> None:  # fmt: skip
    """Put segments in the place of others; changes up to `oldest` are told by none of them any more."""
    connection.executemany("DELETE FROM index_segments WHERE name = ?", [(name,) for name in old])
    connection.executemany("INSERT INTO index_segments VALUES (?, ?)", new)
    connection.execute(
        "UPDATE index_state SET generation = generation + 1, covered = ?, applied = ?", (covered, applied)
    )
    connection.execute("DELETE FROM index_changes WHERE number <= ?", (oldest,))


def forget_segments(connection: apsw.Connection) -> None:
    """Empty the manifest: all stories wait for a segment."""
    names = segment_names(connection)
    last = state(connection).last_change
    replace_segments(connection, old=names, new=[], covered=0, applied=last, oldest=last)


def folder_of(database: Path) -> Path:
    """Where the segments of a database lie."""
    return database.with_name(database.name + "-index")
