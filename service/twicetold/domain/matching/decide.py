"""From measures to a relation, with the reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twicetold.domain.fingerprint.parameters import FEWEST_WORDS
from twicetold.domain.matching.measure import measure_each, same_words
from twicetold.domain.matching.parameters import (
    CONTAINED,
    CONTAINED_RUN,
    CORRECTED_JACCARD,
    CORRECTED_WORDS,
    COVERED,
    EDITED_COVERED,
    EDITED_FORM,
    EDITED_NAMES,
    EDITED_NEW,
    EDITED_NUMBERS,
    EDITED_SHORT_COVERED,
    EDITED_SPECIFICS,
    EDITED_WORDS,
    EXCERPT_NEW,
    EXCERPT_RUN,
    EXCERPT_SIZE,
    EXCERPT_WORDS,
    FORM_FILLED,
    FORM_JACCARD,
    FORM_NAMES,
    FORM_NUMBERS,
    FORM_NUMBERS_KEPT,
    NOTICE_EXPLAINED,
    PASSAGE_PARTS,
    PASSAGE_RUN,
    RESPELLED,
    REWRITTEN_COVERED,
    SAME_NUMBERS,
    SHARED_RUN,
    SHORT_JACCARD,
    SHORT_NUMBERS,
    SHORT_WORDS,
    SHORTEST_EDITED,
    STORY_JACCARD,
    STORY_NUMBERS,
    STORY_WORDS,
    WORDS_A_NUMBER,
)
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Measures, Relation, Verdict

Judgement = tuple[Relation | None, str]


class Candidate(NamedTuple):
    """A text to judge, and what is known of where it came from beside the text that it is held against.

    same_story: both came under one id or canonical URL. days_apart: one source told them on different days.
    """

    text: TextFeatures
    same_story: bool = False
    days_apart: bool = False


def decide(a: TextFeatures, b: TextFeatures, *, same_story: bool = False, days_apart: bool = False) -> Verdict:
    """Judge the relation of a to b."""
    (verdict,) = decide_each(a, [Candidate(b, same_story, days_apart)])
    return verdict


def decide_each(a: TextFeatures, candidates: Sequence[Candidate]) -> list[Verdict]:
    """Judge the relation of a to each of many."""
    found = iter(measure_each(a, [candidate.text for candidate in candidates if not _same(a, candidate.text)]))
    return [_exact(a) if _same(a, each.text) else _decided(a, each, next(found)) for each in candidates]


def _same(a: TextFeatures, b: TextFeatures) -> bool:
    return a.digest == b.digest and len(a.words) > 0


def _exact(a: TextFeatures) -> Verdict:
    return Verdict(relation=Relation.EXACT, why="every word is the same", measures=same_words(a))


def _decided(a: TextFeatures, candidate: Candidate, found: Measures) -> Verdict:
    if not found.a_words or not found.b_words:
        return Verdict(relation=None, why="one of the texts has no words", measures=found)
    if candidate.same_story:
        why = f"the same story with a changed text: {found.jaccard:.0%} of the shingles are the same"
        return Verdict(relation=Relation.VERSION, why=why, measures=found)
    long_enough = found.longest_run >= PASSAGE_RUN  # of few pairs, and what is asked then takes a while
    in_parts = long_enough and a.in_parts and candidate.text.in_parts
    quoted = PASSAGE_PARTS if in_parts else PASSAGE_RUN
    relation, why = _judge(found, days_apart=candidate.days_apart, quoted=quoted)
    return Verdict(relation=relation, why=why, measures=found)


def _judge(found: Measures, *, days_apart: bool, quoted: int) -> Judgement:
    """Judge by the measures; `quoted` tokens in a run are a quotation."""
    shorter = min(found.a_words, found.b_words)
    if shorter < FEWEST_WORDS:
        return None, f"a text of {shorter} words (under {FEWEST_WORDS}) matches only exactly"
    same = _same_short_report if shorter < SHORT_WORDS else _same_report
    form = _form(found) or (_notice(found) if days_apart else None)
    return form or same(found) or _respelled(found) or _excerpt(found) or _quotation(found, quoted)


def _form(found: Measures) -> Judgement | None:
    """Two fillings of one form: they differ mostly in numbers and names, and many of their numbers or names differ."""
    if found.masked_jaccard < FORM_JACCARD or form_filled(found) < FORM_FILLED or _one_story(found):
        return None
    return Relation.TEMPLATE, (
        f"the same form filled in anew: Jaccard {found.jaccard:.2f}, but {found.masked_jaccard:.2f} with numbers and "
        f"names masked; only {found.numbers:.0%} of the numbers and {found.names:.0%} of the names agree"
    )


def _notice(found: Measures) -> Judgement | None:
    """What a source tells day after day: on another day it has another figure, where a correction comes at once."""
    if min(found.a_words, found.b_words) >= STORY_WORDS or not found.new_numbers:
        return None
    if found.masked_jaccard < FORM_JACCARD or _explained(found) < NOTICE_EXPLAINED:
        return None
    return Relation.TEMPLATE, (
        f"a notice of another day: Jaccard {found.jaccard:.2f}, but {found.masked_jaccard:.2f} with numbers and names "
        f"masked, and {found.new_numbers} numbers differ"
    )


def _one_story(found: Measures) -> bool:
    """Whether two texts are one story though a share of their figures differs: too little of them does for a form."""
    shorter = min(found.a_words, found.b_words)
    if _same_numbers(found):
        return True
    if shorter >= STORY_WORDS and found.jaccard >= STORY_JACCARD:
        return not _renewed(found, FORM_NUMBERS if found.new_names else STORY_NUMBERS)
    if found.new_names or _renewed(found, FORM_NUMBERS):
        return False
    if shorter >= SHORT_WORDS:
        return found.jaccard >= CORRECTED_JACCARD
    sparse = shorter >= WORDS_A_NUMBER * (found.kept_numbers + found.new_numbers)
    return shorter >= CORRECTED_WORDS and sparse and found.jaccard >= SHORT_JACCARD


def _same_numbers(found: Measures) -> bool:
    """Whether no number differs, where a form would: names alone differ by spelling, too."""
    long_enough = min(found.a_words, found.b_words) >= SHORT_WORDS
    return long_enough and found.numbers == 1 and found.kept_numbers >= SAME_NUMBERS


def _renewed(found: Measures, fewest: int) -> bool:
    """Whether nearly all numbers changed, and many did."""
    return found.new_numbers >= fewest and found.numbers <= FORM_NUMBERS_KEPT


def form_filled(found: Measures) -> float:
    """How much two texts look like one form filled in twice, 0 to 1.

    The share of their difference that goes away when numbers and names are masked, times the share of their numbers
    that differ, or half of that of their names (words that open a sentence look like names, too), or all of that where
    one has no numbers and FORM_NAMES differ. A correction of one figure in many scores low, and so does new wording.
    """
    if found.kept_numbers or found.new_numbers:
        return _explained(found) * max(1 - found.numbers, (1 - found.names) / 2)
    return _explained(found) * (1 - found.names) / (1 if found.new_names >= FORM_NAMES else 2)


def _explained(found: Measures) -> float:
    """The share of the difference of two texts that goes away when numbers and names are masked."""
    if found.jaccard == 1:
        return 0.0
    return max(0.0, (found.masked_jaccard - found.jaccard) / (1 - found.jaccard))


def _same_short_report(found: Measures) -> Judgement | None:
    """Few words share much by form alone, so nearly all must agree, or most with the numbers."""
    shorter, covered = min(found.a_words, found.b_words), min(found.a_covered, found.b_covered)
    if found.jaccard >= SHORT_JACCARD:
        why = f"Jaccard {found.jaccard:.2f} reaches the {SHORT_JACCARD} that {shorter} words need"
        return Relation.REPRINT, why
    if shorter >= SHORTEST_EDITED and covered >= COVERED and found.numbers >= SHORT_NUMBERS:
        return Relation.REPRINT, f"{covered:.0%} of the words and {found.numbers:.0%} of the numbers are the same"
    return None


def _same_report(found: Measures) -> Judgement | None:
    """Most words of both are shared; fewer do when the rest is scattered, as edits are, and not passages of its own."""
    shorter, longer = sorted((found.a_words, found.b_words))
    if shorter <= EXCERPT_SIZE * longer:
        return None
    covered, new = min(found.a_covered, found.b_covered), max(found.a_new, found.b_new)
    if covered >= COVERED:
        why = f"{covered:.0%} or more of the words of both are shared (Jaccard {found.jaccard:.2f})"
        return Relation.REPRINT, why
    if new > EDITED_NEW or not _edited(found, shorter, covered):
        return None
    return Relation.REPRINT, (
        f"edited word by word: {covered:.0%} or more of the words of both are shared and at most {new:.0%} stand in "
        f"passages of their own (Jaccard {found.jaccard:.2f})"
    )


def _edited(found: Measures, shorter: int, covered: float) -> bool:
    """Whether what is not covered of a text can be words that an editor changed, not what fills in a form."""
    if shorter >= EDITED_WORDS:
        return covered >= EDITED_COVERED and min(_numbers_kept(found), found.names) >= EDITED_SPECIFICS
    return covered >= EDITED_SHORT_COVERED and _same_matter(found)


def _same_matter(found: Measures) -> bool:
    """Whether two texts that share words agree in numbers and names, too, as forms do not."""
    of_form = found.masked_jaccard - found.jaccard > EDITED_FORM
    return _numbers_kept(found) >= EDITED_NUMBERS and found.names >= EDITED_NAMES and not of_form


def _numbers_kept(found: Measures) -> float:
    return found.kept_numbers / (found.kept_numbers + found.new_numbers) if found.new_numbers else 1.0


def _respelled(found: Measures) -> Judgement | None:
    """The same words and numbers with names spelled another way, which no shingle around them survives."""
    if not _same_numbers(found) or found.masked_jaccard < RESPELLED:
        return None
    return Relation.REPRINT, (
        f"only names differ: Jaccard {found.jaccard:.2f}, but {found.masked_jaccard:.2f} with numbers and names "
        f"masked; all {found.kept_numbers} numbers agree"
    )


def _excerpt(found: Measures) -> Judgement | None:
    """Nearly all of the shorter text stands in the longer, some of it in one run; or most, and the rest is edited."""
    shorter, longer = sorted((found.a_words, found.b_words))
    if shorter > EXCERPT_SIZE * longer:
        return None
    a_is_shorter = found.a_words <= found.b_words
    covered, new, contained = (
        (found.a_covered, found.a_new, found.a_in_b) if a_is_shorter else (found.b_covered, found.b_new, found.b_in_a)
    )
    copied = covered >= CONTAINED and found.longest_run >= min(CONTAINED_RUN, shorter / 2)
    edited = shorter >= EXCERPT_WORDS and found.longest_run >= EXCERPT_RUN and new <= EXCERPT_NEW
    if not copied and not (edited and _edited(found, shorter, covered)):
        return None
    rest = "" if copied else ", and the rest looks edited"
    return Relation.EXCERPT_OF if a_is_shorter else Relation.CONTAINS, (
        f"{covered:.0%} of the words of the shorter text ({shorter} of {longer}) stand in the longer, "
        f"{found.longest_run} of them in one run (containment {contained:.2f}){rest}"
    )


def _quotation(found: Measures, quoted: int) -> Judgement:
    least, most = sorted((found.a_covered, found.b_covered))  # told alike from both sides
    near = f"Jaccard {found.jaccard:.2f}, {least:.0%} and {most:.0%} of the words shared"
    if found.longest_run >= quoted:
        return Relation.PASSAGE, f"a run of {found.longest_run} words is shared; {near}"
    if _rewritten(found):
        return (
            Relation.PASSAGE,
            f"most of the shorter text is shared, at most {found.longest_run} words in a run; {near}",
        )
    return None, f"{near}, longest run {found.longest_run} of {quoted} words"


def _rewritten(found: Measures) -> bool:
    """Whether most of the shorter text stands in the other, though in pieces."""
    covered = found.a_covered if found.a_words <= found.b_words else found.b_covered
    long_enough = min(found.a_words, found.b_words) >= EXCERPT_WORDS and found.longest_run >= SHARED_RUN
    return long_enough and covered >= REWRITTEN_COVERED and _same_matter(found)
