"""Small stories for the store's tests, with fingerprints made by hand: a word is its own hash, a band is a word.

As in the real ones, signs between words leave no trace in them.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

import numpy as np
from twicetold.domain.model import Credits, Fingerprint, LanguageSource, Match, Relation, RemovedSpan, Story
from twicetold.usecases.pipeline import CandidateQuery, Draft, Placement

NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


def hashed(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little", signed=True)


def fingerprint(text: str) -> Fingerprint:
    words = re.findall(r"\w+", text)
    keys = np.array(sorted({hashed(word) for word in words}), dtype=np.int64)
    return Fingerprint(
        words=np.array([hashed(word) % 2**32 for word in words], dtype=np.uint32),
        kinds=np.array([int(word.isdigit()) for word in words], dtype=np.uint8),
        digest=hashlib.blake2b(" ".join(words).encode(), digest_size=16).digest(),
        signature=np.empty(0, np.uint32),
        bands=keys[: len(keys) // 2],
        passages=keys[len(keys) // 2 :],
    )


def draft(
    story_id, text="the river rose by two metres overnight", *, source="herald.example", minutes=0, url=None,
    raw=None, published=True, **fields,
):  # fmt: skip
    at = NOON + timedelta(minutes=minutes)
    return Draft(
        searchable=fields.pop("searchable", ()),
        story=Story(
            id=story_id, url=url, source=source, title=fields.pop("title", f"Title of {story_id}"),
            published_at=fields.pop("published_at", at if published else None),
            received_at=at + timedelta(seconds=30), language=fields.pop("language", "en"), version=1,
            words=len(text.split()), text=text,
            removed=(RemovedSpan(kind="share", rule="share-bar", start=0, end=5, text="Share"),),
            credits=fields.pop("credits", Credits()), metadata=fields.pop("metadata", {}),
            language_from=LanguageSource.DETECTED, cleaner_version=7, **fields,
        ),
        url_key=url, input_digest=hashlib.blake2b((raw or text).encode(), digest_size=16).digest(),
        fingerprint=fingerprint(text),
    )  # fmt: skip


def probe(text, *, key=None, url_key=None):
    made = fingerprint(text)
    return CandidateQuery(key=key, digest=made.digest, url_key=url_key, bands=made.bands, passages=made.passages)


def match(a, b, relation=Relation.REPRINT, jaccard=0.8, **values):
    return Match(
        a=a, b=b, relation=relation, why=f"Jaccard {jaccard}", jaccard=jaccard, a_in_b=values.get("a_in_b", jaccard),
        b_in_a=values.get("b_in_a", jaccard), longest_run=values.get("longest_run", 30),
    )  # fmt: skip


def publish(store, *drafts, now=NOON):
    return store.publish(drafts, now=now)


def note(store, season, number=1):
    """Note a season, as a recording of one of its stories does."""
    again = "ON CONFLICT (source, season) DO UPDATE SET noted = excluded.noted"
    store._engine.write(
        lambda session: session.insert("unlearned", "source, season, noted", [(*season, number)], again)
    )
    return number


def keys_of(store, *drafts):
    return [publication.key for publication in publish(store, *drafts)]


def save(store, *matches):
    store.record(lambda recording: recording.save(matches))


def place(store, moves, canonicals, *events):
    store.record(
        lambda recording: recording.place(Placement(moves=moves, canonicals=canonicals, at=NOON, events=events))
    )


def delete(store, *keys):
    store.record(lambda recording: recording.delete(keys, now=NOON))


class _Asked:
    """Asks each question of a store in a reading of its own."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        def ask(*given, **named):
            with self._store.reading() as reading:
                return getattr(reading, name)(*given, **named)

        return ask


def asked(store):
    return _Asked(store)
