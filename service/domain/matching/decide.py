"""From measures to a relation, with the reason in words."""

from __future__ import annotations

from service.domain.matching.measure import Shingled, measure
from service.domain.matching.parameters import (
    CONTAINED,
    CONTAINED_RUN,
    COVERED,
    EXCERPT_SIZE,
    FEWEST_WORDS,
    FORM_FILLED,
    FORM_JACCARD,
    PASSAGE_RUN,
    SHORT_COVERED,
    SHORT_JACCARD,
    SHORT_NUMBERS,
    SHORT_WORDS,
    SHORTEST_EDITED,
    STORY_JACCARD,
    STORY_WORDS,
)
from service.domain.model import Measures, Relation, Verdict

Judgement = tuple[Relation | None, str]


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


def _judge(found: Measures) -> Judgement:
    shorter = min(found.a_words, found.b_words)
    if shorter < FEWEST_WORDS:
        return None, f"a text of {shorter} words (under {FEWEST_WORDS}) matches only exactly"
    return _form(found) or _same_report(found) or _excerpt(found) or _quotation(found)


def _form(found: Measures) -> Judgement | None:
    """Two fillings of one form: they differ mostly in numbers and names, and many of their numbers or names differ."""
    if found.jaccard >= STORY_JACCARD and min(found.a_words, found.b_words) >= STORY_WORDS:
        return None
    if found.masked_jaccard < FORM_JACCARD or form_filled(found) < FORM_FILLED:
        return None
    return Relation.TEMPLATE, (
        f"the same form filled in anew: Jaccard {found.jaccard:.2f}, but {found.masked_jaccard:.2f} with numbers and "
        f"names masked; only {_percent(found.numbers)} of the numbers and {_percent(found.names)} of the names agree"
    )


def form_filled(found: Measures) -> float:
    """How much two texts look like one form filled in twice, 0 to 1.

    The share of their difference that goes away when numbers and names are masked, times the share of their numbers or
    names, whichever is larger, that differ. A correction of one figure in many scores low, new wording scores low.
    """
    if found.jaccard == 1:
        return 0.0
    explained = (found.masked_jaccard - found.jaccard) / (1 - found.jaccard)
    return max(0.0, explained) * (1 - min(found.numbers, found.names))


def _same_report(found: Measures) -> Judgement | None:
    shorter = min(found.a_words, found.b_words)
    covered = min(found.a_covered, found.b_covered)
    if shorter < SHORT_WORDS:
        if found.jaccard >= SHORT_JACCARD:
            return (
                Relation.REPRINT,
                f"Jaccard {found.jaccard:.2f} reaches the {SHORT_JACCARD} that {shorter} words need",
            )
        if shorter >= SHORTEST_EDITED and covered >= SHORT_COVERED and found.numbers >= SHORT_NUMBERS:
            return (
                Relation.REPRINT,
                f"{_percent(covered)} of the words and {_percent(found.numbers)} of the numbers are the same",
            )
    elif covered >= COVERED and min(found.a_words, found.b_words) > EXCERPT_SIZE * max(found.a_words, found.b_words):
        return (
            Relation.REPRINT,
            f"{_percent(covered)} or more of the words of both are shared (Jaccard {found.jaccard:.2f})",
        )
    return None


def _excerpt(found: Measures) -> Judgement | None:
    shorter, longer = sorted((found.a_words, found.b_words))
    covered, contained = (
        (found.a_covered, found.a_in_b) if found.a_words <= found.b_words else (found.b_covered, found.b_in_a)
    )
    if covered < CONTAINED or shorter > EXCERPT_SIZE * longer or found.longest_run < min(CONTAINED_RUN, shorter / 2):
        return None
    relation = Relation.EXCERPT_OF if found.a_words < found.b_words else Relation.CONTAINS
    return relation, (
        f"{_percent(covered)} of the shorter text ({shorter} of {longer} words) stands in the longer, "
        f"{found.longest_run} words in one run (containment {contained:.2f})"
    )


def _quotation(found: Measures) -> Judgement:
    near = (
        f"Jaccard {found.jaccard:.2f}, {_percent(found.a_covered)} and {_percent(found.b_covered)} of the words shared"
    )
    if found.longest_run >= PASSAGE_RUN:
        return Relation.PASSAGE, f"a run of {found.longest_run} words is shared; {near}"
    return None, f"{near}, longest run {found.longest_run} of {PASSAGE_RUN} words"


def _percent(share: float) -> str:
    return f"{share:.0%}"
