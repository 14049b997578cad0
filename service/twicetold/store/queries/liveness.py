"""Whether a store takes a row and gives one back."""

from __future__ import annotations

import time

import numpy as np

from twicetold.store.port import Session
from twicetold.store.queries.indexing import stored_postings
from twicetold.store.queries.rows import text_of


def write_and_read(session: Session) -> None:
    """Write a row and delete it, look the latest story up, and read its text, whose checksum tells if it is whole."""
    session.insert("liveness", "at", [(time.time_ns() // 1000,)])
    session.run("DELETE FROM liveness")
    latest = session.rows("SELECT key, postings FROM story_postings ORDER BY key DESC LIMIT 1")
    keys, _ = stored_postings(latest)
    session.postings.find(np.unique(keys), cap=1)
    for (body,) in session.rows("SELECT body FROM bodies ORDER BY key DESC LIMIT 1"):
        text_of(body)
