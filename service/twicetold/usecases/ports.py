"""What the use cases need of the world: a durable store, an extractor of pages, a clock.

Stores implement `Store` (SQLite and PostgreSQL, one contract suite over both); tests use fakes of the same Protocols.
What goes in and out is in `pipeline` (publishing, finding matches, recording) and `read_models` (what is read back).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.analysis import (
    Analysis,
    AnalysisInput,
    Indexable,
    Learned,
    Lesson,
    Located,
    Unlocated,
    VersionChange,
)
from twicetold.domain.errors import TwicetoldError
from twicetold.domain.fingerprint.searchable import QueryWords
from twicetold.domain.fingerprint.terms import Terms
from twicetold.domain.matching.canonical import Claimant
from twicetold.domain.matching.departures import Departure
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Keys, Match, Override, Relation, Story, Words
from twicetold.usecases.pipeline import (
    CandidateQuery,
    Component,
    Constraint,
    Draft,
    Hit,
    Kinship,
    Member,
    Neighbourhood,
    Outcome,
    Placement,
    Publication,
    Season,
    Stage,
    StoredFeatures,
    Uncleaned,
)
from twicetold.usecases.read_models import (
    Assignment,
    Change,
    ClusterEvent,
    ClusterFilter,
    ClusterMember,
    ClusterSummary,
    DerivedCopy,
    EventWindow,
    ExportedMatch,
    ExportedSpan,
    ExportedStory,
    LearnedBlock,
    MatchedStory,
    Origin,
    Page,
    PartnerWeek,
    PersonVerdict,
    Position,
    ReceptionBucket,
    SourceReport,
    SourceSummary,
    StoredStory,
    StoredVersion,
    StoreStats,
    StoryFilter,
    Ties,
    VersionFace,
    Wording,
)

T = TypeVar("T")

Progress = Callable[[int, int], None]
"""Told now and then how many of how many are done; of 0 where it is not known of how many."""


class CandidateReading(Protocol):
    """What finding matches reads of one snapshot of stories."""

    def candidates(self, queries: Sequence[CandidateQuery], *, limit: int) -> list[list[Hit]]:
        """For each query at most `limit` published stories, strongest first.

        Strength is by same digest, same URL, shared bands, shared fingerprints, then the earlier story. Of a key that
        more than CROWD stories hold only those count that represent it, the first of them to be told; for texts that
        are not stored the nearest of all do, too.
        """

    def word_counts(self, keys: Sequence[int]) -> dict[int, int]:
        """How many words stories have; deleted ones are missing from the answer."""

    def features(self, keys: Sequence[int]) -> dict[int, StoredFeatures]:
        """What verification needs of stories; deleted ones are missing from the answer."""

    def furniture(self, sources: Sequence[str]) -> dict[str, Keys]:
        """The passage fingerprints, ascending, of what sources repeat as their own; those with none are missing."""


class Compared(Protocol):
    """Stories that texts are held against: a store, or the stories of a bulk run."""

    def reading(self) -> AbstractContextManager[CandidateReading]:
        """A snapshot of them."""


class Reading(CandidateReading, Protocol):
    """One snapshot of the store. Who has read leaves it before computing: it may hold a connection."""

    def backlog(self, *, limit: int, before: datetime, after: int = 0) -> list[StoredStory]:
        """Stories published before a time whose matches are not on record yet, by key, those after one.

        Few of long texts.
        """

    def story(self, story_id: str) -> StoredStory | None:
        """One story, or None."""

    def stories_after(self, key: int, *, limit: int) -> list[StoredStory]:
        """Stories in the order of their keys, for going through all of them; few where texts are long."""

    def count_upto(self, key: int) -> int:
        """How many stories have a key up to this one."""

    def versions(self, key: int, *, limit: int) -> list[StoredVersion]:
        """The latest `limit` versions of a story, the current one last."""

    def version(self, key: int, number: int) -> StoredVersion | None:
        """One version of a story, or None."""

    def history(self, key: int, *, after: Position | None, limit: int) -> Page[VersionFace]:
        """All versions of a story without their texts, latest first."""

    def stories(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[StoredStory]:
        """Stories by received_at, latest first; a page of very long texts is short.

        Those with certain words come in the order of their keys; a page of them may be short, and yet have a next one.
        """

    def overrides(self, sources: Sequence[str]) -> dict[str, tuple[Override, ...]]:
        """What the operator wants of sources; those of which nothing is wanted are missing."""

    def pages(self, keys: Sequence[int]) -> dict[int, bytes]:
        """The pages that are kept with stories, packed (`kept_pages`); stories without one are missing."""

    def last_key(self) -> int:
        """The key of the story stored last; 0 in an empty store."""

    def recent_words(self, *, limit: int) -> list[tuple[str | None, Words]]:
        """The languages and tokens of the `limit` stories stored last."""

    def holding(self, words: Sequence[str], wanted: EventWindow, *, most: int) -> dict[str, list[int]]:
        """By word the stories of a time, and a source, that are found by it: of each word the latest `most`."""

    def unsearched(self, *, before: int | None = None, limit: int) -> list[StoredStory]:
        """Stories whose words are to be entered into the index that is searched: the latest by key, `before` one."""

    def wordings(self, keys: Sequence[int]) -> dict[int, Wording]:
        """The cleaned texts of stories with their tokens."""

    def matches(
        self,
        key: int,
        *,
        relations: Sequence[Relation] = (),
        threshold: float | None = None,
        min_confidence: float | None = None,
        after: Position | None = None,
        limit: int,
    ) -> Page[MatchedStory]:
        """Matches of one story, strongest first, with their total number.

        `threshold` bounds the larger of Jaccard and both containments from below, `min_confidence` the confidence.
        """

    def matches_of(self, keys: Sequence[int], *, limit: int) -> dict[int, Page[MatchedStory]]:
        """The strongest `limit` matches of several stories, each with its total."""

    def person_verdicts(
        self, *, same: bool | None = None, after: Position | None = None, limit: int
    ) -> Page[PersonVerdict]:
        """What people say of pairs of stories, the latest first; `same` asks for one kind."""

    def person_verdicts_of(self, key: int, *, limit: int) -> list[PersonVerdict]:
        """What people say of one story (which is `a`) and others, the latest first."""

    def person_verdicts_on(self, a: int, b: int) -> list[PersonVerdict]:
        """What was said of two stories, the latest first."""

    def cluster(self, cluster_id: str) -> ClusterSummary | None:
        """One cluster, or None; an id that was merged away answers with the cluster it went into."""

    def clusters_of(self, keys: Sequence[int]) -> dict[int, ClusterSummary]:
        """The clusters of stories; those alone are missing from the answer."""

    def derived(
        self,
        cluster_id: str,
        *,
        relations: Sequence[Relation] = (),
        min_confidence: float | None = None,
        after: Position | None = None,
        limit: int,
    ) -> Page[DerivedCopy]:
        """Copies that derive from the members of a cluster, by time, earliest first."""

    def derived_from(self, key: int, *, limit: int) -> list[Origin]:
        """What a story is a derived copy of, the earliest told first."""

    def claimants(self, cluster_id: str) -> list[Claimant]:
        """The members of a cluster that may be canonical or tell who is, by time, earliest first."""

    def members(
        self,
        cluster_id: str,
        *,
        canonical: int | None = None,
        min_confidence: float | None = None,
        after: Position | None,
        limit: int,
    ) -> Page[ClusterMember]:
        """Members by time (published_at, or received_at without one), earliest first.

        Their ties are those to the canonical story, or to another one that is named in its place.
        `min_confidence` leaves out those whose tie to the canonical story is less sure; one without such a tie stays.
        """

    def events(self, cluster_id: str, *, limit: int) -> list[ClusterEvent]:
        """What happened to a cluster, latest first."""

    def clusters(self, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
        """The cluster report, by the order of the filter.

        Where few clusters may be what is wanted, these are sorted; else so many are looked at in that order that a page
        may have fewer than `limit`, or none, though others follow (`cluster_lists.LOOKED_AT`).
        """

    def cluster_languages(self) -> list[str]:
        """Languages of members of clusters, as primary subtags, by name; the first 200."""

    def cluster_agencies(self) -> list[str]:
        """Agencies that members of clusters credit, in small letters, by name; the first 200."""

    def merges(self, *, limit: int) -> list[ClusterEvent]:
        """The latest mergers among the last thousand events of clusters; `other` is what the cluster went into."""

    def ties(self, *, since: datetime | None, until: datetime | None, least: int, limit: int) -> Ties:
        """Who reprints whom, by publication of the later story, in ties of at least so many stories."""

    def partner_weeks(self, source: str, *, since: datetime) -> tuple[list[PartnerWeek], bool]:
        """With whom a source had stories in common since a time, week by week; whether all its stories were counted.

        Counted are the latest it sent (`partners.STORIES_READ`), by publication.
        """

    def reception(
        self, *, since: datetime, until: datetime, bucket: timedelta, source: str | None
    ) -> list[ReceptionBucket]:
        """What was received, of one source or all, by buckets of whole hours; empty ones are left out.

        `since` and `until` are where buckets begin.
        """

    def sources(self, *, after: Position | None, limit: int) -> Page[SourceSummary]:
        """All sources by name."""

    def source(self, name: str) -> SourceReport | None:
        """One source, or None; with the learned blocks that are cut, and those that never may be."""

    def learned(self, sources: Sequence[str]) -> dict[str, Mapping[int, LearnedBlock]]:
        """The active learned blocks of sources, by block hash."""

    def sharers(self, query: CandidateQuery) -> int:
        """How many stories share a key of the index with a text, as far as is seen."""

    def passed_over(self, key: int) -> int:
        """How many stories share a key of the index with a story and are no candidates of it, as far as is seen."""

    def unsettled(self, *, limit: int) -> list[int]:
        """Stories of crowds whose clusters are to be made anew, at most so many."""

    def unlearned(self, *, limit: int) -> dict[Season, int]:
        """Seasons that have other stories by now than they were learned from, the earliest first.

        Each comes with the number of the note that says so. It gets another number when more of its stories change.
        """

    def drawn(self, season: Season, *, limit: int) -> list[StoredStory]:
        """Stories of a season, drawn so that which they are, and their order, follows from the stories alone."""

    def lesson_digest(self, season: Season) -> bytes:
        """What `teach` was last given for a season; empty if never."""

    def uncleaned(self) -> Uncleaned | None:
        """A source whose stories are to be cleaned anew."""

    def expired(self, *, before: datetime, limit: int) -> list[str]:
        """Ids of at most `limit` stories received before a time, oldest first."""

    def change_numbers(self) -> tuple[int, int]:
        """The numbers of the last change that was forgotten and of the last one there is; 0 for none."""

    def changes(self, *, after: int, limit: int) -> list[Change]:
        """The next `limit` changes after a number, in order."""

    # Steps of exports, in the order of keys. Each looks at `limit` rows and gives those that are wanted, perhaps none;
    # `next` is None at the end. Who takes each step in a reading of its own meets a story that lives throughout once.

    def exported_stories(
        self, wanted: StoryFilter, *, text: bool, after: Position | None, limit: int
    ) -> Page[ExportedStory]:
        """All stories, with their cleaned text if that is wanted."""

    def assignments(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[Assignment]:
        """All stories, each with its cluster, its canonical story and its tie to that."""

    def removed_spans(self, wanted: StoryFilter, *, after: Position | None, limit: int) -> Page[ExportedSpan]:
        """The removed spans of stories; `limit` counts stories."""

    def exported_matches(
        self,
        wanted: StoryFilter,
        *,
        relations: Sequence[Relation] = (),
        threshold: float | None = None,
        min_confidence: float | None = None,
        after: Position | None,
        limit: int,
    ) -> Page[ExportedMatch]:
        """All matches, each with the later of its stories, which is the one to be wanted; bounds as for `matches`."""

    def exported_clusters(self, wanted: ClusterFilter, *, after: Position | None, limit: int) -> Page[ClusterSummary]:
        """All clusters, by id."""

    def story_place(self, story_id: str) -> Position | None:
        """The position in an export by stories after all rows of one; None where there is no such story."""


class Recording(Protocol):
    """One write transaction; everything read through it is consistent with what it writes.

    Whatever a method is asked about stories stays so until the transaction ends.
    """

    def hold(self, keys: Sequence[int]) -> bool:
        """Let no other recording say where these stories belong; True where what was read before may be outdated.

        All else that a method is about is held by itself. What is held first of all should be all that is known then.
        """

    def waiting(self, since: Mapping[int, datetime | None]) -> set[int]:
        """Which of these stories wait for matching since the time given: they were not stored anew after it.

        None of them is, until the transaction ends.
        """

    def current(self, texts: Mapping[int, bytes]) -> set[int]:
        """Which of these stories are still stored with the text that has this digest."""

    def save(self, matches: Sequence[Match]) -> None:
        """Store matches of stored stories, replacing what was known of the same pairs."""

    def tied(self, keys: Sequence[int], *, limit: int) -> dict[int, list[int]]:
        """By story what it has matches with, at most `limit` each, the latest stories."""

    def candidates_among(self, key: int, others: Sequence[int]) -> set[int]:
        """Which of other stories are candidates of a story, as `Reading.candidates` has it."""

    def outdate_tied(self, keys: Sequence[int]) -> None:
        """Have the stories that these are matched with matched anew."""

    def outdate_sharers(self, keys: Sequence[int]) -> None:
        """Have those matched anew whose candidates change with these stories; stories that `reopen` put back do not."""

    def drop_matches(self, keys: Sequence[int]) -> None:
        """Forget all matches of these stories (before a changed story is matched again)."""

    def drop_match(self, a: int, b: int) -> None:
        """Forget what was known of one pair."""

    def give_verdict(
        self, a: int, b: int, same: bool | None, *, note: str | None, given_by: str | None, at: datetime
    ) -> bool:
        """Keep what a person says of a pair (None: nothing any more); False where that was said before."""

    def constraints(self, keys: Sequence[int]) -> Sequence[Constraint]:
        """What people say of these stories (which are `a`) and others."""

    def kin_of(self, keys: Sequence[int], *, limit: int) -> Sequence[int]:
        """What these stories derive from and what derives from them, by ties or on record; at most `limit` for each."""

    def kinship(self, keys: Sequence[int], *, limit: int) -> Kinship:
        """These stories with their ties to those told earliest, at most `limit` each."""

    def derive(self, stories: Sequence[int], found: Sequence[Derivation]) -> None:
        """Replace what stories derive from by what was found."""

    def originals(self, keys: Sequence[int]) -> Collection[int]:
        """Those of these stories that a copy on record derives from."""

    def bare_clusters(self, keys: Sequence[int]) -> Mapping[str, int]:
        """Clusters of these stories that have one member and no derived copies, with that member."""

    def components(self, keys: Sequence[int], *, limit: int, unclustered: Sequence[int] = ()) -> Sequence[Component]:
        """The stories tied to `keys` over clustering edges, directly or not, apart where nothing ties them.

        Those of more than about `limit` stories are not complete. The `unclustered` stories are looked at as if they
        were in no cluster.
        """

    def cluster_sizes(self, clusters: Sequence[str]) -> Mapping[str, int]:
        """How many members clusters have, by id."""

    def neighbourhood(self, key: int, *, limit: int) -> Neighbourhood | None:
        """What a story is tied to over clustering edges.

        None without ties, where a tied story is in no cluster, where the clusters have `limit` stories or more, and
        where people judged the story.
        """

    def word_counts(self, keys: Sequence[int]) -> dict[int, int]:
        """As `Reading.word_counts`, within the transaction."""

    def features(self, keys: Sequence[int]) -> dict[int, StoredFeatures]:
        """As `Reading.features`, within the transaction."""

    def furniture(self, sources: Sequence[str]) -> dict[str, Keys]:
        """As `Reading.furniture`, within the transaction."""

    def earliest_members(self, clusters: Sequence[str], *, limit: int) -> Mapping[str, Sequence[Member]]:
        """Of each cluster its leader, then its earliest members, `limit` in all."""

    def unsettle(self, keys: Sequence[int]) -> None:
        """Have the clusters around stories made anew, for it was not seen all that is tied."""

    def settle(self, keys: Sequence[int]) -> None:
        """Say that the clusters around stories were made anew."""

    def former_clusters(self, keys: Sequence[int]) -> dict[int, str]:
        """The ids of clusters of which nothing but one of these stories was left, by its key."""

    def place(self, placement: Placement) -> None:
        """Apply a change of clusters."""

    def choose_canonicals(self, *, after: str, limit: int, now: datetime) -> Sequence[str]:
        """Choose the canonical stories of the next clusters after an id anew; returns the ids of these."""

    def teach(self, season: Season, note: int, learned: Learned, digest: bytes) -> None:
        """Keep what a season taught, and the digest of what it was learned from; an empty one says of no story.

        It is `unlearned` on if it was noted again after `note`. If it is no more, another kept what it taught by now.
        Stories of the source that other blocks are cut of now are `uncleaned`, those that hold what became furniture,
        or ceased to be, are matched anew by `Store.reopen`.
        """

    def pass_over(self, season: Season, note: int) -> None:
        """Say that what a season taught still holds, unless it was noted again after `note`."""

    def cleaned(self, uncleaned: Uncleaned, after: Position | None) -> None:
        """Say that the stories of a source were cleaned anew up to a position of their listing; None: all.

        Nothing is said where that began again meanwhile.
        """

    def finish(self, keys: Sequence[int]) -> None:
        """Mark stories as matched; their seasons may have more to teach."""

    def lock(self, story_ids: Sequence[str]) -> list[int]:
        """Keys of the stories that are stored under these ids; none of them changes until the transaction ends."""

    def delete(self, keys: Sequence[int], *, now: datetime) -> None:
        """Remove stories with all their traces. Clusters shrink; those with one story and no copy left dissolve."""


class Store(Protocol):
    """A durable store. Every method may raise `Unavailable`; what a method that returned has done is committed.

    It is synced, too, but for stories on their way: those of `publish` and `refresh` are sure to last with the next
    recording that ends, so no sender is answered before.
    """

    def publish(self, drafts: Sequence[Draft], *, now: datetime) -> list[Publication]:
        """Store stories with bands and fingerprints, unmatched, in one transaction; answers in the order of `drafts`.

        A story already known under its id is left as it is when unchanged, otherwise stored as its next version, the
        earlier text going to its history. A later draft of the same id in the same call sees the earlier one.
        """

    def refresh(self, drafts: Mapping[int, Draft], *, instead_of: Mapping[int, Story]) -> dict[int, datetime]:
        """Replace text, cuts, credits and index entries of stored stories, by key, in place and unmatched.

        Versions and histories stay as they are, for only the cleaning has changed. Stories that are not stored as they
        were read any more (`instead_of`) are passed over; of the others it is told since when they wait for matching.
        """

    def reading(self) -> AbstractContextManager[Reading]:
        """A transaction that reads."""

    def record(self, work: Callable[[Recording], T]) -> T:
        """Run `work` in a write transaction and commit; roll back when it raises.

        It is run again where it meets another recording on several writers' store, so what it returns is all that it
        should do beside.
        """

    def put_overrides(self, source: str, overrides: Sequence[Override]) -> None:
        """Put these in place of all overrides of a source."""

    def number_changes(self) -> int:
        """Give numbers to the changes that were committed since the last call; returns the last number.

        Only changes with a number are read. What open transactions made is numbered later, so that nobody passes over
        it.
        """

    def forget_changes(self, *, before: datetime) -> None:
        """Delete the changes that were made before a time, the earliest first."""

    def allow_block(self, source: str, block_id: str) -> bool:
        """Never cut this block again; the stories of its source are `uncleaned`. False when unknown."""

    def forget_block(self, source: str, block_id: str, *, at: datetime) -> bool:
        """Cut this block no more, until stories that were published after the day of `at` teach it anew.

        The stories of its source are `uncleaned`. False when unknown.
        """

    def session_secret(self) -> bytes:
        """32 random bytes to sign people's sessions with; drawn when first asked for, and kept for good."""

    def reopen(self, *, limit: int) -> int:
        """Put some stories whose matches rest on what has changed back into the backlog; returns how many."""

    def compact(self) -> None:
        """Do, or begin, what keeps the index small and quick, where it is due; look-ups and writers go on."""

    def resolve(self) -> datetime | None:
        """End transactions that a lost node of a distributed store left in doubt; tells since when there were any.

        Stories that came or changed since then may have missed others, and are matched anew (`reopen`).
        """

    def reindex(self, progress: Progress) -> None:
        """Build the index anew from the stories' own keys, while look-ups go on; tells of stories done and to do.

        The words of all stories are then to be entered anew (`unsearched`); until they are, the old ones are found.
        """

    def enter_words(self, words: Mapping[int, Sequence[str]]) -> None:
        """Enter words, by key, into the index that is searched; those of stories changed meanwhile are passed over."""

    def begin_refingerprinting(self) -> int | None:
        """Have fingerprints made anew, by this program: from now on nothing is stored or matched until that is done.

        Returns the key of the last story that has its new fingerprint already (0: none), None where all have.
        """

    def refingerprint(self, drafts: Mapping[int, Draft], *, now: datetime) -> None:
        """Replace the fingerprints of the next stories, by key and in their order, and leave these unmatched."""

    def finish_refingerprinting(self) -> None:
        """Say that all stories have their new fingerprints; those are matched as any backlog is."""

    def verify(self, progress: Progress) -> Iterator[str]:
        """Everything that is found wrong with the store, in sentences. Reads all of it, in many snapshots."""

    def backup(self, target: Path) -> None:
        """Write a consistent copy that `TWICETOLD_STORE_URL` can name."""

    def stats(self) -> StoreStats:
        """Sizes; cheap enough for a metrics scrape."""

    def probe(self) -> None:
        """Write and read as a request would, waiting as long.

        Raises `Unavailable` where that fails or migrations are to be run, `IncompatibleStore` for one of another kind.
        """

    def close(self) -> None:
        """Release connections."""


