"""The log of what changed: one packed row for each transaction that changes something, numbered once it is committed.

A number given while a transaction is open would be passed over by whoever reads before that commits. So a row is
written without one, as the last thing its transaction does, when that holds every lock it needs: of two transactions
that touch one story the later has the larger `id`. `give_numbers`, under one lock, then numbers what it sees, which is
what is committed, in the order of ids. Numbers have no gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from twicetold.domain.model import Match
from twicetold.store.port import Session
from twicetold.store.queries.listing import Queries, columns
from twicetold.store.queries.rows import compressed, decompressed, moment, stamp
from twicetold.usecases.read_models import Change, ChangeKind, ClusterEvent

AT_ONCE = 1000
"""Rows numbered, read or deleted in one statement."""
IN_ROW = 500
"""Changes packed into one row, which is unpacked as a whole."""
_SHORT = 200
"""Bytes up to which a row is not compressed: that would save nothing."""

_KINDS = tuple(ChangeKind)
_CLUSTER_KINDS = {"merged": ChangeKind.CLUSTER_MERGED, "split": ChangeKind.CLUSTER_SPLIT}


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """A change as it is packed; `kind` is its place in `ChangeKind`. Members are only ever added, at the end."""

    kind: int
    story_id: str | None = None
    other_id: str | None = None
    cluster_id: str | None = None
    into_id: str | None = None
    source: str | None = None
    other_source: str | None = None
    relation: str | None = None
    sources: int | None = None
    same: bool | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Entry])


class ChangeRow(NamedTuple):
    """A row of `changes`; `last` is the number of its last change, None until that is given."""

    id: int
    at: int
    events: int
    packed: bytes
    last: int | None


class _NewRow(NamedTuple):
    at: int
    events: int
    packed: bytes


class _TieRow(NamedTuple):
    """What is told of a story in a match."""

    key: int
    id: str
    source: str
    cluster_id: str | None
    sources: int | None


def entry(kind: ChangeKind, story_id: str, source: str) -> Entry:
    """A change of one story."""
    return Entry(_KINDS.index(kind), story_id, source=source)


def imported() -> Entry:
    """All that the store holds came at once."""
    return Entry(_KINDS.index(ChangeKind.IMPORTED))


def write(session: Session, entries: Sequence[Entry], *, at: datetime) -> None:
    """Put changes on record, as the last thing of a transaction."""
    parts = [entries[first : first + IN_ROW] for first in range(0, len(entries), IN_ROW)]
    rows = [_NewRow(stamp(at), len(part), _packed(part)) for part in parts]
    session.insert("changes", columns(_NewRow), rows)


def _packed(entries: Sequence[Entry]) -> bytes:
    packed = _encoder.encode(entries)
    return packed if len(packed) <= _SHORT else compressed(packed)


class Recorded:
    """What a recording did, as its changes will tell it."""

    def __init__(self) -> None:
        self._matches: dict[tuple[int, int], str] = {}
        self._entries: list[Entry] = []

    def matches(self, matches: Iterable[Match]) -> None:
        """Matches were saved; each is told once, as its later story sees it."""
        for match in matches:
            seen = match if match.a > match.b else match.seen_from(match.b)
            self._matches[seen.a, seen.b] = str(seen.relation)

    def events(self, events: Iterable[ClusterEvent]) -> None:
        """Something happened to clusters."""
        for event in events:
            if kind := _CLUSTER_KINDS.get(event.event):
                self._entries.append(Entry(_KINDS.index(kind), cluster_id=event.cluster_id, into_id=event.other))

    def deleted(self, stories: Iterable[tuple[str, str]]) -> None:
        """Stories were deleted: their ids and sources."""
        self._entries += (entry(ChangeKind.STORY_DELETED, story_id, source) for story_id, source in stories)

    def verdict(self, session: Session, a: int, b: int, *, same: bool | None) -> None:
        """A person judged two stories."""
        told = _told(session, [a, b])
        one, other = told[a], told[b]
        self._entries.append(
            Entry(
                _KINDS.index(ChangeKind.VERDICT), one.id, other.id, source=one.source, other_source=other.source,
                same=same,
            )
        )  # fmt: skip

    def told(self, session: Session) -> list[Entry]:
        """All of it, with what is to be told of the stories and clusters."""
        told = _told(session, sorted({key for pair in self._matches for key in pair}))
        matches = [
            Entry(
                _KINDS.index(ChangeKind.MATCH), one.id, other.id, one.cluster_id, source=one.source,
                other_source=other.source, relation=relation, sources=one.sources,
            )
            for (a, b), relation in self._matches.items()
            if (one := told.get(a)) and (other := told.get(b))
        ]  # fmt: skip
        return [*matches, *self._with_sources(session)]

    def _with_sources(self, session: Session) -> list[Entry]:
        """Cluster events with the number of sources of the cluster that they lead to."""
        into = sorted({one.into_id for one in self._entries if one.into_id})
        if not into:
            return self._entries
        rows = session.rows(
            "SELECT id, sources FROM clusters WHERE id IN (SELECT value FROM each_text(:ids))", ids=into
        )
        sources: dict[str, int] = dict(rows)
        return [
            msgspec.structs.replace(one, sources=sources.get(one.into_id)) if one.into_id else one
            for one in self._entries
        ]


def _told(session: Session, keys: Sequence[int]) -> dict[int, _TieRow]:
    if not keys:
        return {}
    rows = session.rows(
        f"SELECT {columns(_TieRow, 's', sources='c.sources')} FROM stories s LEFT JOIN clusters c "
        "ON c.id = s.cluster_id WHERE s.key IN (SELECT value FROM each(:keys))",
        keys=keys,
    )
    return {row.key: row for row in map(_TieRow._make, rows)}


def unnumbered(session: Session) -> bool:
    """Whether there are changes without a number."""
    return bool(session.rows("SELECT 1 FROM changes WHERE last IS NULL LIMIT 1"))


def give_numbers(session: Session) -> bool:
    """Number the earliest changes that have none; returns whether there may be more."""
    ((last,),) = session.rows(f"SELECT last FROM change_numbers {session.for_update}")
    given = session.rows(
        "UPDATE changes SET last = :last + counted.upto FROM "
        "(SELECT id, CAST(SUM(events) OVER (ORDER BY id) AS BIGINT) AS upto FROM "
        "(SELECT id, events FROM changes WHERE last IS NULL ORDER BY id LIMIT :most) AS earliest) AS counted "
        "WHERE changes.id = counted.id RETURNING changes.last",
        last=last,
        most=AT_ONCE,
    )
    if given:
        session.run("UPDATE change_numbers SET last = :last", last=max(number for (number,) in given))
    return len(given) == AT_ONCE


def forget(session: Session, *, before: datetime) -> bool:
    """Delete the earliest changes, as far as they were made before a time; returns whether there may be more."""
    session.rows(f"SELECT last FROM change_numbers {session.for_update}")
    rows = session.rows("SELECT last, at FROM changes WHERE last IS NOT NULL ORDER BY last LIMIT :most", most=AT_ONCE)
    old: list[int] = []
    for last, at in rows:
        if at >= stamp(before):
            break
        old.append(last)
    if old:
        session.run("DELETE FROM changes WHERE last <= :last", last=old[-1])
        session.run("UPDATE change_numbers SET forgotten = :last", last=old[-1])
    return len(old) == AT_ONCE


class ChangeQueries(Queries):
    """The part of `ports.Reading` about changes."""

    def change_numbers(self) -> tuple[int, int]:
        ((forgotten, last),) = self._session.rows("SELECT forgotten, last FROM change_numbers")
        return forgotten, last

    def changes(self, *, after: int, limit: int) -> list[Change]:
        rows = self._session.rows(
            f"SELECT {columns(ChangeRow)} FROM changes WHERE last > :after ORDER BY last LIMIT :limit",
            after=after,
            limit=limit,
        )
        found: list[Change] = []
        for row in map(ChangeRow._make, rows):
            found += (change for change in _unpacked(row) if change.seq > after)
            if len(found) >= limit:
                break
        return found[:limit]


def _unpacked(row: ChangeRow) -> list[Change]:
    entries, last, at = _decoder.decode(decompressed(row.packed)), row.last or 0, moment(row.at)
    first = last - len(entries) + 1
    return [_change(first + index, at, one) for index, one in enumerate(entries)]


def _change(number: int, at: datetime, one: Entry) -> Change:
    kind = _KINDS[one.kind]
    same: bool | UnsetType | None = one.same if kind is ChangeKind.VERDICT else UNSET
    return Change(
        seq=number,
        at=at,
        kind=kind,
        story_id=one.story_id,
        other_id=one.other_id,
        cluster_id=one.cluster_id,
        into_id=one.into_id,
        relation=one.relation,
        source=one.source,
        other_source=one.other_source,
        sources=one.sources,
        same=same,
    )
