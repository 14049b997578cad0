"""What is read from a store: stories, clusters and sources, and the pages and filters of their listings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from msgspec import UNSET, Struct, UnsetType

from twicetold.domain.fingerprint.searchable import QueryWords
from twicetold.domain.model import Match, Relation, Story, Words

T = TypeVar("T")
Position = tuple[str | int | float | None, ...]
"""Where a page ended: the sort values of its last item. Opaque to callers."""


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """A bounded part of a listing.

    `next` continues it (None at the end), `total` counts all of it where that is cheap.
    """

    items: Sequence[T]
    next: Position | None = None
    total: int | None = None


class StoredStory(Struct, frozen=True, kw_only=True):
    """A story with what the store knows around it; `waiting_since` is None once its matches are on record."""

    key: int
    story: Story
    cluster: ClusterSummary | None
    waiting_since: datetime | None = None

    @property
    def matched(self) -> bool:
        """Whether its matches are on record."""
        return self.waiting_since is None


class Wording(Struct, frozen=True, kw_only=True):
    """A cleaned text and its hashed tokens; None where these are not at hand."""

    text: str
    words: Words | None = None


class VersionFace(Struct, frozen=True, kw_only=True):
    """A version of a story that was or is current, without its text; `words` counts the tokens of that."""

    version: int
    received_at: datetime
    title: str | None
    words: int


class StoredVersion(VersionFace, frozen=True, kw_only=True):
    """A version of a story that was or is current."""

    text: str


class MatchedStory(Struct, frozen=True, kw_only=True):
    """A match seen from the story that was asked about (`match.a`), with the other story's face."""

    match: Match
    story_id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None


class PersonVerdict(Struct, frozen=True, kw_only=True):
    """What a person said of the stories `a` and `b`: that they are one report, that they are not, or neither any more.

    `given_by` is the name of the API key that it came with, if any.
    """

    a: str
    b: str
    same: bool | None
    note: str | None
    given_by: str | None
    given_at: datetime


class StoryFilter(Struct, frozen=True, kw_only=True):
    """Which stories to list; times bound received_at, `since` inclusive, `until` exclusive."""

    words: QueryWords | None = None
    url_key: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class EventWindow(Struct, frozen=True, kw_only=True):
    """Where stories of one event are looked for: by publication time from `since` up to `until`, at one source or all.

    `received_until` bounds their reception; None where stories are received long after their publication.
    """

    since: datetime
    until: datetime
    received_until: datetime | None
    source: str | None = None


class ClusterSummary(Struct, frozen=True, kw_only=True):
    """A cluster in short.

    `sources` counts distinct ones of its `size` members, `all_sources` those of its `derived` copies, too; times are
    published_at, or received_at where that is missing. Title and language are those of the canonical story.
    """

    id: str
    size: int
    sources: int
    derived: int
    all_sources: int
    canonical_id: str
    first_seen: datetime
    last_seen: datetime
    title: str | None = None
    language: str | None = None


class ClusterMember(Struct, frozen=True, kw_only=True):
    """A story in a cluster, with its similarity to the canonical one (None when the pair was never measured).

    `confidence` is that of its relation to that story.
    """

    key: int
    story_id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    received_at: datetime
    relation: Relation | None
    jaccard: float | None
    confidence: float | None
    agencies: tuple[str, ...]


class DerivedCopy(Struct, frozen=True, kw_only=True):
    """An excerpt, extension or rewrite of a member of a cluster (the story `original_id`), with its tie to that."""

    story_id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    received_at: datetime
    relation: Relation
    jaccard: float | None
    confidence: float | None
    original_id: str
    agencies: tuple[str, ...]


class Origin(Struct, frozen=True, kw_only=True):
    """A story that another one is a derived copy of, with its cluster; `relation` is what the copy is to it."""

    cluster_id: str | None
    story_id: str
    source: str
    title: str | None
    relation: Relation


class ClusterEvent(Struct, frozen=True, kw_only=True):
    """Something that happened to a cluster.

    `created`, `merged` (into `other`), `split` (off to `other`), `canonical` (now story `other`), `dissolved`.
    """

    cluster_id: str
    at: datetime
    event: str
    other: str | None = None


class ClusterSort(StrEnum):
    """The orders of the cluster report, largest or latest first."""

    RECENT = "recent"
    SIZE = "size"
    SOURCES = "sources"
    FIRST_SEEN = "first_seen"


class ClusterFilter(Struct, frozen=True, kw_only=True):
    """Which clusters to report; times bound `last_seen`.

    `source` asks for a member or derived copy of that source; the numbers are of members and copies together.
    `language` asks for a member in that language, whatever its region or script, `agency` for one that credits it.

    `words` are those of a member, looked for among the latest stories that hold them (`searching.LATEST`).
    """

    words: QueryWords | None = None
    min_sources: int = 1
    min_size: int = 2
    source: str | None = None
    language: str | None = None
    agency: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sort: ClusterSort = ClusterSort.RECENT


class SourceSummary(Struct, frozen=True, kw_only=True):
    """A source in numbers.

    Of its stories that others tell too, `first` were the canonical one, `reprinted` told it whole. So many of its
    stories were `cut` or `extended` from one of another source, `reworked` or `quoted` one.
    """

    source: str
    stories: int
    first: int
    reprinted: int
    cut: int = 0
    extended: int = 0
    reworked: int = 0
    quoted: int = 0


class ReceptionBucket(Struct, frozen=True, kw_only=True):
    """What was received in an hour or day from `start` on.

    `clusters` counts the stories that are now canonical, `reprints` those that are other members of a cluster.
    """

    start: datetime
    stories: int = 0
    clusters: int = 0
    reprints: int = 0


