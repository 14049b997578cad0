"""Answers about stories and texts as the contract has them: structs that msgspec turns into JSON, times in UTC.

A view names the fields of what it shows, and `shown` fills it by these; only what differs is written out. A minimal
answer (`Prefer: return=minimal`, RFC 7240) leaves out `text`, `removed` and `passages`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs
from msgspec.structs import replace

from twicetold.domain.model import (
    ChromeBlock,
    Copied,
    Credits,
    Decider,
    Kept,
    LanguageSource,
    PageMetadata,
    Relation,
    RemovedSpan,
    Revision,
    Story,
)
from twicetold.usecases.pipeline import Outcome
from twicetold.usecases.read_models import (
    ClusterSummary,
    MatchedStory,
    PersonVerdict,
    StoredStory,
    StoredVersion,
    VersionFace,
)
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
from twicetold.web.api.tables import Cell

V = TypeVar("V")
S = TypeVar("S", bound=Struct)


def shown(value: object, view: type[V]) -> V:
    """A view of a value, by the names of its fields."""
    return msgspec.convert(value, view, from_attributes=True)


def rounded(share: float) -> float:
    """A share with six decimals: more tells nothing, and differs between machines."""
    return round(share, 6)


def rounded_or_none(share: float | None) -> float | None:
    """The same, None for None."""
    return None if share is None else rounded(share)


def with_rounded_shares(view: S) -> S:
    """The same with every float rounded."""
    values = {name: getattr(view, name) for name in view.__struct_fields__}
    return replace(view, **{name: rounded(value) for name, value in values.items() if isinstance(value, float)})


class RemovedView(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cut; `support` is given for learned boilerplate only."""

    kind: str
    rule: str
    start: int
    end: int
    text: str
    support: int | None = None

    @classmethod
    def each_of(cls, removed: Sequence[RemovedSpan]) -> list[RemovedView]:
        """Render removed spans."""
        return shown(removed, list[RemovedView])


class StoryView(Struct, frozen=True, kw_only=True):
    """A story."""

    id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    received_at: datetime
    language: str | None
    language_from: LanguageSource | None
    version: int
    cleaner_version: int
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
        view = shown(story, cls)
        return replace(view, text=UNSET, removed=UNSET) if minimal else view


class MatchView(Struct, frozen=True, kw_only=True):
    """A match: `containment` is how much of the story asked about is in this one, `contained` the reverse."""

    story_id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    relation: Relation
    why: str
    confidence: float
    decided_by: Decider
    jaccard: float
    containment: float
    contained: float
    longest_run: int
    passages: Sequence[SharedPassage] | UnsetType
    more_passages: bool | UnsetType

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
            confidence=rounded(match.confidence),
            decided_by=match.decided_by,
            jaccard=rounded(match.jaccard),
            containment=rounded(match.a_in_b),
            contained=rounded(match.b_in_a),
            longest_run=match.longest_run,
            passages=UNSET if answer.passages is None else answer.passages,
            more_passages=UNSET if answer.passages is None else answer.more_passages,
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


class OriginView(Struct, frozen=True, kw_only=True):
    """A story that another one is a derived copy of, with its cluster."""

    cluster_id: str | None
    story_id: str
    source: str
    title: str | None
    relation: Relation
    copied: Copied


class StoryPageView(Struct, frozen=True, kw_only=True):
    """A story with its history, and what it is a derived copy of."""

    story: StoryView
    cluster: ClusterSummary | None
    derived_from: Sequence[OriginView]
    revisions: Sequence[Revision]

    @classmethod
    def of(cls, answer: StoryAnswer, *, minimal: bool) -> StoryPageView:
        """Render a story that was read."""
        without_texts = [replace(each, added=None, removed=None) for each in answer.revisions]
        return cls(
            story=StoryView.of(answer.story, minimal=minimal),
            cluster=answer.cluster,
            derived_from=[
                OriginView(**structs.asdict(each), copied=each.relation.copied) for each in answer.derived_from
            ],
            revisions=without_texts if minimal else answer.revisions,
        )


class VersionsView(Struct, frozen=True, kw_only=True):
    """A page of versions."""

    versions: Sequence[VersionFace]
    next_cursor: str | None


