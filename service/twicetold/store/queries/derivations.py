"""What derives from what, kept in step with clusters: a derivation stands in the cluster that its original is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from twicetold.domain.matching.clusters import turn
from twicetold.domain.matching.derive import Derivation, Kin, KinTie
from twicetold.domain.model import Relation
from twicetold.store.port import Session
from twicetold.store.queries.listing import Queries, columns, page
from twicetold.store.queries.places import hold
from twicetold.store.queries.rows import HALF_A_DIGIT, agencies_of, moment, moment_or_none
from twicetold.usecases.pipeline import Kinship
from twicetold.usecases.read_models import DerivedCopy, Origin, Page, Position

COPIES = ", ".join(f"'{relation}'" for relation in Relation if relation.derives)
"""The relations of derived copies, in SQL."""
_KIN = f"{COPIES}, '{Relation.PASSAGE}'"
_CHOSEN = "IN (SELECT value FROM each(:keys))"


class DerivationRow(NamedTuple):
    """A row of `derivations`."""

    story: int
    original: int
    relation: str
    cluster_id: str | None
    source: str
    original_source: str
    seen_at: int


class _KinRow(NamedTuple):
    key: int
    id: str
    published_at: int | None
    received_at: int
    cluster_id: str | None
    size: int
    first_id: str
    first_published_at: int | None
    first_received_at: int
    derives: bool


class _CopyRow(NamedTuple):
    """A derived copy with its tie to its original."""

    story: int
    id: str
    url: str | None
    source: str
    title: str | None
    published_at: int | None
    received_at: int
    agencies: str | None
    seen_at: int
    relation: str
    original_id: str
    jaccard: float | None
    confidence: float | None


class _OriginRow(NamedTuple):
    cluster_id: str | None
    id: str
    source: str
    title: str | None
    relation: str


Gains = Counter[tuple[str, str]]
"""Derived copies that clusters gained, or lost where negative, by cluster and source."""


class DerivationQueries(Queries):
    """The part of `ports.Reading` about derived copies."""

    def derived(
        self,
        cluster_id: str,
        *,
        relations: Sequence[Relation] = (),
        min_confidence: float | None = None,
        after: Position | None = None,
        limit: int,
    ) -> Page[DerivedCopy]:
        wanted, values = f"d.cluster_id = :id AND d.relation IN ({COPIES})", dict[str, object](id=cluster_id)
        if relations:
            wanted += " AND d.relation IN (SELECT value FROM each_text(:relations))"
            values["relations"] = [str(relation) for relation in relations]
        if min_confidence is not None:
            wanted += " AND m.confidence >= :min_confidence"
            values["min_confidence"] = min_confidence - HALF_A_DIGIT
        if after is not None:
            wanted += " AND (d.seen_at, d.story) > (:after_time, :after_story)"
            values |= {"after_time": after[0], "after_story": after[1]}
        shown = columns(
            _CopyRow, "s", story="d.story", seen_at="d.seen_at", relation="d.relation", original_id="o.id",
            jaccard="m.jaccard", confidence="m.confidence",
        )  # fmt: skip
        rows = self._session.rows(
            f"SELECT {shown} FROM derivations d JOIN stories s ON s.key = d.story JOIN stories o ON o.key = d.original "
            f"LEFT JOIN matches m ON m.a = d.story AND m.b = d.original WHERE {wanted} "
            "ORDER BY d.seen_at, d.story LIMIT :limit",
            **values,
            limit=limit + 1,
        )
        return page([_CopyRow._make(row) for row in rows], limit, _copy, lambda row: (row.seen_at, row.story))

    def derived_from(self, key: int, *, limit: int) -> list[Origin]:
        rows = self._session.rows(
            f"SELECT {columns(_OriginRow, 'o', cluster_id='d.cluster_id', relation='d.relation')} FROM derivations d "
            f"JOIN stories o ON o.key = d.original WHERE d.story = :key AND d.relation IN ({COPIES}) "
            "ORDER BY o.seen_at, o.key LIMIT :limit",
            key=key,
            limit=limit,
        )
        return [
            Origin(
                cluster_id=row.cluster_id,
                story_id=row.id,
                source=row.source,
                title=row.title,
                relation=Relation(row.relation),
            )
            for row in map(_OriginRow._make, rows)
        ]


def _copy(row: _CopyRow) -> DerivedCopy:
    return DerivedCopy(
        story_id=row.id,
        url=row.url,
        source=row.source,
        title=row.title,
        published_at=moment_or_none(row.published_at),
        received_at=moment(row.received_at),
        relation=Relation(row.relation),
        jaccard=row.jaccard,
        confidence=row.confidence,
        original_id=row.original_id,
        agencies=agencies_of(row.agencies),
    )


def kin_of(session: Session, keys: Sequence[int], *, limit: int) -> list[int]:
    """What `ports.Recording.kin_of` does."""
    hold(session, keys)
    rows = session.rows(
        "SELECT b FROM (SELECT m.b, s.seen_at, ROW_NUMBER() OVER (PARTITION BY m.a ORDER BY s.seen_at, m.b) AS place "
        f"FROM matches m JOIN stories s ON s.key = m.b WHERE m.a {_CHOSEN} AND m.relation IN ({_KIN})) AS tied "
        f"WHERE place <= :limit UNION SELECT original FROM derivations WHERE story {_CHOSEN} "
        f"UNION SELECT story FROM (SELECT story FROM derivations WHERE original {_CHOSEN} "
        "ORDER BY original, story LIMIT :most) AS derived ORDER BY 1",
        keys=list(keys),
        limit=limit,
        most=limit * len(keys),
    )
    return [key for (key,) in rows]


def kinship(session: Session, keys: Sequence[int], *, limit: int) -> Kinship:
    """What `ports.Recording.kinship` does."""
    hold(session, keys)
    rows = session.rows(
        "SELECT a, b, relation FROM (SELECT m.a, m.b, m.relation, "
        "ROW_NUMBER() OVER (PARTITION BY m.a ORDER BY s.seen_at, m.b) AS place "
        f"FROM matches m JOIN stories s ON s.key = m.b WHERE m.a {_CHOSEN} AND m.relation IN ({_KIN})) AS tied "
        "WHERE place <= :limit ORDER BY a, b",
        keys=list(keys),
        limit=limit,
    )
    ties: dict[int, list[KinTie]] = {key: [] for key in keys}
    for a, b, relation in rows:
        ties[a].append(KinTie(a, b, Relation(relation)))
    shown = columns(
        _KinRow, "s", size="COALESCE(c.size, 0)", first_id="COALESCE(f.id, s.id)",
        first_published_at="CASE WHEN f.key IS NULL THEN s.published_at ELSE f.published_at END",
        first_received_at="COALESCE(f.received_at, s.received_at)",
        derives=f"EXISTS (SELECT 1 FROM derivations d WHERE d.story = s.key AND d.relation IN ({COPIES}))",
    )  # fmt: skip
    everyone = sorted({*keys, *(b for _, b, _ in rows)})
    found = session.rows(
        f"SELECT {shown} FROM stories s LEFT JOIN clusters c ON c.id = s.cluster_id "
        f"LEFT JOIN stories f ON f.key = c.leader WHERE s.key {_CHOSEN} ORDER BY s.key",
        keys=everyone,
    )
    return Kinship(kin={row.key: _kin(row) for row in map(_KinRow._make, found)}, ties=ties)


def _kin(row: _KinRow) -> Kin:
    return Kin(
        key=row.key,
        story_id=row.id,
        told=turn(moment_or_none(row.published_at), moment(row.received_at), row.id),
        began=turn(moment_or_none(row.first_published_at), moment(row.first_received_at), row.first_id),
        cluster_id=row.cluster_id,
        sole=row.size == 1,
        derives=bool(row.derives),
    )


def derive(session: Session, stories: Sequence[int], found: Sequence[Derivation]) -> Gains:
    """Replace the derivations of stories; returns how many copies each cluster gained of each source."""
    hold(session, stories)
    before = _derivations(session, stories)
    if hold(session, {row.original for row in before} | {one.original for one in found}):
        before = _derivations(session, stories)
    faces = _faces(session, sorted({key for one in found for key in (one.story, one.original)})) if found else {}
    after = {
        DerivationRow(
            story=one.story,
            original=one.original,
            relation=str(one.relation),
            cluster_id=faces[one.original].cluster_id,
            source=faces[one.story].source,
            original_source=faces[one.original].source,
            seen_at=faces[one.story].seen_at,
        )
        for one in found
    }
    if gone := sorted({row.story for row in before - after}):
        session.run(f"DELETE FROM derivations WHERE story {_CHOSEN}", keys=gone)
    fresh = sorted((row for row in after if row.story in gone or row not in before), key=_pair)
    session.insert("derivations", columns(DerivationRow), fresh)
    gains = _gains(after - before)
    gains.subtract(_gains(before - after))
    return gains


def _derivations(session: Session, stories: Sequence[int]) -> set[DerivationRow]:
    rows = session.rows(f"SELECT {columns(DerivationRow)} FROM derivations WHERE story {_CHOSEN}", keys=list(stories))
    return {DerivationRow._make(row) for row in rows}


def follow(session: Session, moves: Mapping[int, str | None]) -> Gains:
    """Take the derivations of stories along into the clusters that these have moved to (None: none)."""
    rows = session.rows(
        "SELECT original, cluster_id, source, SUM(CASE WHEN relation = :quoted THEN 0 ELSE 1 END) FROM derivations "
        f"WHERE original {_CHOSEN} GROUP BY original, cluster_id, source",
        quoted=str(Relation.PASSAGE),
        keys=list(moves),
    )
    gains: Gains = Counter()
    if rows:
        session.assign("derivations", "cluster_id", "original", {original: moves[original] for original, *_ in rows})
    for original, before, source, copies in rows:
        for cluster_id, count in ((before, -int(copies)), (moves[original], int(copies))):
            if cluster_id is not None:
                gains[cluster_id, source] += count
    return gains


def drop(session: Session, keys: Sequence[int]) -> Gains:
    """Forget what stories that are about to go derive from, and what derives from them."""
    sql = f"SELECT {columns(DerivationRow)} FROM derivations WHERE story {_CHOSEN} OR original {_CHOSEN}"
    rows = session.rows(sql, keys=keys)
    if hold(session, {key for row in map(DerivationRow._make, rows) for key in (row.story, row.original)}):
        rows = session.rows(sql, keys=keys)
    session.run(f"DELETE FROM derivations WHERE story {_CHOSEN} OR original {_CHOSEN}", keys=keys)
    gains: Gains = Counter()
    gains.subtract(_gains(map(DerivationRow._make, rows)))
    return gains


def originals(session: Session, keys: Sequence[int]) -> set[int]:
    """What `ports.Recording.originals` does."""
    rows = session.rows(
        f"SELECT DISTINCT original FROM derivations WHERE original {_CHOSEN} AND relation IN ({COPIES})",
        keys=list(keys),
    )
    return {key for (key,) in rows}


def bare_clusters(session: Session, keys: Sequence[int]) -> dict[str, int]:
    """What `ports.Recording.bare_clusters` does."""
    rows = session.rows(
        f"SELECT c.id, s.key FROM stories s JOIN clusters c ON c.id = s.cluster_id WHERE s.key {_CHOSEN} "
        "AND c.size = 1 AND c.derived = 0 ORDER BY c.id",
        keys=list(keys),
    )
    return dict(rows)


def _gains(rows: Iterable[DerivationRow]) -> Gains:
    return Counter(
        (row.cluster_id, row.source) for row in rows if row.cluster_id is not None and Relation(row.relation).derives
    )


def _pair(row: DerivationRow) -> tuple[int, int]:
    return row.story, row.original


class _FaceRow(NamedTuple):
    key: int
    source: str
    seen_at: int
    cluster_id: str | None


def _faces(session: Session, keys: Sequence[int]) -> dict[int, _FaceRow]:
    rows = session.rows(f"SELECT {columns(_FaceRow)} FROM stories WHERE key {_CHOSEN}", keys=list(keys))
    return {row.key: row for row in map(_FaceRow._make, rows)}
