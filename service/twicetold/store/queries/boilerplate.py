"""Learned boilerplate: blocks that a source repeats in story after story.

A block counts once for a text: a story that near-matches one already counted adds nothing, so copies of one article
never teach the service to delete it. What is kept is bounded: blocks seen only once hold no text and give way to newer
ones.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

import msgspec
from msgspec import Struct

from twicetold.domain.cleaning.learned import EXPIRES_AFTER, STORIES_NEEDED, hash_of, is_boilerplate, ripe, rule_id
from twicetold.domain.model import Relation
from twicetold.store.port import Session
from twicetold.store.queries.listing import columns, updates
from twicetold.usecases.pipeline import BlockOccurrence
from twicetold.usecases.read_models import BoilerplateStatus, LearnedBlock

_COUNTING_KEPT = 2000
"""Blocks a source may have under count; the longest unseen go first."""
_TIDY_EVERY = 50
"""Stories of a source between two rounds of dropping blocks beyond that number."""
_KEYS_KEPT = 8
"""Stories remembered for each block, to see whether a new one is a copy of them."""

_ELSEWHERE_READ = 50
"""Other sources looked at when a block is learned, those that show it in most stories."""

_COUNTING, _ACTIVE, _ALLOWED = (str(status) for status in BoilerplateStatus)
_SAME_TEXT = ", ".join(f"'{relation}'" for relation in Relation if relation is not Relation.PASSAGE)


class BlockRow(NamedTuple):
    """A row of `learned_blocks`; `keys` are the latest stories counted, as JSON."""

    block: int
    source: str
    text: str
    stories: int
    days: int
    first_day: int
    last_day: int
    status: str
    keys: str


_COLUMNS = columns(BlockRow)
_REPLACE = f"ON CONFLICT (block, source) DO UPDATE SET {updates(BlockRow, key=2)}"


class _Count(Struct):
    """One row of `learned_blocks`."""

    block: int
    source: str
    text: str
    stories: int
    days: int
    first_day: int
    last_day: int
    status: str
    keys: list[int]

    def add(self, occurrence: BlockOccurrence) -> None:
        day = occurrence.day.toordinal()
        self.text = self.text or occurrence.text
        self.stories += 1
        self.days += day not in range(self.first_day, self.last_day + 1)
        self.first_day, self.last_day = min(self.first_day, day), max(self.last_day, day)
        self.keys = [*self.keys, occurrence.key][-_KEYS_KEPT:]

    def row(self) -> BlockRow:
        return BlockRow(**msgspec.structs.asdict(self) | {"keys": json.dumps(self.keys)})


def count_blocks(session: Session, occurrences: Sequence[BlockOccurrence]) -> None:
    """What `ports.Recording.count_blocks` does."""
    if not occurrences:
        return
    totals = _count_stories(session, occurrences)
    counts = _load(session, occurrences)
    same = _SameText(session, occurrences, counts)
    changed: dict[tuple[int, str], _Count] = {}
    for seen in occurrences:
        spot = seen.block, seen.source
        count = counts.get(spot)
        if count is None:
            day = seen.day.toordinal()
            counts[spot] = changed[spot] = _Count(*spot, "", 1, 1, day, day, _COUNTING, [seen.key])
        elif not same.as_any(seen.key, count.keys):
            count.add(seen)
            changed[spot] = count
    _save(session, changed.values())
    _save(session, _with_new_status(session, changed.values(), totals))


def _save(session: Session, counts: Iterable[_Count]) -> None:
    rows = (count.row() for count in sorted(counts, key=lambda count: (count.block, count.source)))
    session.insert("learned_blocks", _COLUMNS, rows, _REPLACE)


def _with_new_status(session: Session, counts: Iterable[_Count], totals: Mapping[str, int]) -> list[_Count]:
    """Learn blocks, or unlearn them; returns the counts whose status that changes."""
    changed: list[_Count] = []
    for count in counts:
        share = count.stories / max(totals.get(count.source, 1), 1)
        elsewhere = _most_common_elsewhere(session, count) if ripe(count.stories, count.days) else 0.0
        learned = is_boilerplate(count.stories, count.days, share=share, share_elsewhere=elsewhere)
        status = _ACTIVE if learned else _COUNTING
        if count.status not in (_ALLOWED, status):
            count.status = status
            changed.append(count)
    return changed


def _most_common_elsewhere(session: Session, count: _Count) -> float:
    """The largest share of any other source's stories that a block is in, among the sources that show it most often."""
    rows = session.rows(
        "SELECT l.stories, s.stories FROM learned_blocks l JOIN learned_sources s ON s.source = l.source "
        f"WHERE l.block = :block AND l.stories >= {STORIES_NEEDED} AND l.source <> :source "  # as the index has it
        "ORDER BY l.stories DESC LIMIT :most",
        block=count.block,
        source=count.source,
        most=_ELSEWHERE_READ,
    )
    return max((shown / max(stories, 1) for shown, stories in rows), default=0.0)


