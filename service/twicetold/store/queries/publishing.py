"""Storing stories: new ones, unchanged ones, next versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from twicetold.domain.model import Keys, Story
from twicetold.domain.urls import page_key
from twicetold.store.port import Session
from twicetold.store.queries import changes, placing
from twicetold.store.queries.counting import count_at_new_source
from twicetold.store.queries.holders import sharers
from twicetold.store.queries.indexing import pack_postings
from twicetold.store.queries.labelling import counting_labels
from twicetold.store.queries.late_writes import LateWrites
from twicetold.store.queries.listing import columns, updates
from twicetold.store.queries.pages import add_pages, drop_pages
from twicetold.store.queries.places import hold_clusters
from twicetold.store.queries.rows import (
    StoryRow,
    moment,
    pack_body,
    pack_kinds,
    pack_words,
    postings_of,
    stamp,
    story_row,
)
from twicetold.store.queries.searching import add_words, drop_words, want_words
from twicetold.store.queries.stories import stored
from twicetold.store.queries.stories import texts as texts_of
from twicetold.usecases.pipeline import Draft, Outcome, Publication
from twicetold.usecases.read_models import ChangeKind

CORRECTABLE = ("url", "title", "published_at", "language", "metadata")
"""Fields of a story that are corrected when the same text is sent again with others."""
_CHANGES = {Outcome.CREATED: ChangeKind.STORY_CREATED, Outcome.CHANGED: ChangeKind.STORY_CHANGED}
WAIT_ANEW = (
    "ON CONFLICT (key) DO UPDATE SET changed_at = CASE WHEN excluded.changed_at > unprobed.changed_at "
    "THEN excluded.changed_at ELSE unprobed.changed_at + 1 END"
)
"""Always since later than before, whatever the clocks of several nodes say: so who matched the text before can tell."""
_UPDATE_STORY = f"ON CONFLICT (key) DO UPDATE SET {updates(StoryRow, key=2)}"


class _StateRow(NamedTuple):
    """What decides whether a story that comes again has changed."""

    key: int
    version: int
    digest: bytes
    input_digest: bytes
    received_at: int
    changed_at: int
    cluster_id: str | None
    source: str


class _Known(Struct, frozen=True):
    """The state of one id while a call runs: as the store has it, then as the drafts of the call leave it."""

    key: int
    version: int
    digest: bytes
    input_digest: bytes
    received_at: datetime
    changed_at: datetime
    cluster_id: str | None
    source: str
    story: Story | None = None
    """The story that a draft of this call made; None for one that is in the store already."""


class _Write(Struct, frozen=True):
    """A story ready to be written; `story` carries its final version and time."""

    draft: Draft
    body: bytes
    story: Story
    changed_at: datetime
    cluster_id: str | None


def publish(session: Session, drafts: Sequence[Draft], bodies: Sequence[bytes], *, now: datetime) -> list[Publication]:
    """What `ports.Store.publish` does, in the caller's write transaction.

    `bodies` are the packed texts of the drafts: packing needs no lock, so nobody should wait for it at one.
    """
    late = LateWrites()
    late.outdate(_sharers_of_changing(session, drafts))
    keys, created = _claim(session, drafts)
    _hold_at_new_sources(session, drafts)
    known = _known(session, [key for key in keys.values() if key not in created])
    texts = texts_of(session, _doubtful(drafts, keys, known))
    answers: list[Publication | None] = []
    writes: dict[int, _Write] = {}
    moved: list[tuple[str, str, str]] = []
    sources_before: dict[int, str] = {}
    for draft, body in zip(drafts, bodies, strict=True):
        key = keys[draft.story.id]
        state = known.get(key)
        if state is not None and _same(state, draft, texts):
            answers.append(
                None if state.story is None else Publication(key=key, story=state.story, outcome=Outcome.UNCHANGED)
            )
            continue
        if key in writes:
            # A second version within one call: the first goes to the history like any other.
            _put(session, {key: writes.pop(key)}, created, late, now)
            created.discard(key)
        write = _write(draft, body, state, now)
        writes[key] = write
        if state is not None and state.source != write.story.source:
            sources_before.setdefault(key, state.source)
            if state.cluster_id is not None:
                moved.append((state.cluster_id, state.source, write.story.source))
        known[key] = _Known(
            key=key,
            version=write.story.version,
            digest=draft.fingerprint.digest,
            input_digest=draft.input_digest,
            received_at=write.story.received_at,
            changed_at=now,
            cluster_id=write.cluster_id,
            source=write.story.source,
            story=write.story,
        )
        outcome = Outcome.CREATED if state is None else Outcome.CHANGED
        answers.append(Publication(key=key, story=write.story, outcome=outcome))
    _put(session, writes, created, late, now)
    hold_clusters(session, (cluster_id for cluster_id, _, _ in moved))
    placing.change_source(session, moved, late, at=now)
    if sources_before:
        count_at_new_source(session, sources_before, late.counts)
    done = _with_stored(session, drafts, keys, answers, late, now=now)
    late.write(session)
    told = [
        changes.entry(_CHANGES[one.outcome], one.story.id, one.story.source)
        for one in done
        if one.outcome is not Outcome.UNCHANGED
    ]
    changes.write(session, told, at=now)
    before = [key for key in keys.values() if key not in created]
    since = {**dict.fromkeys(created, now), **(waiting_since(session, before) if before else {})}
    return [msgspec.structs.replace(one, waiting_since=since.get(one.key)) for one in done]


def _sharers_of_changing(session: Session, drafts: Sequence[Draft]) -> Keys:
    """Whom it concerns that stored stories are about to have other texts, while the index is as it was."""
    made = {draft.story.id: draft.fingerprint.digest for draft in drafts}
    rows = session.rows(
        "SELECT s.id, s.key, s.digest FROM story_ids i JOIN stories s ON s.key = i.key "
        "WHERE i.id IN (SELECT value FROM each_text(:ids))",
        ids=sorted(made),
    )
    return sharers(session, sorted(key for story_id, key, digest in rows if bytes(digest) != made[story_id]))


def _hold_at_new_sources(session: Session, drafts: Sequence[Draft]) -> None:
    """Hold the clusters of stories that come from another source than before: their counts are about to change."""
    if session.locks is None:
        return
    sent = {draft.story.id: draft.story.source for draft in drafts}
    rows = session.rows(
        "SELECT s.id, s.source, s.cluster_id FROM story_ids i JOIN stories s ON s.key = i.key "
        "WHERE i.id IN (SELECT value FROM each_text(:ids)) AND s.cluster_id IS NOT NULL",
        ids=sorted(sent),
    )
    hold_clusters(session, {cluster_id for story_id, source, cluster_id in rows if sent[story_id] != source})


def _doubtful(drafts: Sequence[Draft], keys: Mapping[str, int], known: Mapping[int, _Known]) -> list[int]:
    """The stored stories that come again in the same words, perhaps with other signs."""
    again = [(known[keys[draft.story.id]], draft) for draft in drafts if keys[draft.story.id] in known]
    doubtful = (
        state.key
        for state, draft in again
        if state.digest == draft.fingerprint.digest and state.input_digest != draft.input_digest
    )
    return sorted(set(doubtful))


def _same(state: _Known, draft: Draft, texts: Mapping[int, str]) -> bool:
    """Whether a draft changes nothing: the same input, or the same text apart from white space."""
    if state.input_digest == draft.input_digest:
        return True
    text = texts.get(state.key) if state.story is None else state.story.text
    return state.digest == draft.fingerprint.digest and text is not None and text.split() == draft.story.text.split()


def _write(draft: Draft, body: bytes, state: _Known | None, now: datetime) -> _Write:
    if state is None:
        return _Write(draft, body, msgspec.structs.replace(draft.story, version=1), now, None)
    story = msgspec.structs.replace(draft.story, version=state.version + 1, received_at=state.received_at)
    return _Write(draft, body, story, now, state.cluster_id)


def as_read(session: Session, stories: Mapping[int, Story]) -> set[int]:
    """Which stories are still stored as they were read; none of them changes until the transaction ends."""
    known = _known(session, sorted(stories))
    return {one.key for one in stored(session, sorted(known)) if one.story == stories[one.key]}


def refresh(session: Session, drafts: Mapping[int, Draft], late: LateWrites, *, now: datetime) -> dict[int, datetime]:
    """Replace stored stories by drafts, by key, unmatched; tells since when those that are there wait for matching."""
    writes: dict[int, _Write] = {}
    if not drafts:
        return {}
    for key, state in _known(session, sorted(drafts)).items():
        draft = drafts[key]
        story = msgspec.structs.replace(draft.story, version=state.version, received_at=state.received_at)
        draft = msgspec.structs.replace(draft, input_digest=draft.input_digest or state.input_digest)
        writes[key] = _Write(draft, pack_body(story), story, state.changed_at, state.cluster_id)
    late.unlearn(session, sorted(writes))
    drop_contents(session, sorted(writes))
    _insert(session, writes, now, created=(), replace=True)
    return waiting_since(session, sorted(writes))


def waiting_since(session: Session, keys: Sequence[int]) -> dict[int, datetime]:
    """Since when stories wait for matching; those that do not are missing."""
    rows = session.rows("SELECT key, changed_at FROM unprobed WHERE key IN (SELECT value FROM each(:keys))", keys=keys)
    return {key: moment(at) for key, at in rows}


def _claim(session: Session, drafts: Sequence[Draft]) -> tuple[dict[str, int], set[int]]:
    """The key of each draft's id, and which of them are new. Known ids stay locked until the transaction ends."""
    ids = list(dict.fromkeys(draft.story.id for draft in drafts))
    look = (
        "SELECT id, key FROM story_ids WHERE id IN (SELECT value FROM each_text(:ids)) "
        f"ORDER BY id {session.for_update}"
    )
    keys: dict[str, int] = dict(session.rows(look, ids=ids))
    missing = [story_id for story_id in ids if story_id not in keys]
    if not missing:
        return keys, set()
    fresh = dict(zip(missing, session.new_keys(len(missing)), strict=True))
    # In the order of ids, so that two calls with the same ids wait for each other instead of locking each other out.
    session.insert("story_ids", "id, key", sorted(fresh.items()), "ON CONFLICT (id) DO NOTHING")
    keys |= dict(session.rows(look, ids=missing))  # another writer may have been first with an id
    return keys, set(fresh.values()) & set(keys.values())


