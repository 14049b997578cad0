from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from twicetold.domain.analysis import Indexable
from twicetold.domain.errors import ExtractionKilled, Invalid, NotFound
from twicetold.domain.model import DetectedLanguage, LanguageSource, PageMetadata, Relation, Story
from twicetold.usecases.pipeline import Correction, Outcome
from twicetold.usecases.results import SubmitAnswer

from tests.usecases.conftest import House, page, story
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE, excerpt, reprint_with_clutter


def relations(answer: SubmitAnswer) -> dict[str, Relation]:
    return {one.matched.story_id: one.matched.match.relation for one in answer.matches}


def test_a_first_story_is_created_and_matches_nothing(house: House):
    answer = house.post("a", HARBOUR)
    assert (answer.outcome, answer.matches, answer.total, answer.cluster) == (Outcome.CREATED, [], 0, None)


def test_an_unrelated_story_matches_nothing(house: House):
    house.post("a", HARBOUR)
    assert relations(house.post("b", ORCHARD)) == {}


def test_the_same_text_at_another_source_is_exact(house: House):
    house.post("a", HARBOUR)
    assert relations(house.post("b", HARBOUR, "beta.example")) == {"a": Relation.EXACT}


def test_a_reprint_with_clutter_is_found_under_its_clutter(house: House):
    house.post("a", HARBOUR)
    answer = house.post("b", reprint_with_clutter(), "beta.example")
    assert relations(answer)["a"] in {Relation.EXACT, Relation.REPRINT}


def test_the_clutter_of_a_story_is_reported_and_counted(house: House):
    answer = house.post("b", reprint_with_clutter(), "beta.example")
    assert "Newsvine" not in answer.story.text
    assert {"share", "teaser"} <= {span.kind for span in answer.story.removed}
    assert set(house.observer.kinds) == {span.kind for span in answer.story.removed}


def test_an_excerpt_names_the_story_it_was_taken_from(house: House):
    house.post("a", HARBOUR)
    assert relations(house.post("b", excerpt(), "beta.example")) == {"a": Relation.EXCERPT_OF}


def test_a_longer_story_contains_the_shorter_one(house: House):
    house.post("b", excerpt(), "beta.example")
    assert relations(house.post("a", HARBOUR)) == {"b": Relation.CONTAINS}


def test_reprints_share_a_cluster_with_the_earliest_as_canonical(house: House):
    house.post("late", HARBOUR, published_at=datetime(2024, 5, 2, tzinfo=UTC))
    answer = house.post("early", HARBOUR, "beta.example", published_at=datetime(2024, 5, 1, tzinfo=UTC))
    assert answer.cluster is not None
    assert (answer.cluster.size, answer.cluster.sources, answer.cluster.canonical_id) == (2, 2, "early")


def test_passages_are_the_same_words_in_both_texts(house: House):
    house.post("a", HARBOUR)
    (match,) = house.post("b", excerpt(), "beta.example").matches
    assert match.passages
    for passage in match.passages:
        assert excerpt()[passage.a.start : passage.a.end] == HARBOUR[passage.b.start : passage.b.end] == passage.text


def test_a_story_sent_again_is_unchanged_and_still_told_its_matches(house: House):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR, "beta.example")
    answer = house.post("a", HARBOUR)
    assert (answer.outcome, answer.story.version, relations(answer)) == (Outcome.UNCHANGED, 1, {"b": Relation.EXACT})


def test_what_is_sent_anew_with_an_unchanged_text_corrects_the_version_that_is_stored(house: House):
    house.post("a", HARBOUR, title="The wall", metadata={"desk": "north"}, url="https://alpha.example/1")
    answer = house.post("a", HARBOUR, title="The harbour wall", language="en")
    assert (answer.outcome, answer.story.version) == (Outcome.CHANGED, 1)
    stored = house.application.reports.story("a").story
    assert (stored.title, stored.language, stored.metadata) == ("The harbour wall", "en", {"desk": "north"})
    assert (stored.url, stored.version) == ("https://alpha.example/1", 1)
    assert house.post("a", HARBOUR).outcome is Outcome.UNCHANGED


def test_another_source_with_an_unchanged_text_is_ignored_with_a_warning(house: House):
    house.post("a", HARBOUR)
    answer = house.post("a", HARBOUR, "beta.example")
    assert (answer.outcome, answer.story.source) == (Outcome.UNCHANGED, "alpha.example")
    assert "source was ignored" in answer.story.warnings[-1]


