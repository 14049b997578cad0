"""A source's own blocks recur with any story, background with one subject."""

from datetime import date, timedelta

from twicetold.domain.cleaning.recurring import MOST_COMPARED, Occurrence, is_own, rare_words, stands_in

MONDAY = date(2026, 3, 2)


def story(number: int, subject: str = "", *, at_edge: bool = True, same_day: bool = False) -> Occurrence:
    told = frozenset(subject.split()) | {f"word{number}a", f"word{number}b"}
    return Occurrence(MONDAY if same_day else MONDAY + timedelta(days=number), told, at_edge)


def test_a_footer_of_stories_that_otherwise_differ_is_the_sources_own() -> None:
    assert is_own([story(number) for number in range(5)], stories=10)


def test_background_of_a_running_subject_is_not_however_often_it_is_told() -> None:
    trial = [story(number, "marlow finch bridge trial") for number in range(200)]
    assert not is_own(trial, stories=400)


def test_a_subject_that_a_few_of_the_stories_share_does_not_save_a_footer() -> None:
    mixed = [story(number, "marlow finch bridge" if number % 3 == 0 else "") for number in range(30)]
    assert is_own(mixed, stories=60)


def test_a_block_within_stories_is_the_sources_own_only_if_many_of_them_hold_it() -> None:
    within = [story(number, at_edge=False) for number in range(5)]
    assert is_own(within, stories=20)
    assert not is_own(within, stories=200)


def test_one_day_is_too_little_to_tell_even_in_a_backfill() -> None:
    assert not is_own([story(number, same_day=True) for number in range(50)], stories=50)


def test_three_stories_are_too_few() -> None:
    assert not is_own([story(number) for number in range(3)], stories=3)


def test_stories_beyond_those_compared_change_nothing_but_the_draw() -> None:
    assert is_own([story(number) for number in range(50 * MOST_COMPARED)], stories=50 * MOST_COMPARED)


def test_rare_words_are_those_that_few_of_the_other_stories_have() -> None:
    frequencies = {"the": 900, "council": 300, "marlow": 12}
    assert rare_words(["the", "council", "marlow", "new"], frequencies, stories=1000) == {"marlow", "new"}
    assert rare_words(["the", "marlow"], {"the": 2, "marlow": 1}, stories=5) == {"marlow"}


def test_a_body_under_many_unlike_titles_stands_in_for_stories() -> None:
    titles = ["Harbour froze", "Mayor resigns", "Ferry late again", "Two held"]
    assert stands_in(titles)
    assert not stands_in(titles[:3])
    assert not stands_in([f"Weather report {day}" for day in ("one", "two", "three", "four")])
    assert not stands_in(["Harbour froze"] * 9)
