"""What a store says of itself."""

from __future__ import annotations

import secrets

from twicetold.domain.errors import Unavailable
from twicetold.store.port import Session

SET = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
"""How a fact is put in another's place."""

SESSION_SECRET = "session secret"  # noqa: S105  # the name of the fact

IMPORTING = "importing"
"""The fact by which a store says that it is being filled from a bulk run; `store.importing` packs how far that is."""
UNFINISHED = (
    "the store is being filled by `twicetold import`, which is not finished; run it again, it goes on where it stood, "
    "or name another store"
)

OUTDATED = (
    "the store's fingerprints were made by another version or with other settings; until `twicetold refingerprint` has "
    "made them anew, stories and reports can be read, and nothing can be stored or matched"
)


def fact(session: Session, name: str) -> str | None:
    """One fact; None where it is not told."""
    return next(
        (str(value) for (value,) in session.rows("SELECT value FROM facts WHERE name = :name", name=name)), None
    )


def session_secret(session: Session) -> str:
    """The secret that signs sessions, in hexadecimal digits; drawn where there is none yet."""
    drawn = (SESSION_SECRET, secrets.token_hex(32))
    session.insert("facts", "name, value", [drawn], "ON CONFLICT (name) DO NOTHING")
    return fact(session, SESSION_SECRET) or drawn[1]


def is_current(session: Session, scheme: str) -> bool:
    """Whether all fingerprints are of a scheme."""
    names = "SELECT name, value FROM facts WHERE name IN ('scheme', 'next_scheme')"
    return session.rows(names) == [("scheme", scheme)]


def require_current(session: Session, scheme: str) -> None:
    """Raise `Unavailable` unless all fingerprints are of a scheme: others cannot be compared with them."""
    if not is_current(session, scheme):
        raise Unavailable(OUTDATED, retry_after=60)
