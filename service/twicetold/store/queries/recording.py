"""The write transaction that puts matches on record: matches, clusters, learned boilerplate, deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from twicetold.domain.analysis import Learned
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Match
from twicetold.store.port import Session
from twicetold.store.queries import boilerplate, changes, derivations, placing, verdicts
from twicetold.store.queries.candidates import FeatureQueries
from twicetold.store.queries.changes import Recorded
from twicetold.store.queries.components import ComponentQueries
from twicetold.store.queries.counting import count_deleted
from twicetold.store.queries.holders import candidates_among, sharers
from twicetold.store.queries.late_writes import LateWrites
from twicetold.store.queries.listing import columns, updates
from twicetold.store.queries.pages import drop_pages
from twicetold.store.queries.places import hold, hold_clusters, hold_rows
from twicetold.store.queries.publishing import drop_contents, waiting_since
from twicetold.store.queries.rows import EARLIEST_MEMBERS, MEMBER_COLUMNS, MatchRow, match_row, member
from twicetold.usecases.pipeline import Constraint, Kinship, Member, Placement, Season, Uncleaned
from twicetold.usecases.read_models import Position

_OTHERS = 10_000
"""Stories whose matches with deleted ones are dropped by one statement."""


class SqlRecording(ComponentQueries, FeatureQueries):
    """Implements `ports.Recording` on one session; `policy` tells which story of a cluster is canonical.

    Every method holds the places of the stories that it is about, see `places`.
    """

    def __init__(self, session: Session, scheme: str, policy: CanonicalPolicy) -> None:
        super().__init__(session, scheme)
        self._policy = policy
        self._recorded = Recorded()
        self._late = LateWrites()

    def write_last(self, *, at: datetime) -> None:
        """Write what comes last, and tell what was done."""
        told = self._recorded.told(self._session)
        with self._session.last():
            self._late.write(self._session)
            changes.write(self._session, told, at=at)

    def hold(self, keys: Sequence[int]) -> bool:
        return hold(self._session, keys)

    def waiting(self, since: Mapping[int, datetime | None]) -> set[int]:
        hold_rows(self._session, since)
        return {key for key, at in waiting_since(self._session, sorted(since)).items() if at == since[key]}

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
        hold(self._session, {a for a, _ in both})
        rows = [match_row(match) for _, match in sorted(both.items(), key=lambda item: item[0])]
        replace = f"ON CONFLICT (a, b) DO UPDATE SET {updates(MatchRow, key=2)}"
        self._session.insert("matches", columns(MatchRow), rows, replace)
        self._recorded.matches(both.values())

    def tied(self, keys: Sequence[int], *, limit: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {key: [] for key in keys}
        hold(self._session, keys)
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
        if keys:
            self._late.outdate(self._others(keys))

    def outdate_sharers(self, keys: Sequence[int]) -> None:
        sql = "SELECT key FROM unprobed WHERE changed_at > 0 AND key IN (SELECT value FROM each(:keys)) ORDER BY key"
        self._late.outdate(sharers(self._session, [key for (key,) in self._session.rows(sql, keys=keys)]))

    def _others(self, keys: Sequence[int]) -> list[int]:
        """What stories have matches with."""
        sql = "SELECT DISTINCT b FROM matches WHERE a IN (SELECT value FROM each(:keys))"
        hold(self._session, keys)
        return [other for (other,) in self._session.rows(sql, keys=keys)]

    def drop_matches(self, keys: Sequence[int]) -> None:
        # The others are read first: with a query in its place PostgreSQL came to read the whole table.
        others = self._others(keys)
        hold(self._session, others)
        for first in range(0, len(others), _OTHERS):
            self._session.run(
                "DELETE FROM matches WHERE a IN (SELECT value FROM each(:others)) "
                "AND b IN (SELECT value FROM each(:keys))",
                others=others[first : first + _OTHERS],
                keys=keys,
            )
        self._session.run("DELETE FROM matches WHERE a IN (SELECT value FROM each(:keys))", keys=keys)

    def drop_match(self, a: int, b: int) -> None:
        hold(self._session, [a, b])
        self._session.run("DELETE FROM matches WHERE a = :a AND b = :b OR a = :b AND b = :a", a=a, b=b)

    def give_verdict(
        self, a: int, b: int, same: bool | None, *, note: str | None, given_by: str | None, at: datetime
    ) -> bool:
        hold(self._session, [a, b])
        changed = verdicts.give(self._session, a, b, same, note=note, given_by=given_by, at=at)
        if changed:
            self._recorded.verdict(self._session, a, b, same=same)
        return changed

    def constraints(self, keys: Sequence[int]) -> list[Constraint]:
        hold(self._session, keys)
        return verdicts.constraints(self._session, keys)

    def kin_of(self, keys: Sequence[int], *, limit: int) -> list[int]:
        return derivations.kin_of(self._session, keys, limit=limit)

    def kinship(self, keys: Sequence[int], *, limit: int) -> Kinship:
        return derivations.kinship(self._session, keys, limit=limit)

    def derive(self, stories: Sequence[int], found: Sequence[Derivation]) -> None:
        placing.count_copies(self._session, derivations.derive(self._session, stories, found), self._late)

    def originals(self, keys: Sequence[int]) -> set[int]:
        hold(self._session, keys)
        return derivations.originals(self._session, keys)

    def bare_clusters(self, keys: Sequence[int]) -> dict[str, int]:
        found = derivations.bare_clusters(self._session, keys)
        return derivations.bare_clusters(self._session, keys) if hold(self._session, found.values()) else found

    def earliest_members(self, clusters: Sequence[str], *, limit: int) -> dict[str, list[Member]]:
        hold_clusters(self._session, clusters)
        rows = self._session.rows(
            f"SELECT 0 AS later, s.seen_at, {MEMBER_COLUMNS} FROM clusters c JOIN stories s ON s.key = c.leader "
            "AND s.cluster_id = c.id WHERE c.id IN (SELECT value FROM each_text(:clusters)) UNION ALL "
            f"SELECT 1, s.seen_at, {MEMBER_COLUMNS} FROM {EARLIEST_MEMBERS} ORDER BY 1, 2, 3",
            clusters=clusters,
            limit=limit,
        )
        found: dict[str, dict[int, Member]] = {cluster_id: {} for cluster_id in clusters}
        for _, _, *told in rows:
            one = member(tuple(told))
            found[str(one.cluster_id)].setdefault(one.key, one)
        return {cluster_id: list(members.values())[:limit] for cluster_id, members in found.items()}

    def unsettle(self, keys: Sequence[int]) -> None:
        self._late.unsettle(keys)

    def settle(self, keys: Sequence[int]) -> None:
        self._late.settled(keys)

    def former_clusters(self, keys: Sequence[int]) -> dict[int, str]:
        hold(self._session, keys)
        return placing.former_clusters(self._session, keys)

    def place(self, placement: Placement) -> None:
        placing.place(self._session, placement, self._policy, self._late)
        self._recorded.events(placement.events)

    def choose_canonicals(self, *, after: str, limit: int, now: datetime) -> list[str]:
        rows = self._session.rows(
            "SELECT id FROM clusters WHERE id > :after ORDER BY id LIMIT :limit", after=after, limit=limit
        )
        clusters = [cluster_id for (cluster_id,) in rows]
        placing.choose(self._session, clusters, self._policy, self._late, at=now)
        return clusters

    def teach(self, season: Season, note: int, learned: Learned, digest: bytes) -> None:
        if self._session.locks is not None:
            self._session.locks.turn()
        if boilerplate.is_noted(self._session, season):
            self._late.outdate(boilerplate.teach(self._session, season, learned, digest))
        self._late.learned(season.source, season.number, note)

    def pass_over(self, season: Season, note: int) -> None:
        self._late.learned(season.source, season.number, note)

    def cleaned(self, uncleaned: Uncleaned, after: Position | None) -> None:
        if self._session.locks is not None:
            self._session.locks.turn()
        boilerplate.cleaned(self._session, uncleaned, after)

    def finish(self, keys: Sequence[int]) -> None:
        hold(self._session, keys)
        self._late.receive(self._session, keys)

    def lock(self, story_ids: Sequence[str]) -> list[int]:
        rows = self._session.rows(
            "SELECT key FROM story_ids WHERE id IN (SELECT value FROM each_text(:ids)) "
            f"ORDER BY id {self._session.for_update}",  # as publishing locks them
            ids=list(story_ids),
        )
        return [key for (key,) in rows]

    def delete(self, keys: Sequence[int], *, now: datetime) -> None:
        hold(self._session, keys)
        hold_rows(self._session, keys)
        self._late.outdate(sharers(self._session, keys))
        placing.leave(self._session, keys, self._policy, self._late, at=now)
        count_deleted(self._session, keys, self._late.counts)
        self.drop_matches(keys)
        verdicts.drop(self._session, keys)
        drop_contents(self._session, keys)
        drop_pages(self._session, keys)
        chosen = "IN (SELECT value FROM each(:keys))"
        stories = self._session.rows(f"SELECT id, source FROM stories WHERE key {chosen} ORDER BY key", keys=keys)
        self._late.unlearn(self._session, keys)
        self._late.matched(keys)
        self._late.settled(keys)
        for table in ("revisions", "stories"):
            self._session.run(f"DELETE FROM {table} WHERE key {chosen}", keys=keys)
        ids = [story_id for story_id, _ in stories]
        self._session.run("DELETE FROM story_ids WHERE id IN (SELECT value FROM each_text(:ids))", ids=ids)
        self._recorded.deleted(stories)
