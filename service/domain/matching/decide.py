"""From measures to a relation, with the reason in words."""

from __future__ import annotations

from service.domain.matching.measure import Shingled, measure
from service.domain.matching.parameters import (
    CONTAINED_RUN,
    CONTAINMENT,
    EXCERPT_SIZE,
    FEWEST_WORDS,
    PASSAGE_RUN,
    REPRINT_JACCARD,
    SHORT_JACCARD,
    SHORT_WORDS,
)
from service.domain.model import Measures, Relation, Verdict


def decide(a: Shingled, b: Shingled, *, same_story: bool = False) -> Verdict:
    """Judge the relation of a to b. `same_story` says that both came under one id or canonical URL."""
    found = measure(a, b)
    if not found.a_words or not found.b_words:
        return Verdict(relation=None, why="one of the texts has no words", measures=found)
    if a.digest == b.digest:
        return Verdict(relation=Relation.EXACT, why="every word is the same", measures=found)
    if same_story:
        why = f"the same story with a changed text: {_percent(found.jaccard)} of the shingles are the same"
        return Verdict(relation=Relation.VERSION, why=why, measures=found)
    relation, why = _judge(found)
    return Verdict(relation=relation, why=why, measures=found)


def _judge(found: Measures) -> tuple[Relation | None, str]:
    shorter, longer = sorted((found.a_words, found.b_words))
    if shorter < FEWEST_WORDS:
        return None, f"a text of {shorter} words (under {FEWEST_WORDS}) matches only exactly"
    contained = max(found.a_in_b, found.b_in_a)
    if contained >= CONTAINMENT and found.longest_run >= CONTAINED_RUN and shorter <= EXCERPT_SIZE * longer:
        relation = Relation.EXCERPT_OF if found.a_words < found.b_words else Relation.CONTAINS
        why = f"{_percent(contained)} of the shorter text ({shorter} of {longer} words) stands in the longer"
        return relation, f"{why}, {found.longest_run} words in one run"
    needed = SHORT_JACCARD if shorter < SHORT_WORDS else REPRINT_JACCARD
    if found.jaccard >= needed:
        return Relation.REPRINT, f"Jaccard {found.jaccard:.2f} reaches {needed} ({shorter} words)"
    near = f"Jaccard {found.jaccard:.2f} of {needed}, containment {contained:.2f} of {CONTAINMENT}"
    if found.longest_run >= PASSAGE_RUN:
        return Relation.PASSAGE, f"a run of {found.longest_run} words is shared; {near}"
    return None, f"{near}, longest run {found.longest_run} of {PASSAGE_RUN} words"


def _percent(share: float) -> str:
    return f"{share:.0%}"
