"""How the canonical text of a cluster spread: which of it others carry, and what each of them says otherwise."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from threading import Lock

from twicetold.domain.errors import NotFound
from twicetold.usecases.evidence import Evidence
from twicetold.usecases.ports import Analyser, Reading, Store
from twicetold.usecases.read_models import ClusterMember, Wording
from twicetold.usecases.results import Spread, TextSpan

MEMBERS = 100
"""Members that the canonical text is compared with, those told first."""
WORDS = 300_000
"""Words of those members together: a hundred long reports. Members beyond that are not looked at."""
KEPT = 64
"""Spreads kept in memory; each is a few thousand numbers and sentences."""


class Spreads:
    """Computed once for each state of a cluster's texts, and kept for a while."""

    def __init__(self, store: Store, evidence: Evidence, analyser: Analyser) -> None:
        self._store = store
        self._evidence = evidence
        self._analyser = analyser
        self._kept: OrderedDict[bytes, Spread] = OrderedDict()
        self._lock = Lock()

    def of(self, cluster_id: str) -> Spread:
        """The spread of a cluster. Raises `NotFound`."""
        with self._store.reading() as reading:
            text, language, members, wordings = _texts(reading, cluster_id)
        state = _digest([text.text, *(wording.text for wording in wordings)], [one.story_id for one in members])
        with self._lock:
            known = self._kept.get(state)
            if known is not None:
                self._kept.move_to_end(state)
                return known
        found = self._found(text, language, members, wordings)
        with self._lock:
            self._kept[state] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _found(
        self, text: Wording, language: str | None, members: Sequence[ClusterMember], wordings: Sequence[Wording]
    ) -> Spread:
        passages = self._evidence.with_each(text, wordings)
        departures = self._analyser.departures(text.text, [each.text for each in wordings]) if wordings else []
        return Spread(
            text=text.text,
            language=language,
            carried=[TextSpan(span.a.start, span.a.end) for found in passages for span in found],
            compared=len(members),
            departures={each.story_id: found for each, found in zip(members, departures, strict=True)},
        )


def _texts(reading: Reading, cluster_id: str) -> tuple[Wording, str | None, list[ClusterMember], list[Wording]]:
    """The canonical text and its language, then the other members that are looked at with theirs."""
    summary = reading.cluster(cluster_id)
    canonical = None if summary is None else reading.story(summary.canonical_id)
    if summary is None or canonical is None:
        raise NotFound(f"no cluster has the id {cluster_id!r}; its stories may have been deleted", field="id")
    listed = reading.members(summary.id, after=None, limit=MEMBERS + 1).items
    others = [member for member in listed if member.story_id != summary.canonical_id][:MEMBERS]
    words = reading.word_counts([member.key for member in others])
    room = accumulate(words.get(member.key, 0) for member in others)
    others = [member for member, together in zip(others, room, strict=True) if together <= WORDS]
    wordings = reading.wordings([canonical.key, *(member.key for member in others)])
    there = [member for member in others if member.key in wordings]
    text = wordings.get(canonical.key, Wording(text=canonical.story.text))
    return text, canonical.story.language, there, [wordings[member.key] for member in there]


def _digest(texts: Sequence[str], names: Sequence[str]) -> bytes:
    digest = blake2b(digest_size=16)
    for part in (*texts, *names):
        encoded = part.encode("utf-8", "replace")
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.digest()
