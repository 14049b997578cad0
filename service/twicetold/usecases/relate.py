"""Who else tells an event: stories in other words, found by the rare words of one, and judged on whole texts.

Nothing is stored for it beyond the index that is searched, and nothing here ever ties stories.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np

from twicetold.domain.analysis import Unlocated
from twicetold.domain.errors import Invalid
from twicetold.domain.fingerprint.terms import Terms
from twicetold.domain.matching.clusters import publication_time
from twicetold.domain.matching.rarity import NOTHING_COUNTED, Weights, WordCounts, counted, rarity
from twicetold.domain.matching.related import SHOWN, SharedRuns, TokenText, agreed_order, event_scores, shared_runs
from twicetold.domain.model import Relation, Story, Submission, Words
from twicetold.usecases.pipeline import Draft, StoredFeatures
from twicetold.usecases.ports import Clock, Encoder, Reading, Store
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.read_models import ClusterSummary, EventWindow, StoredStory
from twicetold.usecases.report import stored_story
from twicetold.usecases.results import RelatedStory, SharedWords

SEARCHED = 24
"""Words that candidates are searched by, those that weigh most."""
HELD = 300
"""Stories looked up for each of them, the latest."""
RANKED = 400
"""Candidates of which those of the story's own cluster are left out: reprints share all its words."""
COPIES = 200
"""Matches and derived copies that are left out, too."""
PARTS = (Relation.EXCERPT_OF, Relation.CONTAINS)
"""Which derived copies these are; a rewrite does tell it in other words."""
POOL = 60
"""Candidates that are judged on their whole texts."""
RERANKED = 20
"""Answers that an encoder puts in order, the first by score; the usual number of answers."""
_ENCODED = 2_000
"""Letters of a title and text that it reads: as many tokens as such models take, in most languages."""
SAMPLE = 2_000
"""Stories stored last over which words are counted, to know which are rare."""
_KEPT_SECONDS = 600.0
"""How long counts are kept, unless the store has grown by half since they were made on a sample that was not full."""
_LONGEST_QUOTE = 300
"""Letters of a shared quote that are told."""


class RelatedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: stories published at most so many days before or after, with a score of at least `min_score`."""

    days: int
    limit: int
    min_score: float
    source: str | None


class _Judged(NamedTuple):
    """A candidate with its score, and how near an encoder finds it."""

    score: float
    other: StoredFeatures
    cosine: float | None = None


class Relating:
    """Finds stories that tell the same event."""

    def __init__(self, store: Store, preparation: Preparation, clock: Clock, encoder: Encoder | None = None) -> None:
        self._store = store
        self._encoder = encoder
        self._preparation = preparation
        self._clock = clock
        self._rarity = _Rarity()

    def of_story(self, story_id: str, wanted: RelatedQuery) -> list[RelatedStory]:
        """What tells the event of a stored story. Raises `NotFound`; `Invalid` for one without words."""
        with self._store.reading() as reading:
            stored = stored_story(reading, story_id)
            features = reading.features([stored.key])
            copies = _copies(reading, stored)
        if stored.key not in features:
            return []
        text = TokenText(features[stored.key].words, features[stored.key].kinds)
        own = None if stored.cluster is None else stored.cluster.id
        return self._related(stored.story, text, wanted, copies=copies, own_cluster=own)

    def of_text(self, submission: Submission, wanted: RelatedQuery) -> list[RelatedStory]:
        """What tells the event of a text that is not stored. Raises `ExtractionFailed`, and `Invalid` as above."""
        draft: Draft = self._preparation.draft(submission, now=self._clock())
        text = TokenText(draft.fingerprint.words, draft.fingerprint.kinds)
        return self._related(draft.story, text, wanted, copies=frozenset(), own_cluster=None)

    def _related(
        self,
        story: Story,
        text: TokenText,
        wanted: RelatedQuery,
        *,
        copies: Collection[str],
        own_cluster: str | None,
    ) -> list[RelatedStory]:
        """What tells the event of a story, but for those of its cluster and its `copies`, by id."""
        if not len(text.words):
            raise Invalid("the story has no words left after cleaning to find others by", field="text")
        terms = self._preparation.analyser.terms_of(story)
        counts = self._rarity.counts(self._store, story.language)
        weigh = partial(rarity, counts=counts, common=terms.common)
        words = _searched(terms, text.words, weigh)
        with self._store.reading() as reading:
            held = reading.holding(list(words), _window(story, wanted), most=HELD)
            pool = _pool(held, words)
            clusters = reading.clusters_of(pool)
            keys = [one for one in pool if own_cluster is None or _cluster_id(clusters, one) != own_cluster][:POOL]
            features = reading.features(keys)
        others = [features[one] for one in keys if one in features and features[one].story_id not in copies]
        with self._preparation.slots.of(1):
            scores = event_scores(text, [TokenText(other.words, other.kinds) for other in others], weigh)
        judged = sorted(map(_Judged, scores.tolist(), others), key=lambda one: (-one.score, one.other.key))
        best = _folded([one for one in judged if one.score >= wanted.min_score], clusters)
        if self._encoder is not None:
            best = self._reranked(self._encoder, story, best)
        best = best[: wanted.limit]
        with self._preparation.slots.of(1):
            weights = weigh(text.words)
            shared = [shared_runs(text, TokenText(one.other.words, one.other.kinds), weights) for one in best]
        (located,) = self._preparation.analyser.locate([Unlocated(story.text, len(text.words))])
        told = [_told(runs, story.text, located.places.tolist()) for runs in shared]
        return [
            RelatedStory(
                story=one.other.story,
                score=one.score,
                why=_why(words),
                cluster_id=_cluster_id(clusters, one.other.key),
                folded=clusters[one.other.key].size - 1 if one.other.key in clusters else 0,
                shared=words,
                encoder_cosine=one.cosine,
            )
            for one, words in zip(best, told, strict=True)
        ]

    def _reranked(self, encoder: Encoder, story: Story, best: Sequence[_Judged]) -> list[_Judged]:
        """Put the first answers into the order that an encoder and their scores agree on."""
        first, rest = best[:RERANKED], best[RERANKED:]
        if not first:
            return []
        with self._store.reading() as reading:
            wordings = reading.wordings([one.other.key for one in first])
        first = [one for one in first if one.other.key in wordings]
        texts = [(one.other.story.title, wordings[one.other.key].text) for one in first]
        with self._preparation.slots.of(1):
            vectors = encoder.vectors([_beginning(*text) for text in [(story.title, story.text), *texts]])
        cosines = vectors[1:] @ vectors[0]
        told = [one._replace(cosine=cosine) for one, cosine in zip(first, cosines.tolist(), strict=True)]
        order = agreed_order(np.array([one.score for one in first]), cosines)
        return [*(told[place] for place in order), *rest]


def _window(story: Story, wanted: RelatedQuery) -> EventWindow:
    days = timedelta(days=wanted.days)
    at = publication_time(story.published_at, story.received_at)
    late = story.received_at - at
    since, until = _at_least(at, days), _at_most(at, days)
    return EventWindow(
        since=since,
        until=until,
        # Feeds bring stories as they are published; archives bring them in any order.
        received_until=_at_most(until, days) if timedelta(0) <= late <= days else None,
        source=wanted.source,
    )


def _at_least(at: datetime, days: timedelta) -> datetime:
    first = datetime(1970, 1, 2, tzinfo=at.tzinfo)
    return max(first, at - days) if at - first > days else first


def _at_most(at: datetime, days: timedelta) -> datetime:
    last = datetime(9999, 1, 1, tzinfo=at.tzinfo)
    return at + days + timedelta(microseconds=1) if last - at > days else last


def _searched(terms: Terms, words: Words, weigh: Callable[[Words], Weights]) -> dict[str, float]:
    """The words to search for, with their rarity: those that weigh most by that and by how often they stand there."""
    held, counts = np.unique(words, return_counts=True)
    places = np.minimum(np.searchsorted(held, terms.hashes), len(held) - 1)
    often = np.where(held[places] == terms.hashes, counts[places], 1)
    rare = weigh(terms.hashes)
    order = np.argsort(-np.log1p(often) * rare, kind="stable")[:SEARCHED].tolist()
    return {terms.words[place]: float(rare[place]) for place in order}


def _pool(held: Mapping[str, Sequence[int]], words: Mapping[str, float]) -> list[int]:
    """Candidates, those that share the rarest words first."""
    weights = defaultdict[int, float](float)
    for word, keys in held.items():
        for key in keys:
            weights[key] += words[word]
    ranked = sorted(weights, key=lambda key: (-weights[key], -key))
    return ranked[:RANKED]


def _copies(reading: Reading, stored: StoredStory) -> set[str]:
    """The story itself, and what is known to have its words or those of its cluster, by id: no reports of their own."""
    matched = reading.matches(stored.key, limit=COPIES).items
    copies = {one.story_id for one in matched if one.match.relation.clusters or one.match.relation in PARTS}
    if stored.cluster is not None:
        derived = reading.derived(stored.cluster.id, relations=PARTS, limit=COPIES)
        copies |= {one.story_id for one in derived.items}
    return copies | {stored.story.id}


def _cluster_id(clusters: Mapping[int, ClusterSummary], key: int) -> str | None:
    """A story's cluster; one that is in none stands for itself."""
    return clusters[key].id if key in clusters else None


