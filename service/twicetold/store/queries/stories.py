"""Reading stories."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple, cast

import numpy as np

from twicetold.domain.model import Keys, Words
from twicetold.store.port import Row, Session
from twicetold.store.queries.facts import is_current
from twicetold.store.queries.listing import Queries, columns, split
from twicetold.store.queries.rows import (
    CLUSTER_COLUMNS,
    CLUSTERS,
    STORED,
    STORED_COLUMNS,
    ClusterRow,
    cluster_summary,
    stamp,
    stored_story,
    text_of,
    unpack_words,
    url_posting,
)
from twicetold.store.queries.searching import LAST_KEY, found, holding
from twicetold.usecases.read_models import (
    ClusterSummary,
    EventWindow,
    Page,
    Position,
    StoredStory,
    StoryFilter,
    Wording,
)

WORDS_AT_ONCE = 2**19
"""Words of the texts that are read at a time; a list of more is given in shorter parts. Hundreds of usual stories have
fewer, and three of the longest."""
_URLS_READ = 256
"""Stories of one canonical URL that a listing looks through."""


def _received(at: datetime, wanted: StoryFilter) -> bool:
    """Whether a time is in the one that is wanted."""
    return (wanted.since is None or wanted.since <= at) and (wanted.until is None or at < wanted.until)


class _Key(NamedTuple):
    key: int


class _Place(NamedTuple):
    """Where a story stands in a listing, and how many words it has."""

    key: int
    received_at: int
    words: int


def few(session: Session, keys: Sequence[int]) -> list[int]:
    """The first of some stories, one at least, whose texts have WORDS_AT_ONCE words together."""
    sql = "SELECT key, words FROM stories WHERE key IN (SELECT value FROM each(:keys))"
    words: dict[int, int] = dict(session.rows(sql, keys=keys)) if len(keys) > 1 else {}
    return list(keys[: _few([words.get(key, 0) for key in keys])])


def _few(words: Sequence[int]) -> int:
    """How many of the first texts have WORDS_AT_ONCE words together; one at least."""
    return max(1, bisect_right(list(accumulate(words)), WORDS_AT_ONCE))


def stored(session: Session, keys: Sequence[int]) -> list[StoredStory]:
    """Stories by key, earliest first."""
    if not keys:
        return []
    sql = f"SELECT {STORED_COLUMNS} FROM {STORED} WHERE s.key IN (SELECT value FROM each(:keys)) ORDER BY s.key"
    return [stored_story(row) for row in session.rows(sql, keys=keys)]


def texts(session: Session, keys: Sequence[int]) -> dict[int, str]:
    """The cleaned texts of stories."""
    if not keys:
        return {}
    rows = session.rows("SELECT key, body FROM bodies WHERE key IN (SELECT value FROM each(:keys))", keys=keys)
    return {key: text_of(body) for key, body in rows}


class StoryQueries(Queries):
    """The part of `ports.Reading` about stories."""

    def story(self, story_id: str) -> StoredStory | None:
        keys = [key for (key,) in self._session.rows("SELECT key FROM story_ids WHERE id = :id", id=story_id)]
        return next(iter(stored(self._session, keys)), None)

    def backlog(self, *, limit: int, before: datetime, after: int = 0) -> list[StoredStory]:
        sql = "SELECT key FROM unprobed WHERE changed_at < :before AND key > :after ORDER BY key LIMIT :limit"
        return self._few(self._session.rows(sql, before=stamp(before), after=after, limit=limit))

    def unsettled(self, *, limit: int) -> list[int]:
        return [key for (key,) in self._session.rows("SELECT key FROM unsettled ORDER BY key LIMIT :n", n=limit)]

    def stories_after(self, key: int, *, limit: int) -> list[StoredStory]:
        sql = "SELECT key FROM stories WHERE key > :key ORDER BY key LIMIT :limit"
        return self._few(self._session.rows(sql, key=key, limit=limit))

    def count_upto(self, key: int) -> int:
        ((stories,),) = self._session.rows("SELECT COUNT(*) FROM stories WHERE key <= :key", key=key)
        return int(stories)

    def wordings(self, keys: Sequence[int]) -> dict[int, Wording]:
        if not keys:
            return {}
        rows = self._session.rows(
            "SELECT b.key, b.body, e.words FROM bodies b JOIN evidence e ON e.key = b.key "
            "WHERE b.key IN (SELECT value FROM each(:keys))",
            keys=keys,
        )
        current = is_current(self._session, self._scheme)
        return {
            key: Wording(text=text_of(body), words=unpack_words(words) if current else None)
            for key, body, words in rows
        }

    def last_key(self) -> int:
        ((key,),) = self._session.rows("SELECT COALESCE(MAX(key), 0) FROM stories")
        return int(key)

    def recent_words(self, *, limit: int) -> list[tuple[str | None, Words]]:
        if not is_current(self._session, self._scheme):
            return []
        rows = self._session.rows(
            "SELECT s.language, e.words FROM (SELECT key, language FROM stories ORDER BY key DESC LIMIT :limit) s "
            "JOIN evidence e ON e.key = s.key",
            limit=limit,
        )
        return [(language, unpack_words(words)) for language, words in rows]

    def holding(self, words: Sequence[str], wanted: EventWindow, *, most: int) -> dict[str, list[int]]:
        return holding(self._session, words, wanted, most=most)

    def unsearched(self, *, before: int | None = None, limit: int) -> list[StoredStory]:
        sql = "SELECT key FROM unsearched WHERE key < :before ORDER BY key DESC LIMIT :limit"
        return self._few(self._session.rows(sql, before=LAST_KEY if before is None else before, limit=limit))

    def _few(self, keys: Sequence[Row]) -> list[StoredStory]:
        return stored(self._session, few(self._session, [key for (key,) in keys]))

    def stories(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[StoredStory]:
        if wanted.words is not None:
            return self._with_words(wanted, after=after, limit=limit)
        conditions, values = ["1 = 1"], dict[str, object]()
        if wanted.url_key is not None:
            keys = self._may_have_url(wanted.url_key)
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
        values["limit"] = limit + 1
        rows = self._session.rows(
            f"SELECT {columns(_Place, 's')} FROM stories s WHERE {' AND '.join(conditions)} "
            "ORDER BY s.received_at DESC, s.key DESC LIMIT :limit",
            **values,
        )
        places = [_Place._make(row) for row in rows]
        shown = places[: min(limit, _few([place.words for place in places]))]
        by_key = {one.key: one for one in stored(self._session, [place.key for place in shown])}
        last = shown[-1] if len(places) > len(shown) else None
        return Page(
            items=[by_key[place.key] for place in shown if place.key in by_key],
            next=last and (last.received_at, last.key),
        )

    def _may_have_url(self, url_key: str) -> Keys:
        key = np.array([url_posting(url_key)], dtype=np.int64)
        _, keys = self._session.postings.find(key, cap=_URLS_READ)
        return keys

    def _of_url(self, url_key: str) -> list[int]:
        """The stories that have a canonical URL, of the first _URLS_READ."""
        sql = "SELECT key FROM stories WHERE url_key = :url_key AND key IN (SELECT value FROM each(:keys))"
        return [key for (key,) in self._session.rows(sql, url_key=url_key, keys=self._may_have_url(url_key))]

    def _with_words(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[StoredStory]:
        urls = None if wanted.url_key is None else self._of_url(wanted.url_key)
        before = LAST_KEY if after is None else cast("int", after[0])
        keys = found(self._session, wanted, urls=urls, before=before, limit=limit + 1)
        shown = few(self._session, keys[:limit])
        found_stories = reversed(stored(self._session, shown))
        items = [one for one in found_stories if _received(one.story.received_at, wanted)]
        return Page(items=items, next=(shown[-1],) if len(keys) > len(shown) else None)

    def clusters_of(self, keys: Sequence[int]) -> dict[int, ClusterSummary]:
        rows = self._session.rows(
            f"SELECT s.key, {CLUSTER_COLUMNS} FROM {CLUSTERS} JOIN stories s ON s.cluster_id = c.id "
            "WHERE s.key IN (SELECT value FROM each(:keys))",
            keys=keys,
        )
        pairs = [split(row, _Key, ClusterRow) for row in rows]
        return {story.key: cluster_summary(cluster) for story, cluster in pairs}

    def expired(self, *, before: datetime, limit: int) -> list[str]:
        rows = self._session.rows(
            "SELECT id FROM stories WHERE received_at < :before ORDER BY received_at, key LIMIT :limit",
            before=stamp(before),
            limit=limit,
        )
        return [story_id for (story_id,) in rows]
