"""Numbered migrations, shipped as `.sql` files beside this module, one folder for each engine.

A store keeps in its table `facts` the number of the last one that ran (`schema`) and what its signatures were made with
(`scheme`). Released migrations are never edited; a change is a new number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources

from msgspec import Struct

from twicetold.domain.errors import IncompatibleStore, Unavailable
from twicetold.store.port import Session


class Migration(Struct, frozen=True):
    """One step of the schema."""

    number: int
    name: str
    sql: str


def migrations(engine: str) -> list[Migration]:
    """The steps for `sqlite` or `postgres`, in order."""
    files = [file for file in (resources.files(__name__) / engine).iterdir() if file.name.endswith(".sql")]
    steps = [Migration(int(file.name[:4]), file.name[5:-4], file.read_text(encoding="utf-8")) for file in files]
    return sorted(steps, key=lambda step: step.number)


def saved_facts(session: Session, *, exists: bool) -> Mapping[str, str]:
    """What a store says about itself; nothing where its table does not exist."""
    return dict(session.rows("SELECT name, value FROM facts")) if exists else {}


def pending(facts: Mapping[str, str], steps: Sequence[Migration], scheme: str) -> list[Migration]:
    """The steps that have not run. Raises `IncompatibleStore` for a store that this program must not touch."""
    done = int(facts.get("schema", 0))
    if done > steps[-1].number:
        raise IncompatibleStore(
            f"the store has schema {done}, but this program only knows {steps[-1].number}; run the newer twicetold"
        )
    if facts.get("scheme", scheme) != scheme:
        raise IncompatibleStore(
            f"the store's signatures were made with {facts['scheme']}, but this program makes {scheme}, and the two "
            "cannot be compared; use a new store, or the settings that this one was made with"
        )
    return [step for step in steps if step.number > done]


def check_current(facts: Mapping[str, str], steps: Sequence[Migration], scheme: str) -> None:
    """Raise `Unavailable` for a store that waits for a migration, `IncompatibleStore` for a foreign one."""
    if pending(facts, steps, scheme):
        raise Unavailable("the store's schema is not up to date; run `twicetold migrate`", retry_after=10)


def upgrade(session: Session, steps: Sequence[Migration], scheme: str) -> list[str]:
    """Run steps inside the caller's transaction; returns their names."""
    for step in steps:
        session.run(step.sql)
        replace = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        session.insert("facts", "name, value", [("schema", str(step.number)), ("scheme", scheme)], replace)
    return [f"{step.number:04} {step.name}" for step in steps]
