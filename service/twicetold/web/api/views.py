"""Answers about stories and texts as the contract has them: structs that msgspec turns into JSON, times in UTC.

A minimal answer (`Prefer: return=minimal`, RFC 7240) leaves out `text`, `removed` and `passages`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from twicetold.domain.model import Credits, Kept, PageMetadata, Relation, RemovedSpan, Revision, Story
from twicetold.usecases.pipeline import Outcome
from twicetold.usecases.read_models import ClusterSummary, StoredStory
from twicetold.usecases.results import (
    CleanAnswer,
    CompareAnswer,
    MatchAnswer,
    MatchesAnswer,
    NearMiss,
    SharedPassage,
    SignatureAnswer,
    StoryAnswer,
    SubmitAnswer,
)


class RemovedView(Struct, frozen=True, kw_only=True):
    """A cut; `support` is given for learned boilerplate only."""

    kind: str
    rule: str
    start: int
    end: int
    text: str
    support: int | UnsetType

    @classmethod
    def of(cls, span: RemovedSpan) -> RemovedView:
        """Render a removed span."""
        support = UNSET if span.support is None else span.support
        return cls(kind=span.kind, rule=span.rule, start=span.start, end=span.end, text=span.text, support=support)


class StoryView(Struct, frozen=True, kw_only=True):
    """A story."""

    id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    received_at: datetime
    language: str | None
    version: int
    words: int
    thin: bool
    text: str | UnsetType
    removed: Sequence[RemovedView] | UnsetType
    credits: Credits
    warnings: Sequence[str]
    metadata: Mapping[str, Any]

    @classmethod
    def of(cls, story: Story, *, minimal: bool) -> StoryView:
        """Render a story."""
        return cls(
            id=story.id,
            url=story.url,
            source=story.source,
            title=story.title,
            published_at=story.published_at,
            received_at=story.received_at,
            language=story.language,
            version=story.version,
            words=story.words,
            thin=story.thin,
            text=UNSET if minimal else story.text,
            removed=UNSET if minimal else [RemovedView.of(span) for span in story.removed],
            credits=story.credits,
            warnings=story.warnings,
            metadata=story.metadata,
        )


class MatchView(Struct, frozen=True, kw_only=True):
    """A match: `containment` is how much of the story asked about is in this one, `contained` the reverse."""

    story_id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    relation: Relation
    why: str
    jaccard: float
    containment: float
    contained: float
    longest_run: int
    passages: Sequence[SharedPassage] | UnsetType

    @classmethod
    def of(cls, answer: MatchAnswer) -> MatchView:
        """Render a match; passages that were not asked for are left out."""
        matched, match = answer.matched, answer.matched.match
        return cls(
            story_id=matched.story_id,
            url=matched.url,
            source=matched.source,
            title=matched.title,
            published_at=matched.published_at,
            relation=match.relation,
            why=match.why,
            jaccard=rounded(match.jaccard),
            containment=rounded(match.a_in_b),
            contained=rounded(match.b_in_a),
            longest_run=match.longest_run,
            passages=UNSET if answer.passages is None else answer.passages,
        )


class SubmittedView(Struct, frozen=True, kw_only=True):
    """The answer to a submitted story."""

    outcome: Outcome
    story: StoryView
    matches: Sequence[MatchView]
    matches_total: int
    cluster: ClusterSummary | None

    @classmethod
    def of(cls, answer: SubmitAnswer, *, minimal: bool) -> SubmittedView:
        """Render what became of a submitted story."""
        return cls(
            outcome=answer.outcome,
            story=StoryView.of(answer.story, minimal=minimal),
            matches=[MatchView.of(match) for match in answer.matches],
            matches_total=answer.total,
            cluster=answer.cluster,
        )


class StoredView(Struct, frozen=True, kw_only=True):
    """A story in a list."""

    story: StoryView
    cluster: ClusterSummary | None

    @classmethod
    def of(cls, stored: StoredStory) -> StoredView:
        """Render a listed story, without its text."""
        return cls(story=StoryView.of(stored.story, minimal=True), cluster=stored.cluster)


class StoriesView(Struct, frozen=True, kw_only=True):
    """A page of stories."""

    stories: Sequence[StoredView]
    next_cursor: str | None


class StoryPageView(Struct, frozen=True, kw_only=True):
    """A story with its history."""

    story: StoryView
    cluster: ClusterSummary | None
    revisions: Sequence[Revision]

    @classmethod
    def of(cls, answer: StoryAnswer, *, minimal: bool) -> StoryPageView:
        """Render a story that was read."""
        return cls(
            story=StoryView.of(answer.story, minimal=minimal),
            cluster=answer.cluster,
            revisions=[_without_texts(each) for each in answer.revisions] if minimal else answer.revisions,
        )


def _without_texts(revision: Revision) -> Revision:
    return replace(revision, added=None, removed=None)


class MatchesView(Struct, frozen=True, kw_only=True):
    """A page of matches."""

    matches: Sequence[MatchView]
    total: int
    next_cursor: str | None
    near: Sequence[NearMiss] | UnsetType

    @classmethod
    def of(cls, answer: MatchesAnswer, *, next_cursor: str | None = None) -> MatchesView:
        """Render matches."""
        return cls(
            matches=[MatchView.of(match) for match in answer.matches],
            total=answer.total,
            next_cursor=next_cursor,
            near=UNSET if answer.near is None else [_near(one) for one in answer.near],
        )


class CleanView(Struct, frozen=True, kw_only=True):
    """A cleaned text."""

    text: str | UnsetType
    removed: Sequence[RemovedView] | UnsetType
    credits: Credits
    thin: bool
    metadata: PageMetadata
    warnings: Sequence[str]
    kept: Sequence[Kept] | UnsetType

    @classmethod
    def of(cls, answer: CleanAnswer, *, minimal: bool, explain: bool) -> CleanView:
        """Render a cleaned text."""
        cleaned = answer.cleaned
        return cls(
            text=UNSET if minimal else cleaned.text,
            removed=UNSET if minimal else [RemovedView.of(span) for span in cleaned.removed],
            credits=cleaned.credits,
            thin=cleaned.thin,
            metadata=answer.metadata,
            warnings=cleaned.warnings,
            kept=cleaned.kept if explain else UNSET,
        )


class SignatureView(Struct, frozen=True, kw_only=True):
    """A signature."""

    scheme: str
    seed: int
    permutations: int
    shingle: int
    normaliser: int
    words: int
    signature: Sequence[int]

    @classmethod
    def of(cls, answer: SignatureAnswer) -> SignatureView:
        """Render a signature."""
        return cls(
            scheme=answer.scheme,
            seed=answer.seed,
            permutations=answer.permutations,
            shingle=answer.shingle,
            normaliser=answer.normaliser,
            words=answer.words,
            signature=answer.signature.tolist(),
        )


class CompareView(Struct, frozen=True, kw_only=True):
    """A comparison."""

    jaccard: float
    a_in_b: float
    b_in_a: float
    relation: Relation | None
    why: str
    passages: Sequence[SharedPassage] | UnsetType

    @classmethod
    def of(cls, answer: CompareAnswer, *, minimal: bool) -> CompareView:
        """Render a comparison."""
        return cls(
            jaccard=rounded(answer.jaccard),
            a_in_b=rounded(answer.a_in_b),
            b_in_a=rounded(answer.b_in_a),
            relation=answer.relation,
            why=answer.why,
            passages=UNSET if minimal else answer.passages,
        )


def _near(miss: NearMiss) -> NearMiss:
    return replace(
        miss, jaccard=rounded(miss.jaccard), containment=rounded(miss.containment), contained=rounded(miss.contained)
    )


def rounded(share: float) -> float:
    """A share with six decimals: more tells nothing, and differs between machines."""
    return round(share, 6)
