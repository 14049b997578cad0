"""Learned boilerplate: what sources repeat as their own, season by season, and what follows from it for their stories.

A season is 64 days of publication; what is learned of one rests on a fixed draw of its stories, so that the same
stories teach the same whenever they came. What is cut at a source is what any of its seasons teaches.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

import msgspec
import numpy as np

from twicetold.domain.analysis import Learned
from twicetold.domain.cleaning.learned import hash_of, rule_id
from twicetold.domain.cleaning.recurring import OwnBlock
from twicetold.domain.model import Keys
from twicetold.store.port import Session
from twicetold.store.queries.listing import Queries, columns, updates
from twicetold.store.queries.rows import SEASON_BITS
from twicetold.store.queries.stories import few, stored
from twicetold.usecases.pipeline import Season, Uncleaned
from twicetold.usecases.read_models import BoilerplateStatus, LearnedBlock, Position, StoredStory

_ACTIVE, _ALLOWED = str(BoilerplateStatus.ACTIVE), str(BoilerplateStatus.ALLOWED)
_FORGOTTEN = "forgotten"
"""The status of a block that is neither cut nor shown until stories bring it that were published after its last day."""
_HOLDERS = 4096
"""Stories under one passage fingerprint that are judged again when it becomes furniture, or ceases to be."""


class BlockRow(NamedTuple):
    """A row of `learned_blocks`."""

    block: int
    source: str
    text: str
    stories: int
    days: int
    first_day: int
    last_day: int
    status: str


class SeasonRow(NamedTuple):
    """A row of `seasons`: what one taught. `blocks` is a JSON list of `OwnBlock`, `furniture` 64-bit integers."""

    source: str
    season: int
    digest: bytes
    blocks: str
    furniture: bytes


_COLUMNS = columns(BlockRow)
_blocks_decoder = msgspec.json.Decoder(list[OwnBlock])


class LearnedQueries(Queries):
    """The part of `ports.Reading` about learned boilerplate."""

    def learned(self, sources: Sequence[str]) -> dict[str, Mapping[int, LearnedBlock]]:
        rows = self._session.rows(
            f"SELECT {_COLUMNS} FROM learned_blocks WHERE source IN (SELECT value FROM each_text(:sources)) "
            "AND status = :active",
            sources=list(sources),
            active=_ACTIVE,
        )
        found: defaultdict[str, dict[int, LearnedBlock]] = defaultdict(dict)
        for row in map(BlockRow._make, rows):
            found[row.source][row.block] = _block(row)
        return dict(found)

    def unlearned(self, *, limit: int) -> dict[Season, int]:
        sql = "SELECT source, season, noted FROM unlearned ORDER BY season, source LIMIT :n"
        return {Season(source, season): note for source, season, note in self._session.rows(sql, n=limit)}

    def drawn(self, season: Season, *, limit: int) -> list[StoredStory]:
        keys = [
            key
            for (key,) in self._session.rows(
                "SELECT key FROM stories WHERE source = :source AND draw >= :first AND draw < :last "
                "ORDER BY draw, id LIMIT :limit",
                source=season.source,
                first=season.number << SEASON_BITS,
                last=(season.number + 1) << SEASON_BITS,
                limit=limit,
            )
        ]
        found = {one.key: one for one in stored(self._session, few(self._session, keys))}
        return [found[key] for key in keys if key in found]

    def lesson_digest(self, season: Season) -> bytes:
        sql = "SELECT digest FROM seasons WHERE source = :source AND season = :season"
        rows = self._session.rows(sql, source=season.source, season=season.number)
        return next((bytes(digest) for (digest,) in rows), b"")

    def uncleaned(self) -> Uncleaned | None:
        rows = self._session.rows("SELECT source, received_at, key, noted FROM uncleaned ORDER BY source LIMIT 1")
        for source, received_at, key, note in rows:
            return Uncleaned(source, None if key is None else (received_at, key), note)
        return None


def furniture(session: Session, sources: Sequence[str]) -> dict[str, Keys]:
    """What `ports.Reading.furniture` does."""
    rows = session.rows(
        "SELECT source, furniture FROM seasons WHERE source IN (SELECT value FROM each_text(:sources)) "
        "AND LENGTH(furniture) > 0",
        sources=list(sources),
    )
    found: defaultdict[str, list[Keys]] = defaultdict(list)
    for source, packed in rows:
        found[source].append(_unpacked(packed))
    return {source: np.unique(np.concatenate(keys)) for source, keys in found.items()}


def is_noted(session: Session, season: Season) -> bool:
    """Whether a season waits for being learned from."""
    sql = "SELECT 1 FROM unlearned WHERE source = :source AND season = :season"
    return bool(session.rows(sql, source=season.source, season=season.number))


def teach(session: Session, season: Season, learned: Learned, digest: bytes) -> Keys:
    """What `ports.Recording.teach` does; returns the stories that are to be matched anew."""
    before = _seasons(session, season.source)
    row = SeasonRow(
        source=season.source,
        season=season.number,
        digest=digest,
        blocks=msgspec.json.encode(list(learned.blocks)).decode(),
        furniture=learned.furniture.astype("<i8").tobytes(),
    )
    after = [one for one in before if one.season != season.number] + ([row] if digest else [])
    sql = "DELETE FROM seasons WHERE source = :source AND season = :season"
    session.run(sql, source=season.source, season=season.number)
    session.insert("seasons", columns(SeasonRow), [row] if digest else [])
    if _set_blocks(session, season.source, (block for one in after for block in _blocks_decoder.decode(one.blocks))):
        unclean(session, season.source)
    return _holders(session, season.source, np.setxor1d(_furniture(before), _furniture(after)))


def remember(session: Session, taught: SeasonRow) -> None:
    """Store what a season taught whose stories are cleaned and judged with it already."""
    session.insert("seasons", columns(SeasonRow), [taught])
    rows = _seasons(session, taught.source)
    _set_blocks(session, taught.source, (block for one in rows for block in _blocks_decoder.decode(one.blocks)))


def unclean(session: Session, source: str) -> None:
    """Have all stories of a source cleaned anew."""
    session.insert(
        "uncleaned",
        "source, received_at, key, noted",
        [(source, None, None, secrets.randbits(62))],
        "ON CONFLICT (source) DO UPDATE SET received_at = excluded.received_at, key = excluded.key, "
        "noted = excluded.noted",
    )


def cleaned(session: Session, uncleaned: Uncleaned, after: Position | None) -> None:
    """What `ports.Recording.cleaned` does."""
    now = session.rows("SELECT received_at, key, noted FROM uncleaned WHERE source = :source", source=uncleaned.source)
    if now != [(*(uncleaned.after or (None, None)), uncleaned.note)]:
        return  # begun anew meanwhile, or another process went on
    if after is None:
        session.run("DELETE FROM uncleaned WHERE source = :source", source=uncleaned.source)
    else:
        session.run(
            "UPDATE uncleaned SET received_at = :received_at, key = :key WHERE source = :source",
            received_at=after[0],
            key=after[1],
            source=uncleaned.source,
        )


def _seasons(session: Session, source: str) -> list[SeasonRow]:
    rows = session.rows(f"SELECT {columns(SeasonRow)} FROM seasons WHERE source = :source", source=source)
    return [SeasonRow._make(row) for row in rows]


def _unpacked(packed: bytes) -> Keys:
    return np.frombuffer(packed, dtype="<i8")


def _furniture(seasons: Iterable[SeasonRow]) -> Keys:
    return np.unique(np.concatenate([np.empty(0, np.int64), *(_unpacked(one.furniture) for one in seasons)]))


def _set_blocks(session: Session, source: str, taught: Iterable[OwnBlock]) -> bool:
    """Put what all seasons teach in the place of what was learned; whether other blocks are cut from now on."""
    rows = session.rows(f"SELECT {_COLUMNS} FROM learned_blocks WHERE source = :source", source=source)
    known = {row.block: row for row in map(BlockRow._make, rows)}
    merged: dict[int, BlockRow] = {}
    for block in taught:
        days = block.first_day.toordinal(), block.last_day.toordinal()
        row = BlockRow(block.hash, source, block.text, block.stories, block.days, *days, _ACTIVE)
        merged[block.hash] = _joined(merged[block.hash], row) if block.hash in merged else row
    told = sorted(_as_told(row, known.get(row.block)) for row in merged.values())
    session.insert(
        "learned_blocks",
        _COLUMNS,
        told,
        f"ON CONFLICT (block, source) DO UPDATE SET {updates(BlockRow, key=2)}",
    )
    gone = [block for block, row in known.items() if block not in merged and row.status != _ALLOWED]
    session.run(
        "DELETE FROM learned_blocks WHERE source = :source AND block IN (SELECT value FROM each(:gone))",
        source=source,
        gone=gone,
    )
    return _cut(known.values()) != _cut(told)


def _as_told(row: BlockRow, known: BlockRow | None) -> BlockRow:
    """What is learned of a block, after what a person said of it."""
    if known is None or (known.status == _FORGOTTEN and row.last_day > known.last_day):
        return row
    last_day = known.last_day if known.status == _FORGOTTEN else row.last_day
    return row._replace(status=known.status, last_day=last_day)


def _cut(rows: Iterable[BlockRow]) -> set[int]:
    return {row.block for row in rows if row.status == _ACTIVE}


def _joined(one: BlockRow, other: BlockRow) -> BlockRow:
    """What two seasons tell of one block."""
    return one._replace(
        stories=one.stories + other.stories,
        days=one.days + other.days,
        first_day=min(one.first_day, other.first_day),
        last_day=max(one.last_day, other.last_day),
    )


def _holders(session: Session, source: str, furniture: Keys) -> Keys:
    """The stories of a source that hold what became furniture, or ceased to be."""
    if not len(furniture):
        return furniture
    _, stories = session.postings.find(furniture, cap=_HOLDERS)
    rows = session.rows(
        "SELECT key FROM stories WHERE key IN (SELECT value FROM each(:keys)) AND source = :source",
        keys=np.unique(stories),
        source=source,
    )
    return np.array([key for (key,) in rows], dtype=np.int64)


def of_source(session: Session, name: str) -> list[LearnedBlock]:
    """Blocks of a source that are cut or were forbidden to be, most frequent first."""
    sql = (
        f"SELECT {_COLUMNS} FROM learned_blocks WHERE source = :name AND status <> :forgotten "
        "ORDER BY stories DESC, block"
    )
    return [_block(row) for row in map(BlockRow._make, session.rows(sql, name=name, forgotten=_FORGOTTEN))]


def _block(row: BlockRow) -> LearnedBlock:
    return LearnedBlock(
        id=rule_id(row.block),
        source=row.source,
        block=row.block,
        text=row.text,
        stories=row.stories,
        days=row.days,
        first_seen=_midnight(row.first_day),
        last_seen=_midnight(row.last_day),
        status=BoilerplateStatus(row.status),
    )


def _midnight(ordinal: int) -> datetime:
    day = date.fromordinal(ordinal)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def allow(session: Session, source: str, block_id: str) -> bool:
    """What `ports.Store.allow_block` does."""
    return _tell(session, source, block_id, status=_ALLOWED)


def forget(session: Session, source: str, block_id: str, *, at: datetime) -> bool:
    """What `ports.Store.forget_block` does."""
    return _tell(session, source, block_id, status=_FORGOTTEN, day=at.date().toordinal())


def _tell(session: Session, source: str, block_id: str, *, status: str, day: int = 0) -> bool:
    """Put on record what a person says of a block; its last day is this one at least."""
    if session.locks is not None:
        session.locks.turn()  # a teaching under way would write what it read before
    told = "block = :block AND source = :source"
    rows = session.rows(
        f"SELECT status, last_day FROM learned_blocks WHERE {told} AND status <> :forgotten",
        block=hash_of(block_id),
        source=source,
        forgotten=_FORGOTTEN,
    )
    for before, last_day in rows:
        session.run(
            f"UPDATE learned_blocks SET status = :status, last_day = :last_day WHERE {told}",
            status=status,
            last_day=max(last_day, day),
            block=hash_of(block_id),
            source=source,
        )
        if before == _ACTIVE:
            unclean(session, source)
    return bool(rows)


def reopen(session: Session, *, limit: int) -> int:
    """What `ports.Store.reopen` does.

    Of those that wait for matching a worker may have looked already, so that they are put back once it is done.
    """
    rows = session.rows(
        "SELECT key FROM outdated WHERE NOT EXISTS (SELECT 1 FROM unprobed WHERE unprobed.key = outdated.key) "
        f"ORDER BY key LIMIT :limit {session.for_update}",
        limit=limit,
    )
    keys = [key for (key,) in rows]
    chosen = "key IN (SELECT value FROM each(:keys))"
    session.run(
        f"INSERT INTO unprobed (key, changed_at) SELECT key, 0 FROM stories WHERE {chosen} "
        "ORDER BY key ON CONFLICT (key) DO NOTHING",
        keys=keys,
    )
    session.run(f"DELETE FROM outdated WHERE {chosen}", keys=keys)
    return len(keys)
