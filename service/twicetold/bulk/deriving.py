"""What derives from what, once clusters are made: excerpts, extensions, rewrites and quotations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from typing import NamedTuple

from twicetold.bulk.folder import Folder
from twicetold.bulk.gathering import Limits, connected
from twicetold.bulk.grouping import Cluster, Placed
from twicetold.bulk.stories import Node, Stories
from twicetold.domain.matching.clusters import by_time, publication_time
from twicetold.domain.matching.derive import Derivation, Kin, KinTie, derivations, derives, founders
from twicetold.domain.matching.naming import new_id
from twicetold.domain.model import Relation
from twicetold.usecases.derive import TIES

_KINDS = [relation for relation in Relation if relation.derives or relation is Relation.PASSAGE]
_AT_ONCE = 5000
"""Stories whose ties are looked at together."""


class _Story(NamedTuple):
    """A story with its ties to what it may derive from, or what may derive from it."""

    key: int
    ties: list[KinTie]


class Deriving:
    """Tells what derives from what, by the rules of a service."""

    def __init__(self, folder: Folder, stories: Stories, placed: Placed, limits: Limits, *, now: datetime) -> None:
        self._stories = stories
        self._placed = placed
        self._now = now
        kinds = ", ".join(f"'{kind}'" for kind in _KINDS)
        inverse = " ".join(f"WHEN '{kind}' THEN '{kind.inverse}'" for kind in _KINDS)
        matches = folder.shards("matches")
        with connected(folder, limits) as database:
            found = database.sql(
                f"SELECT a, b, relation FROM {matches} WHERE relation IN ({kinds}) UNION ALL "
                f"SELECT b, a, CASE relation {inverse} END FROM {matches} WHERE relation IN ({kinds}) ORDER BY a, b"
            ).to_arrow_table()
        self._ties = found["a"].to_numpy(), found["b"].to_numpy(), found["relation"]

    def all(self) -> tuple[list[Derivation], list[Cluster]]:
        """What derives from what, and the clusters of single stories that others derive from."""
        copies = {story.key for story, kin in self._looked_at() if derives(story.ties, kin)}
        found: list[Derivation] = []
        founded: dict[int, Cluster] = {}
        for story, kin in self._looked_at():
            own = derivations(story.ties, kin, copies)
            for one in founders(own, kin, copies):
                founded[one.key] = Cluster(new_id(one.story_id, self._now), (one.key,))
            found += own
        return found, [founded[key] for key in sorted(founded)]

    def _looked_at(self) -> Iterator[tuple[_Story, dict[int, Kin]]]:
        told = self._told()
        while some := list(islice(told, _AT_ONCE)):
            ends = {key for story in some for tie in story.ties for key in (tie.a, tie.b)}
            canonicals = {self._canonical(key) for key in ends}
            nodes = self._stories.nodes(sorted(ends | canonicals))
            for story in some:
                ties = _earliest(story.ties, nodes)
                kin = {key: self._kin(key, nodes) for tie in ties for key in (tie.a, tie.b)}
                yield _Story(story.key, ties), kin

    def _told(self) -> Iterator[_Story]:
        of_a, of_b, of_kind = self._ties
        rows = zip(map(int, of_a), map(int, of_b), (one.as_py() for one in of_kind), strict=True)
        for key, own in groupby(rows, key=lambda row: row[0]):
            yield _Story(key, [KinTie(a, b, Relation(kind)) for a, b, kind in own])

    def _canonical(self, key: int) -> int:
        number = int(self._placed.of[key])
        return key if number < 0 else self._placed.clusters[number].members[0]

    def _kin(self, key: int, nodes: dict[int, Node]) -> Kin:
        number = int(self._placed.of[key])
        return Kin(
            key=key, story_id=nodes[key].story_id, told=by_time(nodes[key]), began=by_time(nodes[self._canonical(key)]),
            cluster_id=None if number < 0 else self._placed.clusters[number].id, sole=False, derives=False,
        )  # fmt: skip


def _earliest(ties: list[KinTie], nodes: dict[int, Node]) -> list[KinTie]:
    """Those with the stories that were told first."""

    def seen(tie: KinTie) -> tuple[datetime, int]:
        return publication_time(nodes[tie.b].published_at, nodes[tie.b].received_at), tie.b

    return sorted(ties, key=seen)[:TIES]
