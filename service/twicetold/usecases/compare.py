"""What matches a text or a stored story, and what two texts share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from twicetold.domain.cleaning.offsets import before_cleaning
from twicetold.domain.errors import TwicetoldError
from twicetold.domain.model import Match, Relation, Submission
from twicetold.usecases.evidence import PassageReader, other_wordings, with_passages
from twicetold.usecases.find_matches import MatchVerdict, Subject, find_matches, text_features, verify_each
from twicetold.usecases.pipeline import Draft, StoredFeatures
from twicetold.usecases.ports import Clock, Store
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.read_models import MatchedStory, Page, Position, StoredStory, Wording
from twicetold.usecases.report import stored_story
from twicetold.usecases.results import CompareAnswer, MatchAnswer, MatchesAnswer, NearMiss, SharedPassage, TextSpan

OFFERED = 50
"""Matches given for a text that is only asked about; the rest are counted."""
VERDICTS = 50
"""Verdicts of people given with the matches of a story, the latest; `/v1/verdicts` lists all."""
NEAR = 10
"""Unreported candidates given with an explanation."""


class Matching:
    """Read-only matching; nothing here is stored."""

    def __init__(self, store: Store, preparation: Preparation, clock: Clock) -> None:
        self._store = store
        self._preparation = preparation
        self._clock = clock

    def match(self, submission: Submission, *, passages: bool, explain: bool) -> MatchesAnswer:
        """What a text would match if it were submitted. Raises `ExtractionFailed`.

        A story already stored under the submission's own id is one of its matches like any other. Passage offsets count
        in the text as it was given, or in the cleaned text of a page.
        """
        draft = self._preparation.draft(submission, now=self._clock())
        (judged,) = find_matches(self._store, [Subject.of(draft, None)], self._preparation.parameters)
        matched = [_matched(one.candidate, match) for one in judged if (match := one.match(0)) is not None]
        page = Page(items=matched[:OFFERED])
        others: Mapping[int, Wording] | None = None
        if passages:
            with self._store.reading() as reading:
                others = other_wordings(reading, [page])
        shown = [_offered(answer, submission, draft) for answer in self._shown(0, draft.wording, page, others)]
        return MatchesAnswer(matches=shown, total=len(matched), near=_near(judged) if explain else None)

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
            others = other_wordings(reading, [page]) if passages else None
            verdicts = reading.person_verdicts_of(stored.key, limit=VERDICTS)
        shown = self._shown(stored.key, Wording(text=stored.story.text), page, others)
        near = _near(self._judged(stored)) if explain else None
        return MatchesAnswer(matches=shown, total=page.total or 0, next=page.next, near=near, verdicts=verdicts)

    def compare(self, a: Submission | str, b: Submission | str) -> CompareAnswer:
        """Two texts or stored stories (by id) side by side.

        Passage offsets count in the cleaned text of a story or page, and in the text as it was given otherwise. Errors
        name the side in their field: `NotFound` for an unknown story, `ExtractionFailed`.
        """
        now = self._clock()
        left, right = self._side("a", a, now), self._side("b", b, now)
        if wordless := [name for name, side in (("a", left), ("b", right)) if not side.story.words]:
            why = f"{' and '.join(wordless)} {'have' if len(wordless) > 1 else 'has'} no words left after cleaning"
            return CompareAnswer(
                jaccard=0.0, a_in_b=0.0, b_in_a=0.0, relation=None, why=why, confidence=0.0, features={}, passages=[]
            )
        one, other = Subject.of(left, None), Subject.of(right, None)
        parameters = self._preparation.parameters
        held = [(other, text_features(other, parameters))]
        (verdict,) = verify_each(one, text_features(one, parameters), held)
        (passages,) = PassageReader(self._preparation.analyser).passages(left.wording, [right.wording])
        return CompareAnswer(
            jaccard=verdict.measures.jaccard,
            a_in_b=verdict.measures.a_in_b,
            b_in_a=verdict.measures.b_in_a,
            relation=verdict.relation,
            why=verdict.why,
            confidence=verdict.confidence,
            features=verdict.features,
            passages=[_as_given(shared, (a, left), (b, right)) for shared in passages],
        )

    def _side(self, name: str, given: Submission | str, now: datetime) -> Draft:
        try:
            return self._draft(given, now)
        except TwicetoldError as error:
            error.move_into(name)
            raise

    def _draft(self, given: Submission | str, now: datetime) -> Draft:
        if isinstance(given, Submission):
            return self._preparation.draft(given, now=now)
        with self._store.reading() as reading:
            stored = stored_story(reading, given, field="story_id")
        (draft,) = self._preparation.redrafts([stored.story])
        return draft

    def _judged(self, stored: StoredStory) -> list[MatchVerdict]:
        (draft,) = self._preparation.redrafts([stored.story])
        return find_matches(self._store, [Subject.of(draft, stored.key)], self._preparation.parameters)[0]

    def _shown(
        self, key: int, asked: Wording, page: Page[MatchedStory], others: Mapping[int, Wording] | None
    ) -> Sequence[MatchAnswer]:
        return with_passages({key: page}, {key: asked}, others, self._preparation.analyser)[key]


def _offered(answer: MatchAnswer, submission: Submission, draft: Draft) -> MatchAnswer:
    if answer.passages is None:
        return answer
    other = answer.matched.story_id
    passages = [_as_given(shared, (submission, draft), (other, draft)) for shared in answer.passages]
    return MatchAnswer(matched=answer.matched, passages=passages)


def _as_given(
    shared: SharedPassage, a: tuple[Submission | str, Draft], b: tuple[Submission | str, Draft]
) -> SharedPassage:
    in_a, in_b = _span_as_given(shared.a, *a), _span_as_given(shared.b, *b)
    given, _ = a
    text = given.text[in_a.start : in_a.end] if isinstance(given, Submission) and given.text else shared.text
    return SharedPassage(a=in_a, b=in_b, words=shared.words, text=text)


def _span_as_given(span: TextSpan, given: Submission | str, draft: Draft) -> TextSpan:
    if isinstance(given, str) or given.text is None:
        return span
    return TextSpan(*before_cleaning(span.start, span.end, draft.story.removed))


def _matched(known: StoredFeatures, match: Match) -> MatchedStory:
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
