"""Puts matches on record and keeps the clusters right, inside one write transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from service.domain.matching.clusters import Group, by_time, extend, join_alone, partition
from service.domain.matching.naming import Naming, join_groups, name_groups
from service.domain.matching.parameters import CROWD, REPRESENTATIVES
from service.domain.matching.shingled import Shingled
from service.domain.model import Match
from service.usecases.ports import Recording
from service.usecases.probe import Judged, verify
from service.usecases.steps import Component, Evidence, Member, Placement
from service.usecases.stored import ClusterEvent


def record(
    recording: Recording, found: Mapping[int, Sequence[Match]], *, changed: Sequence[int], now: datetime
) -> None:
    """Store what was found for each probed story and place all of them into clusters.

    `changed` stories have a new text: what was known of their matches is forgotten first, and the stories that they
    used to be tied to are placed again.
    """
    former: Sequence[Component] = ()
    if changed:
        former = recording.components(changed, limit=CROWD)
        recording.drop_matches(changed)
    matches = [match for of_story in found.values() for match in of_story]
    recording.save(matches)
    tied = {key for match in matches if match.clusters for key in (match.a, match.b) if key in found}
    tied.update(changed, (member.key for component in former if component.complete for member in component.members))
    recluster(recording, sorted(tied), changed=changed, now=now)
    recording.finish(sorted(found))


def recluster(recording: Recording, keys: Sequence[int], *, changed: Sequence[int] = (), now: datetime) -> None:
    """Make the clusters around `keys` anew; of a crowd only `changed` stories and those in no cluster are placed."""
    if not keys:
        return
    if len(keys) == 1 and not changed and (naming := _join_alone(recording, keys[0], now)):
        _place(recording, naming, (), now=now)
        return
    components = recording.components(keys, limit=CROWD, loose=changed)
    members = [member for component in components if component.complete for member in component.members]
    edges = [edge for component in components if component.complete for edge in component.edges]
    before = {member.key: member.cluster_id for member in members}
    _place(recording, name_groups(members, before, partition(members, edges), at=now), changed, now=now)
    for component in components:
        if not component.complete:
            _place(recording, _crowd(recording, component, frozenset(changed), now), changed, now=now)


def _join_alone(recording: Recording, key: int, now: datetime) -> Naming | None:
    """Take a new story into a cluster where that moves no other, which is told without their ties: most of the time."""
    around = recording.neighbourhood(key, limit=CROWD)
    if around is None:
        return None
    new, *others = around.members
    clusters: defaultdict[str | None, list[Member]] = defaultdict(list)
    for one in others:
        clusters[one.cluster_id].append(one)
    chosen = None if new.cluster_id else join_alone(new, list(clusters.values()), around.edges)
    if chosen is None:
        return None
    name, members = list(clusters.items())[chosen]
    group = Group(members=tuple(node.key for node in sorted([*members, new], key=by_time)))
    return join_groups({str(name): members}, [new], {}, [group], at=now)


def _place(recording: Recording, named: Naming, changed: Sequence[int], *, now: datetime) -> None:
    """Store a naming; stories that changed where they are may have changed their cluster's times all the same."""
    if named.moves or named.changes or changed:
        events = [
            ClusterEvent(cluster_id=change.cluster_id, at=now, event=change.event, other=change.other)
            for change in named.changes
        ]
        recording.place(Placement(moves=named.moves, canonicals=named.canonicals, at=now, events=events))


def _crowd(recording: Recording, crowd: Component, changed: frozenset[int], now: datetime) -> Naming:
    """Take the loose stories of a crowd into its clusters, or into new ones."""
    inside = {one.key: one.cluster_id for one in crowd.members if one.cluster_id and one.key not in changed}
    loose = [one for one in crowd.members if one.key not in inside]
    standing = {name: _representatives(recording, name, changed) for name in sorted(set(inside.values()))}
    leaders = _Leaders(recording)
    at = {name: index for index, name in enumerate(standing)}
    placed = {key: at[name] for key, name in inside.items()}
    groups = extend(list(standing.values()), loose, placed, crowd.edges, leaders.similarity)
    recording.save(leaders.ties)
    return join_groups(standing, loose, {one.key: one.cluster_id for one in loose}, groups, at=now)


def _representatives(recording: Recording, cluster_id: str, changed: frozenset[int]) -> list[Member]:
    members = recording.cluster_members([cluster_id], limit=REPRESENTATIVES + len(changed))
    return [member for member in members if member.key not in changed][:REPRESENTATIVES]


class _Leaders:
    """Holds stories of a crowd against leaders that were not among their candidates."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._texts: dict[int, tuple[Evidence, Shingled]] = {}
        self.ties: list[Match] = []

    def similarity(self, story: int, leader: int) -> float | None:
        """The Jaccard of the two if they are tied so that they can share a cluster."""
        unread = [key for key in (story, leader) if key not in self._texts]
        self._texts |= {key: (known, Shingled(known)) for key, known in self._recording.evidence(unread).items()}
        (known, own), (other, others) = self._texts[story], self._texts[leader]
        match = Judged(evidence=other, verdict=verify(known, own, other, others)).match(story)
        if match is None or not match.clusters:
            return None
        self.ties.append(match)
        return match.jaccard
