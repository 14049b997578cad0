"""Making the fingerprints of a store anew from its texts.

`facts` holds the scheme of all fingerprints and, while they are made anew, the one that is made (`next_scheme`) and the
last story that has it (`next_scheme_upto`). In between texts and reports can be read, but nothing is matched or stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from twicetold.store.port import Session
from twicetold.store.queries.facts import SET, fact, is_current
from twicetold.store.queries.publishing import WAIT_ANEW, drop_fingerprints, insert_fingerprints
from twicetold.store.queries.rows import stamp, storable
from twicetold.store.queries.searching import add_words, drop_words
from twicetold.usecases.pipeline import Draft


def begin(session: Session, scheme: str) -> int | None:
    """Let fingerprints be made anew; returns the last story that has the new scheme already, None if all have."""
    if is_current(session, scheme):
        return None
    if fact(session, "next_scheme") != scheme:
        session.insert("facts", "name, value", [("next_scheme", scheme), ("next_scheme_upto", "0")], SET)
    return int(fact(session, "next_scheme_upto") or 0)


def replace(session: Session, drafts: Mapping[int, Draft], *, now: datetime) -> None:
    """Give stories new fingerprints, and have them matched anew once all are made. `drafts` go by key, ascending."""
    keys = list(drafts)
    drop_fingerprints(session, keys)
    insert_fingerprints(session, drafts)
    drop_words(session, keys)
    add_words(session, drafts)
    for key, draft in drafts.items():
        session.run(
            "UPDATE stories SET digest = :digest, words = :words, url_key = :url_key WHERE key = :key",
            digest=draft.fingerprint.digest,
            words=len(draft.fingerprint.words),
            url_key=storable(draft.url_key),
            key=key,
        )
    session.insert("unprobed", "key, changed_at", [(key, stamp(now)) for key in keys], WAIT_ANEW)
    session.insert("facts", "name, value", [("next_scheme_upto", str(keys[-1]))], SET)


def finish(session: Session, scheme: str) -> None:
    """Say that all fingerprints have a scheme."""
    session.insert("facts", "name, value", [("scheme", scheme)], SET)
    session.run("DELETE FROM facts WHERE name IN ('next_scheme', 'next_scheme_upto')")
