"""Who reprints whom: how often, in which relation and how much later stories of one source follow another's."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from twicetold.domain.model import Relation
from twicetold.store.queries.listing import Queries
from twicetold.store.queries.rows import moment, stamp
from twicetold.usecases.read_models import Tie, Ties

STORIES_READ = 10_000
"""Members of clusters, and as many derived copies, the latest, that ties are counted over."""


class _LaterRow(NamedTuple):
    """A story beside the one that it follows: the canonical story of its cluster, or one that it derives from."""

    key: int
    first_source: str
    source: str
    relation: str | None
    lag: int
    seen_at: int


_MEMBERS = """
    SELECT s.key, c.canonical_source, s.source, m.relation, s.seen_at - c.first_seen, s.seen_at FROM (
        SELECT key, cluster_id, source, seen_at FROM stories WHERE cluster_id IS NOT NULL {window}
        ORDER BY seen_at DESC, key DESC LIMIT :limit
    ) s JOIN clusters c ON c.id = s.cluster_id LEFT JOIN matches m ON m.a = s.key AND m.b = c.canonical"""
_COPIES = """
    SELECT d.story, d.original_source, d.source, d.relation, d.seen_at - o.seen_at, d.seen_at FROM (
        SELECT story, original, original_source, source, relation, seen_at FROM derivations WHERE story > 0 {window}
        ORDER BY seen_at DESC, story DESC LIMIT :limit
    ) d JOIN stories o ON o.key = d.original"""


class TieQueries(Queries):
    """The part of `ports.Reading` about ties."""

    def ties(self, *, since: datetime | None, until: datetime | None, least: int, limit: int) -> Ties:
        window, values = "", dict[str, object](limit=STORIES_READ)
        if since is not None:
            window += "AND seen_at >= :since "
            values["since"] = stamp(since)
        if until is not None:
            window += "AND seen_at < :until "
            values["until"] = stamp(until)
        parts = [
            [_LaterRow._make(row) for row in self._session.rows(sql.format(window=window), **values)]
            for sql in (_MEMBERS, _COPIES)
        ]
        cut = [min(row.seen_at for row in part) for part in parts if len(part) == STORIES_READ]
        since_when = max(cut, default=None)
        counted = [row for part in parts for row in part if since_when is None or row.seen_at >= since_when]
        ties = [tie for tie in _ties(counted) if tie.stories >= least]
        first = min((row.seen_at for row in counted), default=None)
        return Ties(ties=ties[:limit], complete=not cut, counted_since=None if first is None else moment(first))


def _ties(rows: list[_LaterRow]) -> list[Tie]:
    """What stories of different sources make together, most stories first; each counts once for a source it follows."""
    lags = defaultdict[tuple[str, str, str], dict[int, int]](dict)
    for row in rows:
        if row.source != row.first_source:
            lags[row.first_source, row.source, row.relation or Relation.REPRINT].setdefault(row.key, row.lag)
    ties = [
        Tie(
            first=first,
            later=later,
            relation=Relation(relation),
            stories=len(each),
            median_lag=timedelta(microseconds=median(each.values())),
        )
        for (first, later, relation), each in lags.items()
    ]
    return sorted(ties, key=lambda tie: (-tie.stories, tie.first, tie.later, tie.relation))
