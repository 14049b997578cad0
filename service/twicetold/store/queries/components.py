"""Reading what hangs together around stories, in a bounded number of steps and rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import starmap
from typing import NamedTuple

from twicetold.domain.model import VERSION_SHARED, Relation
from twicetold.store.port import Session
from twicetold.store.queries.listing import Queries, columns
from twicetold.store.queries.places import hold
from twicetold.store.queries.rows import MEMBER_COLUMNS, member
from twicetold.usecases.pipeline import Component, Edge, Member, Neighbourhood

_RELATIONS_THAT_CLUSTER = ", ".join(f"'{relation}'" for relation in Relation if relation.clusters)
CLUSTERING = (
    f"relation IN ({_RELATIONS_THAT_CLUSTER}) AND (relation <> '{Relation.VERSION}' OR strength >= {VERSION_SHARED})"
)
"""The ties that `Match.clusters` is true of."""
_EDGES_PER_STORY = 64
"""Edges read for each story of a step, on average: as many as one can have of its own."""


class _TieRow(NamedTuple):
    a: int
    b: int
    jaccard: float
    cluster_id: str | None
    size: int


class ComponentQueries(Queries):
    """The part of `ports.Recording` about what hangs together."""

    def components(self, keys: Sequence[int], *, limit: int, unclustered: Sequence[int] = ()) -> list[Component]:
        # Breadth first around all keys at once; crowds are not looked into.
        members: dict[int, Member] = {}
        edges: dict[tuple[int, int], Edge] = {}
        together = _Together(limit)
        opened: set[int] = set()
        frontier = list(dict.fromkeys(keys))
        while frontier:
            hold(self._session, frontier)
            for found, size in _members(self._session, frontier):
                members[found.key] = found
                together.add(found.key, crowded=size > limit and found.key not in unclustered)
            open_keys = [key for key in frontier if key in members and not together.crowded(key)]
            most = _EDGES_PER_STORY * max(len(open_keys), limit)
            opened.update(open_keys)
            read = _edges(self._session, open_keys, opened, most) if open_keys else []
            for edge in read:
                if (edge.b, edge.a) not in edges:
                    edges[edge.a, edge.b] = edge
                    together.tie(edge.a, edge.b)
            if len(read) == most:
                cut_off = [key for key in open_keys if key >= read[-1].a]
                together.mark(cut_off)
                opened.difference_update(cut_off)
            frontier = list(dict.fromkeys(edge.b for edge in read if edge.b not in members))
        return _apart(members, edges, together)

    def cluster_sizes(self, clusters: Sequence[str]) -> dict[str, int]:
        sql = "SELECT id, size FROM clusters WHERE id IN (SELECT value FROM each_text(:ids))"
        return {str(name): int(size) for name, size in self._session.rows(sql, ids=clusters)}

    def neighbourhood(self, key: int, *, limit: int) -> Neighbourhood | None:
        hold(self._session, [key])
        tied = self._tied(key, limit)
        if hold(self._session, [tie.b for tie in tied]):
            tied = self._tied(key, limit)

        sizes = {tie.cluster_id: tie.size for tie in tied if tie.cluster_id is not None}
        if not tied or any(tie.cluster_id is None for tie in tied) or sum(sizes.values()) >= limit:
            return None
        rows = self._session.rows(
            f"SELECT {MEMBER_COLUMNS} FROM stories s WHERE s.key = :key UNION ALL "
            f"SELECT {MEMBER_COLUMNS} FROM stories s WHERE s.cluster_id IN (SELECT value FROM each_text(:clusters)) "
            "AND s.key <> :key",
            key=key,
            clusters=sorted(sizes),
        )
        members = {one.key: one for one in map(member, rows)}
        clusters: dict[str, list[Member]] = {name: [] for name in sizes}
        for one in members.values():
            if one.key != key:
                clusters[str(one.cluster_id)].append(one)
        return Neighbourhood(
            story=members[key], edges=[Edge(tie.a, tie.b, tie.jaccard) for tie in tied], clusters=clusters
        )

    def _tied(self, key: int, limit: int) -> list[_TieRow]:
        rows = self._session.rows(
            f"SELECT {columns(_TieRow, 'm', cluster_id='s.cluster_id', size='COALESCE(c.size, 0)')} "
            "FROM matches m JOIN stories s ON s.key = m.b LEFT JOIN clusters c ON c.id = s.cluster_id "
            f"WHERE m.a = :key AND {CLUSTERING} AND NOT EXISTS (SELECT 1 FROM person_verdicts WHERE a = :key) "
            "ORDER BY m.b LIMIT :limit",
            key=key,
            limit=limit,
        )
        return [_TieRow._make(row) for row in rows]


def _members(session: Session, keys: Sequence[int]) -> list[tuple[Member, int]]:
    """Stories, each with the size of its cluster."""
    rows = session.rows(
        f"SELECT {MEMBER_COLUMNS}, COALESCE(c.size, 0) FROM stories s LEFT JOIN clusters c ON c.id = s.cluster_id "
        "WHERE s.key IN (SELECT value FROM each(:keys)) ORDER BY s.key",
        keys=keys,
    )
    return [(member(tuple(story)), size) for *story, size in rows]


def _edges(session: Session, keys: Sequence[int], opened: Collection[int], most: int) -> list[Edge]:
    """The ties of stories. Each is stored from both sides; between two that are `opened` one of these does."""
    rows = session.rows(
        f"SELECT a, b, jaccard FROM matches WHERE a IN (SELECT value FROM each(:keys)) "
        f"AND (a < b OR NOT (b IN (SELECT value FROM each(:opened)))) AND {CLUSTERING} ORDER BY a, b LIMIT :most",
        keys=keys,
        opened=sorted(opened),
        most=most,
    )
    return list(starmap(Edge, rows))


def _apart(members: dict[int, Member], edges: dict[tuple[int, int], Edge], together: _Together) -> list[Component]:
    stories: defaultdict[int, list[Member]] = defaultdict(list)
    ties: defaultdict[int, list[Edge]] = defaultdict(list)
    for key, found in members.items():
        stories[together.root(key)].append(found)
    for (a, b), edge in edges.items():
        if a in members and b in members:
            ties[together.root(a)].append(edge)
    return [
        Component(members=group, edges=ties[root], complete=not together.crowded(root))
        for root, group in stories.items()
    ]


class _Together:
    """Which stories hang together (union-find), and which of these groups are crowds."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parents: dict[int, int] = {}
        self._sizes: dict[int, int] = {}

    def add(self, key: int, *, crowded: bool) -> None:
        self._start(key)
        if crowded:
            self.mark([key])

    def _start(self, key: int) -> None:
        if key not in self._parents:
            self._parents[key], self._sizes[key] = key, 1

    def root(self, key: int) -> int:
        while self._parents[key] != key:
            self._parents[key] = key = self._parents[self._parents[key]]
        return key

    def tie(self, a: int, b: int) -> None:
        self._start(a)
        self._start(b)
        a, b = self.root(a), self.root(b)
        if a != b:
            self._parents[b] = a
            self._sizes[a] += self._sizes[b]

    def mark(self, keys: Iterable[int]) -> None:
        """Make crowds of the groups of some stories, whatever their size."""
        for key in keys:
            self._sizes[self.root(key)] += self._limit

    def crowded(self, key: int) -> bool:
        return self._sizes[self.root(key)] > self._limit
