from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from twicetold.domain.analysis import Analysis, AnalysisInput
from twicetold.domain.errors import ExtractionKilled, TwicetoldError
from twicetold.domain.model import Relation
from twicetold.usecases.results import SubmitAnswer

from bench.generated_text import TextGenerator
from tests.usecases.conftest import House
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE

FOOTER = "The Alpha Courier has served the towns along the coast with fresh tidings since 1887."
FERRY = """A ferry ran aground in thick fog on Sunday morning. All ninety passengers were brought ashore in fishing \
boats, and nobody was hurt. The captain told investigators that his radar had failed minutes before the ship struck."""
CLOCKS = """The museum of clocks reopens after two years. Its tower now holds a pendulum as tall as a house, built by \
the last apprentice of a workshop that once supplied half of the country's railway stations with timepieces."""
BODIES = [HARBOUR, ORCHARD, SATELLITE, FERRY, CLOCKS]


def post_days(house: House, bodies: list[str]) -> list[SubmitAnswer]:
    """One story a day, each with the same footer, and housekeeping before the last."""
    answers = []
    for number, body in enumerate(bodies):
        if number == len(bodies) - 1:
            house.application.settling.all()
        answers.append(house.post(f"story-{number}", f"{body}\n\n{FOOTER}"))
        house.clock.advance(days=1)
    return answers


def test_a_block_repeated_in_distinct_stories_is_learned_and_cut(house: House):
    last = post_days(house, BODIES)[-1]
    assert FOOTER not in last.story.text
    (learned,) = [span for span in last.story.removed if span.kind == "boilerplate"]
    assert learned.support == 4


def test_copies_of_one_article_never_teach_the_service_to_delete_it(house: House):
    for number in range(6):
        house.post(f"copy-{number}", HARBOUR)
        house.clock.advance(days=1)
    house.application.settling.all()
    assert house.post("last", HARBOUR).story.text == HARBOUR


def test_a_block_seen_on_one_day_only_is_kept(house: House):
    for number, body in enumerate(BODIES):
        house.post(f"story-{number}", f"{body}\n\n{FOOTER}")
    house.application.settling.all()
    assert FOOTER in house.application.reports.story("story-4").story.text


@pytest.mark.parametrize("words", [69, 440])
def test_a_long_footer_of_half_of_a_sources_stories_is_learned_of_one_days_backfill(house: House, words: int):
    writer = TextGenerator(seed=words)
    footer = writer.story(words)
    for number in range(20):
        text = f"{writer.story(200)}\n\n{footer}" if number % 2 else writer.story(200)
        house.post(f"story-{number}", text, published_at=house.clock.now - timedelta(days=number))
    house.application.settling.all()
    assert all(footer[:40] not in house.application.reports.story(f"story-{number}").story.text for number in range(20))


def test_background_of_a_running_subject_is_never_cut(house: House):
    writer = TextGenerator(seed=3)
    trial = writer.event()
    background = " ".join(writer.sentence(trial) for _ in range(3))
    for number in range(12):
        about = f"Lawyers told {' and '.join(trial.names[:4])} of it. {writer.story(150, trial)}"
        house.post(f"trial-{number}", f"{about}\n\n{background}")
        house.post(f"other-{number}", writer.story(150))
        house.clock.advance(days=1)
    house.application.settling.all()
    assert all(background in house.application.reports.story(f"trial-{number}").story.text for number in range(12))


def test_what_is_learned_later_is_cut_from_earlier_stories_whose_matches_follow(house: House):
    post_days(house, BODIES[:4])
    copy = house.post("copy", BODIES[0], "beta.example")
    assert copy.matches[0].matched.match.relation is not Relation.EXACT
    house.application.settling.all()
    again = house.post("copy", BODIES[0], "beta.example")
    assert again.matches[0].matched.match.relation is Relation.EXACT


def test_a_block_that_too_few_stories_hold_after_deletions_is_story_again(house: House):
    post_days(house, BODIES[:4])
    house.application.settling.all()
    house.application.forgetting.delete("story-2")
    house.application.settling.all()
    assert house.application.reports.story("story-0").story.text.endswith(FOOTER)
    assert house.application.reports.source("alpha.example").boilerplate == []


def test_learned_boilerplate_of_one_source_is_kept_at_another(house: House):
    post_days(house, BODIES)
    assert FOOTER in house.post("other", f"{BODIES[-1]}\n\n{FOOTER}", "beta.example").story.text


def test_an_allowed_block_is_never_cut_again(house: House):
    post_days(house, BODIES)
    (block,) = house.application.reports.source("alpha.example").boilerplate
    house.application.forgetting.boilerplate("alpha.example", block.id, allow=True)
    assert FOOTER in house.post("later", f"{BODIES[0][:300]}\n\n{FOOTER}").story.text


def test_recleaning_brings_back_what_was_forgotten(house: House):
    post_days(house, BODIES)
    (block,) = house.application.reports.source("alpha.example").boilerplate
    house.application.forgetting.boilerplate("alpha.example", block.id, allow=False)
    assert house.application.recleaning.reclean("alpha.example") == 5
    again = house.application.reports.story("story-4").story
    assert again.text.endswith(FOOTER)
    assert again.version == 1


def test_a_story_that_cannot_be_cleaned_anew_keeps_no_other_from_it(house: House, monkeypatch: pytest.MonkeyPatch):
    post_days(house, BODIES[:4])
    analyse = house.analyser.analyse

    def fails(inputs: Sequence[AnalysisInput]) -> list[Analysis | TwicetoldError]:
        killed = ExtractionKilled("it took too long")
        return [killed if BODIES[1] in (one.text or "") else analyse([one])[0] for one in inputs]

    monkeypatch.setattr(house.analyser, "analyse", fails)
    house.application.settling.all()
    kept = [FOOTER in house.application.reports.story(f"story-{number}").story.text for number in range(4)]
    assert kept == [False, True, False, False]
