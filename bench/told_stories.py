"""A generator that fills stores for reading: a year of short stories, in clusters of every size.

Nothing is matched, so that a million take minutes: families get their matches, derived copies and clusters as the
service would give them. Dates end now, for screens ask about the last days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.fingerprint.searchable import searchable
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Credits, Match, Relation, Story
from twicetold.usecases.pipeline import Draft, Placement
from twicetold.usecases.ports import Recording, Store
from twicetold.usecases.read_models import ClusterEvent

WORDS, TITLE = 120, 8
SPAN = timedelta(days=365)
SOURCES = 1000
LANGUAGES = ("en", "de", "es", "fr", "pt-BR", "tr", "ar", "is")
"""The first the most frequent, each of the others half as frequent as the one before."""
AGENCIES = ("AFP", "Reuters", "dpa", "AP", "EFE", "Anadolu", "TASS", "NTB")
CROWD = 1000
"""Members of one cluster, the largest."""
CHUNK = 2000


class _Family(NamedTuple):
    """A story and those that tell it again; the last `cut` of these are excerpts."""

    drafts: list[Draft]
    cut: int


class FamilyGenerator:
    """Makes families of stories from one seed, in the order of time."""

    def __init__(self, seed: int, count: int) -> None:
        self._random = np.random.default_rng(seed)
        letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
        self._vocabulary = [
            "".join(self._random.choice(letters, size)) for size in self._random.integers(2, 11, 30_000)
        ]
        weights = 0.5 ** np.arange(len(LANGUAGES))
        self._weights = weights / weights.sum()
        self._count = count
        self._made = 0
        self._first = datetime.now(UTC) - SPAN

    def families(self) -> Iterator[_Family]:
        """Families until all stories are made; the crowd comes at three quarters."""
        crowd = False
        while self._made < self._count:
            size = self._size()
            if not crowd and self._made > 0.75 * self._count and self._count > 2 * CROWD:
                crowd, size = True, CROWD
            yield self._family(min(size, self._count - self._made))

    def _size(self) -> int:
        draw = self._random.random()
        if draw < 0.75:
            return 1
        return int(self._random.integers(30, 100)) if draw > 0.9998 else 1 + int(self._random.geometric(0.45))

    def _family(self, size: int) -> _Family:
        words = [self._vocabulary[number] for number in self._tokens(WORDS)]
        language = LANGUAGES[int(self._random.choice(len(LANGUAGES), p=self._weights))]
        agencies = (AGENCIES[int(len(AGENCIES) * self._random.random() ** 2)],) if self._random.random() < 0.4 else ()
        at = self._first + SPAN * (self._made / self._count)
        cut = int(size > 2 and self._random.random() < 0.2)
        drafts = []
        for number in range(size):
            told = list(words)
            if number:
                for place in self._random.integers(0, WORDS, 3).tolist():
                    told[place] = self._vocabulary[int(self._random.integers(0, len(self._vocabulary)))]
            if number >= size - cut:
                told = told[: WORDS // 2]
            lag = timedelta(minutes=int(600 * self._random.random() ** 2)) if number else timedelta(0)
            drafts.append(self._draft(told, at + lag, language, agencies if number else ()))
        return _Family(drafts, cut)

    def _draft(self, words: list[str], at: datetime, language: str, agencies: tuple[str, ...]) -> Draft:
        self._made += 1
        sentences = [" ".join(words[start : start + 20]).capitalize() + "." for start in range(0, len(words), 20)]
        text, title = "\n\n".join(sentences), " ".join(words[:TITLE]).capitalize()
        source = f"source{int(SOURCES * self._random.random() ** 2)}.example"
        url = f"https://{source}/news/{self._made}"
        story = Story(
            id=f"{source}:{self._made:x}", url=url, source=source, title=title, published_at=at, received_at=at,
            language=language, version=1, words=len(words), text=text, removed=(), credits=Credits(agencies=agencies),
        )  # fmt: skip
        return Draft(
            story=story, url_key=url.removeprefix("https://"), input_digest=self._random.bytes(16),
            fingerprint=fingerprint(text), searchable=searchable(title=title, url=url, text=text),
        )  # fmt: skip

    def _tokens(self, count: int) -> list[int]:
        return [int(place) for place in len(self._vocabulary) * self._random.random(count) ** 3]


def fill(store: Store, count: int, *, seed: int = 1) -> None:
    """Store so many stories in their clusters."""
    waiting: list[_Family] = []
    for family in FamilyGenerator(seed, count).families():
        waiting.append(family)
        if sum(len(each.drafts) for each in waiting) >= CHUNK:
            _store(store, waiting)
            waiting = []
    _store(store, waiting)


def _store(store: Store, families: list[_Family]) -> None:
    drafts = [draft for family in families for draft in family.drafts]
    if not drafts:
        return
    now = drafts[-1].story.received_at
    keys = [publication.key for publication in store.publish(drafts, now=now)]
    matches, derivations = list[Match](), list[Derivation]()
    moves, canonicals, events = dict[int, str](), dict[str, int](), list[ClusterEvent]()
    start = 0
    for family in families:
        size = len(family.drafts)
        first, *others = keys[start : start + size]
        start += size
        if not others:
            continue
        cluster_id = f"c{first:016x}"
        cut = others[len(others) - family.cut :]
        moves |= dict.fromkeys([first, *others[: len(others) - family.cut]], cluster_id)
        canonicals[cluster_id] = first
        events.append(ClusterEvent(cluster_id=cluster_id, at=now, event="created"))
        matches += [_match(key, first, Relation.EXCERPT_OF if key in cut else Relation.REPRINT) for key in others]
        matches += [_match(first, key, Relation.CONTAINS if key in cut else Relation.REPRINT) for key in others]
        derivations += [Derivation(story=key, original=first, relation=Relation.EXCERPT_OF) for key in cut]

    def work(recording: Recording) -> None:
        recording.save(matches)
        recording.place(Placement(moves=moves, canonicals=canonicals, at=now, events=events))
        recording.derive([one.story for one in derivations], derivations)
        recording.finish(keys)

    store.record(work)


def _match(a: int, b: int, relation: Relation) -> Match:
    return Match(
        a=a, b=b, relation=relation, why="most words are the same", jaccard=0.86, a_in_b=0.93, b_in_a=0.93,
        longest_run=40, confidence=0.99,
    )  # fmt: skip
