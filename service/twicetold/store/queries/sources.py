"""Sources in numbers: who was first, who reprints whom."""

from __future__ import annotations

from datetime import datetime

from twicetold.store.port import Row, Session
from twicetold.store.queries import boilerplate
from twicetold.store.queries.listing import page
from twicetold.usecases.read_models import Page, Position, SourceReport, SourceSummary, SourceTie

_TIES_SHOWN = 50
"""Other sources named in a source's report, those with most stories in common."""

_SUMMARY = """
    SELECT name, (SELECT COUNT(*) FROM stories WHERE source = name),
           (SELECT COUNT(*) FROM cluster_sources o JOIN clusters c ON c.id = o.cluster_id
            WHERE o.source = name AND c.sources > 1 AND c.canonical_source = name),
           (SELECT COALESCE(SUM(o.stories), 0) FROM cluster_sources o JOIN clusters c ON c.id = o.cluster_id
            WHERE o.source = name AND c.sources > 1)
    FROM"""


def sources(session: Session, *, after: Position | None, limit: int) -> Page[SourceSummary]:
    """See `ports.Store.sources`. Hops from name to name through the index, whatever number of stories lies between."""
    rows = session.rows(
        f"""WITH RECURSIVE names (name) AS (
            SELECT MIN(source) FROM stories WHERE source > :after
            UNION ALL SELECT (SELECT MIN(source) FROM stories WHERE source > name) FROM names WHERE name IS NOT NULL
        ) {_SUMMARY} (SELECT name FROM names WHERE name IS NOT NULL LIMIT :limit) listed ORDER BY name""",
        after="" if after is None else after[0], limit=limit + 1,
    )  # fmt: skip
    return page(rows, limit, _summary, lambda row: (row[0],))


def _summary(row: Row) -> SourceSummary:
    clustered = int(row[3])
    return SourceSummary(source=row[0], stories=row[1], first=row[2], reprinted=clustered - row[2])


def source(session: Session, name: str, *, now: datetime) -> SourceReport | None:
    """See `ports.Store.source`."""
    (row,) = session.rows(f"{_SUMMARY} (SELECT CAST(:name AS TEXT) AS name) one", name=name)
    summary = _summary(row)
    if not summary.stories:
        return None
    return SourceReport(
        summary=summary,
        reprints_from=_ties(
            session, "SELECT c.canonical_source, SUM(o.stories) FROM cluster_sources o JOIN clusters c "
            "ON c.id = o.cluster_id WHERE o.source = :name AND c.canonical_source <> :name GROUP BY 1", name,
        ),
        reprinted_by=_ties(
            session, "SELECT others.source, SUM(others.stories) FROM cluster_sources o JOIN clusters c "
            "ON c.id = o.cluster_id JOIN cluster_sources others ON others.cluster_id = c.id "
            "WHERE o.source = :name AND c.canonical_source = :name AND others.source <> :name GROUP BY 1", name,
        ),
        boilerplate=boilerplate.of_source(session, name, now=now),
    )  # fmt: skip


def _ties(session: Session, sql: str, name: str) -> list[SourceTie]:
    rows = session.rows(f"{sql} ORDER BY 2 DESC, 1 LIMIT :limit", name=name, limit=_TIES_SHOWN)
    return [SourceTie(source=other, stories=int(stories)) for other, stories in rows]
