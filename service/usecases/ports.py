"""What the use cases need of the world: a durable store, an extractor of pages, a clock.

Stores implement `Store` (SQLite and PostgreSQL, one contract suite over both); tests use fakes of the same Protocols.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from service.domain.model import Extracted, Fingerprint, Keys, Match, Relation, Story, Words

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


# --- publishing -------------------------------------------------------------------------------------------------------


class Draft(Struct, frozen=True, kw_only=True):
    """A cleaned story on its way into the store.

    `input_digest` is 16 bytes over the text before cleaning: a story that comes again with the same input, or with the
    same cleaned text (but for white space), is unchanged.
    """

    story: Story
    url_key: str | None
    input_digest: bytes
    fingerprint: Fingerprint


class Outcome(StrEnum):
    """What publishing did."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    CHANGED = "changed"


class Publication(Struct, frozen=True, kw_only=True):
    """A story as the store now holds it, under its internal `key` (positive, smaller for earlier stories of one store).

    For an unchanged story `story` is the stored one, and `probed` tells whether its matches are already on record.
    """

    key: int
    story: Story
    outcome: Outcome
    probed: bool = False


# --- probing ----------------------------------------------------------------------------------------------------------


class Probe(Struct, frozen=True, kw_only=True):
    """What to look up for one text. `key` is left out of its own hits; None for a text that is not stored."""

    key: int | None
    digest: bytes
    url_key: str | None
    bands: Keys
    passages: Keys


class Hit(Struct, frozen=True, kw_only=True):
    """A candidate: how many bands and fingerprints it shares, and whether its digest or URL key is the same.

    `spread` is how many stories stand under the rarest shared band or fingerprint, counted up to CROWD; 0 without one.
    """

    key: int
    bands: int = 0
    passages: int = 0
    same_digest: bool = False
    same_url: bool = False
    spread: int = 0


class Evidence(Struct, frozen=True, kw_only=True):
    """What exact verification needs of a stored story."""

    key: int
    story_id: str
    source: str
    url: str | None
    url_key: str | None
    title: str | None
    published_at: datetime | None
    received_at: datetime
    thin: bool
    digest: bytes
    words: Words
    kinds: NDArray[np.uint8]


# --- recording --------------------------------------------------------------------------------------------------------


class Member(Struct, frozen=True, kw_only=True):
    """A story as clustering sees it."""

    key: int
    story_id: str
    source: str
    published_at: datetime | None
    received_at: datetime
    cluster_id: str | None


class Edge(Struct, frozen=True, kw_only=True):
    """A tie that can join stories into a cluster (exact, reprint, version)."""

    a: int
    b: int
    relation: Relation
    jaccard: float


class Component(Struct, frozen=True, kw_only=True):
    """Stories that reach each other over edges.

    `complete` is False for a crowd, of which only some stories and edges are given: more than the limit, or at the edge
    of a larger cluster.
    """

    members: Sequence[Member]
    edges: Sequence[Edge]
    complete: bool


class ClusterEvent(Struct, frozen=True, kw_only=True):
    """Something that happened to a cluster.

    `created`, `merged` (into `other`), `split` (off to `other`), `canonical` (now story `other`), `dissolved`.
    """

    cluster_id: str
    at: datetime
    event: str
    other: str | None = None


class Placement(Struct, frozen=True, kw_only=True):
    """A change of clusters.

    `moves` gives for each story key its cluster from now on (None: alone); `canonicals` gives for each cluster that
    still exists after the moves the key of its canonical story. Size, sources and times of these clusters follow from
    their members; a cluster left empty is deleted by the store. `events` tell of the rest: that a standing cluster has
    another canonical story is told by the store, as happened at `at`.
    """

    moves: Mapping[int, str | None]
    canonicals: Mapping[str, int]
    at: datetime
    events: Sequence[ClusterEvent] = ()


class Sighting(Struct, frozen=True, kw_only=True):
    """A block seen in a story of a source (learned boilerplate); `block` is a 64-bit hash with digits masked."""

    source: str
    block: int
    text: str
    key: int
    day: date


