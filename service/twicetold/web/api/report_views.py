"""The reports as the contract has them, as JSON and as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import astuple, replace

from twicetold.domain.matching.clusters import publication_time
from twicetold.domain.model import Copied, Relation
from twicetold.usecases.read_models import (
    BoilerplateStatus,
    ClusterMember,
    ClusterSummary,
    DerivedCopy,
    ReceptionBucket,
    SourceReport,
    SourceSummary,
    SourceTie,
    Tie,
    Ties,
)
from twicetold.usecases.report import Bucket
from twicetold.usecases.results import ClusterAnswer, Credit
from twicetold.web.api.tables import Cell
from twicetold.web.api.views import rounded, rounded_or_none, shown


class ClustersView(Struct, frozen=True, kw_only=True):
    """A page of clusters."""

    clusters: Sequence[ClusterSummary]
    next_cursor: str | None


class MemberView(Struct, frozen=True, kw_only=True):
    """A story in the report of a cluster, a member or a derived copy of one (`original_id`).

    `lag_seconds` counts from the first story of the cluster.
    """

    story_id: str
    canonical: bool
    source: str
    title: str | None
    url: str | None
    published_at: datetime | None
    received_at: datetime
    lag_seconds: float
    copied: Copied
    relation: Relation | None
    similarity: float | None
    confidence: float | None
    original_id: str | None
    agencies: Sequence[str]

    @classmethod
    def of(cls, member: ClusterMember, cluster: ClusterSummary) -> MemberView:
        """Render a member."""
        return cls(
            story_id=member.story_id,
            canonical=member.story_id == cluster.canonical_id,
            source=member.source,
            title=member.title,
            url=member.url,
            published_at=member.published_at,
            received_at=member.received_at,
            lag_seconds=_lag(member, cluster),
            copied=Copied.WHOLE,
            relation=member.relation,
            similarity=rounded_or_none(member.jaccard),
            confidence=rounded_or_none(member.confidence),
            original_id=None,
            agencies=member.agencies,
        )

    @classmethod
    def derived(cls, copy: DerivedCopy, cluster: ClusterSummary) -> MemberView:
        """Render a derived copy."""
        return cls(
            story_id=copy.story_id,
            canonical=False,
            source=copy.source,
            title=copy.title,
            url=copy.url,
            published_at=copy.published_at,
            received_at=copy.received_at,
            lag_seconds=_lag(copy, cluster),
            copied=copy.relation.copied,
            relation=copy.relation,
            similarity=rounded_or_none(copy.jaccard),
            confidence=rounded_or_none(copy.confidence),
            original_id=copy.original_id,
            agencies=copy.agencies,
        )


def _lag(story: ClusterMember | DerivedCopy, cluster: ClusterSummary) -> float:
    since_first = publication_time(story.published_at, story.received_at) - cluster.first_seen
    return max(0.0, since_first.total_seconds())  # the first of a day without times may come before it


class EventView(Struct, frozen=True, kw_only=True):
    """Something that happened to a cluster."""

    at: datetime
    event: str
    other: str | None


class ClusterView(Struct, frozen=True, kw_only=True):
    """A cluster with a page of its members and its earliest derived copies."""

    cluster: ClusterSummary
    credited_to: Credit | None
    agencies: Sequence[str]
    members: Sequence[MemberView]
    derived: Sequence[MemberView]
    events: Sequence[EventView]
    merged_id: str | UnsetType
    next_cursor: str | None

    @classmethod
    def of(cls, answer: ClusterAnswer, *, next_cursor: str | None) -> ClusterView:
        """Render a cluster."""
        return cls(
            cluster=answer.summary,
            credited_to=answer.credited_to,
            agencies=answer.agencies,
            members=[MemberView.of(member, answer.summary) for member in answer.members],
            derived=[MemberView.derived(copy, answer.summary) for copy in answer.derived],
            events=shown(answer.events, list[EventView]),
            merged_id=answer.merged_id or UNSET,
            next_cursor=next_cursor,
        )


class DerivedView(Struct, frozen=True, kw_only=True):
    """A page of derived copies."""

    derived: Sequence[MemberView]
    next_cursor: str | None


class SourceView(Struct, frozen=True, kw_only=True):
    """A source in numbers."""

    source: str
    stories: int
    first: int
    reprinted: int
    cut: int
    extended: int
    reworked: int
    quoted: int
    first_share: float
    reprinted_share: float

    @classmethod
    def of(cls, summary: SourceSummary) -> SourceView:
        """Render a source."""
        stories = max(1, summary.stories)
        return cls(
            source=summary.source,
            stories=summary.stories,
            first=summary.first,
            reprinted=summary.reprinted,
            cut=summary.cut,
            extended=summary.extended,
            reworked=summary.reworked,
            quoted=summary.quoted,
            first_share=rounded(min(1.0, summary.first / stories)),
            reprinted_share=rounded(min(1.0, summary.reprinted / stories)),
        )


class SourcesView(Struct, frozen=True, kw_only=True):
    """A page of sources."""

    sources: Sequence[SourceView]
    next_cursor: str | None


class TieView(Struct, frozen=True, kw_only=True, rename={"origin": "from", "target": "to"}):
    """Who reprints whom: stories went from the source that was first to the one that came later."""

    origin: str
    target: str
    relation: Relation
    stories: int
    median_lag_seconds: float

    @classmethod
    def of(cls, tie: Tie) -> TieView:
        """Render a tie."""
        return cls(
            origin=tie.first,
            target=tie.later,
            relation=tie.relation,
            stories=tie.stories,
            median_lag_seconds=max(0.0, tie.median_lag.total_seconds()),
        )


class TiesView(Struct, frozen=True, kw_only=True):
    """Ties."""

    ties: Sequence[TieView]
    complete: bool
    counted_since: datetime | None

    @classmethod
    def of(cls, found: Ties) -> TiesView:
        """Render ties."""
        return cls(
            ties=[TieView.of(tie) for tie in found.ties], complete=found.complete, counted_since=found.counted_since
        )


class TimelineView(Struct, frozen=True, kw_only=True):
    """What was received when."""

    bucket: Bucket
    timeline: Sequence[ReceptionBucket]


class BlockView(Struct, frozen=True, kw_only=True):
    """A learned block of boilerplate."""

    id: str
    text: str
    stories: int
    days: int
    first_seen: datetime
    last_seen: datetime
    status: BoilerplateStatus


class SourceReportView(Struct, frozen=True, kw_only=True):
    """A source with its ties to others and its boilerplate."""

    source: SourceView
    reprints_from: Sequence[SourceTie]
    reprinted_by: Sequence[SourceTie]
    boilerplate: Sequence[BlockView]

    @classmethod
    def of(cls, report: SourceReport) -> SourceReportView:
        """Render a source."""
        return cls(
            source=SourceView.of(report.summary),
            reprints_from=report.reprints_from,
            reprinted_by=report.reprinted_by,
            boilerplate=shown(report.boilerplate, list[BlockView]),
        )


CLUSTER_COLUMNS = (
    "cluster_id", "size", "sources", "derived", "all_sources", "canonical_id", "first_seen", "last_seen", "title",
    "language",
)  # fmt: skip
MEMBER_COLUMNS = ("cluster_id", *MemberView.__struct_fields__)


def cluster_row(cluster: ClusterSummary) -> tuple[Cell, ...]:
    """A cluster as a row under `CLUSTER_COLUMNS`."""
    return cluster.id, *(getattr(cluster, name) for name in CLUSTER_COLUMNS[1:])


def member_row(cluster: ClusterSummary, member: MemberView) -> tuple[Cell, ...]:
    """A member as a row under `MEMBER_COLUMNS`."""
    told = replace(member, agencies="; ".join(member.agencies))
    return cluster.id, *astuple(told)