class VersionView(Struct, frozen=True, kw_only=True):
    """A version of a story."""

    story_id: str
    version: int
    received_at: datetime
    title: str | None
    words: int
    text: str

    @classmethod
    def of(cls, story_id: str, version: StoredVersion) -> VersionView:
        """Render a version."""
        return cls(story_id=story_id, **msgspec.structs.asdict(version))


class MatchesView(Struct, frozen=True, kw_only=True):
    """A page of matches."""

    matches: Sequence[MatchView]
    total: int
    next_cursor: str | None
    near: Sequence[NearMiss] | UnsetType
    verdicts: Sequence[PersonVerdict] | UnsetType
    warnings: Sequence[str]

    @classmethod
    def of(cls, answer: MatchesAnswer, *, next_cursor: str | None = None) -> MatchesView:
        """Render matches."""
        return cls(
            matches=[MatchView.of(match) for match in answer.matches],
            total=answer.total,
            next_cursor=next_cursor,
            near=UNSET if answer.near is None else [with_rounded_shares(one) for one in answer.near],
            verdicts=UNSET if answer.verdicts is None else answer.verdicts,
            warnings=answer.warnings,
        )


STORY_COLUMNS = (
    "story_id", "url", "source", "title", "published_at", "received_at", "language", "version", "words", "thin",
    "agencies", "cluster_id",
)  # fmt: skip
MATCH_COLUMNS = tuple(name for name in MatchView.__struct_fields__ if name != "passages")


def story_row(stored: StoredStory) -> tuple[Cell, ...]:
    """A story as a row under `STORY_COLUMNS`."""
    story = stored.story
    told = (getattr(story, name) for name in STORY_COLUMNS[1:-2])
    return story.id, *told, "; ".join(story.credits.agencies), stored.cluster.id if stored.cluster else None


def match_row(matched: MatchedStory) -> tuple[Cell, ...]:
    """A match as a row under `MATCH_COLUMNS`."""
    view = MatchView.of(MatchAnswer(matched=matched))
    return tuple(getattr(view, name) for name in MATCH_COLUMNS)


class CleanView(Struct, frozen=True, kw_only=True):
    """A cleaned text."""

    text: str | UnsetType
    removed: Sequence[RemovedView] | UnsetType
    credits: Credits
    thin: bool
    metadata: PageMetadata
    warnings: Sequence[str]
    chrome_blocks: int
    kept: Sequence[Kept] | UnsetType
    region_text: str | UnsetType
    chrome: Sequence[ChromeBlock] | UnsetType
    markdown: str | UnsetType

    @classmethod
    def of(cls, answer: CleanAnswer, *, minimal: bool, explain: bool) -> CleanView:
        """Render a cleaned text."""
        cleaned = answer.cleaned
        return cls(
            text=UNSET if minimal else cleaned.text,
            removed=UNSET if minimal else RemovedView.each_of(cleaned.removed),
            credits=cleaned.credits,
            thin=cleaned.thin,
            metadata=answer.metadata,
            warnings=cleaned.warnings,
            chrome_blocks=answer.chrome_blocks,
            kept=cleaned.kept if explain else UNSET,
            region_text=answer.region_text if explain and not minimal else UNSET,
            chrome=answer.chrome if explain and not minimal else UNSET,
            markdown=UNSET if minimal or answer.markdown is None else answer.markdown,
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
        return shown({**msgspec.structs.asdict(answer), "signature": answer.signature.tolist()}, cls)


class CompareView(Struct, frozen=True, kw_only=True):
    """A comparison."""

    jaccard: float
    a_in_b: float
    b_in_a: float
    relation: Relation | None
    why: str
    confidence: float
    features: Mapping[str, float | None]
    passages: Sequence[SharedPassage] | UnsetType
    more_passages: bool | UnsetType
    warnings: Sequence[str]

    @classmethod
    def of(cls, answer: CompareAnswer, *, minimal: bool) -> CompareView:
        """Render a comparison."""
        view = with_rounded_shares(shown(answer, cls))
        return replace(view, passages=UNSET, more_passages=UNSET, warnings=()) if minimal else view