def test_a_story_is_corrected_without_its_text(house: House):
    first = datetime(2024, 5, 1, 9, tzinfo=UTC)
    house.post("a", HARBOUR, published_at=first, url="https://alpha.example/1")
    before = house.post("b", HARBOUR, "beta.example", published_at=first + timedelta(hours=2)).cluster
    answer = house.application.submit.correct(
        "b", Correction(published_at=first - timedelta(hours=2), title="The wall"), passages=False
    )
    assert (answer.outcome, answer.story.title, answer.story.version) == (Outcome.CHANGED, "The wall", 1)
    assert before is not None
    assert answer.cluster is not None
    assert (answer.cluster.canonical_id, answer.cluster.id) == ("b", before.id)


def test_a_url_of_another_site_is_no_correction(house: House):
    house.post("a", HARBOUR, url="https://alpha.example/1")
    with pytest.raises(Invalid, match=r"not of alpha\.example") as error:
        house.application.submit.correct("a", Correction(url="https://beta.example/1"), passages=False)
    assert error.value.field == "url"
    corrected = house.application.submit.correct("a", Correction(url="https://alpha.example/2"), passages=False)
    assert corrected.story.url == "https://alpha.example/2"


def test_a_corrected_date_chooses_the_canonical_story_anew_and_keeps_the_cluster(house: House):
    first = datetime(2024, 5, 1, 9, tzinfo=UTC)
    house.post("a", HARBOUR, published_at=first)
    before = house.post("b", HARBOUR, "beta.example", published_at=first + timedelta(hours=2)).cluster
    after = house.post("b", HARBOUR, "beta.example", published_at=first - timedelta(hours=2)).cluster
    assert before is not None
    assert after is not None
    assert (before.canonical_id, after.canonical_id, after.id) == ("a", "b", before.id)


def test_a_changed_text_raises_the_version_and_drops_old_matches(house: House):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR, "beta.example")
    answer = house.post("b", ORCHARD, "beta.example")
    assert (answer.outcome, answer.story.version, answer.matches, answer.cluster) == (Outcome.CHANGED, 2, [], None)
    assert house.application.reports.story("a").cluster is None


@pytest.mark.parametrize("text", ["Ferries", "Ferries stranded", "Ferries stranded tonight"])
def test_a_version_with_the_same_words_is_wholly_similar_however_short(house: House, text: str):
    house.post("a", text)
    house.post("a", f"{text}!")
    _, second = house.application.reports.story("a").revisions
    assert second.similarity == 1


def test_a_changed_story_keeps_its_history(house: House):
    house.post("a", HARBOUR)
    house.clock.advance(hours=1)
    house.post("a", HARBOUR + "\n\nUpdated with the words of a skipper who lost his boat in the January storm.")
    first, second = house.application.reports.story("a").revisions
    assert (first.version, second.version, first.similarity) == (1, 2, None)
    assert second.similarity is not None
    assert 0.7 < second.similarity < 1
    assert second.added == ["Updated with the words of a skipper who lost his boat in the January storm."]
    assert second.removed == []


def test_only_the_latest_versions_are_told(house: House):
    for number in range(25):
        house.post("a", f"{HARBOUR}\n\nBy noon {number} boats had left the basin.")
    revisions = house.application.reports.story("a").revisions
    assert [revision.version for revision in revisions] == list(range(6, 26))
    assert all(revision.added for revision in revisions)


def test_another_text_under_the_same_address_is_a_version(house: House):
    house.post("a", HARBOUR, url="https://alpha.example/wall?utm_source=x")
    changed = HARBOUR.replace("Tuesday", "Wednesday")
    assert relations(house.post("b", changed, url="https://www.alpha.example/wall#top")) == {"a": Relation.VERSION}


def test_twins_in_one_chunk_find_each_other(house: House):
    first, second = house.post_all([story("a", HARBOUR), story("b", HARBOUR, "beta.example")])
    assert isinstance(first, SubmitAnswer)
    assert isinstance(second, SubmitAnswer)
    assert (relations(first), relations(second)) == ({"b": Relation.EXACT}, {"a": Relation.EXACT})


def test_a_later_line_of_the_same_id_is_the_next_version(house: House):
    answers = house.post_all([story("a", HARBOUR), story("a", ORCHARD)])
    assert [one.story.version for one in answers if isinstance(one, SubmitAnswer)] == [1, 2]
    assert house.application.reports.story("a").story.text == ORCHARD


def test_versions_of_one_story_in_one_chunk_are_each_told_their_own_matches(house: House):
    answers = house.post_all([
        story("a", HARBOUR), story("b", HARBOUR, "beta.example"), story("a", ORCHARD), story("a", HARBOUR),
    ])  # fmt: skip
    told = [relations(answer) for answer in answers if isinstance(answer, SubmitAnswer)]
    assert told == [{"b": Relation.EXACT}, {"a": Relation.EXACT}, {}, {"b": Relation.EXACT}]


