import random

import numpy as np
import pytest
from twicetold.domain.fingerprint.make import fingerprint, hashed_words
from twicetold.domain.matching import decide as module
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.features import Features
from twicetold.domain.matching.measure import measure
from twicetold.domain.matching.parameters import PASSAGE_PARTS, PASSAGE_RUN
from twicetold.domain.matching.relation_model import Estimate
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Relation

from bench.generated_text import TextGenerator
from bench.prose import labelled_prose

SYLLABLES = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "zu", "ka"]


def written(seed: int, words: int) -> list[str]:
    draw = random.Random(seed)
    return ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 3))) for _ in range(words)]


def edited(words: list[str]) -> list[str]:
    """Change a tenth of the words, leaving runs of 5, 5 and 14."""
    return [word + "x" if place % 27 in {0, 6, 12} else word for place, word in enumerate(words)]


def of(words: list[str]) -> TextFeatures:
    return TextFeatures(fingerprint(" ".join(words)))


STORY = written(1, 400)
WRITER = TextGenerator(21)


def test_the_same_words_are_exact_whatever_their_case_and_punctuation():
    other = TextFeatures(fingerprint(" — ".join(STORY).upper()))
    assert decide(of(STORY), other).relation is Relation.EXACT


def test_texts_without_words_match_nothing():
    assert decide(of([]), of([])).relation is None


def test_a_changed_text_of_the_same_story_is_a_version_if_it_keeps_a_fifth():
    assert decide(of(STORY), of(STORY[:150] + written(2, 100)), same_story=True).relation is Relation.VERSION
    assert decide(of(STORY), of(written(2, 50)), same_story=True).relation is None


def test_a_story_with_a_tenth_of_its_words_changed_is_a_reprint():
    assert decide(of(STORY), of(edited(STORY))).relation is Relation.REPRINT


@pytest.mark.parametrize("share", [0.75, 0.5, 0.25])
def test_a_shortened_story_is_an_excerpt_of_the_whole(share):
    short = STORY[: int(share * len(STORY))]
    assert decide(of(short), of(STORY)).relation is Relation.EXCERPT_OF
    assert decide(of(STORY), of(short)).relation is Relation.CONTAINS


@pytest.mark.parametrize("words", [200, 100, 60])
def test_a_shortened_story_with_a_tenth_of_its_words_changed_is_an_excerpt(words):
    short = edited(STORY[100 : 100 + words])
    assert decide(of(short), of(STORY)).relation is Relation.EXCERPT_OF
    assert decide(of(STORY), of(short)).relation is Relation.CONTAINS


def test_an_edited_excerpt_is_found_in_a_text_many_times_as_long():
    short = edited(STORY[100:180])
    assert decide(of(short), of(written(9, 1500) + STORY)).relation is Relation.EXCERPT_OF


def test_a_short_quotation_in_a_longer_story_of_its_own_is_no_copy():
    follow_up = edited(STORY[100:150]) + written(10, 300)
    assert decide(of(follow_up), of(STORY)).relation in {Relation.PASSAGE, None}


@pytest.mark.parametrize("words", [400, 100])
def test_a_story_with_every_seventh_word_changed_is_a_reprint(words):
    changed = [word + "x" if place % 7 == 0 else word for place, word in enumerate(STORY[:words])]
    assert decide(of(changed), of(STORY[:words])).relation is Relation.REPRINT


def test_a_quote_in_another_story_is_a_passage():
    other = written(4, 500)
    quoting = other[:200] + STORY[100:140] + other[200:]
    verdict = decide(of(quoting), of(STORY))
    assert verdict.relation is Relation.PASSAGE
    assert "run of 40 words" in verdict.why
    assert decide(of(STORY), of(quoting)).why == verdict.why


def test_a_text_that_shares_less_than_half_of_its_words_in_short_runs_is_no_copy():
    host = written(11, 200)
    pieces = [word for start in range(0, 100, 10) for word in STORY[start : start + 8] + host[start : start + 12]]
    assert decide(of(pieces), of(STORY)).relation in {Relation.REWRITE, None}


