"""Finding stories by words, and keeping the words that they are found by.

Beside its own words each story has one that stands for its source, so that a search within a source reads no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from twicetold.domain.fingerprint.searchable import QueryWords
from twicetold.store.port import Session
from twicetold.store.queries.rows import stamp
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.read_models import EventWindow, StoryFilter

LATEST = 10_000
"""Stories with the words of a query, the latest, whose clusters are listed."""
_SLACK = timedelta(hours=1)
"""Stories get their keys in the order in which they are received, but for clocks and writers side by side."""
LAST_KEY = 2**62
"""No story has a larger key."""


def add_words(session: Session, drafts: Mapping[int, Draft]) -> None:
    """Enter the words of stories that have none in the index."""
    session.search.add({key: (*draft.searchable, _source_word(draft.story.source)) for key, draft in drafts.items()})


def drop_words(session: Session, keys: Sequence[int]) -> None:
    """Take the words of stories out of the index; they wait for none any more."""
    session.search.remove(keys)
    session.run("DELETE FROM unsearched WHERE key IN (SELECT value FROM each(:keys))", keys=keys)


def want_words(session: Session, keys: Sequence[int]) -> None:
    """Have the words of stories entered anew by who is next to call `enter_words`."""
    session.insert("unsearched", "key", [(key,) for key in keys], "ON CONFLICT (key) DO NOTHING")


def want_all_words(session: Session) -> None:
    """Have the words of all stories entered anew."""
    session.run("INSERT INTO unsearched (key) SELECT key FROM stories WHERE key > 0 ON CONFLICT (key) DO NOTHING")


def enter_words(session: Session, words: Mapping[int, Sequence[str]]) -> None:
    """What `ports.Store.enter_words` does, in the caller's write transaction."""
    rows = session.rows(
        f"SELECT key FROM unsearched WHERE key IN (SELECT value FROM each(:keys)) ORDER BY key {session.for_update}",
        keys=sorted(words),
    )
    keys = [key for (key,) in rows]
    sources = session.rows(
        "SELECT key, source FROM stories WHERE key IN (SELECT value FROM each(:keys)) ORDER BY key", keys=keys
    )
    drop_words(session, keys)
    session.search.add({key: (*words[key], _source_word(source)) for key, source in sources})


def found(session: Session, wanted: StoryFilter, *, urls: Sequence[int] | None, before: int, limit: int) -> list[int]:
    """Keys below `before` of stories with the words that are wanted, latest first, of about the wanted time.

    urls: the stories that may have the wanted URL; None where none is wanted.
    """
    if wanted.words is None:
        return []
    low, high = _keys_of_time(session, wanted.since, wanted.until)
    words = wanted.words.whole if wanted.source is None else (*wanted.words.whole, _source_word(wanted.source))
    return session.search.find(words, wanted.words.begun, among=urls, low=low, high=min(high, before - 1), limit=limit)


def holding(session: Session, words: Sequence[str], wanted: EventWindow, *, most: int) -> dict[str, list[int]]:
    """What `ports.Reading.holding` does."""
    low, high = _keys_of_time(session, wanted.since, wanted.received_until)
    of_source = () if wanted.source is None else (_source_word(wanted.source),)
    held = {word: session.search.find((word, *of_source), low=low, high=high, limit=most) for word in words}
    rows = session.rows(
        "SELECT key FROM stories WHERE key IN (SELECT value FROM each(:keys)) "
        "AND seen_at >= :since AND seen_at < :until",
        keys=sorted({key for keys in held.values() for key in keys}),
        since=stamp(wanted.since),
        until=stamp(wanted.until),
    )
    told = {key for (key,) in rows}
    return {word: [key for key in keys if key in told] for word, keys in held.items()}


def found_latest(session: Session, words: QueryWords) -> list[int]:
    """Keys of the LATEST stories with the words that are wanted."""
    return session.search.find(words.whole, words.begun, high=LAST_KEY, limit=LATEST)


def _keys_of_time(session: Session, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """Between which keys all stories are that were received in a time."""
    low, high = 0, LAST_KEY
    if since is not None:
        low = _first_key(session, since - _SLACK, default=LAST_KEY)
    if until is not None:
        high = _first_key(session, until + _SLACK, default=LAST_KEY) - 1
    return low, high


def _first_key(session: Session, time: datetime, *, default: int) -> int:
    sql = "SELECT key FROM stories WHERE received_at >= :time ORDER BY received_at, key LIMIT 1"
    return next((int(key) for (key,) in session.rows(sql, time=stamp(time))), default)


def _source_word(source: str) -> str:
    """A word that no text holds."""
    return f"_{hashlib.blake2b(source.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"