def test_an_error_keeps_its_place_and_harms_no_other_line(house: House):
    wrong = Invalid("must not be empty", field="id")
    first, second, third = house.post_all([story("a", HARBOUR), wrong, story("c", SATELLITE)])
    assert isinstance(first, SubmitAnswer)
    assert isinstance(third, SubmitAnswer)
    assert (second, third.story.id) == (wrong, "c")


def test_a_killed_page_fails_alone(house: House):
    killed, fine = house.post_all([page("a", "<hang>"), page("b", ORCHARD)])
    assert type(killed).__name__ == "ExtractionKilled"
    assert isinstance(fine, SubmitAnswer)


def test_a_page_fills_in_what_the_caller_left_out(house: House):
    published = datetime(2024, 5, 5, tzinfo=UTC)
    house.analyser.metadata = PageMetadata(title="The wall", language="en", published_at=published, author="A. Writer")
    (answer,) = house.post_all([page("a", HARBOUR)])
    assert isinstance(answer, SubmitAnswer)
    found = answer.story
    assert (found.title, found.language, found.published_at) == ("The wall", "en", published)
    assert found.credits.byline == "A. Writer"


def test_what_the_caller_says_goes_before_what_the_page_says(house: House):
    house.analyser.metadata = PageMetadata(title="The wall", language="en")
    (answer,) = house.post_all([msgspec.structs.replace(page("a", HARBOUR), title="My title")])
    assert isinstance(answer, SubmitAnswer)
    assert (answer.story.title, answer.story.language) == ("My title", "en")


def test_a_page_is_read_by_the_services_own_clock(house: House):
    house.post_all([page("a", HARBOUR)])
    assert house.analyser.told == [house.clock()]


def test_a_text_that_is_plainly_of_another_language_is_told_as_that(house: House):
    house.analyser.metadata = PageMetadata(language="en")
    house.analyser.detected = DetectedLanguage(language="de", probability=0.99, words=80, script="LATIN")
    (answer,) = house.post_all([page("a", HARBOUR)])
    assert isinstance(answer, SubmitAnswer)
    assert (answer.story.language, answer.story.language_from) == ("de", LanguageSource.DETECTED)


@pytest.mark.parametrize(
    "url", ["https://alpha.example/a b", "http://u:p@alpha.example/x", "http://..../", "https://a:8a/"]
)
def test_what_a_page_names_as_its_url_is_ignored_with_a_warning_if_it_is_none(house: House, url: str):
    house.analyser.metadata = PageMetadata(url=url)
    (answer,) = house.post_all([page("a", HARBOUR)])
    assert isinstance(answer, SubmitAnswer)
    assert answer.story.url is None
    assert "ignored" in answer.story.warnings[-1]


def test_the_same_address_at_another_source_makes_no_version(house: House):
    house.post("a", HARBOUR, url="https://alpha.example/1")
    copied = HARBOUR.replace("Tuesday", "Wednesday")
    answer = house.post("b", copied, "beta.example", url="https://alpha.example/1")
    assert relations(answer) == {"a": Relation.REPRINT}


def test_an_empty_text_is_stored_thin_and_matches_nothing(house: House):
    house.post("a", "")
    answer = house.post("b", "")
    assert answer.story.thin
    assert answer.story.warnings
    assert answer.matches == []


def test_a_thin_text_matches_its_own_words_at_its_own_source_only(house: House):
    house.post("a", "Page not found.")
    house.post("b", "Page not found.", "beta.example")
    assert relations(house.post("c", "Page not found.")) == {"a": Relation.EXACT}


def test_a_headline_that_was_sent_as_such_is_exact_at_another_source(house: House):
    house.post("a", "Council votes to close Tarn Mill swing bridge for 14 months")
    answer = house.post("b", "Council votes to close Tarn Mill swing bridge for 14 months", "beta.example")
    assert relations(answer) == {"a": Relation.EXACT}


def test_as_few_words_left_of_a_longer_text_are_thin(house: House):
    left = "Council votes to close Tarn Mill swing bridge for 14 months"
    house.post("a", f"{left}\n\nShare on Facebook")
    answer = house.post("b", f"{left}\n\nShare on Facebook", "beta.example")
    assert (answer.story.thin, answer.matches) == (True, [])


def test_numbers_alone_match_nothing(house: House):
    house.post("a", "-1")
    assert house.post("b", "-1").matches == []