def _known(session: Session, keys: Sequence[int]) -> dict[int, _Known]:
    if not keys:
        return {}
    rows = session.rows(
        f"SELECT {columns(_StateRow)} FROM stories WHERE key IN (SELECT value FROM each(:keys)) "
        f"ORDER BY key {session.for_update}",
        keys=keys,
    )
    return {
        row.key: _Known(
            key=row.key,
            version=row.version,
            digest=bytes(row.digest),
            input_digest=bytes(row.input_digest),
            received_at=moment(row.received_at),
            changed_at=moment(row.changed_at),
            cluster_id=row.cluster_id,
            source=row.source,
        )
        for row in map(_StateRow._make, rows)
    }


def _put(session: Session, writes: Mapping[int, _Write], created: set[int], late: LateWrites, now: datetime) -> None:
    """Write new stories and next versions."""
    changed = sorted(writes.keys() - created)
    if changed:
        _archive(session, changed, late)
    _insert(session, writes, now, created=created, replace=bool(changed))


def _insert(
    session: Session, writes: Mapping[int, _Write], now: datetime, *, created: Collection[int], replace: bool
) -> None:
    if not writes:
        return
    _write_all(session, writes, replace=replace)
    waiting = [(key, stamp(now), int(key not in created)) for key in sorted(writes)]
    session.insert("unprobed", "key, changed_at, counted", waiting, WAIT_ANEW if replace else "")


