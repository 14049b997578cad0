"""Which stories stand together as one report told several times.

A partition of the stories that are tied, directly or not, such that the result depends on the stories alone and not on
the order in which they came, and that A~B~C with A≁C does not put A and C together by B's help.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from msgspec import Struct

from twicetold.domain.matching.parameters import EPOCH_DAYS, FUTURE_HOURS, PLACEHOLDERS, REPRESENTATIVES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_LAST = datetime.max.replace(tzinfo=UTC)

Turn = tuple[datetime, str]
"""When a story was told, and its id; stories are sorted by it."""


class Node(Protocol):
    """A story to be clustered; `key` is unique among those given together."""

    @property
    def key(self) -> int:
        """What ties call the story by."""

    @property
    def story_id(self) -> str:
        """Its public id, which breaks ties in time."""

    @property
    def published_at(self) -> datetime | None:
        """When its source says it appeared."""

    @property
    def received_at(self) -> datetime:
        """When it was submitted."""


class Tie(Protocol):
    """An exact, reprint or version relation between two stories; it has no direction."""

    @property
    def a(self) -> int:
        """The key of one story."""

    @property
    def b(self) -> int:
        """The key of the other."""

    @property
    def jaccard(self) -> float:
        """How similar they are."""


class PairConstraint(Protocol):
    """What a person says of two stories; it has no direction."""

    @property
    def a(self) -> int:
        """The key of one story."""

    @property
    def b(self) -> int:
        """The key of the other."""

    @property
    def same(self) -> bool:
        """Whether they must share a cluster (must-link) or must not (cannot-link)."""


class Constraints:
    """Must-links, with all that follows from several, and cannot-links, by story.

    Wagstaff, Cardie, Rogers, Schroedl, "Constrained K-means Clustering with Background Knowledge", ICML 2001.
    """

    def __init__(self, pairs: Iterable[PairConstraint] = ()) -> None:
        self._must: dict[int, set[int]] = {}
        self._cannot: defaultdict[int, set[int]] = defaultdict(set)
        for pair in pairs:
            if not pair.same:
                self._cannot[pair.a].add(pair.b)
                self._cannot[pair.b].add(pair.a)
                continue
            one, other = self._must.get(pair.a, {pair.a}), self._must.get(pair.b, {pair.b})
            if one is not other:
                one |= other
                self._must.update(dict.fromkeys(other, one))
                self._must[pair.a] = one

    def barred(self, key: int, placed: Mapping[int, int]) -> set[int]:
        """The groups that a story must not be in; `placed` are those of stories that are in one."""
        return {placed[other] for other in self._cannot.get(key, ()) if other in placed}

    def yielding(self, nodes: Mapping[int, Node]) -> set[int]:
        """Of every two of these stories that must not share a group the one told later, which stays out of it."""
        return {
            max(key, other, key=lambda one: by_time(nodes[one]))
            for key, others in self._cannot.items()
            for other in others
            if key in nodes and other in nodes
        }

    def mates(self, key: int) -> set[int]:
        """The stories that one must share a group with, without itself."""
        return self._must.get(key, set()) - {key}


class Group(Struct, frozen=True, kw_only=True):
    """Stories that belong together: their keys by time, the first of them canonical."""

    members: tuple[int, ...]

    @property
    def canonical(self) -> int:
        """The earliest story by trusted publication time."""
        return self.members[0]


def trusted(published_at: datetime | None, received_at: datetime) -> datetime | None:
    """Give a publication time if it can be trusted: not in the future when received, and no software's zero."""
    if published_at is None or published_at > received_at + timedelta(hours=FUTURE_HOURS):
        return None
    if abs(published_at - _EPOCH) <= timedelta(days=EPOCH_DAYS) or published_at in PLACEHOLDERS:
        return None
    return published_at


def publication_time(published_at: datetime | None, received_at: datetime) -> datetime:
    """When a story was told: its publication time if that can be trusted, else its reception."""
    return trusted(published_at, received_at) or received_at


def by_time(node: Node) -> Turn:
    """Sort the canonical story first."""
    return turn(node.published_at, node.received_at, node.story_id)


def turn(published_at: datetime | None, received_at: datetime, story_id: str) -> Turn:
    """When a story's turn comes: by the time it was told, then by id."""
    return _not_before(publication_time(published_at, received_at)), story_id


_FREE = Constraints()
Similarity = Callable[[int, int], float | None]
"""How similar two stories are that no tie is known of; None if they are not tied."""


def partition(nodes: Sequence[Node], ties: Sequence[Tie], constraints: Constraints = _FREE) -> list[Group]:
    """Split stories into groups (of one, too), the same for any order of `nodes` and `ties`.

    `ties` are all there are. Stories are taken by publication time and id, never by reception, which is the order they
    came in. Each joins a group by the rule of `_choose`, or starts one and is its leader (Hartigan, "Clustering
    Algorithms", 1975, chapter 3). What people say goes before that rule: stories that must share a group go where the
    ties of any of them lead, and of two that must not the later stays out. Work is linear in the ties, but for sorting.
    """
    return extend([], nodes, {}, ties, lambda _a, _b: None, constraints=constraints)


