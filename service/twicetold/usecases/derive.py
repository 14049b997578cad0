"""Attaches excerpts, extensions, rewrites and quotations to what they derive from, inside one write transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from twicetold.domain.matching import derive
from twicetold.domain.matching.naming import new_id
from twicetold.usecases.pipeline import Kinship, Placement
from twicetold.usecases.ports import Recording
from twicetold.usecases.read_models import ClusterEvent

AROUND = 500
"""Stories whose derivations are made anew at a time, those nearest to what has changed."""
TIES = 64
"""Ties of one story that are looked at, those with the earliest told: what it derives from is among them."""


def attach(recording: Recording, keys: Collection[int], *, now: datetime) -> None:
    """Make the derivations of stories anew, and of those tied to them.

    A story without a cluster that others derive from, and that derives from none, gets a cluster to itself; it loses
    that with the last of them.
    """
    if not keys:
        return
    near = recording.kin_of(sorted(keys), limit=TIES)
    around = list(dict.fromkeys([*sorted(keys), *near]))[:AROUND]
    if near:
        around = _attach(recording, around, near, now)
    if bare := recording.bare_clusters(around):
        events = [ClusterEvent(cluster_id=name, at=now, event="dissolved") for name in bare]
        recording.place(Placement(moves=dict.fromkeys(bare.values()), canonicals={}, at=now, events=events))


def _attach(recording: Recording, around: list[int], near: Sequence[int], now: datetime) -> list[int]:
    """Make the derivations of stories anew; returns all that were looked at."""
    kinship = recording.kinship(around, limit=TIES)
    turned = [key for key in near if key in kinship.ties and kinship.kin[key].derives != kinship.derives(key)]
    if turned:
        around = list(dict.fromkeys([*around, *recording.kin_of(turned, limit=TIES)]))[:AROUND]
        kinship = recording.kinship(around, limit=TIES)
    copies, found = _derivations(around, kinship)
    while recording.hold([one.original for one in found]):
        kinship = recording.kinship(around, limit=TIES)
        copies, found = _derivations(around, kinship)
    if named := {new_id(one.story_id, now): one.key for one in derive.founders(found, kinship.kin, copies)}:
        events = [ClusterEvent(cluster_id=name, at=now, event="created") for name in named]
        moves = {key: name for name, key in named.items()}
        recording.place(Placement(moves=moves, canonicals=named, at=now, events=events))
    recording.derive(around, found)
    return sorted(kinship.kin)


def _derivations(around: Sequence[int], kinship: Kinship) -> tuple[set[int], list[derive.Derivation]]:
    """Which stories are copies, and what each of those around derives from."""
    copies = {key for key, one in kinship.kin.items() if (kinship.derives(key) if key in kinship.ties else one.derives)}
    return copies, [one for key in around for one in derive.derivations(kinship.ties[key], kinship.kin, copies)]