class Recording(Protocol):
    """One write transaction; everything read through it is consistent with what it writes."""

    def save(self, matches: Sequence[Match]) -> None:
        """Store matches, replacing what was known of the same pairs.

        Pairs with a story deleted meanwhile are dropped.
        """

    def drop_matches(self, keys: Sequence[int]) -> None:
        """Forget all matches of these stories (before a changed story is matched again)."""

    def components(self, keys: Sequence[int], *, limit: int, loose: Sequence[int] = ()) -> Sequence[Component]:
        """The stories tied to `keys` over clustering edges, directly or not, apart where nothing ties them.

        Those of more than about `limit` stories are not complete. What cluster the `loose` stories are in counts for
        nothing.
        """

    def evidence(self, keys: Sequence[int]) -> dict[int, Evidence]:
        """As `Store.evidence`, within the transaction."""

    def cluster_members(self, cluster_ids: Sequence[str], *, limit: int) -> Sequence[Member]:
        """The earliest `limit` members of each cluster, canonical first."""

    def place(self, placement: Placement) -> None:
        """Apply a change of clusters."""

    def sight(self, sightings: Sequence[Sighting]) -> None:
        """Count blocks towards learned boilerplate.

        A story that near-matches one already counted for a block adds nothing: copies of one article must never teach
        the service to delete it. So `save` comes first.
        """

    def finish(self, keys: Sequence[int]) -> None:
        """Mark stories as probed."""

    def hold(self, story_ids: Sequence[str]) -> list[int]:
        """Keys of the stories that are stored under these ids; none of them changes until the transaction ends."""

    def delete(self, keys: Sequence[int], *, now: datetime) -> None:
        """Remove stories with all their traces; clusters shrink, and those left with one story dissolve."""


# --- reading ----------------------------------------------------------------------------------------------------------


class ClusterSummary(Struct, frozen=True, kw_only=True):
    """A cluster in short.

    `sources` counts distinct ones; times are published_at, or received_at where that is missing.
    """

    id: str
    size: int
    sources: int
    canonical_id: str
    first_seen: datetime
    last_seen: datetime
    title: str | None = None


class ClusterMember(Struct, frozen=True, kw_only=True):
    """A story in a cluster, with its similarity to the canonical one (None when the pair was never measured)."""

    key: int
    story_id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    received_at: datetime
    relation: Relation | None
    jaccard: float | None
    agencies: tuple[str, ...]


class StoredStory(Struct, frozen=True, kw_only=True):
    """A story with what the store knows around it."""

    key: int
    story: Story
    probed: bool
    cluster: ClusterSummary | None


class StoredVersion(Struct, frozen=True, kw_only=True):
    """A version of a story that was or is current; `words` counts the tokens of `text`."""

    version: int
    received_at: datetime
    title: str | None
    words: int
    text: str


class MatchedStory(Struct, frozen=True, kw_only=True):
    """A match seen from the story that was asked about (`match.a`), with the other story's face."""

    match: Match
    story_id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None


class StoryFilter(Struct, frozen=True, kw_only=True):
    """Which stories to list; times bound received_at, `since` inclusive, `until` exclusive."""

    url_key: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class ClusterSort(StrEnum):
    """The orders of the cluster report, largest or latest first."""

    RECENT = "recent"
    SIZE = "size"
    SOURCES = "sources"
    FIRST_SEEN = "first_seen"


class ClusterFilter(Struct, frozen=True, kw_only=True):
    """Which clusters to report; `source` asks for a member of that source, times bound `last_seen`."""

    min_sources: int = 1
    min_size: int = 2
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sort: ClusterSort = ClusterSort.RECENT


class SourceSummary(Struct, frozen=True, kw_only=True):
    """A source in numbers.

    Of its clustered stories with several sources, `first` were the canonical one, `reprinted` not.
    """

    source: str
    stories: int
    first: int
    reprinted: int


class SourceTie(Struct, frozen=True, kw_only=True):
    """How often two sources share a cluster in which one was first: `source` is the other one."""

    source: str
    stories: int


class BoilerplateStatus(StrEnum):
    """What the service does with a learned block: it cuts `active` ones and never those a person has `allowed`."""

    COUNTING = "counting"
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


class StoreStats(Struct, frozen=True, kw_only=True):
    """Sizes for `twicetold stats` and the metrics."""

    stories: int
    clusters: int
    matches: int
    backlog: int
    bytes: int