def _beginning(title: str | None, text: str) -> str:
    return f"{title or ''}. {text}"[:_ENCODED]


def _folded(judged: Sequence[_Judged], clusters: Mapping[int, ClusterSummary]) -> list[_Judged]:
    """The best of each cluster."""
    seen: set[str] = set()
    kept = []
    for one in judged:
        cluster_id = _cluster_id(clusters, one.other.key)
        if cluster_id is None or cluster_id not in seen:
            kept.append(one)
        if cluster_id is not None:
            seen.add(cluster_id)
    return kept


def _told(runs: SharedRuns, text: str, places: Sequence[Sequence[int]]) -> SharedWords:
    """Shared runs as the text writes them, each spelling once."""

    def unbroken(start: int, end: int) -> int:
        """Where a name ends that more than a blank follows."""
        gaps = (text[places[at][1] : places[at + 1][0]] for at in range(start, end - 1))
        return next((start + number + 1 for number, gap in enumerate(gaps) if gap.strip()), end)

    def written(spans: Sequence[tuple[int, int]]) -> list[str]:
        found = (text[places[start][0] : places[end - 1][1]][:_LONGEST_QUOTE] for start, end in spans)
        once = {" ".join(each.split()).casefold(): " ".join(each.split()) for each in reversed(list(found))}
        return list(reversed(once.values()))[:SHOWN]

    return SharedWords(
        names=written([(start, unbroken(start, end)) for start, end in runs.names]),
        numbers=written(runs.numbers),
        quotes=written(runs.quotes),
        words=written(runs.words),
    )


def _why(shared: SharedWords) -> str:
    """In a sentence."""
    told = [*shared.names[:3], *shared.numbers[:2]]
    reasons = [f"both name {_listed(told)}"] if told else []
    if shared.quotes:
        reasons.append(f"quote the same {len(shared.quotes[0].split())} words" if told else "both quote the same words")
    elif shared.words:
        reasons.append(f"{'use' if told else 'both use'} {_listed([f'“{word}”' for word in shared.words[:3]])}")
    return ", and ".join(reasons) or "they share many words of little weight"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


class _Rarity:
    """Counts of words by language over the stories stored last, made anew when they are old."""

    def __init__(self) -> None:
        self._made_at = -_KEPT_SECONDS
        self._newest = 0
        self._sampled = 0
        self._counts: Mapping[str, WordCounts] = {}

    def counts(self, store: Store, language: str | None) -> WordCounts:
        """In how many stories words of a language stand."""
        with store.reading() as reading:
            newest = reading.last_key()
            rows = reading.recent_words(limit=SAMPLE) if self._is_old(newest) else None
        if rows is not None:
            by_language = defaultdict[str, list[Words]](list)
            for told, words in rows:
                by_language[_primary(told)].append(words)
            self._counts = {name: counted(stories) for name, stories in by_language.items()}
            self._sampled, self._newest, self._made_at = len(rows), newest, time.monotonic()
        return self._counts.get(_primary(language), NOTHING_COUNTED)

    def _is_old(self, newest: int) -> bool:
        if time.monotonic() - self._made_at > _KEPT_SECONDS:
            return True
        return self._sampled < SAMPLE and newest - self._newest > self._sampled / 2


def _primary(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()