def extend(
    clustered: Sequence[Sequence[Node]],
    unclustered: Sequence[Node],
    placed: Mapping[int, int],
    ties: Sequence[Tie],
    similarity: Similarity,
    *,
    constraints: Constraints = _FREE,
) -> list[Group]:
    """Take unclustered stories into groups too large to be made anew, by the rule of `partition`.

    clustered: the representatives of each group, leader first. placed: the group (its index) of every story in `ties`
    and `constraints` that is in one. ties: those known; `similarity` is asked for those to leaders that are not among
    them. Returns a group for each of `clustered`, of its representatives and those who joined, then the new ones.
    """
    groups = _grown(
        [list(group) for group in clustered],
        unclustered,
        dict(placed),
        _similarities(ties),
        similarity,
        constraints=constraints,
    )
    return [Group(members=tuple(node.key for node in sorted(group, key=by_time))) for group in groups]


def join_alone(new: Node, groups: Sequence[Sequence[Node]], ties: Sequence[Tie]) -> int | None:
    """Tell by its own ties which group `partition` puts a new story into; None if all ties have to be seen.

    groups: those that hold a story tied to the new one, whole, as `partition` made them; groups that `extend` made,
    before enough stories of a crowd were deleted, stay as they are. Where a story goes follows from its ties to the
    leader and the REPRESENTATIVES of each group that is there when its turn comes. If so many of the group it joins
    come before the new story, it is none of these, and no other goes elsewhere because of it.
    """
    turn = told_before(new)
    before = [sorted((node for node in group if told_before(node) < turn), key=told_before) for group in groups]
    order = sorted(
        (index for index, group in enumerate(before) if group), key=lambda index: told_before(before[index][0])
    )
    representatives = [before[index][:REPRESENTATIVES] for index in order]
    chosen = _choose(_similarities(ties)[new.key], list(enumerate(representatives)))
    return order[chosen] if chosen is not None and len(representatives[chosen]) == REPRESENTATIVES else None


def told_before(node: Node) -> tuple[datetime, str]:
    """Sort stories as they are clustered: by when their sources say that they were told, those without a time last."""
    told = trusted(node.published_at, node.received_at)
    return _LAST if told is None else _not_before(told), node.story_id


def _not_before(told: datetime) -> datetime:
    """Where a time stands among others: midnight is a day without a time, and beats no time of that day."""
    return told if told.time() != time() else told + _DAY - told.resolution


def _grown(
    groups: list[list[Node]],
    nodes: Sequence[Node],
    placed: dict[int, int],
    similar: defaultdict[int, dict[int, float]],
    similarity: Similarity,
    *,
    constraints: Constraints,
) -> list[list[Node]]:
    yielding = constraints.yielding({node.key: node for node in nodes})
    first = sorted((node for node in nodes if node.key not in yielding), key=told_before)
    for node in (*first, *sorted((node for node in nodes if node.key in yielding), key=by_time)):
        mates = constraints.mates(node.key)
        own = _united(similar, node.key, mates) if mates else similar[node.key]
        near = {placed[key] for key in own if key in placed} or {
            placed[further] for key in own for further in similar[key] if further in placed
        }
        barred = constraints.barred(node.key, placed)
        near -= barred
        for leader in (groups[index][0].key for index in near):
            if leader not in own and (found := similarity(node.key, leader)) is not None:
                own[leader] = found
        chosen = min({placed[mate] for mate in mates if mate in placed} - barred, default=None)
        if chosen is None:
            chosen = _choose(own, [(index, groups[index][:REPRESENTATIVES]) for index in sorted(near)])
        if chosen is None:
            placed[node.key] = len(groups)
            groups.append([node])
        else:
            placed[node.key] = chosen
            groups[chosen].append(node)
    return groups


def _united(similar: Mapping[int, Mapping[int, float]], key: int, mates: Iterable[int]) -> dict[int, float]:
    """The ties of stories that must stay together as those of one: where any of them belongs, all do."""
    united: dict[int, float] = {}
    for one in sorted({key, *mates}):
        for other, jaccard in similar.get(one, {}).items():
            united[other] = max(jaccard, united.get(other, 0.0))
    return united


def _choose(similar: Mapping[int, float], groups: Sequence[tuple[int, Sequence[Node]]]) -> int | None:
    """Of the groups whose leader, or most of whose representatives, are tied, take the most similar."""
    best: tuple[float, int] | None = None
    for index, representatives in groups:
        leader = representatives[0].key
        tied = [similar[node.key] for node in representatives if node.key in similar]
        if not tied or (leader not in similar and 2 * len(tied) <= len(representatives)):
            continue
        score = similar.get(leader, sum(tied) / len(tied))
        if best is None or score > best[0]:
            best = score, index
    return best[1] if best else None


def _similarities(ties: Sequence[Tie]) -> defaultdict[int, dict[int, float]]:
    similar: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for tie in ties:
        if tie.a != tie.b:
            similar[tie.a][tie.b] = similar[tie.b][tie.a] = max(tie.jaccard, similar[tie.a].get(tie.b, 0.0))
    return similar
