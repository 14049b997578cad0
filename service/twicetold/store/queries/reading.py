"""Reading stories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from twicetold.store.port import Session
from twicetold.store.queries.listing import page
from twicetold.store.queries.rows import (
    CLUSTER_COLUMNS,
    CLUSTERS,
    STORED,
    STORED_COLUMNS,
    cluster_summary,
    moment,
    stamp,
    stored_story,
    text_of,
    unpack_words,
    url_posting,
)
from twicetold.usecases.read_models import (
    ClusterSummary,
    Page,
    Position,
    StoredStory,
    StoredVersion,
    StoryFilter,
    Wording,
)

_URLS_READ = 256
"""Stories of one canonical URL that a listing looks through."""


def stored(session: Session, keys: Sequence[int]) -> list[StoredStory]:
    """Stories by key, earliest first."""
    if not keys:
        return []
    sql = f"SELECT {STORED_COLUMNS} FROM {STORED} WHERE s.key IN (SELECT value FROM each(:keys)) ORDER BY s.key"
    return [stored_story(row) for row in session.rows(sql, keys=keys)]


def story(session: Session, story_id: str) -> StoredStory | None:
    """See `ports.Store.story`."""
    keys = [key for (key,) in session.rows("SELECT key FROM story_ids WHERE id = :id", id=story_id)]
    return next(iter(stored(session, keys)), None)


def backlog(session: Session, *, limit: int, before: datetime) -> list[StoredStory]:
    """See `ports.Store.backlog`."""
    keys = [key for (key,) in session.rows(
        "SELECT key FROM unprobed WHERE changed_at < :before ORDER BY key LIMIT :limit",
        before=stamp(before), limit=limit,
    )]  # fmt: skip
    return stored(session, keys)


def texts(session: Session, keys: Sequence[int]) -> dict[int, str]:
    """The cleaned texts of stories."""
    if not keys:
        return {}
    rows = session.rows("SELECT key, body FROM bodies WHERE key IN (SELECT value FROM each(:keys))", keys=keys)
    return {key: text_of(body) for key, body in rows}


def wordings(session: Session, keys: Sequence[int]) -> dict[int, Wording]:
    """See `ports.Store.wordings`."""
    rows = session.rows(
        "SELECT b.key, b.body, e.words FROM bodies b JOIN evidence e ON e.key = b.key "
        "WHERE b.key IN (SELECT value FROM each(:keys))",
        keys=keys,
    )
    return {key: Wording(text=text_of(body), words=unpack_words(words)) for key, body, words in rows}


def stories(session: Session, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[StoredStory]:
    """See `ports.Store.stories`."""
    conditions, values = ["1 = 1"], dict[str, object]()
    if wanted.url_key is not None:
        _, keys = session.postings.find(np.array([url_posting(wanted.url_key)], dtype=np.int64), cap=_URLS_READ)
        conditions.append("s.url_key = :url_key AND s.key IN (SELECT value FROM each(:keys))")
        values |= {"url_key": wanted.url_key, "keys": keys}
    if wanted.source is not None:
        conditions.append("s.source = :source")
        values["source"] = wanted.source
    if wanted.since is not None:
        conditions.append("s.received_at >= :since")
        values["since"] = stamp(wanted.since)
    if wanted.until is not None:
        conditions.append("s.received_at < :until")
        values["until"] = stamp(wanted.until)
    if after is not None:
        conditions.append("(s.received_at, s.key) < (:after_time, :after_key)")
        values |= {"after_time": after[0], "after_key": after[1]}
    rows = session.rows(
        f"SELECT {STORED_COLUMNS} FROM {STORED} WHERE {' AND '.join(conditions)} "
        "ORDER BY s.received_at DESC, s.key DESC LIMIT :limit",
        **values, limit=limit + 1,
    )  # fmt: skip
    return page(rows, limit, stored_story, lambda row: (row[6], row[0]))


def clusters_of(session: Session, keys: Sequence[int]) -> dict[int, ClusterSummary]:
    """See `ports.Store.clusters_of`."""
    rows = session.rows(
        f"SELECT s.key, {CLUSTER_COLUMNS} FROM {CLUSTERS} JOIN stories s ON s.cluster_id = c.id "
        "WHERE s.key IN (SELECT value FROM each(:keys))",
        keys=keys,
    )
    return {row[0]: cluster_summary(row[1:]) for row in rows}


def versions(session: Session, key: int, *, limit: int) -> list[StoredVersion]:
    """See `ports.Store.versions`."""
    rows = session.rows(
        "SELECT version, received_at, title, word_count, body FROM revisions WHERE key = :key UNION ALL "
        "SELECT s.version, s.changed_at, s.title, s.words, b.body FROM stories s JOIN bodies b ON b.key = s.key "
        "WHERE s.key = :key ORDER BY 1 DESC LIMIT :limit",
        key=key, limit=limit,
    )  # fmt: skip
    return [
        StoredVersion(version=version, received_at=moment(at), title=title, words=words, text=text_of(body))
        for version, at, title, words, body in reversed(rows)
    ]


def expired(session: Session, *, before: datetime, limit: int) -> list[str]:
    """See `ports.Store.expired`."""
    rows = session.rows(
        "SELECT id FROM stories WHERE received_at < :before ORDER BY received_at, key LIMIT :limit",
        before=stamp(before), limit=limit,
    )  # fmt: skip
    return [story_id for (story_id,) in rows]
