"""From ties to clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.bulk.folder import Folder
from twicetold.bulk.gathering import Limits, connected
from twicetold.bulk.stories import Node, Stories
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.matching.clusters import Group, extend, partition
from twicetold.domain.matching.naming import new_id
from twicetold.domain.matching.parameters import CROWD
from twicetold.domain.model import Keys
from twicetold.usecases.find_matches import text_features, verify_each


class Cluster(NamedTuple):
    """A cluster: its id, and the keys of its members by time, the canonical story first."""

    id: str
    members: tuple[int, ...]


class _Tie(NamedTuple):
    a: int
    b: int
    jaccard: float


class Ties(NamedTuple):
    """Ties that can join stories into a cluster, sorted by what hangs together, which `root` numbers."""

    root: Keys
    a: Keys
    b: Keys
    jaccard: NDArray[np.float64]

    def components(self) -> Iterator[tuple[list[int], list[_Tie]]]:
        """The stories that reach each other, ascending, with their ties."""
        bounds = [*np.flatnonzero(np.diff(self.root, prepend=-1)).tolist(), len(self.root)]
        for first, last in pairwise(bounds):
            a, b = self.a[first:last], self.b[first:last]
            ties = list(map(_Tie, a.tolist(), b.tolist(), self.jaccard[first:last].tolist()))
            yield np.union1d(a, b).tolist(), ties


def read_ties(folder: Folder, stories: int, limits: Limits) -> Ties:
    """The ties of a run."""
    sql = f"SELECT a, b, jaccard FROM {folder.shards('matches')} WHERE clusters ORDER BY a, b"
    with connected(folder, limits) as database:
        found = database.sql(sql).fetchnumpy()
    a, b, jaccard = (np.asarray(found[name]) for name in ("a", "b", "jaccard"))
    root = roots(a, b, stories)[a]
    order = np.lexsort((b, a, root))
    return Ties(root[order], a[order], b[order], jaccard[order])


def roots(a: Keys, b: Keys, stories: int) -> Keys:
    """For each story the smallest key that it reaches over ties.

    Min-label propagation with pointer jumping (Shiloach and Vishkin, "An O(log n) parallel connectivity algorithm",
    Journal of Algorithms 3, 1982): linear in the ties for each of few rounds.
    """
    label = np.arange(stories)
    while len(a):
        lower = np.minimum(label[a], label[b])
        before = label.copy()
        for end in (a, b):
            np.minimum.at(label, label[end], lower)
        while (label != (jumped := label[label])).any():
            label = jumped
        if (label == before).all():
            break
    return label


class Grouping:
    """Makes clusters, by the rules of a service that has nothing left to settle."""

    def __init__(self, stories: Stories, parameters: FingerprintParameters, *, now: datetime) -> None:
        self._stories = stories
        self._parameters = parameters
        self._now = now

    def clusters(self, ties: Ties) -> Iterator[Cluster]:
        """The clusters of two or more."""
        for keys, own in ties.components():
            nodes = self._stories.nodes(keys)
            for group in self._groups(nodes, own):
                if len(group.members) > 1:
                    yield Cluster(new_id(nodes[group.canonical].story_id, self._now), group.members)

    def _groups(self, nodes: dict[int, Node], ties: list[_Tie]) -> list[Group]:
        if len(nodes) <= CROWD:
            return partition(list(nodes.values()), ties)
        return extend([], list(nodes.values()), {}, ties, self._similarity)

    def _similarity(self, story: int, leader: int) -> float | None:
        """The Jaccard of two stories of a crowd that did not meet, if that ties them into one cluster."""
        found = self._stories.features(sorted((story, leader)))
        one, other = found[story], found[leader]
        texts = [text_features(text, self._parameters) for text in (one, other)]
        (verdict,) = verify_each(one, texts[0], [(other, texts[1])], {}, parameters=self._parameters)
        return verdict.measures.jaccard if verdict.clusters else None


class Placed(NamedTuple):
    """For each story, by key, the number of its cluster, -1 without one; and the clusters."""

    of: Keys
    clusters: Sequence[Cluster]

    @classmethod
    def among(cls, clusters: Sequence[Cluster], stories: int) -> Placed:
        """Where stories stand."""
        of = np.full(stories, -1, dtype=np.int64)
        for number, cluster in enumerate(clusters):
            of[list(cluster.members)] = number
        return cls(of, clusters)
