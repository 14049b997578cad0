"""From measures to a relation: a model says how likely two texts are one report, structure then names the relation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from twicetold.domain.fingerprint.parameters import FEWEST_WORDS
from twicetold.domain.matching.features import Context, Features, features, known
from twicetold.domain.matching.measure import Comparison, compare_each, same_words
from twicetold.domain.matching.parameters import (
    EVEN,
    EXCERPT_SIZE,
    FORM_MASKED,
    FORM_SLOTS,
    PASSAGE_PARTS,
    PASSAGE_RUN,
    RENEWED_DENSITY,
    RENEWED_KEPT,
    RENEWED_NUMBERS,
    RESPELLED,
)
from twicetold.domain.matching.relation_model import Estimate, Kinship, relation_model
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.matching.why import reasons
from twicetold.domain.model import VERSION_SHARED, Decider, Measures, Relation, Verdict


class Candidate(NamedTuple):
    """A text to judge, and what is known of where it came from beside the text that it is held against.

    same_story: both came under one id or canonical URL.
    """

    text: TextFeatures
    same_story: bool = False
    context: Context = Context()


def decide(
    a: TextFeatures, b: TextFeatures, *, same_story: bool = False, same_source: bool = False, days: float | None = None
) -> Verdict:
    """Judge the relation of a to b; `days` lie between their publication."""
    (verdict,) = decide_each(a, [Candidate(b, same_story, Context(same_source, days))])
    return verdict


def decide_each(a: TextFeatures, candidates: Sequence[Candidate]) -> list[Verdict]:
    """Judge the relation of a to each of many."""
    exact = [_same(a, each.text) and not _titles_differ(a, each.text) for each in candidates]
    held = [each for each, known in zip(candidates, exact, strict=True) if not known]
    verdicts = iter(_judged(a, held))
    return [_exact(a) if known else next(verdicts) for known in exact]


def overruled(verdict: Verdict, *, same: bool) -> Verdict:
    """Put what a person said of two texts in place of a verdict: that they are one report, or that they are not.

    One report is at least a reprint; a relation that clusters more surely stays.
    """
    relation = None
    if same:
        relation = verdict.relation if verdict.clusters else Relation.REPRINT
    said = "one report" if same else "two reports"
    return replace(
        verdict, relation=relation, why=f"a person says {said}; {verdict.why}", confidence=1.0,
        decided_by=Decider.PERSON,
    )  # fmt: skip


def _judged(a: TextFeatures, candidates: Sequence[Candidate]) -> list[Verdict]:
    found = compare_each(a, [each.text for each in candidates])
    pairs = [features(one, each.context) if one.judged else None for one, each in zip(found, candidates, strict=True)]
    estimates = iter(relation_model().estimate([pair for pair in pairs if pair is not None]))
    return [
        _by_structure(one, each) if pair is None else _by_model(one, each, pair, next(estimates))
        for one, each, pair in zip(found, candidates, pairs, strict=True)
    ]


def _same(a: TextFeatures, b: TextFeatures) -> bool:
    return a.digest == b.digest and len(a.words) > 0


def _titles_differ(a: TextFeatures, b: TextFeatures) -> bool:
    """Whether one text stands under two titles; if neither tells of it, it is what a site shows in place of stories."""
    return bool(len(a.title) and len(b.title)) and not np.array_equal(a.title, b.title)


def _exact(a: TextFeatures) -> Verdict:
    return Verdict(relation=Relation.EXACT, why="every word is the same", measures=same_words(a), confidence=1.0)


def _long_enough(found: Measures) -> bool:
    return min(found.a_words, found.b_words) >= FEWEST_WORDS


def _by_structure(found: Comparison, candidate: Candidate) -> Verdict:
    """Judge texts that are too short, or share too little, to be one report, reworked or not."""
    measures = found.measures
    if not measures.a_words or not measures.b_words:
        return Verdict(relation=None, why="one of the texts has no words", measures=measures)
    if _same(found.a, found.b):
        return _exact(found.a)
    if version := _version(measures, candidate):
        return version
    if not _long_enough(measures):
        shorter = min(measures.a_words, measures.b_words)
        why = f"a text of {shorter} words (under {FEWEST_WORDS}) matches only exactly"
        return Verdict(relation=None, why=why, measures=measures)
    return _quotation(found, 1.0)


def _by_model(found: Comparison, candidate: Candidate, pair: Features, estimate: Estimate) -> Verdict:
    kinship, structure = _corrected(estimate, pair)
    chance = estimate.chances[kinship]
    if structure and estimate.likeliest is not Kinship.REWRITE:
        chance += estimate.chances[estimate.likeliest]
    measures = found.measures
    why = f"{_NAMED[kinship]} with a probability of {chance:.2f}: {structure}{reasons(pair, estimate.weights[kinship])}"
    if version := _version(measures, candidate, estimate.chances[Kinship.REPORT]):
        return version
    if kinship is Kinship.OTHER:
        passage = _quotation(found, chance)
        relation, why = passage.relation, f"{passage.why}; {why}"
    elif kinship is Kinship.REPORT:
        relation = Relation.EXACT if _same(found.a, found.b) else _copy(measures)
    else:
        relation = Relation.REWRITE if kinship is Kinship.REWRITE else Relation.TEMPLATE
    return Verdict(relation=relation, why=why, measures=measures, confidence=chance, features=known(pair))


def _corrected(estimate: Estimate, pair: Features) -> tuple[Kinship, str]:
    """The likeliest kinship, or what structure tells in spite of it, and how that is said; empty where it stands."""
    kinship = estimate.likeliest
    if kinship is Kinship.TEMPLATE and _only_respelled(pair):
        return Kinship.REPORT, "what differs are spellings of the same numbers and names; "
    if kinship is Kinship.TEMPLATE and not _has_slots(pair):
        return Kinship.OTHER, "it is like a form, but what differs fills in none; "
    if kinship is Kinship.REWRITE and estimate.chances[kinship] < EVEN:
        return Kinship.OTHER, "it may be reworked, but more likely it is not; "
    if kinship is Kinship.REPORT and _renewed(pair):
        return Kinship.TEMPLATE, "it is like one report, but hardly a number is the same; "
    return kinship, ""


def _renewed(pair: Features) -> bool:
    """Whether two texts differ mostly in numbers and names, and have hardly a number in common."""
    anew = pair.numbers_kept <= RENEWED_KEPT and pair.numbers_new >= RENEWED_NUMBERS
    return anew and pair.numbers_density >= RENEWED_DENSITY and pair.masked_share >= RESPELLED


def _only_respelled(pair: Features) -> bool:
    """Whether two texts differ mostly in numbers and names of which none is another: they are spelled another way."""
    return pair.numbers_kept == 1 and pair.names_new == 0 and pair.masked_share >= RESPELLED


def _has_slots(pair: Features) -> bool:
    """Whether two texts differ where a form is filled in: in numbers and names, or a few words at a time."""
    return pair.masked_share >= FORM_MASKED or max(pair.short_slots, pair.long_slots) >= FORM_SLOTS


_NAMED = {
    Kinship.REPORT: "one report",
    Kinship.REWRITE: "one text reworked",
    Kinship.TEMPLATE: "one form filled in anew",
    Kinship.OTHER: "two reports",
}


def _version(found: Measures, candidate: Candidate, chance: float = 1.0) -> Verdict | None:
    """What a source shows under one id or URL is one story told anew, if the texts share anything to speak of."""
    if not candidate.same_story or max(found.jaccard, found.a_in_b, found.b_in_a) < VERSION_SHARED:
        return None
    why = f"the same story with a changed text: {found.jaccard:.0%} of the shingles are the same"
    return Verdict(relation=Relation.VERSION, why=why, measures=found, confidence=chance)


def _copy(found: Measures) -> Relation:
    """Name a copy by the lengths: much shorter than the other it is an excerpt."""
    if found.a_words <= EXCERPT_SIZE * found.b_words:
        return Relation.EXCERPT_OF
    return Relation.CONTAINS if found.b_words <= EXCERPT_SIZE * found.a_words else Relation.REPRINT


def _quotation(found: Comparison, chance: float) -> Verdict:
    measures = found.measures
    least, most = sorted((measures.a_covered, measures.b_covered))  # told alike from both sides
    near = f"Jaccard {measures.jaccard:.2f}, {least:.0%} and {most:.0%} of the words shared"
    quoted = PASSAGE_RUN
    if measures.longest_run >= PASSAGE_RUN and found.a.in_parts and found.b.in_parts:
        quoted = PASSAGE_PARTS
    if measures.longest_run >= quoted:
        why = f"a run of {measures.longest_run} words is shared; {near}"
        return Verdict(relation=Relation.PASSAGE, why=why, measures=measures, confidence=chance)
    why = f"{near}, longest run {measures.longest_run} of {quoted} words"
    return Verdict(relation=None, why=why, measures=measures, confidence=chance)