def test_a_numeral_that_only_one_of_two_texts_has_makes_no_form_of_them():
    text = "Police closed the bridge at Norby on Friday after a lorry hit the railing. {} was hurt."
    one, other = (TextFeatures(fingerprint(text.format(who))) for who in ("Nobody", "No one"))
    assert decide(one, other).relation is not Relation.TEMPLATE


def test_unrelated_stories_are_not_related():
    assert decide(of(STORY), of(written(5, 400))).relation is None


def test_a_text_under_twelve_words_matches_only_exactly():
    assert decide(of(STORY[:11]), of(STORY[:10])).relation is None
    assert decide(of(STORY[:11]), of(STORY[:11])).relation is Relation.EXACT


def test_measures_seen_from_the_other_text_are_mirrored():
    a, b = of(STORY[:300]), of(STORY[200:] + written(6, 100))
    forth, back = measure(a, b), measure(b, a)
    assert (forth.jaccard, forth.a_in_b, forth.longest_run) == (back.jaccard, back.b_in_a, back.longest_run)
    assert (forth.a_new, forth.a_covered, forth.masked_jaccard) == (back.b_new, back.b_covered, back.masked_jaccard)


def titled(words: list[str], title: str) -> TextFeatures:
    return TextFeatures(fingerprint(" ".join(words)), hashed_words(title))


def test_one_text_under_two_titles_that_it_does_not_tell_of_is_no_story_told_twice():
    page = WRITER.story(400).split()
    one, other = titled(page, "Volkswagen shelves its beach car"), titled(page, "Cheap laptops of the week")
    assert decide(one, other).relation not in {Relation.EXACT, Relation.REPRINT}
    assert decide(one, one).relation is Relation.EXACT


def test_a_copy_under_another_headline_that_tells_of_it_is_exact():
    page = WRITER.story(300).split()
    one, other = titled(page, " ".join(page[:8])), titled(page, " ".join(page[3:12]))
    assert decide(one, other).relation is Relation.EXACT


def test_each_verdict_says_how_sure_it_is_and_what_weighed_most():
    verdict = decide(of(STORY), of(edited(STORY)))
    assert 0.5 < verdict.confidence < 1
    assert f"one report with a probability of {verdict.confidence:.2f}" in verdict.why
    assert verdict.features["short_covered"] == pytest.approx(verdict.measures.a_covered, abs=1e-4)
    assert verdict.features["title_kept"] is None


class Believing:
    """A model that gives every pair the same chances."""

    def __init__(self, *chances: float) -> None:
        self.given = Estimate(chances, np.zeros((4, len(Features._fields))))

    def estimate(self, pairs):
        return [self.given for _ in pairs]


def believed(monkeypatch, a: list[str], b: list[str], *chances: float, **known) -> tuple[Relation | None, float]:
    monkeypatch.setattr(module, "relation_model", lambda: Believing(*chances))
    verdict = decide(of(a), of(b), **known)
    return verdict.relation, verdict.confidence


@pytest.mark.parametrize(
    ("chances", "expected"),
    [((0.4, 0.3, 0.2, 0.1), Relation.REPRINT), ((0.1, 0.6, 0.2, 0.1), Relation.REWRITE),
     ((0.1, 0.2, 0.5, 0.2), Relation.TEMPLATE)],
)  # fmt: skip
def test_the_likeliest_names_the_relation_and_its_chance_is_the_confidence(monkeypatch, chances, expected):
    assert believed(monkeypatch, STORY, edited(STORY), *chances) == (expected, max(chances))


def test_what_no_form_could_leave_to_fill_in_is_no_template(monkeypatch):
    other = STORY[:300] + written(3, 100)
    assert believed(monkeypatch, STORY, other, 0.1, 0.2, 0.5, 0.2) == (Relation.PASSAGE, 0.7)


def test_two_reports_without_a_long_run_have_nothing_to_report(monkeypatch):
    pieces = [word for start in range(0, 200, 20) for word in STORY[start : start + 10] + written(start, 4)]
    assert believed(monkeypatch, STORY[:200], pieces, 0.1, 0.1, 0.1, 0.7) == (None, 0.7)