GAUGE = """The river stood at {} centimetres at the old lock this morning, well below the mark at which the towpath is
closed. Boats may pass, but rowers should look out for drifting timber after the storm of last week. Little will change
in the coming days, say the forecasters, because hardly any rain is expected in the hills. The next reading follows
tomorrow at the same time."""


@pytest.mark.parametrize(("hours", "source", "expected"), [
    (24, "alpha.example", Relation.TEMPLATE),
    (2, "alpha.example", Relation.REPRINT),
    (24, "beta.example", Relation.REPRINT),
])  # fmt: skip
def test_another_figure_is_a_correction_but_from_the_same_source_on_another_day_a_notice(
    house: House, hours: int, source: str, expected: Relation
):
    now = house.clock()
    house.post("a", GAUGE.format(312), published_at=now - timedelta(hours=hours))
    later = story("b", GAUGE.format(309), source, published_at=now)
    (offered,) = house.application.matching.match(later, passages=False, explain=False).matches
    (answer,) = house.post_all([later])
    assert isinstance(answer, SubmitAnswer)
    assert relations(answer) == {"a": expected} == {"a": offered.matched.match.relation}
    assert house.application.matching.compare("a", "b").relation is expected
    assert (answer.cluster is None) == (expected is Relation.TEMPLATE)


def test_housekeeping_finishes_what_a_dead_worker_left(house: House):
    house.post("a", HARBOUR)
    draft = house.application.preparation.draft(story("b", HARBOUR, "beta.example"), now=house.clock())
    house.store.publish([draft], now=house.clock())
    house.clock.advance(minutes=5)
    assert house.application.submit.match_backlog() == 1
    assert house.store.stats().backlog == 0
    assert relations(house.post("b", HARBOUR, "beta.example")) == {"a": Relation.EXACT}


def test_the_observer_hears_of_stories_and_relations(house: House):
    house.post("a", HARBOUR)
    house.post("b", HARBOUR, "beta.example")
    assert house.observer.outcomes == [Outcome.CREATED, Outcome.CREATED]
    assert house.observer.relations == [Relation.EXACT]


def test_a_story_that_cannot_be_looked_at_keeps_no_other_of_the_backlog_unmatched(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    now = house.clock()
    drafts = [
        house.application.preparation.draft(story(name, text, f"{name}.example"), now=now)
        for name, text in (("a", ORCHARD), ("b", HARBOUR), ("c", HARBOUR))
    ]
    house.store.publish(drafts, now=now)
    house.clock.advance(minutes=5)
    indexable = house.analyser.indexable

    def fails(stories: Sequence[Story]) -> list[Indexable]:
        if any(one.id == "a" for one in stories):
            raise ExtractionKilled("it took too long")
        return indexable(stories)

    monkeypatch.setattr(house.analyser, "indexable", fails)
    assert house.application.submit.match_backlog() == 2
    with house.store.reading() as reading:
        assert [(one.story.id, one.matched) for one in reading.stories_after(0, limit=9)] == [
            ("a", False),
            ("b", True),
            ("c", True),
        ]


def correct_while(house: House, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> SubmitAnswer:
    """Correct the title of a story while something happens."""
    indexable = house.analyser.indexable
    waiting = [happens]

    def looked_at(stories: Sequence[Story]) -> list[Indexable]:
        if waiting:
            waiting.pop()()
        return indexable(stories)

    monkeypatch.setattr(house.analyser, "indexable", looked_at)
    return house.application.submit.correct("a", Correction(title="Corrected"), passages=False)


def test_a_correction_puts_no_earlier_text_in_the_place_of_one_that_came_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    house.post("a", HARBOUR)
    answer = correct_while(house, monkeypatch, lambda: house.post("a", ORCHARD))
    assert (answer.story.text, answer.story.version, answer.story.title) == (ORCHARD, 2, "Corrected")


def test_of_two_corrections_at_once_both_hold(house: House, monkeypatch: pytest.MonkeyPatch):
    house.post("a", HARBOUR, title="Harbour", language="en")
    other = Correction(language="de")
    correct_while(house, monkeypatch, lambda: house.application.submit.correct("a", other, passages=False))
    corrected = house.application.reports.story("a").story
    assert (corrected.title, corrected.language) == ("Corrected", "de")


def test_a_correction_does_not_bring_a_deleted_story_back(house: House, monkeypatch: pytest.MonkeyPatch):
    house.post("a", HARBOUR)
    with pytest.raises(NotFound):
        correct_while(house, monkeypatch, lambda: house.application.forgetting.delete("a"))
    assert house.store.stats().stories == 0
