from __future__ import annotations

from twicetold.usecases.results import SubmitAnswer

from tests.usecases.conftest import House
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE

FOOTER = "The Alpha Courier has served the towns along the coast with fresh tidings since 1887."
FERRY = """A ferry ran aground in thick fog on Sunday morning. All ninety passengers were brought ashore in fishing \
boats, and nobody was hurt. The captain told investigators that his radar had failed minutes before the ship struck."""
CLOCKS = """The museum of clocks reopens after two years. Its tower now holds a pendulum as tall as a house, built by \
the last apprentice of a workshop that once supplied half of the country's railway stations with timepieces."""
BODIES = [HARBOUR, ORCHARD, SATELLITE, FERRY, CLOCKS]


def post_days(house: House, bodies: list[str]) -> list[SubmitAnswer]:
    """One story a day, each with the same footer."""
    answers = []
    for number, body in enumerate(bodies):
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
        answer = house.post(f"copy-{number}", HARBOUR)
        house.clock.advance(days=1)
    assert answer.story.text == HARBOUR


def test_a_block_seen_on_one_day_only_is_kept(house: House):
    for number, body in enumerate(BODIES):
        answer = house.post(f"story-{number}", f"{body}\n\n{FOOTER}")
    assert FOOTER in answer.story.text


def test_a_long_block_is_never_learned(house: House):
    background = " ".join(f"word{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(61))
    for number, body in enumerate(BODIES):
        answer = house.post(f"story-{number}", f"{body}\n\n{background}.")
        house.clock.advance(days=1)
    assert background in answer.story.text


def test_learned_boilerplate_of_one_source_is_kept_at_another(house: House):
    post_days(house, BODIES)
    assert FOOTER in house.post("other", f"{BODIES[-1]}\n\n{FOOTER}", "beta.example").story.text


def test_an_allowed_block_is_never_cut_again(house: House):
    post_days(house, BODIES)
    (block,) = house.application.reports.source("alpha.example").boilerplate
    house.application.forgetting.boilerplate("alpha.example", block.id, allow=True)
    assert FOOTER in house.post("later", f"{BODIES[0][:300]}\n\n{FOOTER}").story.text


def test_recleaning_applies_what_was_learned_to_stories_stored_before(house: House):
    first = post_days(house, BODIES)[0]
    assert FOOTER in first.story.text
    assert house.application.recleaning.reclean("alpha.example") == 4
    again = house.application.reports.story("story-0").story
    assert FOOTER not in again.text
    assert again.version == 1


def test_recleaning_brings_back_what_was_forgotten(house: House):
    post_days(house, BODIES)
    (block,) = house.application.reports.source("alpha.example").boilerplate
    house.application.forgetting.boilerplate("alpha.example", block.id, allow=False)
    assert house.application.recleaning.reclean("alpha.example") == 1
    assert house.application.reports.story("story-4").story.text.endswith(FOOTER)