class Store(Protocol):
    """A durable store. Every method may raise `Unavailable`; a method that returned has been committed and synced."""

    def publish(self, drafts: Sequence[Draft], *, now: datetime) -> list[Publication]:
        """Store stories with bands and fingerprints, unprobed, in one transaction; answers in the order of `drafts`.

        A story already known under its id is left as it is when unchanged, otherwise stored as its next version, the
        earlier text going to its history. A later draft of the same id in the same call sees the earlier one.
        """

    def refresh(self, drafts: Mapping[int, Draft]) -> None:
        """Replace text, cuts, credits and index entries of stored stories, by key, in place and unprobed.

        Versions and histories stay as they are, for only the cleaning has changed. Stories deleted meanwhile are passed
        over.
        """

    def candidates(self, probes: Sequence[Probe], *, limit: int) -> list[list[Hit]]:
        """For each probe at most `limit` published stories, strongest first.

        Strength is by same digest, same URL, shared bands, shared fingerprints, then the earlier story. Postings of one
        band or fingerprint are read up to a fixed number, so a key that half the store shares costs no more.
        """

    def evidence(self, keys: Sequence[int]) -> dict[int, Evidence]:
        """What verification needs of stories; deleted ones are missing from the answer."""

    def crowds(self, keys: Sequence[int], *, larger_than: int) -> dict[int, str]:
        """The clusters of those stories that are in one of more than so many."""

    def recording(self) -> AbstractContextManager[Recording]:
        """A write transaction, committed when the block ends, rolled back when it raises."""

    def unprobed(self, *, limit: int, before: datetime) -> list[StoredStory]:
        """Stories published before a time whose matches are not on record yet, oldest first."""

    def story(self, story_id: str) -> StoredStory | None:
        """One story, or None."""

    def versions(self, key: int, *, limit: int) -> list[StoredVersion]:
        """The latest `limit` versions of a story, the current one last."""

    def clusters_of(self, keys: Sequence[int]) -> dict[int, ClusterSummary]:
        """The clusters of stories; those alone are missing from the answer."""

    def texts(self, keys: Sequence[int]) -> dict[int, str]:
        """The cleaned texts of stories."""

    def stories(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[StoredStory]:
        """Stories by received_at, latest first."""

    def matches(
        self, key: int, *, relations: Sequence[Relation] = (), threshold: float | None = None,
        after: Position | None = None, limit: int,
    ) -> Page[MatchedStory]:  # fmt: skip
        """Matches of one story, strongest first, with their total number.

        `threshold` bounds the larger of Jaccard and both containments from below.
        """

    def matches_of(self, keys: Sequence[int], *, limit: int) -> dict[int, Page[MatchedStory]]:
        """The strongest `limit` matches of several stories, each with its total."""

    def cluster(self, cluster_id: str) -> ClusterSummary | None:
        """One cluster, or None; an id that was merged away answers with the cluster it went into."""

    def members(self, cluster_id: str, *, after: Position | None, limit: int) -> Page[ClusterMember]:
        """Members by time (published_at, or received_at without one), earliest first."""

    def events(self, cluster_id: str, *, limit: int) -> list[ClusterEvent]:
        """What happened to a cluster, latest first."""

    def clusters(self, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
        """The cluster report."""

    def sources(self, *, after: Position | None, limit: int) -> Page[SourceSummary]:
        """All sources by name."""

    def source(self, name: str) -> SourceReport | None:
        """One source, or None."""

    def learned(self, sources: Sequence[str], *, now: datetime) -> dict[str, Mapping[int, LearnedBlock]]:
        """The active learned blocks of sources, by block hash."""

    def allow_block(self, source: str, block_id: str) -> bool:
        """Never cut this block again; False when unknown."""

    def forget_block(self, source: str, block_id: str) -> bool:
        """Forget that this block was learned; it may be learned anew. False when unknown."""

    def expired(self, *, before: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` stories received before a time, oldest first."""

    def backup(self, target: Path) -> None:
        """Write a consistent copy that `TWICETOLD_STORE_URL` can name."""

    def stats(self) -> StoreStats:
        """Sizes; cheap enough for a metrics scrape."""

    def ready(self) -> None:
        """Raise `Unavailable` unless the store answers and its migrations are current."""

    def close(self) -> None:
        """Release connections."""


class Extractor(Protocol):
    """Turns a page into text, in bounded time and memory."""

    def extract(self, html: str, *, url: str | None) -> Extracted:
        """Raises `ExtractionFailed` for a page that is refused, `ExtractionKilled` for one over a limit."""

    def close(self) -> None:
        """End what runs."""


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Now, in UTC."""


class Observer(Protocol):
    """Is told what happens, for metrics; must never raise."""

    def submitted(self, outcome: Outcome) -> None:
        """A story was published."""

    def matched(self, relation: Relation) -> None:
        """A tie was put on record."""

    def cut(self, kind: str, words: int) -> None:
        """Clutter was removed from a submitted story."""