def insert_matched(
    session: Session, drafts: Mapping[int, Draft], bodies: Mapping[int, bytes], *, now: datetime
) -> None:
    """Write new stories, by key, whose matches are known and are about to be put on record."""
    session.insert("story_ids", "id, key", sorted((draft.story.id, key) for key, draft in drafts.items()))
    writes = {key: _Write(draft, bodies[key], draft.story, now, None) for key, draft in drafts.items()}
    _write_all(session, writes, replace=False)


def _write_all(session: Session, writes: Mapping[int, _Write], *, replace: bool) -> None:
    stories = [
        story_row(key, write.draft, write.story, changed_at=write.changed_at, cluster_id=write.cluster_id)
        for key, write in writes.items()
    ]
    with counting_labels(session, [key for key, write in writes.items() if write.cluster_id is not None]):
        session.insert("stories", columns(StoryRow), stories, _UPDATE_STORY if replace else "")
    session.insert("bodies", "key, body", [(key, write.body) for key, write in writes.items()])
    drafts = {key: write.draft for key, write in writes.items()}
    insert_fingerprints(session, drafts)
    add_words(session, drafts)
    add_pages(session, drafts)


def insert_fingerprints(session: Session, drafts: Mapping[int, Draft]) -> None:
    """Write tokens and postings of stories that have none."""
    made = {key: draft.fingerprint for key, draft in drafts.items()}
    tokens = [(key, pack_words(one.words), pack_kinds(one.kinds)) for key, one in made.items()]
    session.insert("evidence", "key, words, kinds", tokens)
    postings = {key: postings_of(draft) for key, draft in drafts.items()}
    session.insert("story_postings", "key, postings", [(key, pack_postings(keys)) for key, keys in postings.items()])
    session.postings.add(np.array(sorted(postings), np.int64))


