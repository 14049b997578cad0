"""An application over a fake world, for tests of the web layer alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import numpy as np
from msgspec import structs
from twicetold.domain.errors import Invalid, NotFound, TwicetoldError
from twicetold.domain.fingerprint.searchable import QueryWords, query_words
from twicetold.domain.model import ChromeBlock, Match, Override, PageMetadata, Relation, Story, Submission
from twicetold.usecases.application import Application
from twicetold.usecases.compare import Side
from twicetold.usecases.pipeline import CandidateStory, Correction, Outcome
from twicetold.usecases.read_models import MatchedStory, PersonVerdict, Position
from twicetold.usecases.relate import RelatedQuery
from twicetold.usecases.results import (
    CleanAnswer,
    CompareAnswer,
    MatchAnswer,
    MatchesAnswer,
    NearMiss,
    RelatedStory,
    SharedPassage,
    SharedWords,
    SignatureAnswer,
    SubmitAnswer,
    TextSpan,
)

from tests.web.fake_reports import FakeReadiness, FakeReports, FakeStore
from tests.web.fake_world import NOW, FakeWorld, clean, page


class FakeMatching:
    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def found(self, text: str, *, but: str | None, passages: bool) -> list[MatchAnswer]:
        shared = SharedPassage(a=TextSpan(0, len(text)), b=TextSpan(0, len(text)), words=len(text.split()), text=text)
        return [
            MatchAnswer(
                matched=MatchedStory(
                    match=Match(
                        a=0,
                        b=self.world.key(twin.id),
                        relation=Relation.EXACT,
                        why="the texts are equal",
                        jaccard=1.0,
                        a_in_b=1.0,
                        b_in_a=2 / 3,
                        longest_run=len(text.split()),
                    ),
                    story_id=twin.id,
                    url=twin.url,
                    source=twin.source,
                    title=twin.title,
                    published_at=twin.published_at,
                ),
                passages=[shared] if passages else None,
            )
            for twin in self.world.twins(text, but=but)
        ]

    def near(self) -> list[NearMiss]:
        return [
            NearMiss(
                story_id="near",
                jaccard=0.1,
                containment=0.1,
                contained=0.2,
                longest_run=3,
                why="too little",
                confidence=0.9,
                features={"order": None},
            )
        ]

    def match(self, submission: Submission, *, passages: bool, explain: bool) -> MatchesAnswer:
        found = self.found(clean(submission).text, but=None, passages=passages)
        return MatchesAnswer(matches=found, total=len(found), near=self.near() if explain else None)

    def matches(
        self,
        story_id: str,
        *,
        relations: Sequence[Relation],
        threshold: float | None,
        min_confidence: float | None,
        explain: bool,
        passages: bool,
        after: Position | None,
        limit: int,
    ) -> MatchesAnswer:
        story = self.world.story(story_id)
        found = [
            match
            for match in self.found(story.text, but=story_id, passages=passages)
            if (not relations or match.matched.match.relation in relations)
            and (threshold is None or match.matched.match.jaccard >= threshold)
            and (min_confidence is None or match.matched.match.confidence >= min_confidence)
        ]
        shown, following = page(found, after, limit)
        return MatchesAnswer(
            matches=cast("Sequence[MatchAnswer]", shown),
            total=len(found),
            next=following,
            near=self.near() if explain else None,
            verdicts=[one for one in self.world.said if one.a == story_id],
        )

    def compare(self, a: Side, b: Side, *, passages_after: int = 0) -> CompareAnswer:
        texts = [
            clean(side).text
            if isinstance(side, Submission)
            else self.world.story(side if isinstance(side, str) else side.story_id, name=f"{name}.story_id").text
            for name, side in (("a", a), ("b", b))
        ]
        equal = texts[0] == texts[1]
        span = TextSpan(0, len(texts[0]))
        return CompareAnswer(
            jaccard=float(equal),
            a_in_b=float(equal),
            b_in_a=float(equal),
            relation=Relation.EXACT if equal else None,
            why="the texts are equal" if equal else "the texts differ",
            confidence=1.0,
            features={} if equal else {"order": None},
            passages=[SharedPassage(a=span, b=span, words=3, text=texts[0])][passages_after:] if equal else [],
        )


class FakeSubmit:
    def __init__(self, world: FakeWorld, matching: FakeMatching) -> None:
        self.world = world
        self.matching = matching

    def submit(
        self, items: Sequence[Submission | TwicetoldError], *, passages: bool
    ) -> list[SubmitAnswer | TwicetoldError]:
        self.world.chunks.append(len(items))
        if self.world.failing is not None:
            raise self.world.failing
        return [item if isinstance(item, TwicetoldError) else self._one(item, passages) for item in items]

    def correct(self, story_id: str, correction: Correction, *, passages: bool) -> SubmitAnswer:
        story = self.world.story(story_id)
        said = {name: value for name, value in structs.asdict(correction).items() if value is not None}
        corrected = structs.replace(story, **said)
        self.world.entries[story_id][-1] = corrected
        found = self.matching.found(story.text, but=story_id, passages=passages)
        outcome = Outcome.UNCHANGED if corrected == story else Outcome.CHANGED
        return SubmitAnswer(
            story=corrected, outcome=outcome, matches=found, total=len(found), cluster=self.world.cluster(corrected)
        )

    def _one(self, submission: Submission, passages: bool) -> SubmitAnswer | TwicetoldError:
        try:
            cleaned = clean(submission)
        except TwicetoldError as error:
            return error
        versions = self.world.entries.setdefault(submission.id, [])
        known = versions[-1].text if versions else None
        outcome = Outcome.UNCHANGED if known == cleaned.text else Outcome.CHANGED if versions else Outcome.CREATED
        if outcome is not Outcome.UNCHANGED:
            versions.append(
                Story(
                    id=submission.id,
                    url=submission.url,
                    source=submission.source,
                    title=submission.title,
                    published_at=submission.published_at,
                    received_at=NOW + timedelta(seconds=len(self.world.entries)),
                    language=submission.language,
                    version=len(versions) + 1,
                    words=len(cleaned.text.split()),
                    text=cleaned.text,
                    removed=cleaned.removed,
                    credits=cleaned.credits,
                    thin=cleaned.thin,
                    warnings=cleaned.warnings,
                    metadata=submission.metadata,
                )
            )
            self.world.url_keys[submission.id] = submission.url_key
        story = versions[-1]
        found = self.matching.found(story.text, but=story.id, passages=passages)
        cluster = self.world.cluster(story)
        return SubmitAnswer(story=story, outcome=outcome, matches=found, total=len(found), cluster=cluster)


class FakeCleaning:
    def clean(self, submission: Submission, *, explain: bool, markdown: bool) -> CleanAnswer:
        cleaned = clean(submission)
        return CleanAnswer(
            cleaned=cleaned,
            metadata=PageMetadata(title=submission.title),
            region_text=submission.text or cleaned.text,
            chrome_blocks=1,
            chrome=(ChromeBlock(rule="interface:navigation", text="Home"),),
            markdown=f"# {cleaned.text}" if markdown else None,
        )

    def signature(self, submission: Submission) -> SignatureAnswer:
        words = len(clean(submission).text.split())
        return SignatureAnswer(
            scheme="affine32",
            seed=1,
            permutations=4,
            shingle=3,
            normaliser=2,
            words=words,
            signature=np.array([1, 2, 3, 4294967295], dtype=np.uint32),
        )


class FakeForgetting:
    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def delete(self, story_id: str) -> None:
        self.world.story(story_id)
        del self.world.entries[story_id]

    def boilerplate(self, source: str, block_id: str, *, allow: bool) -> None:
        if block_id != "b1":
            raise NotFound("this source has no such learned block", field="id")
        self.world.allowed.append(f"{source} {allow}")


class FakeOverruling:
    """Remembers what was said; it changes no match."""

    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def judge(
        self, a: str, b: str, *, same: bool | None, note: str | None = None, given_by: str | None = None
    ) -> list[PersonVerdict]:
        self.world.story(a, name="a")
        self.world.story(b, name="b")
        said = PersonVerdict(a=a, b=b, same=same, note=note, given_by=given_by, given_at=NOW)
        self.world.said.insert(0, said)
        return self.history(a, b)

    def history(self, a: str, b: str) -> list[PersonVerdict]:
        self.world.story(a, name="a")
        found = [one for one in self.world.said if {one.a, one.b} == {a, b}]
        if not found:
            raise NotFound("nobody has judged these two stories", field="b")
        return found


class FakeSourceOverrides:
    """Remembers what was put."""

    def __init__(self) -> None:
        self.wanted: dict[str, Sequence[Override]] = {}

    def read(self, source: str) -> Sequence[Override]:
        return self.wanted.get(source, ())

    def put(self, source: str, overrides: Sequence[Override]) -> None:
        self.wanted[source] = overrides


class FakeRelating:
    """Every other story tells the same event."""

    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def of_story(self, story_id: str, wanted: RelatedQuery) -> list[RelatedStory]:
        self.world.story(story_id)
        return self._all(wanted, but=story_id)

    def of_text(self, submission: Submission, wanted: RelatedQuery) -> list[RelatedStory]:
        if not clean(submission).text:
            raise Invalid("no words", field="text")
        return self._all(wanted, but=None)

    def _all(self, wanted: RelatedQuery, *, but: str | None) -> list[RelatedStory]:
        found = [
            RelatedStory(
                story=CandidateStory(
                    key=self.world.key(story.id),
                    story_id=story.id,
                    source=story.source,
                    url=story.url,
                    url_key=None,
                    title=story.title,
                    published_at=story.published_at,
                    received_at=story.received_at,
                    thin=False,
                    digest=b"",
                ),
                score=2 / 3,
                why="both name Telm",
                cluster_id=None,
                folded=0,
                shared=SharedWords(names=["Telm"], numbers=[], quotes=[], words=["harbour"]),
                encoder_cosine=self.world.encoder_cosine,
            )
            for story in self.world.stories()
            if story.id != but and wanted.source in (None, story.source) and wanted.min_score <= 2 / 3
        ]
        return found[: wanted.limit]


class FakeSearching:
    def words(self, query: str) -> QueryWords:
        found = query_words(query)
        if not found.whole and not found.begun:
            raise Invalid("q holds no word", field="q")
        return QueryWords((*found.whole, found.begun))


def fake_application(world: FakeWorld) -> Application:
    """The application over a world."""
    matching = FakeMatching(world)
    parts = {
        "submit": FakeSubmit(world, matching),
        "cleaning": FakeCleaning(),
        "matching": matching,
        "reports": FakeReports(world),
        "store": FakeStore(world),
        "readiness": FakeReadiness(world),
        "forgetting": FakeForgetting(world),
        "changes": None,  # tested over a store
        "overruling": FakeOverruling(world),
        "searching": FakeSearching(),
        "relating": FakeRelating(world),
        "source_overrides": FakeSourceOverrides(),
    }
    return cast("Application", SimpleNamespace(**parts))
