"""With whom a source has stories in common, week by week."""

from __future__ import annotations

from datetime import datetime

from twicetold.store.queries.listing import Queries
from twicetold.store.queries.rows import moment, stamp
from twicetold.usecases.read_models import PartnerWeek

STORIES_READ = 3_000
"""Stories of a source, the latest received, that are looked at."""
WEEK = 7 * 24 * 3_600_000_000
"""Microseconds."""
_MONDAY = 4 * 24 * 3_600_000_000
"""The first Monday of 1970."""

_OWN = """WITH own AS (
    SELECT key, cluster_id, (seen_at - :monday) / :week AS number FROM stories
    WHERE source = :source AND received_at >= :since ORDER BY received_at DESC, key DESC LIMIT :most)"""
_AFTER = f"""{_OWN} SELECT other, number, COUNT(DISTINCT key) FROM (
    SELECT c.canonical_source AS other, own.number, own.key FROM own JOIN clusters c ON c.id = own.cluster_id
    UNION ALL SELECT d.original_source, own.number, own.key FROM own JOIN derivations d ON d.story = own.key
) AS followed WHERE other <> :source GROUP BY other, number"""
_BEFORE = f"""{_OWN} SELECT o.source, own.number, SUM(o.stories + o.derived) FROM own
    JOIN clusters c ON c.id = own.cluster_id AND c.canonical = own.key JOIN cluster_sources o ON o.cluster_id = c.id
    WHERE o.source <> :source GROUP BY o.source, own.number"""


class PartnerQueries(Queries):
    """The part of `ports.Reading` about partners."""

    def partner_weeks(self, source: str, *, since: datetime) -> tuple[list[PartnerWeek], bool]:
        own: dict[str, object] = {"source": source, "since": stamp(since), "most": STORIES_READ}
        ((read,),) = self._session.rows(
            "SELECT COUNT(*) FROM (SELECT 1 FROM stories WHERE source = :source AND received_at >= :since LIMIT :most) "
            "AS own",
            **own,
        )
        weeks = [
            PartnerWeek(other=other, first=first, start=moment(_MONDAY + int(number) * WEEK), stories=int(stories))
            for sql, first in ((_AFTER, False), (_BEFORE, True))
            for other, number, stories in self._session.rows(sql, **own, monday=_MONDAY, week=WEEK)
        ]
        return weeks, read < STORIES_READ
