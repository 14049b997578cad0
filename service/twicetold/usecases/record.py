"""Puts matches on record and keeps the clusters right, inside one write transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import structs

from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.matching.clusters import Constraints, Group, by_time, extend, join_alone, partition
from twicetold.domain.matching.decide import overruled
from twicetold.domain.matching.naming import Naming, join_groups, name_groups, together
from twicetold.domain.matching.parameters import CROWD, REPRESENTATIVES
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Match
from twicetold.usecases.derive import attach
from twicetold.usecases.find_matches import MatchVerdict, text_features, verify_each
from twicetold.usecases.pipeline import Component, Constraint, Member, Placement, StoredFeatures, Waiting
from twicetold.usecases.ports import Recording
from twicetold.usecases.read_models import ClusterEvent
from twicetold.usecases.steps import AT_ONCE, Pair, steps

TIED = 4096
"""Former matches of a changed story that are judged anew with it; those beyond are matched anew themselves."""
SETTLED = 4096
"""Stories of a crowd that are clustered anew together: one second of a processor."""


def record(
    recording: Recording,
    judged: Mapping[int, Sequence[MatchVerdict]],
    waiting: Mapping[int, Waiting],
    parameters: FingerprintParameters,
    *,
    changed: Sequence[int],
    now: datetime,
) -> list[Match]:
    """Store what was found for each new or changed story, place all of them into clusters, and return the matches.

    judged: what each was held against. waiting: which text of each that was. A pair of which one has another text by
    now than it was read with is passed over, for whoever published that saw the other and will tell; until then a story
    that was stored anew meanwhile waits on. `parameters` made all fingerprints.

    `changed` stories may have had another text: ties of theirs that were not judged are judged anew, those of others
    that met the new text first as well as old ones, and the stories that they used to be tied to are placed again.
    """
    found = [one for verdicts in judged.values() for one in verdicts]
    recording.hold([*judged, *(one.candidate.key for one in found if one.verdict.relation is not None)])
    matched = recording.waiting({key: one.since for key, one in waiting.items()})
    said = recording.constraints(sorted(judged))
    recording.hold([one.b for one in said])
    texts = {one.candidate.key: one.candidate.digest for one in found}
    current = recording.current({**texts, **{key: one.digest for key, one in waiting.items()}})
    met = [(key, one) for key, verdicts in judged.items() for one in verdicts if {key, one.candidate.key} <= current]
    matches = _matches(met, said)
    former: Sequence[Component] = ()
    if changed:
        former = recording.components(changed, limit=CROWD)
        matches += _judged_anew(
            recording, parameters, changed, {frozenset((key, one.candidate.key)) for key, one in met}, said
        )
        recording.drop_matches(changed)
    recording.save(matches)
    recording.outdate_sharers(sorted(judged))
    tied = {key for match in matches if match.clusters for key in (match.a, match.b) if key in judged}
    tied.update(changed, (member.key for component in former if component.complete for member in component.members))
    moved = recluster(recording, sorted(tied), parameters, changed=changed, now=now)
    left = {member.key for component in former if not component.complete for member in component.members}
    recording.unsettle(sorted(left.difference(changed)))
    kin = {key for match in matches if not match.clusters for key in (match.a, match.b)}
    attach(recording, kin | moved | set(changed), now=now)
    recording.finish(sorted(matched))
    return matches


def _matches(judged: Iterable[tuple[int, MatchVerdict]], said: Iterable[Constraint]) -> list[Match]:
    """What is to be put on record of stories, by key, and their candidates, after all that people `said` of pairs."""
    same = {frozenset((one.a, one.b)): one.same for one in said}
    matches: list[Match] = []
    for key, found in judged:
        told = same.get(frozenset((key, found.candidate.key)))
        one = found if told is None else structs.replace(found, verdict=overruled(found.verdict, same=told))
        if (match := one.match(key)) is not None:
            matches.append(match)
    return matches


def _judged_anew(
    recording: Recording,
    parameters: FingerprintParameters,
    changed: Sequence[int],
    met: Collection[frozenset[int]],
    said: Sequence[Constraint],
) -> list[Match]:
    """Hold changed stories against those they are tied to on record or by people, but for pairs `met` already."""
    texts = Texts(recording, parameters, said)
    asked = {(one.a, one.b) for one in said}
    tied = recording.tied(changed, limit=TIED)
    recording.outdate_tied([key for key, others in tied.items() if len(others) == TIED])
    matches: list[Match] = []
    for key in changed:
        unmet = [other for other in tied[key] if frozenset((key, other)) not in met]
        still = recording.candidates_among(key, unmet)
        still |= {other for a, other in asked if a == key and frozenset((key, other)) not in met}
        matches += texts.matches(key, sorted(still))
    return matches


def recluster(
    recording: Recording,
    keys: Sequence[int],
    parameters: FingerprintParameters,
    *,
    changed: Sequence[int] = (),
    now: datetime,
) -> set[int]:
    """Make the clusters around `keys` anew, and return the stories that moved.

    Of a crowd only `changed` stories and those in no cluster are placed.

    A single story joins a cluster, and nothing else is looked at, where that moves no other. A crowd that took stories
    in is made anew by housekeeping (`settle`).
    """
    if not keys:
        return set()
    if len(keys) == 1 and not changed and (naming := _join_alone(recording, keys[0], now)):
        return _place(recording, naming, (), now=now)
    components = recording.components(keys, limit=CROWD, unclustered=changed)
    members = [member for component in components if component.complete for member in component.members]
    edges = [edge for component in components if component.complete for edge in component.edges]
    said = Constraints(recording.constraints(sorted(member.key for member in members)))
    shared = _shared(recording, members) if changed else ()
    named = [_named(recording, members, partition(members, edges, said), shared, now)]
    if crowds := [component for component in components if not component.complete]:
        named += _crowds(recording, crowds, frozenset(changed), _Leaders(recording, parameters), now)
        recording.unsettle([member.key for crowd in crowds for member in crowd.members])
    return _place(recording, together(named), changed, now=now)


def _shared(recording: Recording, members: Sequence[Member]) -> set[str]:
    """The clusters of some stories that have others, too: a story that changed may be tied to no other of its crowd."""
    here = Counter(member.cluster_id for member in members if member.cluster_id is not None)
    return {name for name, size in recording.cluster_sizes(sorted(here)).items() if size > here[name]}


def _named(
    recording: Recording, members: Sequence[Member], groups: Sequence[Group], shared: Collection[str], now: datetime
) -> Naming:
    """Name what was made of whole clusters and of stories that were in none."""
    before = {member.key: member.cluster_id for member in members}
    alone = recording.originals([key for group in groups if len(group.members) == 1 for key in group.members])
    former = recording.former_clusters(sorted(before))
    return name_groups(members, before, groups, alone=alone, former=former, shared=shared, at=now)


def settle(recording: Recording, key: int, parameters: FingerprintParameters, *, now: datetime) -> int:
    """Make all clusters of a crowd anew, by the rule of smaller ones; returns of how many stories.

    A crowd of more than SETTLED stories stays as it is.
    """
    leaders = _Leaders(recording, parameters)
    components = recording.components([key], limit=SETTLED)
    moved: set[int] = set()
    for component in components:
        members = component.members
        if component.complete:
            said = Constraints(recording.constraints(sorted(member.key for member in members)))
            groups = extend([], members, {}, component.edges, leaders.similarity, constraints=said)
            named = _named(recording, members, groups, _shared(recording, members), now)
            moved |= _place(recording, named, (), now=now)
        recording.settle([member.key for member in members])
    recording.settle([key])
    attach(recording, moved, now=now)
    return sum(len(component.members) for component in components)


def _join_alone(recording: Recording, key: int, now: datetime) -> Naming | None:
    """Take a new story into a cluster where that moves no other, which is told without their ties: most of the time."""
    around = recording.neighbourhood(key, limit=CROWD)
    if around is None or around.story.cluster_id is not None:
        return None
    new, clusters = around.story, list(around.clusters.items())
    chosen = join_alone(new, [members for _, members in clusters], around.edges)
    if chosen is None:
        return None
    name, members = clusters[chosen]
    group = Group(members=tuple(node.key for node in sorted([*members, new], key=by_time)))
    return join_groups({name: members}, [new], {}, [group], at=now)


def _place(recording: Recording, named: Naming, changed: Sequence[int], *, now: datetime) -> set[int]:
    """Store a naming, and return the stories that moved.

    Stories that changed where they are may have changed their cluster's times all the same.
    """
    if named.moves or named.changes or changed:
        events = [
            ClusterEvent(cluster_id=change.cluster_id, at=now, event=change.event, other=change.other)
            for change in named.changes
        ]
        recording.place(Placement(moves=named.moves, canonicals=named.canonicals, at=now, events=events))
    return set(named.moves)


def _crowds(
    recording: Recording, crowds: Sequence[Component], changed: frozenset[int], leaders: _Leaders, now: datetime
) -> list[Naming]:
    """Take the unclustered stories of crowds into their clusters, or into new ones."""
    members = [one for crowd in crowds for one in crowd.members]
    inside = {one.key: one.cluster_id for one in members if one.cluster_id and one.key not in changed}
    outside = sorted(one.key for one in members if one.key not in inside)
    earliest = recording.earliest_members(sorted(set(inside.values())), limit=REPRESENTATIVES + len(changed))
    said, former = recording.constraints(outside), recording.former_clusters(outside)
    named = []
    for crowd in crowds:
        own = [one for one in crowd.members if one.key not in inside]
        names = sorted({name for one in crowd.members if (name := inside.get(one.key)) is not None})
        clustered = {name: _representatives(earliest[name], changed) for name in names}
        at = {name: index for index, name in enumerate(clustered)}
        placed = {one.key: at[inside[one.key]] for one in crowd.members if one.key in inside}
        placed |= {one.b: at[one.cluster_id] for one in said if one.cluster_id in at and one.b not in changed}
        groups = extend(
            list(clustered.values()), own, placed, crowd.edges, leaders.similarity, constraints=Constraints(said)
        )
        before = {one.key: one.cluster_id for one in own}
        named.append(join_groups(clustered, own, before, groups, former=former, at=now))
    return named


def _representatives(earliest: Sequence[Member], changed: frozenset[int]) -> list[Member]:
    return [member for member in earliest if member.key not in changed][:REPRESENTATIVES]


class _Leaders:
    """Holds stories of a crowd against leaders that were not among their candidates."""

    def __init__(self, recording: Recording, parameters: FingerprintParameters) -> None:
        self._texts = Texts(recording, parameters)

    def similarity(self, story: int, leader: int) -> float | None:
        """The Jaccard of the two if they are tied so that they can share a cluster."""
        for match in self._texts.matches(story, [leader]):
            if match.clusters:
                return match.jaccard
        return None


class Texts:
    """Judges pairs of stored stories, reading each once unless they are long; what people `said` goes before."""

    def __init__(
        self, recording: Recording, parameters: FingerprintParameters, said: Sequence[Constraint] = ()
    ) -> None:
        self._recording = recording
        self._parameters = parameters
        self._said = said
        self._read: dict[int, tuple[StoredFeatures, TextFeatures]] = {}

    def matches(self, key: int, others: Sequence[int]) -> list[Match]:
        """What a story and each of others have in common that is to be reported."""
        if not others:
            return []
        sizes = self._recording.word_counts([key, *others])
        pairs = (Pair(0, other) for other in others if other in sizes)
        return [
            match
            for step in steps(pairs, [sizes[key]], sizes)
            for match in self._matches(key, [pair.key for pair in step.pairs], step.words)
        ]

    def _matches(self, key: int, others: Sequence[int], words: int) -> list[Match]:
        self._read_texts([key, *others], words)
        held = [self._read[other] for other in others]
        sources = sorted({self._read[one][0].source for one in (key, *others)})
        furniture = self._recording.furniture(sources)
        verdicts = verify_each(*self._read[key], held, furniture, parameters=self._parameters)
        judged = (
            (key, MatchVerdict(candidate=known, verdict=verdict))
            for (known, _), verdict in zip(held, verdicts, strict=True)
        )
        return _matches(judged, self._said)

    def _read_texts(self, keys: Sequence[int], words: int) -> None:
        """Have these in memory, and others only if together they have no more words than a step may."""
        if words + sum(len(known.words) for known, _ in self._read.values()) > AT_ONCE:
            self._read = {one: self._read[one] for one in keys if one in self._read}
        unread = [one for one in keys if one not in self._read]
        self._read |= {
            one: (known, text_features(known, self._parameters))
            for one, known in self._recording.features(unread).items()
        }
