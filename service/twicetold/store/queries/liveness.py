"""Whether a store takes a row and gives one back."""

from __future__ import annotations

import time

from twicetold.store.port import Session
from twicetold.store.queries.rows import text_of


def write_and_read(session: Session) -> None:
    """Write a row and delete it, and read the latest text, whose checksum tells whether it is whole."""
    session.insert("liveness", "at", [(time.time_ns() // 1000,)])
    session.run("DELETE FROM liveness")
    for (body,) in session.rows("SELECT body FROM bodies ORDER BY key DESC LIMIT 1"):
        text_of(body)
