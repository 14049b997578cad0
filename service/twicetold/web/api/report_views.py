"""The reports as the contract has them, as JSON and as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import astuple, replace

from twicetold.domain.matching.clusters import publication_time
from twicetold.domain.model import Relation
from twicetold.usecases.read_models import (
    BoilerplateStatus,
    ClusterMember,
    ClusterSummary,
    SourceReport,
    SourceSummary,
    SourceTie,
)
from twicetold.usecases.results import ClusterAnswer
from twicetold.web.api.tables import Cell
from twicetold.web.api.views import rounded, shown


class ClustersView(Struct, frozen=True, kw_only=True):
    """A page of clusters."""

    clusters: Sequence[ClusterSummary]
    next_cursor: str | None


class MemberView(Struct, frozen=True, kw_only=True):
    """A member of a cluster; `lag_seconds` counts from the first story of the cluster."""

    story_id: str
    canonical: bool
    source: str
    title: str | None
    url: str | None
    published_at: datetime | None
    received_at: datetime
    lag_seconds: float
    relation: Relation | None
    similarity: float | None
    agencies: Sequence[str]

    @classmethod
    def of(cls, member: ClusterMember, cluster: ClusterSummary) -> MemberView:
        """Render a member."""
        since_first = publication_time(member.published_at, member.received_at) - cluster.first_seen
        return cls(
            story_id=member.story_id,
            canonical=member.story_id == cluster.canonical_id,
            source=member.source,
            title=member.title,
            url=member.url,
            published_at=member.published_at,
            received_at=member.received_at,
            lag_seconds=max(0.0, since_first.total_seconds()),  # the first of a day without times may come before it
            relation=member.relation,
            similarity=None if member.jaccard is None else rounded(member.jaccard),
            agencies=member.agencies,
        )


class EventView(Struct, frozen=True, kw_only=True):
    """Something that happened to a cluster."""

    at: datetime
    event: str
    other: str | None


class ClusterView(Struct, frozen=True, kw_only=True):
    """A cluster with a page of its members."""

    cluster: ClusterSummary
    agencies: Sequence[str]
    members: Sequence[MemberView]
    events: Sequence[EventView]
    next_cursor: str | None

    @classmethod
    def of(cls, answer: ClusterAnswer, *, next_cursor: str | None) -> ClusterView:
        """Render a cluster."""
        return cls(
            cluster=answer.summary,
            agencies=answer.agencies,
            members=[MemberView.of(member, answer.summary) for member in answer.members],
            events=shown(answer.events, list[EventView]),
            next_cursor=next_cursor,
        )


class SourceView(Struct, frozen=True, kw_only=True):
    """A source in numbers."""

    source: str
    stories: int
    first: int
    reprinted: int
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
            first_share=rounded(min(1.0, summary.first / stories)),
            reprinted_share=rounded(min(1.0, summary.reprinted / stories)),
        )


class SourcesView(Struct, frozen=True, kw_only=True):
    """A page of sources."""

    sources: Sequence[SourceView]
    next_cursor: str | None


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


CLUSTER_COLUMNS = ("cluster_id", "size", "sources", "canonical_id", "first_seen", "last_seen", "title")
MEMBER_COLUMNS = ("cluster_id", *MemberView.__struct_fields__)


def cluster_row(cluster: ClusterSummary) -> tuple[Cell, ...]:
    """A cluster as a row under `CLUSTER_COLUMNS`."""
    return cluster.id, *(getattr(cluster, name) for name in CLUSTER_COLUMNS[1:])


def member_row(cluster: ClusterSummary, member: MemberView) -> tuple[Cell, ...]:
    """A member as a row under `MEMBER_COLUMNS`."""
    told = replace(member, agencies="; ".join(member.agencies))
    return cluster.id, *astuple(told)
