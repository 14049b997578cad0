"""The write transaction that puts matches on record: matches, clusters, learned boilerplate, deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from twicetold.domain.analysis import Learned
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Match
from twicetold.store.port import Session
from twicetold.store.queries import boilerplate, derivations, placing, verdicts
from twicetold.store.queries.candidates import FeatureQueries
from twicetold.store.queries.changes import Recorded
from twicetold.store.queries.components import ComponentQueries
from twicetold.store.queries.counting import count_deleted, count_received
from twicetold.store.queries.holders import candidates_among, outdate_sharers
from twicetold.store.queries.listing import columns, updates
from twicetold.store.queries.pages import drop_pages
from twicetold.store.queries.publishing import drop_contents
from twicetold.store.queries.rows import MEMBER_COLUMNS, MatchRow, match_row, member
from twicetold.usecases.pipeline import Constraint, Kinship, Member, Placement, Season, Uncleaned
from twicetold.usecases.read_models import Position

_OTHERS = 10_000
"""Stories whose matches with deleted ones are dropped by one statement."""


class SqlRecording(ComponentQueries, FeatureQueries):
    """Implements `ports.Recording` on one session; `policy` tells which story of a cluster is canonical."""

    def __init__(self, session: Session, scheme: str, policy: CanonicalPolicy) -> None:
        super().__init__(session, scheme)
        self._policy = policy
        self.recorded = Recorded()

    def current(self, texts: Mapping[int, bytes]) -> set[int]:
        rows = self._session.rows(
            "SELECT key, digest FROM stories WHERE key IN (SELECT value FROM each(:keys))", keys=sorted(texts)
        )
        return {key for key, digest in rows if digest == texts[key]}

    def save(self, matches: Sequence[Match]) -> None:
        both = {
            (seen.a, seen.b): seen
            for match in matches
            if match.a != match.b
            for seen in (match, match.seen_from(match.b))
        }
        if not both:
            return
        rows = [match_row(match) for _, match in sorted(both.items(), key=lambda item: item[0])]
        replace = f"ON CONFLICT (a, b) DO UPDATE SET {updates(MatchRow, key=2)}"
        self._session.insert("matches", columns(MatchRow), rows, replace)
        self.recorded.matches(both.values())

    def tied(self, keys: Sequence[int], *, limit: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {key: [] for key in keys}
        rows = self._session.rows(
            "SELECT a, b FROM (SELECT a, b, ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC) AS place FROM matches "
            "WHERE a IN (SELECT value FROM each(:keys))) AS ranked WHERE place <= :limit ORDER BY a, b",
            keys=keys,
            limit=limit,
        )
        for key, other in rows:
            found[key].append(other)
        return found

    def candidates_among(self, key: int, others: Sequence[int]) -> set[int]:
        return candidates_among(self._session, key, others) if others else set()

    def outdate_tied(self, keys: Sequence[int]) -> None:
        self._session.run(
            "INSERT INTO outdated (key) SELECT DISTINCT b FROM matches WHERE a IN (SELECT value FROM each(:keys)) "
            "ORDER BY b ON CONFLICT (key) DO NOTHING",
            keys=keys,
        )

    def outdate_sharers(self, keys: Sequence[int]) -> None:
        sql = "SELECT key FROM unprobed WHERE changed_at > 0 AND key IN (SELECT value FROM each(:keys)) ORDER BY key"
        outdate_sharers(self._session, [key for (key,) in self._session.rows(sql, keys=keys)])

    def drop_matches(self, keys: Sequence[int]) -> None:
        # The others are read first: with a query in its place PostgreSQL came to read the whole table.
        rows = self._session.rows(
            "SELECT DISTINCT b FROM matches WHERE a IN (SELECT value FROM each(:keys))", keys=keys
        )
        for first in range(0, len(rows), _OTHERS):
            self._session.run(
                "DELETE FROM matches WHERE a IN (SELECT value FROM each(:others)) "
                "AND b IN (SELECT value FROM each(:keys))",
                others=[other for (other,) in rows[first : first + _OTHERS]],
                keys=keys,
            )
        self._session.run("DELETE FROM matches WHERE a IN (SELECT value FROM each(:keys))", keys=keys)

    def drop_match(self, a: int, b: int) -> None:
        self._session.run("DELETE FROM matches WHERE a = :a AND b = :b OR a = :b AND b = :a", a=a, b=b)

    def give_verdict(
        self, a: int, b: int, same: bool | None, *, note: str | None, given_by: str | None, at: datetime
    ) -> bool:
        changed = verdicts.give(self._session, a, b, same, note=note, given_by=given_by, at=at)
        if changed:
            self.recorded.verdict(self._session, a, b, same=same)
        return changed

    def constraints(self, keys: Sequence[int]) -> list[Constraint]:
        return verdicts.constraints(self._session, keys)

    def kin_of(self, keys: Sequence[int], *, limit: int) -> list[int]:
        return derivations.kin_of(self._session, keys, limit=limit)

    def kinship(self, keys: Sequence[int], *, limit: int) -> Kinship:
        return derivations.kinship(self._session, keys, limit=limit)

    def derive(self, stories: Sequence[int], found: Sequence[Derivation]) -> None:
        placing.count_copies(self._session, derivations.derive(self._session, stories, found))

    def originals(self, keys: Sequence[int]) -> set[int]:
        return derivations.originals(self._session, keys)

    def bare_clusters(self, keys: Sequence[int]) -> dict[str, int]:
        return derivations.bare_clusters(self._session, keys)

    def earliest_members(self, cluster_id: str, *, limit: int) -> list[Member]:
        leader = self._session.rows(
            f"SELECT {MEMBER_COLUMNS} FROM stories s JOIN clusters c ON c.leader = s.key WHERE c.id = :id "
            "AND s.cluster_id = c.id",
            id=cluster_id,
        )
        first = [member(row) for row in leader]
        others = self._session.rows(
            f"SELECT {MEMBER_COLUMNS} FROM stories s WHERE s.cluster_id = :id AND s.key <> :leader "
            "ORDER BY s.seen_at, s.key LIMIT :limit",
            id=cluster_id,
            leader=first[0].key if first else 0,
            limit=limit - len(first),
        )
        return [*first, *map(member, others)]

    def unsettle(self, keys: Sequence[int]) -> None:
        self._session.run(
            "INSERT INTO unsettled (key) SELECT key FROM stories WHERE key IN (SELECT value FROM each(:keys)) "
            "ORDER BY key ON CONFLICT (key) DO NOTHING",
            keys=keys,
        )

    def settle(self, keys: Sequence[int]) -> None:
        self._session.run("DELETE FROM unsettled WHERE key IN (SELECT value FROM each(:keys))", keys=keys)

    def former_clusters(self, keys: Sequence[int]) -> dict[int, str]:
        return placing.former_clusters(self._session, keys)

    def place(self, placement: Placement) -> None:
        placing.place(self._session, placement, self._policy)
        self.recorded.events(placement.events)

    def choose_canonicals(self, *, after: str, limit: int, now: datetime) -> list[str]:
        rows = self._session.rows(
            "SELECT id FROM clusters WHERE id > :after ORDER BY id LIMIT :limit", after=after, limit=limit
        )
        clusters = [cluster_id for (cluster_id,) in rows]
        placing.choose(self._session, clusters, self._policy, at=now)
        return clusters

    def teach(self, season: Season, learned: Learned, digest: bytes) -> None:
        boilerplate.teach(self._session, season, learned, digest)

    def pass_over(self, season: Season) -> None:
        boilerplate.pass_over(self._session, season)

    def cleaned(self, uncleaned: Uncleaned, after: Position | None) -> None:
        boilerplate.cleaned(self._session, uncleaned, after)

    def finish(self, keys: Sequence[int]) -> None:
        boilerplate.unlearn(self._session, keys)
        count_received(self._session, keys)
        self._session.run("DELETE FROM unprobed WHERE key IN (SELECT value FROM each(:keys))", keys=keys)

    def lock(self, story_ids: Sequence[str]) -> list[int]:
        rows = self._session.rows(
            "SELECT key FROM story_ids WHERE id IN (SELECT value FROM each_text(:ids)) "
            f"ORDER BY id {self._session.for_update}",  # as publishing locks them
            ids=list(story_ids),
        )
        return [key for (key,) in rows]

    def delete(self, keys: Sequence[int], *, now: datetime) -> None:
        outdate_sharers(self._session, keys)
        placing.leave(self._session, keys, self._policy, at=now)
        count_deleted(self._session, keys)
        self.drop_matches(keys)
        verdicts.drop(self._session, keys)
        drop_contents(self._session, keys)
        drop_pages(self._session, keys)
        chosen = "IN (SELECT value FROM each(:keys))"
        stories = self._session.rows(f"SELECT id, source FROM stories WHERE key {chosen} ORDER BY key", keys=keys)
        boilerplate.unlearn(self._session, keys)
        for table in ("revisions", "unprobed", "outdated", "unsettled", "stories"):
            self._session.run(f"DELETE FROM {table} WHERE key {chosen}", keys=keys)
        ids = [story_id for story_id, _ in stories]
        self._session.run("DELETE FROM story_ids WHERE id IN (SELECT value FROM each_text(:ids))", ids=ids)
        self.recorded.deleted(stories)
