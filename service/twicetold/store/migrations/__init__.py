"""Numbered migrations, shipped as `.sql` files beside this module, one folder for each engine.

A store keeps in its table `facts` the number of the last one that ran (`schema`) and what its signatures were made with
(`scheme`). Released migrations are never edited; a change is a new number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from importlib import resources

from msgspec import Struct

from twicetold.domain.errors import IncompatibleStore, Unavailable
from twicetold.store.port import Session
from twicetold.store.queries.facts import IMPORTING, OUTDATED, SET, UNFINISHED, is_current

Tell = Callable[[str], None]

_log = logging.getLogger(__name__)


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


def pending(facts: Mapping[str, str], steps: Sequence[Migration]) -> list[Migration]:
    """The steps that have not run. Raises `IncompatibleStore` for a store that a newer program has migrated."""
    done = int(facts.get("schema", 0))
    if done > steps[-1].number:
        raise IncompatibleStore(
            f"the store has schema {done}, but this program only knows {steps[-1].number}; run the newer twicetold"
        )
    return [step for step in steps if step.number > done]


def check_settings(facts: Mapping[str, str], scheme: str) -> None:
    """Raise `IncompatibleStore` for a store made with another seed or secret, unless that is just being changed.

    One made by another version is read as it is until `twicetold refingerprint` has run. Settings are more likely a
    mistake.
    """
    theirs = facts.get("next_scheme", facts.get("scheme", scheme))
    if _settings_in(theirs) != _settings_in(scheme):
        raise IncompatibleStore(
            f"the store's fingerprints were made with {theirs}, but the settings ask for {scheme}; set "
            "TWICETOLD_SIGNATURE_SEED and TWICETOLD_SIGNATURE_SECRET to what they were, or let `twicetold "
            "refingerprint` make the fingerprints anew"
        )


def _settings_in(scheme: str) -> set[str]:
    return {part for part in scheme.split() if part.startswith(("seed=", "secret="))}


def check_finished(facts: Mapping[str, str]) -> None:
    """Raise `IncompatibleStore` for a store into which a bulk run is still imported."""
    if IMPORTING in facts:
        raise IncompatibleStore(UNFINISHED)


def check_current(facts: Mapping[str, str], steps: Sequence[Migration]) -> None:
    """Raise `Unavailable` for a store that waits for a migration."""
    if pending(facts, steps):
        raise Unavailable("the store's schema is not up to date; run `twicetold migrate`", retry_after=10)


def upgrade(
    session: Session, facts: Mapping[str, str], steps: Sequence[Migration], scheme: str, tell: Tell
) -> list[str]:
    """Run the steps that have not run inside the caller's transaction; returns their names.

    Of a store that was there before, `tell` hears of each step, and how far a long one is.
    """
    waiting = pending(facts, steps)
    if not facts:
        tell = _say_nothing
    for number, step in enumerate(waiting, 1):
        tell(f"step {number} of {len(waiting)}: {step.number:04} {step.name}")
        session.run(step.sql)
        session.insert("facts", "name, value", [("schema", str(step.number))], SET)
        session.insert("facts", "name, value", [("scheme", scheme)], "ON CONFLICT (name) DO NOTHING")
    if not is_current(session, scheme):
        _log.warning("%s (they are of %s, this program makes %s)", OUTDATED, facts.get("scheme"), scheme)
    return [f"{step.number:04} {step.name}" for step in waiting]


def _say_nothing(_: str) -> None:
    """Of a new store nobody waits for anything."""
