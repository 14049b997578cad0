"""What passes between the use cases and the store at each step of a submission: publish, find matches, record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from twicetold.domain.matching.derive import Kin, KinTie, derives
from twicetold.domain.model import Fingerprint, Keys, Story, Words
from twicetold.usecases.read_models import ClusterEvent, Position, Wording

# --- publishing -------------------------------------------------------------------------------------------------------


class Draft(Struct, frozen=True, kw_only=True):
    """A cleaned story on its way into the store.

    `input_digest` is 16 bytes over the text before cleaning: a story that comes again with the same input, or with the
    same cleaned text (apart from white space), is unchanged. `searchable` are the words that the story is found by.
    `page` is what the story was read from, packed (`kept_pages`), if it is to be kept.
    """

    story: Story
    url_key: str | None
    input_digest: bytes
    fingerprint: Fingerprint
    searchable: tuple[str, ...] = ()
    page: bytes | None = None

    @property
    def wording(self) -> Wording:
        """The cleaned text with its tokens."""
        return Wording(text=self.story.text, words=self.fingerprint.words)


class Outcome(StrEnum):
    """What publishing did."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    CHANGED = "changed"


class Stage(StrEnum):
    """The steps of a chunk of stories, in order; each is timed."""

    PREPARE = "prepare"
    PUBLISH = "publish"
    MATCH = "match"
    RECORD = "record"
    ANSWER = "answer"


class Publication(Struct, frozen=True, kw_only=True):
    """A story as the store now holds it, under its internal `key` (positive, smaller for earlier stories of one store).

    For an unchanged story `story` is the stored one. `waiting_since` is when what is stored was last published, until
    its matches are on record; then it is None.
    """

    key: int
    story: Story
    outcome: Outcome
    waiting_since: datetime | None = None

    @property
    def matched(self) -> bool:
        """Whether its matches are on record."""
        return self.waiting_since is None


class Correction(Struct, frozen=True, kw_only=True):
    """What is to be said of a stored story from now on; None leaves a field as it is."""

    url: str | None = None
    title: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    metadata: Mapping[str, Any] | None = None


# --- finding matches --------------------------------------------------------------------------------------------------


class CandidateQuery(Struct, frozen=True, kw_only=True):
    """What to look up for one text. `key` is left out of its own hits; None for a text that is not stored."""

    key: int | None
    digest: bytes
    url_key: str | None
    bands: Keys
    passages: Keys


class Hit(Struct, frozen=True, kw_only=True):
    """A candidate: how many bands and fingerprints it shares, and whether its digest or URL key is the same.

    `spread` is how many stories hold the rarest shared band or fingerprint, counted up to CROWD; 0 without one. The
    canonical story of a crowd may stand for one of its members, with the spread of that.
    """

    key: int
    bands: int = 0
    passages: int = 0
    same_digest: bool = False
    same_url: bool = False
    spread: int = 0


class CandidateStory(Struct, frozen=True, kw_only=True):
    """What is said of a candidate, without its text."""

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


class StoredFeatures(CandidateStory, frozen=True, kw_only=True):
    """What exact verification needs of a stored story."""

    words: Words
    kinds: NDArray[np.uint8]

    @property
    def story(self) -> CandidateStory:
        """The same without its text, which is held no longer than it is compared."""
        return CandidateStory(**{name: getattr(self, name) for name in CandidateStory.__struct_fields__})


# --- recording --------------------------------------------------------------------------------------------------------


class Waiting(NamedTuple):
    """Which text of a published story is matched, and since when it waits: a later one waits since later."""

    digest: bytes
    since: datetime | None


class Member(Struct, frozen=True, kw_only=True):
    """A story as clustering sees it."""

    key: int
    story_id: str
    source: str
    published_at: datetime | None
    received_at: datetime
    cluster_id: str | None


class Edge(Struct, frozen=True, gc=False):  # hundreds are read for a family, and hold nothing to collect
    """A tie that can join stories into a cluster (exact, reprint, version)."""

    a: int
    b: int
    jaccard: float


class Component(Struct, frozen=True, kw_only=True):
    """Stories that reach each other over edges.

    `complete` is False for a crowd, of which only some stories and edges are given: more than the limit, or at the edge
    of a larger cluster.
    """

    members: Sequence[Member]
    edges: Sequence[Edge]
    complete: bool


class Constraint(Struct, frozen=True, kw_only=True):
    """What a person said of two stories, with the cluster that `b` is in: they share one, or they do not."""

    a: int
    b: int
    same: bool
    cluster_id: str | None


class Kinship(Struct, frozen=True, kw_only=True):
    """Stories with all their ties that copies and quotations have, and everybody at the other end of these."""

    kin: Mapping[int, Kin]
    ties: Mapping[int, Sequence[KinTie]]

    def derives(self, key: int) -> bool:
        """Whether a story whose ties are here is a derived copy."""
        return derives(self.ties[key], self.kin)


class Neighbourhood(Struct, frozen=True, kw_only=True):
    """A story with its own edges, and all members of each cluster that these lead into."""

    story: Member
    edges: Sequence[Edge]
    clusters: Mapping[str, Sequence[Member]]


class Placement(Struct, frozen=True, kw_only=True):
    """A change of clusters.

    `moves` gives for each story key its cluster from now on (None: alone); `canonicals` gives for each cluster that
    still exists after the moves the key of its canonical story. Size, sources and times of these clusters follow from
    their members; a cluster left empty is deleted by the store. `events` are those the store cannot see for itself: it
    adds that an existing cluster has another canonical story, as of `at`.
    """

    moves: Mapping[int, str | None]
    canonicals: Mapping[str, int]
    at: datetime
    events: Sequence[ClusterEvent] = ()


# --- judging again what rests on what is stored -----------------------------------------------------------------------


class Season(NamedTuple):
    """64 days of publication at a source, of which its boilerplate is learned; the number counts from 1970."""

    source: str
    number: int


class Uncleaned(NamedTuple):
    """A source whose stories are to be cleaned anew, latest first; those up to `after` of its listing were.

    note: another one each time that this begins.
    """

    source: str
    after: Position | None
    note: int