class Analyser(Protocol):
    """Looks at what strangers wrote, in bounded time and memory; what comes back holds no surprises.

    Every method but `analyse` raises `ExtractionKilled` for a text over a limit; all raise `Unavailable` when too much
    is waiting.
    """

    def start(self) -> None:
        """Start what the first call would start, so that it need not wait."""

    def analyse(self, inputs: Sequence[AnalysisInput]) -> list[Analysis | TwicetoldError]:
        """Extract, clean and fingerprint: for each input what came of it, or the error that kept it from that.

        `ExtractionFailed` for a page that is refused, `ExtractionKilled` for one over a limit.
        """

    def indexable(self, stories: Sequence[Story]) -> list[Indexable]:
        """What matching and learning need of stored stories."""

    def found_by(self, stories: Sequence[Story]) -> list[tuple[str, ...]]:
        """The words that each of these stories is found by: of its title, its URL and the start of its text."""

    def terms_of(self, story: Story) -> Terms:
        """The words of a story by which others that tell its event may be found, and the usual ones of its language."""

    def read_query(self, query: str) -> QueryWords:
        """The words of a query, which must be short."""

    def learn(self, lessons: Sequence[Lesson]) -> Learned:
        """What stories of one source teach of its boilerplate."""

    def locate(self, texts: Sequence[Unlocated]) -> list[Located]:
        """Where the words of texts stand."""

    def changes(self, versions: Sequence[str]) -> list[VersionChange]:
        """Each version of a story beside the one before it, earliest first; one fewer than there are versions."""

    def departures(self, text: str, others: Sequence[str]) -> list[Departure]:
        """Where each of `others` departs from `text`."""

    def close(self) -> None:
        """End what runs."""


class Encoder(Protocol):
    """Vectors of texts, near to each other where these mean the same."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A unit vector for each text, or zeros: float32[n, dimensions]. Raises `Unavailable` without its model."""


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Now, in UTC."""


class Observer(Protocol):
    """Hears what happens, for metrics; must never raise."""

    def submitted(self, outcome: Outcome) -> None:
        """A story was published."""

    def matched(self, relation: Relation) -> None:
        """A match was recorded."""

    def cut(self, kind: str, words: int) -> None:
        """Clutter was removed from a submitted story."""

    def stage(self, stage: Stage) -> AbstractContextManager[None]:
        """Time a stage of a chunk of stories."""