def _count_stories(session: Session, occurrences: Sequence[BlockOccurrence]) -> dict[str, int]:
    """Count the stories seen of each source, tidy up now and then; returns their numbers."""
    stories: defaultdict[str, set[int]] = defaultdict(set)
    for seen in occurrences:
        stories[seen.source].add(seen.key)
    session.insert(
        "learned_sources",
        "source, stories",
        sorted((name, len(keys)) for name, keys in stories.items()),
        "ON CONFLICT (source) DO UPDATE SET stories = learned_sources.stories + excluded.stories",
    )
    sql = "SELECT source, stories FROM learned_sources WHERE source IN (SELECT value FROM each_text(:names))"
    totals: dict[str, int] = dict(session.rows(sql, names=sorted(stories)))
    for name, keys in sorted(stories.items()):
        if totals[name] // _TIDY_EVERY != (totals[name] - len(keys)) // _TIDY_EVERY:
            _tidy(session, name)
    return totals


def _tidy(session: Session, name: str) -> None:
    session.run(
        "DELETE FROM learned_blocks WHERE source = :name AND status = :counting AND last_day < (SELECT last_day "
        "FROM learned_blocks WHERE source = :name AND status = :counting ORDER BY last_day DESC LIMIT 1 OFFSET :kept)",
        name=name,
        counting=_COUNTING,
        kept=_COUNTING_KEPT,
    )


def _load(session: Session, occurrences: Sequence[BlockOccurrence]) -> dict[tuple[int, str], _Count]:
    """What is known of blocks at the sources that show them now."""
    rows = session.rows(
        f"SELECT {_COLUMNS} FROM learned_blocks WHERE block IN (SELECT value FROM each(:blocks)) "
        "AND source IN (SELECT value FROM each_text(:sources))",
        blocks=sorted({seen.block for seen in occurrences}),
        sources=sorted({seen.source for seen in occurrences}),
    )
    known = map(BlockRow._make, rows)
    return {(row.block, row.source): _Count(**row._asdict() | {"keys": json.loads(row.keys)}) for row in known}


class _SameText:
    """Which stories tell the same text: those tied, and those of one cluster, where not all pairs are tied."""

    def __init__(
        self, session: Session, occurrences: Sequence[BlockOccurrence], counts: Mapping[tuple[int, str], _Count]
    ) -> None:
        seen = {occurrence.key for occurrence in occurrences}
        known = {key for count in counts.values() for key in count.keys}
        self._ties: defaultdict[int, set[int]] = defaultdict(set)
        self._clusters: dict[int, str] = {}
        if not known and len(seen) < 2:
            return
        rows = session.rows(
            f"SELECT a, b FROM matches WHERE a IN (SELECT value FROM each(:keys)) AND relation IN ({_SAME_TEXT}) "
            "ORDER BY a, b LIMIT :most",
            keys=sorted(seen),
            most=200 * len(seen),
        )
        for a, b in rows:
            self._ties[a].add(b)
        self._clusters = dict(
            session.rows(
                "SELECT key, cluster_id FROM stories WHERE key IN (SELECT value FROM each(:keys)) "
                "AND cluster_id IS NOT NULL",
                keys=sorted(seen | known),
            )
        )

    def as_any(self, key: int, others: Sequence[int]) -> bool:
        """Whether a story is one of others or tells the same text."""
        cluster = self._clusters.get(key)
        return any(
            other == key or other in self._ties[key] or (cluster is not None and self._clusters.get(other) == cluster)
            for other in others
        )


def learned(session: Session, sources: Sequence[str], *, now: datetime) -> dict[str, Mapping[int, LearnedBlock]]:
    """The active blocks of sources, by hash."""
    sql = (
        f"SELECT {_COLUMNS} FROM learned_blocks WHERE source IN (SELECT value FROM each_text(:sources)) "
        "AND status = :active AND last_day >= :oldest"
    )
    rows = session.rows(sql, sources=list(sources), active=_ACTIVE, oldest=_oldest(now))
    found: defaultdict[str, dict[int, LearnedBlock]] = defaultdict(dict)
    for row in map(BlockRow._make, rows):
        found[row.source][row.block] = _block(row)
    return dict(found)


def of_source(session: Session, name: str, *, now: datetime) -> list[LearnedBlock]:
    """Blocks of a source that are cut or were forbidden to be, most frequent first."""
    sql = (
        f"SELECT {_COLUMNS} FROM learned_blocks WHERE source = :name "
        "AND (status = :allowed OR status = :active AND last_day >= :oldest) ORDER BY stories DESC, block"
    )
    rows = session.rows(sql, name=name, allowed=_ALLOWED, active=_ACTIVE, oldest=_oldest(now))
    return [_block(row) for row in map(BlockRow._make, rows)]


def _oldest(now: datetime) -> int:
    """The day on which a block must have been seen not to have expired."""
    return (now - EXPIRES_AFTER).toordinal()


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
    known = _known(session, source, block_id)
    sql = "UPDATE learned_blocks SET status = :allowed WHERE block = :block AND source = :source"
    session.run(sql, allowed=_ALLOWED, block=hash_of(block_id), source=source)
    return known


def forget(session: Session, source: str, block_id: str) -> bool:
    """What `ports.Store.forget_block` does."""
    known = _known(session, source, block_id)
    sql = "DELETE FROM learned_blocks WHERE block = :block AND source = :source"
    session.run(sql, block=hash_of(block_id), source=source)
    return known


def _known(session: Session, source: str, block_id: str) -> bool:
    sql = "SELECT 1 FROM learned_blocks WHERE block = :block AND source = :source"
    return bool(session.rows(sql, block=hash_of(block_id), source=source))