def test_what_comes_under_one_address_is_a_version_whatever_the_model_says_but_no_surer(monkeypatch):
    found = believed(monkeypatch, STORY, edited(STORY), 0.2, 0.1, 0.1, 0.6, same_story=True)
    assert found == (Relation.VERSION, 0.2)


def test_numbers_that_are_only_spelled_another_way_fill_in_no_form_anew(monkeypatch):
    monkeypatch.setattr(module, "relation_model", lambda: Believing(0.2, 0.1, 0.6, 0.1))
    told = "On {0} days the ferry carried {1} cars and {2} guests, of whom {0} came back on foot in the evening rain."
    one, other, later = (
        TextFeatures(fingerprint(told.format(*numbers)))
        for numbers in (("12", "30", "40"), ("twelve", "thirty", "forty"), ("13", "31", "45"))
    )
    assert decide(one, other).relation is Relation.REPRINT
    assert decide(one, later).relation is Relation.TEMPLATE


RENEWED = "Ferry {0} left pier {1} at {2} with {3} cars and came back empty in the rain that evening after all."


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        (("3", "14", "20", "61"), ("5", "17", "23", "48"), Relation.TEMPLATE),
        (("3", "14", "20", "61"), ("5", "17", "20", "61"), Relation.REPRINT),
        (("three", "14", "20", "61"), ("3", "17", "20", "61"), Relation.REPRINT),
    ],
    ids=["all renewed", "half kept", "one renewed"],
)
def test_what_has_hardly_a_number_in_common_is_a_form_filled_in_anew(monkeypatch, one, other, relation):
    monkeypatch.setattr(module, "relation_model", lambda: Believing(0.6, 0.1, 0.2, 0.1))
    verdict = decide(*(TextFeatures(fingerprint(RENEWED.format(*numbers))) for numbers in (one, other)))
    assert verdict.relation is relation
    if relation is Relation.TEMPLATE:
        assert verdict.confidence == pytest.approx(0.8)
        assert "hardly a number is the same" in verdict.why


def test_two_new_numbers_make_no_form(monkeypatch):
    monkeypatch.setattr(module, "relation_model", lambda: Believing(0.6, 0.1, 0.2, 0.1))
    told = "Ferry {} left the old pier with {} cars and came back empty in the rain that evening after all."
    one, other = (TextFeatures(fingerprint(told.format(*numbers))) for numbers in (("3", "61"), ("5", "48")))
    assert decide(one, other).relation is Relation.REPRINT


def test_many_new_numbers_in_a_long_story_make_no_form(monkeypatch):
    monkeypatch.setattr(module, "relation_model", lambda: Believing(0.6, 0.1, 0.2, 0.1))
    one, other = (RENEWED.format(*numbers) for numbers in (("3", "14", "20", "61"), ("5", "17", "23", "48")))
    rest = " ".join(STORY[:80])
    assert decide(of([one, rest]), of([other, rest])).relation is Relation.REPRINT


@pytest.mark.parametrize(("run", "relation"), [(PASSAGE_RUN, Relation.PASSAGE), (PASSAGE_RUN - 1, None)])
def test_a_run_of_just_enough_words_is_a_passage(run, relation):
    quoting = [*written(5, 150), *STORY[100 : 100 + run], *written(6, 150)]
    assert decide(of(quoting), of(STORY)).relation is relation


CHINESE = next(pair for pair in labelled_prose() if pair.language == "zh" and pair.name == "text other")


@pytest.mark.parametrize("run", [PASSAGE_RUN, PASSAGE_PARTS - 1])
def test_only_where_both_texts_are_cut_into_letters_a_passage_takes_more_of_them(run):
    quoted = " ".join(STORY[100 : 100 + run])
    one, other = ([CHINESE.a.text, quoted], [CHINESE.b.text, quoted])
    assert of(one).in_parts
    assert of(other).in_parts
    assert decide(of(one), of([*written(5, 150), quoted])).relation is Relation.PASSAGE
    assert decide(of(one), of(other)).relation is None
