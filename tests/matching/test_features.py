from math import isnan

import pytest
from twicetold.domain.fingerprint.make import fingerprint, hashed_words
from twicetold.domain.matching.features import Context, features
from twicetold.domain.matching.measure import compare_each
from twicetold.domain.matching.text_features import TextFeatures

from bench.generated_text import TextGenerator

WRITER = TextGenerator(11)
STORY = WRITER.story(200)
OTHER = WRITER.story(200)


def text(words, title=None):
    return TextFeatures(fingerprint(words), hashed_words(title or ""))


NOWHERE = Context()


def found(a, b, title_a=None, title_b=None, context=NOWHERE):
    (comparison,) = compare_each(text(a, title_a), [text(b, title_b)])
    return features(comparison, context)


@pytest.mark.parametrize(
    "other",
    [STORY, " ".join(STORY.split()[:120]), STORY + " " + OTHER, " ".join(reversed(STORY.split("\n\n"))),
     STORY.replace(" the ", " some ")],
)  # fmt: skip
def test_features_are_the_same_from_both_sides(other):
    one, two = found(STORY, other, "A fire", "Fire at sea"), found(other, STORY, "Fire at sea", "A fire")
    assert repr(one) == repr(two)


def test_no_numbers_in_a_text_is_unknown_and_not_all_of_them_kept():
    plain = (
        "A quiet evening in the village ended with a long walk along the river and a song that nobody knew by heart."
    )
    assert isnan(found(plain, plain + " It was 9 degrees.").numbers_kept)
    assert found(plain + " It was 9 degrees.", plain + " It was 8 degrees.").numbers_kept == 0


def test_titles_are_unknown_where_one_has_none_but_its_words_in_the_other_text_are_not():
    only = found(STORY, STORY + " More.", title_a=" ".join(STORY.split()[:6]))
    assert isnan(only.title_kept)
    assert only.title_cross_least == only.title_own == 1


def test_a_title_is_looked_for_where_a_story_begins():
    title = " ".join(OTHER.split()[:8])
    assert found(STORY, STORY + " " + OTHER, title_b=title).title_own < 0.8
    assert found(OTHER, OTHER + " " + STORY, title_b=title).title_own == 1


def test_what_is_shared_in_the_same_order_is_told_from_what_moved():
    parts = STORY.split("\n\n")
    assert found(STORY, STORY + " End.").order == 1
    assert found(STORY, "\n\n".join(reversed(parts))).order < 1


def test_a_new_lead_shows_in_the_first_words_and_in_the_longest_gap():
    words = STORY.split()
    led = " ".join([*OTHER.split()[:30], *words[30:]])
    made = found(STORY, led)
    assert made.lead_most < 0.2
    assert made.short_tail == 1
    assert found(STORY, STORY).lead_least == 1


def test_scattered_words_fill_slots_and_a_passage_does_not():
    words = STORY.split()
    scattered = " ".join(word if at % 15 else "changed" for at, word in enumerate(words))
    assert found(STORY, scattered).short_slots == 1
    assert found(STORY, " ".join([*words[:100], *OTHER.split()[:40], *words[100:]])).long_slots == 0


def test_days_count_at_one_source_apart():
    near = found(STORY, STORY, context=Context(same_source=False, days=2.0))
    assert isnan(near.log_days_at_source)
    assert near.log_days > 0
    assert isnan(found(STORY, STORY, context=Context(same_source=True)).log_days)
