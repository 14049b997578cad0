"""What matches a text or a stored story, and what two texts share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from twicetold.domain.cleaning.offsets import before_cleaning
from twicetold.domain.errors import TwicetoldError
from twicetold.domain.model import Match, Relation, Submission
from twicetold.usecases.evidence import Evidence, Room, without_passages
from twicetold.usecases.find_matches import MatchVerdict, Subject, find_matches, text_features, verify_each
from twicetold.usecases.pipeline import CandidateStory, Draft
from twicetold.usecases.ports import Clock, Store
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.read_models import MatchedStory, Page, Position, StoredStory, Wording
from twicetold.usecases.report import stored_story, stored_version
from twicetold.usecases.results import CompareAnswer, MatchesAnswer, NearMiss, SharedPassage, TextSpan

OFFERED = 50
"""Matches given for a text that is only asked about; the rest are counted."""
VERDICTS = 50
"""Verdicts of people given with the matches of a story, the latest; `/v1/verdicts` lists all."""
NEAR = 10
"""Unreported candidates given with an explanation."""


class OneVersion(NamedTuple):
    """A stored story as it was in one of its versions."""

    story_id: str
    version: int


Side = Submission | str | OneVersion
"""What is compared: a page or text, a stored story by its id, or one of its versions."""


class Matching:
    """Read-only matching; nothing here is stored."""

    def __init__(self, store: Store, preparation: Preparation, evidence: Evidence, clock: Clock) -> None:
        self._store = store
        self._preparation = preparation
        self._evidence = evidence
        self._clock = clock

    def match(self, submission: Submission, *, passages: bool, explain: bool) -> MatchesAnswer:
        """What a text would match if it were submitted. Raises `ExtractionFailed`.

        A story already stored under the submission's own id is one of its matches like any other. Passage offsets count
        in the text as it was given, or in the cleaned text of a page.
        """
        draft = self._preparation.draft(submission, now=self._clock())
        judged = self._judged(Subject.of(draft, None))
        matched = [_matched(one.candidate, match) for one in judged if (match := one.match(0)) is not None]
        page = Page(items=matched[:OFFERED])
        shown = without_passages(page)
        if passages:
            given = (submission, draft)
            shown = self._evidence.shown(
                {0: page}, {0: draft.wording}, as_given=lambda shared: _as_given(shared, given, None)
            )[0]
        return MatchesAnswer(
            matches=shown.matches,
            total=len(matched),
            near=_near(judged) if explain else None,
            warnings=(*shown.warnings, *self._beyond(draft, len(judged))),
        )

    def matches(
        self,
        story_id: str,
        *,
        relations: Sequence[Relation],
        threshold: float | None,
        min_confidence: float | None = None,
        explain: bool,
        passages: bool,
        after: Position | None,
        limit: int,
    ) -> MatchesAnswer:
        """Everything a stored story matches now, strongest first. Raises `NotFound`."""
        with self._store.reading() as reading:
            stored = stored_story(reading, story_id)
            page = reading.matches(
                stored.key,
                relations=relations,
                threshold=threshold,
                min_confidence=min_confidence,
                after=after,
                limit=limit,
            )
            verdicts = reading.person_verdicts_of(stored.key, limit=VERDICTS)
            passed_over = reading.passed_over(stored.key)
        shown = without_passages(page)
        if passages:
            shown = self._evidence.shown({0: page}, {0: Wording(text=stored.story.text)})[0]
        return MatchesAnswer(
            matches=shown.matches,
            total=page.total or 0,
            next=page.next,
            near=_near(self._judged_again(stored)) if explain else None,
            verdicts=verdicts,
            warnings=(*shown.warnings, *_not_compared(passed_over)),
        )

    def _beyond(self, draft: Draft, judged: int) -> tuple[str, ...]:
        """A warning where more stories share keys with a text than are verified."""
        with self._store.reading() as reading:
            return _not_compared(reading.sharers(Subject.of(draft, None).query) - judged)

    def compare(self, a: Side, b: Side, *, passages_after: int = 0) -> CompareAnswer:
        """Two texts, stored stories (by id) or versions of these side by side, with the passages after so many of them.

        Passage offsets count in the cleaned text of a story or page, and in the text as it was given otherwise. Errors
        name the side in their field: `NotFound` for an unknown story or version, `ExtractionFailed`.
        """
        now = self._clock()
        left, right = self._side("a", a, now), self._side("b", b, now)
        if wordless := [name for name, side in (("a", left), ("b", right)) if not side.story.words]:
            why = f"{' and '.join(wordless)} {'have' if len(wordless) > 1 else 'has'} no words left after cleaning"
            return CompareAnswer(
                jaccard=0.0, a_in_b=0.0, b_in_a=0.0, relation=None, why=why, confidence=0.0, features={}, passages=[],
                a_text=_text_as_given(a, left), b_text=_text_as_given(b, right),
            )  # fmt: skip
        one, other = Subject.of(left, None), Subject.of(right, None)
        parameters = self._preparation.parameters
        held = [(other, text_features(other, parameters))]
        with self._store.reading() as reading:
            furniture = reading.furniture([one.source, other.source])
        (verdict,) = verify_each(one, text_features(one, parameters), held, furniture, parameters=parameters)
        shared = self._evidence.between(left, right)[passages_after:]
        room = Room()
        passages, more = room.take(_as_given(passage, (a, left), (b, right)) for passage in shared)
        return CompareAnswer(
            jaccard=verdict.measures.jaccard,
            a_in_b=verdict.measures.a_in_b,
            b_in_a=verdict.measures.b_in_a,
            relation=verdict.relation,
            why=verdict.why,
            confidence=verdict.confidence,
            features=verdict.features,
            passages=passages,
            more_passages=more,
            warnings=room.warnings,
            a_text=_text_as_given(a, left),
            b_text=_text_as_given(b, right),
        )

    def _side(self, name: str, given: Side, now: datetime) -> Draft:
        try:
            return self._draft(given, now)
        except TwicetoldError as error:
            error.move_into(name)
            raise

    def _draft(self, given: Side, now: datetime) -> Draft:
        if isinstance(given, Submission):
            return self._preparation.draft(given, now=now)
        with self._store.reading() as reading:
            story_id, number = (given, None) if isinstance(given, str) else given
            stored = stored_story(reading, story_id, field="story_id")
            story = stored.story
            if number is not None:
                version = stored_version(reading, stored.key, number)
                story = structs.replace(story, text=version.text, title=version.title, removed=())
        (draft,) = self._preparation.redrafts([story])
        return draft

    def _judged_again(self, stored: StoredStory) -> list[MatchVerdict]:
        (draft,) = self._preparation.redrafts([stored.story])
        return self._judged(Subject.of(draft, stored.key))

    def _judged(self, subject: Subject) -> list[MatchVerdict]:
        (judged,) = find_matches(self._store, [subject], self._preparation.parameters, self._preparation.slots)
        return judged


def _as_given(shared: SharedPassage, a: tuple[Side, Draft], b: tuple[Side, Draft] | None) -> SharedPassage:
    """A passage in the places of what was given for a and b; None for a stored story."""
    in_a, in_b = _span_as_given(shared.a, *a), shared.b if b is None else _span_as_given(shared.b, *b)
    given, _ = a
    text = given.text[in_a.start : in_a.end] if isinstance(given, Submission) and given.text else shared.text
    return SharedPassage(a=in_a, b=in_b, words=shared.words, text=text)


def _text_as_given(given: Side, draft: Draft) -> str:
    return given.text if isinstance(given, Submission) and given.text is not None else draft.story.text


def _span_as_given(span: TextSpan, given: Side, draft: Draft) -> TextSpan:
    if not isinstance(given, Submission) or given.text is None:
        return span
    return TextSpan(*before_cleaning(span.start, span.end, draft.story.removed))


def _not_compared(stories: int) -> tuple[str, ...]:
    why = "more stories share with this one what very many hold, and were not compared: see its cluster for copies"
    return (f"{stories} {why}",) if stories > 0 else ()


def _matched(known: CandidateStory, match: Match) -> MatchedStory:
    return MatchedStory(
        match=match,
        story_id=known.story_id,
        url=known.url,
        source=known.source,
        title=known.title,
        published_at=known.published_at,
    )


def _near(judged: Sequence[MatchVerdict]) -> list[NearMiss]:
    return [
        NearMiss(
            story_id=one.candidate.story_id,
            jaccard=one.verdict.measures.jaccard,
            containment=one.verdict.measures.a_in_b,
            contained=one.verdict.measures.b_in_a,
            longest_run=one.verdict.measures.longest_run,
            why=one.verdict.why,
            confidence=one.verdict.confidence,
            features=one.verdict.features,
        )
        for one in judged
        if one.verdict.relation is None
    ][:NEAR]