def _archive(session: Session, keys: Sequence[int], late: LateWrites) -> None:
    """Move what stories hold now to their history, and take them out of the index."""
    late.unlearn(session, keys)
    session.run(
        "INSERT INTO revisions (key, version, received_at, word_count, title, body) "
        "SELECT s.key, s.version, s.changed_at, s.words, s.title, b.body FROM stories s "
        "JOIN bodies b ON b.key = s.key WHERE s.key IN (SELECT value FROM each(:keys))",
        keys=keys,
    )
    drop_contents(session, keys)
    drop_pages(session, keys)


def drop_contents(session: Session, keys: Sequence[int]) -> None:
    """Delete text, tokens, postings and words of stories, for good or to make room for others."""
    drop_fingerprints(session, keys)
    drop_words(session, keys)
    session.run("DELETE FROM bodies WHERE key IN (SELECT value FROM each(:keys))", keys=keys)


def drop_fingerprints(session: Session, keys: Sequence[int]) -> None:
    """Delete tokens and postings of stories."""
    session.postings.remove(np.array(sorted(keys), np.int64))
    for table in ("story_postings", "evidence"):
        session.run(f"DELETE FROM {table} WHERE key IN (SELECT value FROM each(:keys))", keys=keys)


def _with_stored(
    session: Session,
    drafts: Sequence[Draft],
    keys: dict[str, int],
    answers: Sequence[Publication | None],
    late: LateWrites,
    *,
    now: datetime,
) -> list[Publication]:
    """Fill in the answers for stories that are stored already in the same words, and correct what is said of them."""
    sent = {keys[draft.story.id]: draft for draft, answer in zip(drafts, answers, strict=True) if answer is None}
    found = {
        one.key: Publication(key=one.key, story=one.story, outcome=Outcome.UNCHANGED)
        for one in stored(session, sorted(sent))
    }
    corrected = {key: draft for key, one in found.items() if (draft := _corrected(sent[key], one.story)) is not None}
    refresh(session, corrected, late, now=now)
    want_words(session, [key for key, draft in corrected.items() if not _same_face(draft.story, sent[key].story)])
    for key, draft in corrected.items():
        found[key] = Publication(key=key, story=draft.story, outcome=Outcome.CHANGED)
    return [
        found[keys[draft.story.id]] if answer is None else answer for draft, answer in zip(drafts, answers, strict=True)
    ]


def _same_face(story: Story, other: Story) -> bool:
    """Whether the words of one, by which it is found, are those of the other, which has the same text."""
    return (story.title, story.url) == (other.title, other.url)


def _corrected(sent: Draft, known: Story) -> Draft | None:
    """A stored story with what is sent of it this time in place of what differs; None if nothing does."""
    fields = {name: value for name in CORRECTABLE if (value := getattr(sent.story, name))}
    if all(getattr(known, name) == value for name, value in fields.items()):
        return None
    kept = {name: fields.get(name, getattr(known, name)) for name in CORRECTABLE}
    story = msgspec.structs.replace(
        sent.story, source=known.source, version=known.version, received_at=known.received_at, **kept
    )
    return msgspec.structs.replace(sent, story=story, url_key=page_key(story.url) if story.url else None)
