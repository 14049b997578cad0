"""Finds what a text matches: candidates from the index, then an exact verdict on each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec
import numpy as np
from msgspec import Struct

from twicetold.domain.fingerprint.make import hashed_words
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.words import TokenClass
from twicetold.domain.matching.clusters import trusted
from twicetold.domain.matching.decide import Candidate, decide_each
from twicetold.domain.matching.features import Context
from twicetold.domain.matching.furniture import quotes
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Fingerprint, Keys, Match, Relation, Verdict
from twicetold.usecases.pipeline import CandidateQuery, CandidateStory, Draft, Hit, StoredFeatures
from twicetold.usecases.ports import Compared
from twicetold.usecases.processor_slots import ProcessorSlots
from twicetold.usecases.steps import Pair, Step, steps

CANDIDATES = 128
"""How many candidates of one text are verified; verifying more than 64 found no other true pair on either labelled set,
but a heavily edited copy in a crowd has more."""
_DAY = timedelta(days=1)


class Subject(Struct, frozen=True, kw_only=True):
    """The text whose matches are wanted; `key` is None when it is not stored."""

    key: int | None
    source: str
    url_key: str | None
    title: str | None
    published_at: datetime | None
    received_at: datetime
    thin: bool
    fingerprint: Fingerprint

    @classmethod
    def of(cls, draft: Draft, key: int | None) -> Subject:
        """The subject for a draft, stored under `key` or not at all."""
        return cls(
            key=key,
            source=draft.story.source,
            url_key=draft.url_key,
            title=draft.story.title,
            published_at=draft.story.published_at,
            received_at=draft.story.received_at,
            thin=draft.story.thin,
            fingerprint=draft.fingerprint,
        )

    @property
    def query(self) -> CandidateQuery:
        """What is looked up for it."""
        made = self.fingerprint
        return CandidateQuery(
            key=self.key, digest=made.digest, url_key=self.url_key, bands=made.bands, passages=made.passages
        )


DatedText = Subject | CandidateStory
"""A text with where and when it was told."""


class MatchVerdict(Struct, frozen=True, kw_only=True):
    """A candidate with its verdict, seen from the subject."""

    candidate: CandidateStory
    verdict: Verdict

    def match(self, key: int) -> Match | None:
        """The tie to put on record for the subject's `key`, if there is one to report."""
        verdict = self.verdict
        if verdict.relation is None:
            return None
        measures = verdict.measures
        return Match(
            a=key,
            b=self.candidate.key,
            relation=verdict.relation,
            why=verdict.why,
            jaccard=measures.jaccard,
            a_in_b=measures.a_in_b,
            b_in_a=measures.b_in_a,
            longest_run=measures.longest_run,
            confidence=verdict.confidence,
            decided_by=verdict.decided_by,
        )


def text_features(text: Subject | StoredFeatures, parameters: FingerprintParameters) -> TextFeatures:
    """What exact comparison needs of a text and its title; `parameters` made the fingerprint."""
    made = text.fingerprint if isinstance(text, Subject) else text
    return TextFeatures(made, hashed_words(text.title or "", parameters))


def find_matches(
    store: Compared, subjects: Sequence[Subject], parameters: FingerprintParameters, slots: ProcessorSlots
) -> list[list[MatchVerdict]]:
    """For each subject all verified candidates, reported or not, strongest first.

    Two subjects that are candidates of each other are judged once, on the side of the first.
    """
    words = [len(subject.fingerprint.words) for subject in subjects]
    with slots.of(sum(words)), store.reading() as reading:
        hits = reading.candidates([subject.query for subject in subjects], limit=CANDIDATES)
        sizes = reading.word_counts(sorted({hit.key for found in hits for hit in found}))
    judged: list[list[MatchVerdict]] = [[] for _ in subjects]
    own: dict[int, TextFeatures] = {}
    for step in steps(_pairs(subjects, hits, sizes), words, sizes):
        with slots.of(step.words):
            numbers = {pair.text for pair in step.pairs}
            own = {number: own.get(number) or text_features(subjects[number], parameters) for number in numbers}
            for pair, known, verdict in _verified(store, subjects, own, step, parameters):
                judged[pair.text].append(MatchVerdict(candidate=known, verdict=verdict))
    return [sorted(verdicts, key=strength, reverse=True) for verdicts in judged]