class Tie(Struct, frozen=True, kw_only=True):
    """Stories of one source (`later`) in clusters in which another was first, in one relation to the canonical one."""

    first: str
    later: str
    relation: Relation
    stories: int
    median_lag: timedelta


class Ties(Struct, frozen=True, kw_only=True):
    """Ties, those of most stories first.

    They are counted over the latest stories; `complete` tells whether these are all, `counted_since` when the earliest
    of them was published.
    """

    ties: Sequence[Tie]
    complete: bool
    counted_since: datetime | None


class PartnerWeek(Struct, frozen=True, kw_only=True):
    """Stories of one week that a source and another have in common.

    `start` is the Monday of the week in which the source published its own. `first` tells whether it was first: then
    `stories` are the other's, else its own.
    """

    other: str
    first: bool
    start: datetime
    stories: int


class SourceTie(Struct, frozen=True, kw_only=True):
    """How often a source carries what another one had first, and how: `source` is the other one.

    `stories` sums them up; a story that derives from several counts with each.
    """

    source: str
    stories: int
    whole: int
    cut: int
    extended: int
    reworked: int
    quoted: int


class BoilerplateStatus(StrEnum):
    """What the service does with a learned block: it cuts `active` ones and never those a person has `allowed`."""

    ACTIVE = "active"
    ALLOWED = "allowed"


class LearnedBlock(Struct, frozen=True, kw_only=True):
    """A block learned for a source. `id` is what the API calls it by."""

    id: str
    source: str
    block: int
    text: str
    stories: int
    days: int
    first_seen: datetime
    last_seen: datetime
    status: BoilerplateStatus


class SourceReport(Struct, frozen=True, kw_only=True):
    """Everything about one source: whom it reprints, who reprints it, and what was learned as its boilerplate."""

    summary: SourceSummary
    reprints_from: Sequence[SourceTie]
    reprinted_by: Sequence[SourceTie]
    boilerplate: Sequence[LearnedBlock]


class ChangeKind(StrEnum):
    """What may change; packed rows count places in this list, so members are only ever added at its end."""

    STORY_CREATED = "story.created"
    STORY_CHANGED = "story.changed"
    STORY_DELETED = "story.deleted"
    MATCH = "match"
    CLUSTER_MERGED = "cluster.merged"
    CLUSTER_SPLIT = "cluster.split"
    VERDICT = "verdict"
    IMPORTED = "imported"


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something that changed, under its number in the order of changes.

    `relation` is what `story_id` is to `other_id`. A merged cluster went into `into_id`, a split one gave stories off
    to it. `sources` counts those of the cluster afterwards. `same` is what a person said, None if it was taken back.
    """

    seq: int
    at: datetime
    kind: ChangeKind
    story_id: str | None = None
    other_id: str | None = None
    cluster_id: str | None = None
    into_id: str | None = None
    relation: str | None = None
    source: str | None = None
    other_source: str | None = None
    sources: int | None = None
    same: bool | UnsetType | None = UNSET


class ChangeFilter(Struct, frozen=True, kw_only=True):
    """Which changes to tell.

    `kinds`: these, or all where none is named. `source`: those that name it. `min_sources`: those of a cluster with as
    many sources; what tells of no cluster counts for one.
    """

    kinds: frozenset[ChangeKind] = frozenset()
    source: str | None = None
    min_sources: int = 1

    def wants(self, change: Change) -> bool:
        """Whether a change is to be told."""
        return (
            (not self.kinds or change.kind in self.kinds)
            and (self.source is None or self.source in {change.source, change.other_source})
            and (change.sources or 1) >= self.min_sources
        )


class ExportedStory(Struct, frozen=True, kw_only=True, gc=False):
    """A row of the export of stories; `text` only where that was asked for."""

    story_id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    received_at: datetime
    language: str | None
    version: int
    words: int
    thin: bool
    cluster_id: str | None
    text: str | UnsetType = UNSET


class Assignment(Struct, frozen=True, kw_only=True, gc=False):
    """Where a story belongs: its cluster and the story that stands for it.

    A story on its own has no cluster and is its own canonical. `relation` and what follows tell its tie to the
    canonical story; they are None for that one itself and where the pair was never measured.
    """

    story_id: str
    url: str | None
    source: str
    cluster_id: str | None
    canonical_id: str
    is_canonical: bool
    relation: str | None
    confidence: float | None
    jaccard: float | None


class ExportedMatch(Struct, frozen=True, kw_only=True, gc=False):
    """A match, told once: `relation` is what the later story, `story_id`, is to the earlier one, `other_id`."""

    story_id: str
    other_id: str
    source: str
    other_source: str
    relation: str
    why: str
    confidence: float
    jaccard: float
    containment: float
    contained: float
    longest_run: int


class ExportedRelated(Struct, frozen=True, kw_only=True, gc=False):
    """A story that tells the event of `story_id` in other words; the nearest of its cluster, if it is in one."""

    story_id: str
    other_id: str
    source: str
    other_source: str
    score: float
    why: str
    cluster_id: str | None


class ExportedSpan(Struct, frozen=True, kw_only=True, gc=False):
    """A removed span with the story that it was cut from."""

    story_id: str
    source: str
    kind: str
    rule: str
    start: int
    end: int
    text: str
    support: int | None


class StoreStats(Struct, frozen=True, kw_only=True):
    """Sizes for `twicetold stats` and the metrics."""

    stories: int
    clusters: int
    matches: int
    backlog: int
    bytes: int
