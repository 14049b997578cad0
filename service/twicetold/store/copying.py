"""A store copied from one engine to another: the backup of a PostgreSQL store is a SQLite store, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from msgspec import Struct

from twicetold.store.port import Row, Session
from twicetold.store.queries.boilerplate import BlockRow, SeasonRow
from twicetold.store.queries.changes import ChangeRow
from twicetold.store.queries.derivations import DerivationRow
from twicetold.store.queries.listing import columns
from twicetold.store.queries.rows import MatchRow, StoryRow
from twicetold.store.queries.searching import want_all_words
from twicetold.store.queries.verdicts import VERDICT_COLUMNS

_BATCH = 500
_PAGES = 20
"""Pages may have a megabyte each."""


class _Table(Struct, frozen=True):
    """A table to copy: its columns, and how many of the first ones are its primary key.

    A key that the target gives out itself is read for paging only. `batch` rows are copied at a time.
    """

    name: str
    columns: str
    key: int = 1
    own_key: bool = False
    batch: int = _BATCH


TABLES = (
    _Table("story_ids", "id, key"),
    _Table("stories", columns(StoryRow)),
    _Table("bodies", "key, body"),
    _Table("pages", "key, page", batch=_PAGES),
    _Table("evidence", "key, words, kinds"),
    _Table("story_postings", "key, postings"),
    _Table("revisions", "key, version, received_at, word_count, title, body", key=2),
    _Table("unprobed", "key, changed_at, counted"),
    _Table("matches", columns(MatchRow), key=2),
    _Table("person_verdicts", VERDICT_COLUMNS, key=3),
    _Table("derivations", columns(DerivationRow), key=2),
    _Table(
        "clusters",
        "id, size, sources, derived, all_sources, leader, canonical, canonical_source, first_seen, last_seen",
    ),
    _Table("cluster_sources", "cluster_id, source, stories, derived", key=2),
    _Table("cluster_labels", "label, cluster_id, stories", key=2),
    _Table("merged_clusters", "id, into_id"),
    _Table("cluster_events", "number, cluster_id, at, event, other", own_key=True),
    _Table("changes", columns(ChangeRow), own_key=True),
    _Table("learned_blocks", columns(BlockRow), key=2),
    _Table("seasons", columns(SeasonRow), key=2),
    _Table("unlearned", "source, season, noted", key=2),
    _Table("uncleaned", "source, received_at, key, noted"),
    _Table("outdated", "key"),
    _Table("overrides", "source, rules"),
    _Table("source_counts", "source, stories, first, first_of_several, clustered"),
    _Table("reception_counts", "hour, source, stories, clusters, reprints", key=2),
    _Table("unsettled", "key"),
    _Table("dissolved_clusters", "id, key"),
)
"""Every table but the indexes, which follow from `story_postings` and the texts, and what a store says about itself."""


def copy_store(source: Session, write: Callable[[Callable[[Session], None]], None]) -> None:
    """Copy everything from a snapshot into a new store, a batch of rows to a transaction that `write` runs."""
    for table in TABLES:
        after: Row | None = None
        while rows := _batch(source, table, after):
            after = rows[-1][: table.key]
            write(partial(_put, table=table, rows=rows))
    ((last,),) = source.rows("SELECT COALESCE(MAX(key), 0) FROM stories")
    write(lambda target: target.continue_keys(last))
    write(want_all_words)
    ((forgotten, last),) = source.rows("SELECT forgotten, last FROM change_numbers")
    numbers = "UPDATE change_numbers SET forgotten = :forgotten, last = :last"
    write(lambda target: target.run(numbers, forgotten=forgotten, last=last))


def _batch(source: Session, table: _Table, after: Row | None) -> list[Row]:
    keys = table.columns.split(", ")[: table.key]
    where, values = "", dict[str, object]()
    if after is not None:
        values = {f"after{number}": value for number, value in enumerate(after)}
        where = f"WHERE ({', '.join(keys)}) > ({', '.join(f':{name}' for name in values)})"
    sql = f"SELECT {table.columns} FROM {table.name} {where} ORDER BY {', '.join(keys)} LIMIT :limit"
    return source.rows(sql, **values, limit=table.batch)


def _put(target: Session, table: _Table, rows: list[Row]) -> None:
    if table.own_key:
        target.insert(table.name, table.columns.split(", ", 1)[1], [row[1:] for row in rows])
        return
    target.insert(table.name, table.columns, rows)
    if table.name == "story_postings":
        target.postings.add(np.array([key for key, _ in rows], np.int64))