def _pairs(subjects: Sequence[Subject], hits: Sequence[Sequence[Hit]], stored: Collection[int]) -> Iterator[Pair]:
    """What is held against what, each two once."""
    met: set[frozenset[int | None]] = set()
    for number, (subject, found) in enumerate(zip(subjects, hits, strict=True)):
        for hit in found:
            both = frozenset((subject.key, hit.key))
            if hit.key in stored and hit.key != subject.key and (subject.key is None or both not in met):
                yield Pair(number, hit.key)
            met.add(both)


def _verified(
    store: Compared,
    subjects: Sequence[Subject],
    own: Mapping[int, TextFeatures],
    step: Step,
    parameters: FingerprintParameters,
) -> Iterator[tuple[Pair, CandidateStory, Verdict]]:
    """The verdicts on the pairs of a step; those with stories deleted meanwhile are left out."""
    with store.reading() as reading:
        features = reading.features(step.keys)
        sources = {known.story.source for known in features.values()} | {subjects[number].source for number in own}
        furniture = reading.furniture(sorted(sources))
    texts = {key: text_features(known, parameters) for key, known in features.items()}
    texts |= {key: text for number, text in own.items() if (key := subjects[number].key) is not None}
    for number, pairs in groupby(step.pairs, key=lambda pair: pair.text):
        held = [pair for pair in pairs if pair.key in features]
        others = [(features[pair.key].story, texts[pair.key]) for pair in held]
        verdicts = verify_each(subjects[number], own[number], others, furniture, parameters=parameters)
        for pair, (known, _), verdict in zip(held, others, verdicts, strict=True):
            yield pair, known, verdict


def verify_each(
    subject: DatedText,
    own: TextFeatures,
    others: Sequence[tuple[DatedText, TextFeatures]],
    furniture: Mapping[str, Keys],
    *,
    parameters: FingerprintParameters,
) -> list[Verdict]:
    """Judge one text against each of many: as versions of one story where a source shows both under one URL.

    furniture: of their sources what these repeat as their own, which is no quotation.
    """
    candidates = []
    for known, text in others:
        same_source = subject.source == known.source
        same_story = same_source and subject.url_key == known.url_key and known.url_key is not None
        candidates.append(Candidate(text, same_story, Context(same_source, _days_apart(subject, known))))
    verdicts = decide_each(own, candidates)
    for at, (verdict, (known, text)) in enumerate(zip(verdicts, others, strict=True)):
        if subject.thin or known.thin:
            verdicts[at] = _of_thin(verdict, own, same_source=subject.source == known.source)
        elif verdict.relation is Relation.PASSAGE:
            own_to = [furniture[source] for source in {subject.source, known.source} if source in furniture]
            if own_to and not quotes(own, text, np.unique(np.concatenate(own_to)), parameters):
                why = f"the words that both hold are repeated by their source in other stories, too; {verdict.why}"
                verdicts[at] = msgspec.structs.replace(verdict, relation=None, why=why)
    return verdicts


def _days_apart(a: DatedText, b: DatedText) -> float | None:
    one, other = trusted(a.published_at, a.received_at), trusted(b.published_at, b.received_at)
    return None if one is None or other is None else abs(one - other) / _DAY


def _of_thin(verdict: Verdict, own: TextFeatures, *, same_source: bool) -> Verdict:
    if verdict.relation is not Relation.EXACT or not same_source:
        why = "one text is too thin to match anything but its own words at its own source"
    elif (own.kinds == TokenClass.NUMBER).all():
        why = "numbers alone tell no story"
    else:
        return verdict
    return msgspec.structs.replace(verdict, relation=None, why=why)


def strength(judged: MatchVerdict) -> tuple[bool, float, float, int]:
    """Sorts reported before unreported ones, then by likeness, copies before excerpts, earlier stories first."""
    verdict = judged.verdict
    return verdict.relation is not None, verdict.strength, verdict.measures.jaccard, -judged.candidate.key
