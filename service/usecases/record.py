"""Puts matches on record and keeps the clusters right, inside one write transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from service.domain.matching.clusters import by_time, choose, partition
from service.domain.matching.naming import name_groups
from service.domain.matching.parameters import REPRESENTATIVES
from service.domain.model import Match
from service.usecases.ports import ClusterEvent, Component, Placement, Recording

COMPONENT = 64
"""Stories looked at together when clusters are made anew. Beyond it a story joins a cluster through its
representatives, so that a story with 100,000 copies costs what one with a hundred does."""


def record(
    recording: Recording, found: Mapping[int, Sequence[Match]], *, changed: Sequence[int], now: datetime
) -> None:
    """Store what was found for each probed story and place all of them into clusters.

    `changed` stories have a new text: what was known of their matches is forgotten first, and the stories that they
    used to be tied to are placed again.
    """
    former = recording.component(changed, limit=COMPONENT).members if changed else ()
    recording.drop_matches(changed)
    matches = [match for of_story in found.values() for match in of_story]
    recording.save(matches)
    tied = {key for match in matches if match.relation.clusters for key in (match.a, match.b) if key in found}
    recluster(recording, sorted(tied.union(member.key for member in former)), now=now)
    recording.finish(sorted(found))


def recluster(recording: Recording, keys: Sequence[int], *, now: datetime) -> None:
    """Make the clusters around `keys` anew."""
    if not keys:
        return
    whole = recording.component(keys, limit=COMPONENT)
    if whole.complete:
        _place(recording, whole, now=now)
        return
    for number, key in enumerate(keys):
        component = whole if len(keys) == 1 else recording.component([key], limit=COMPONENT)
        if component.complete:
            # New cluster ids hold the time: no two placements may share one.
            _place(recording, component, now=now + timedelta(microseconds=number))
        else:
            _join(recording, key, component)


def _place(recording: Recording, component: Component, *, now: datetime) -> None:
    members = component.members
    before = {member.key: member.cluster_id for member in members}
    named = name_groups(members, before, partition(members, component.edges), at=now)
    if not named.moves and not named.changes:
        return
    events = [
        ClusterEvent(cluster_id=change.cluster_id, at=now, event=change.event, other=change.other)
        for change in named.changes
    ]
    recording.place(Placement(moves=named.moves, canonicals=named.canonicals, events=events))


def _join(recording: Recording, key: int, component: Component) -> None:
    """Let one story into a cluster too large to be made anew: the one whose representatives agree with it most."""
    story = next(member for member in component.members if member.key == key)
    if story.cluster_id is not None:
        return
    own = [edge for edge in component.edges if key in (edge.a, edge.b)]
    tied = {edge.a for edge in own} | {edge.b for edge in own}
    names = sorted({member.cluster_id for member in component.members if member.key in tied and member.cluster_id})
    clusters = [recording.cluster_members([name], limit=REPRESENTATIVES) for name in names]
    chosen = choose(story, clusters, own)
    if chosen is not None:
        canonical = min([*clusters[chosen], story], key=by_time)
        recording.place(Placement(moves={key: names[chosen]}, canonicals={names[chosen]: canonical.key}))
