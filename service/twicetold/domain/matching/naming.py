"""Keeping cluster ids stable while stories move, and telling what happened to them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from twicetold.domain.matching.clusters import Group, Node, by_time


class Change(Struct, frozen=True, kw_only=True):
    """What happened to a cluster: `created`, `merged` (into `other`), `split` (off to `other`), `dissolved`."""

    cluster_id: str
    event: str
    other: str | None = None


_NO_FORMER: Mapping[int, str] = {}


class Naming(Struct, frozen=True, kw_only=True):
    """Cluster ids after a change.

    moves: for each story whose cluster changed, its cluster now (None: alone). canonicals: for each cluster that
    stands, the key of its canonical story. changes: what happened, in the order it should be read.
    """

    moves: Mapping[int, str | None]
    canonicals: Mapping[str, int]
    changes: Sequence[Change]


def together(namings: Sequence[Naming]) -> Naming:
    """Several changes as one; no two are about the same stories or clusters."""
    moves: dict[int, str | None] = {}
    canonicals: dict[str, int] = {}
    for naming in namings:
        moves |= naming.moves
        canonicals |= naming.canonicals
    return Naming(moves=moves, canonicals=canonicals, changes=[one for naming in namings for one in naming.changes])


def name_groups(
    nodes: Sequence[Node],
    before: Mapping[int, str | None],
    groups: Sequence[Group],
    *,
    alone: Collection[int] = (),
    former: Mapping[int, str] = _NO_FORMER,
    shared: Collection[str] = (),
    at: datetime,
) -> Naming:
    """Give each group of two or more the id of the cluster that most of its members were in, or a new one.

    A story that is `alone` in its group keeps a cluster that it was in to itself, for others derive from it.

    before: the cluster of each story until now. Of several groups that continue one cluster the one with most of its
    members keeps the id, then the one with the earliest canonical story. A group that continues none takes the id that
    one of its members is left over from (`former`), or a new one, from the canonical story's id and `at`. `nodes` must
    hold all members of the clusters they touch, or those left out are taken for gone; but for `shared` clusters, which
    others keep: their ids go to no group.
    """
    by_key = {node.key: node for node in nodes}
    own = {key: None if name in shared else name for key, name in before.items()}
    clustered = sorted(
        (group for group in groups if len(group.members) > 1 or (group.canonical in alone and own[group.canonical])),
        key=lambda group: by_time(by_key[group.canonical]),
    )
    kept = _kept(clustered, own)
    names = [
        kept.get(index) or _name(group, former, by_key[group.canonical].story_id, at)
        for index, group in enumerate(clustered)
    ]
    now: dict[int, str | None] = dict.fromkeys(by_key)
    for name, group in zip(names, clustered, strict=True):
        now.update(dict.fromkeys(group.members, name))
    canonicals = {name: group.canonical for name, group in zip(names, clustered, strict=True)}
    return Naming(
        moves={key: name for key, name in now.items() if before.get(key) != name},
        canonicals=canonicals,
        changes=_changes(by_key, before, now, canonicals, shared),
    )


def join_groups(
    clustered: Mapping[str, Sequence[Node]],
    unclustered: Sequence[Node],
    before: Mapping[int, str | None],
    groups: Sequence[Group],
    *,
    former: Mapping[int, str] = _NO_FORMER,
    at: datetime,
) -> Naming:
    """Name what `clusters.extend` made of existing clusters and of unclustered stories.

    clustered: of each cluster its representatives, the canonical story first. before: the cluster that each of
    `unclustered` was in. `canonicals` and `changes` tell only of clusters that took a story in.
    """
    by_key = {node.key: node for group in (*clustered.values(), unclustered) for node in group}
    now: dict[int, str | None] = {node.key: None for node in unclustered}
    canonicals: dict[str, int] = {}
    changes: list[Change] = []
    named = [
        *clustered,
        *(_name(group, former, by_key[group.canonical].story_id, at) for group in groups[len(clustered) :]),
    ]
    for name, group in zip(named, groups, strict=True):
        came = [key for key in group.members if key in now]
        if not came or len(group.members) < 2:
            continue
        now.update(dict.fromkeys(came, name))
        canonicals[name] = group.canonical
        if name not in clustered:
            changes.append(Change(cluster_id=name, event="created"))
    moves = {key: name for key, name in now.items() if before.get(key) != name}
    return Naming(moves=moves, canonicals=canonicals, changes=changes)


def _name(group: Group, former: Mapping[int, str], canonical_story_id: str, at: datetime) -> str:
    return next((former[key] for key in group.members if key in former), None) or new_id(canonical_story_id, at)


def new_id(canonical_story_id: str, at: datetime) -> str:
    """Make a cluster id; the time keeps it apart from that of a cluster which the same story founded earlier."""
    return "c" + hashlib.blake2b(f"{canonical_story_id}\n{at.isoformat()}".encode(), digest_size=8).hexdigest()


def _kept(groups: Sequence[Group], before: Mapping[int, str | None]) -> dict[int, str]:
    """Tell which group (by index) continues which cluster: most shared members first, then the earlier group."""
    claims = [
        (-count, index, name)
        for index, group in enumerate(groups)
        for name, count in Counter(before.get(key) for key in group.members).items()
        if name is not None
    ]
    kept: dict[int, str] = {}
    taken: set[str] = set()
    for _, index, name in sorted(claims):
        if index not in kept and name not in taken:
            kept[index] = name
            taken.add(name)
    return kept


def _changes(
    nodes: Mapping[int, Node],
    before: Mapping[int, str | None],
    now: Mapping[int, str | None],
    canonicals: Mapping[str, int],
    shared: Collection[str],
) -> list[Change]:
    stay = {*canonicals, *shared}
    members: dict[str, list[int]] = {}
    for key in nodes:
        name = before.get(key)
        if name is not None:
            members.setdefault(name, []).append(key)
    changes: list[Change] = []
    for name in canonicals:
        if name not in members:
            origins = sorted({old for key, old in before.items() if old in stay and now.get(key) == name and old})
            changes += [Change(cluster_id=old, event="split", other=name) for old in origins]
            changes.append(Change(cluster_id=name, event="created"))
    for name, keys in sorted(members.items()):
        if name in stay:
            continue
        heirs = Counter(heir for key in keys if (heir := now[key]) is not None)
        if heirs:
            heir = min(heirs, key=lambda heir: (-heirs[heir], heir))
            changes.append(Change(cluster_id=name, event="merged", other=heir))
        else:
            changes.append(Change(cluster_id=name, event="dissolved"))
    return changes
