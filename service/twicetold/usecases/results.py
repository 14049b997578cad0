"""What the use cases answer with; `web` renders these as the contract says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from twicetold.domain.matching.departures import Departure
from twicetold.domain.model import ChromeBlock, Cleaned, PageMetadata, Relation, Revision, Story
from twicetold.usecases.pipeline import CandidateStory, Outcome
from twicetold.usecases.read_models import (
    ClusterEvent,
    ClusterMember,
    ClusterSummary,
    DerivedCopy,
    MatchedStory,
    Origin,
    PersonVerdict,
    Position,
)


# An answer may hold hundreds of these two; they lead nowhere back, so the garbage collector need not look at them.
class TextSpan(Struct, frozen=True, gc=False):
    """Code points `[start, end)` of a text."""

    start: int
    end: int


class SharedPassage(Struct, frozen=True, kw_only=True, gc=False):
    """A run of words standing in both texts; `text` is how `a` has it, cut where an answer has no room for more."""

    a: TextSpan
    b: TextSpan
    words: int
    text: str


class MatchAnswer(Struct, frozen=True, kw_only=True):
    """One match with its evidence; passages are left out (None) where the caller did not want them.

    `more_passages` tells that the answer had no room for all.
    """

    matched: MatchedStory
    passages: Sequence[SharedPassage] | None = None
    more_passages: bool = False


class NearMiss(Struct, frozen=True, kw_only=True):
    """A close story that was not reported, and why not."""

    story_id: str
    jaccard: float
    containment: float
    contained: float
    longest_run: int
    why: str
    confidence: float
    features: Mapping[str, float | None]


class SubmitAnswer(Struct, frozen=True, kw_only=True):
    """The answer to one submitted story; `total` counts all its matches, of which `matches` are the strongest."""

    story: Story
    outcome: Outcome
    matches: Sequence[MatchAnswer]
    total: int
    cluster: ClusterSummary | None


class LabelledText(Struct, frozen=True, kw_only=True):
    """One text of a label, with what the model of relations weighs of a story."""

    id: str
    source: str
    title: str | None
    published_at: datetime | None
    text: str

    @classmethod
    def of(cls, story: Story) -> LabelledText:
        """The text of a stored story."""
        return cls(
            id=story.id, source=story.source, title=story.title, published_at=story.published_at, text=story.text
        )


class Label(Struct, frozen=True, kw_only=True):
    """Two texts of which a person said whether they are one report."""

    a: LabelledText
    b: LabelledText
    same: bool
    note: str | None


class StoryAnswer(Struct, frozen=True, kw_only=True):
    """A stored story with its history, and what it is a derived copy of."""

    story: Story
    cluster: ClusterSummary | None
    derived_from: Sequence[Origin]
    revisions: Sequence[Revision]


class MatchesAnswer(Struct, frozen=True, kw_only=True):
    """Matches of a stored or merely offered text. `near` is filled when explanations were asked for.

    `verdicts` are what people said last of a stored story and others, one that they match or not.
    """

    matches: Sequence[MatchAnswer]
    total: int
    next: Position | None = None
    verdicts: Sequence[PersonVerdict] | None = None
    near: Sequence[NearMiss] | None = None
    warnings: tuple[str, ...] = ()


class CleanAnswer(Struct, frozen=True, kw_only=True):
    """A cleaned text and, for a page, what it says about itself.

    `region_text` is what was cleaned, which offsets count in; `chrome` are the blocks of a page around it, which are
    `chrome_blocks`; `markdown` is the cleaned text so written. These stand here only where they were asked for.
    """

    cleaned: Cleaned
    metadata: PageMetadata
    region_text: str = ""
    chrome_blocks: int = 0
    chrome: tuple[ChromeBlock, ...] = ()
    markdown: str | None = None


class SignatureAnswer(Struct, frozen=True, kw_only=True):
    """A signature with all that is needed to compare it elsewhere."""

    scheme: str
    seed: int
    permutations: int
    shingle: int
    normaliser: int
    words: int
    signature: NDArray[np.uint32]


class CompareAnswer(Struct, frozen=True, kw_only=True):
    """Two texts side by side; the offsets of `passages` count in `a_text` and `b_text`.

    `more_passages` tells that there are passages after those that are given.
    """

    jaccard: float
    a_in_b: float
    b_in_a: float
    relation: Relation | None
    why: str
    confidence: float
    features: Mapping[str, float | None]
    passages: Sequence[SharedPassage]
    more_passages: bool = False
    warnings: tuple[str, ...] = ()
    a_text: str = ""
    b_text: str = ""


class Credit(Struct, frozen=True, kw_only=True):
    """Whom so many members of a cluster credit with it, and the first story that is this one's own or credits it."""

    name: str
    members: int
    story_id: str
    source: str
    told_at: datetime | None


class SharedWords(Struct, frozen=True, kw_only=True):
    """What two stories of one event share, as the one that was asked about writes it; what tells most comes first."""

    names: Sequence[str]
    numbers: Sequence[str]
    quotes: Sequence[str]
    words: Sequence[str]


class RelatedStory(Struct, frozen=True, kw_only=True):
    """A story that tells the same event; it stands for `folded` others of its cluster.

    `encoder_cosine` is how near an encoder finds it, where there is one and it was asked.
    """

    story: CandidateStory
    score: float
    why: str
    cluster_id: str | None
    folded: int
    shared: SharedWords
    encoder_cosine: float | None = None


class ClusterAnswer(Struct, frozen=True, kw_only=True):
    """A cluster with a page of its members and its latest events.

    `merged_id` is what was asked for if that cluster went into this one. `derived` are its earliest derived copies.
    `agencies` are credited in the texts of these members, most often first.
    """

    summary: ClusterSummary
    credited_to: Credit | None
    members: Sequence[ClusterMember]
    next: Position | None
    derived: Sequence[DerivedCopy]
    events: Sequence[ClusterEvent]
    agencies: Sequence[str]
    merged_id: str | None = None


class Spread(Struct, frozen=True, kw_only=True):
    """How the canonical text of a cluster spread over its first members.

    carried: stretches of `text` that stand in another member, one for each time. compared: how many others were looked
    at. departures: by story id, where each departs from it.
    """

    text: str
    language: str | None
    carried: Sequence[TextSpan]
    compared: int
    departures: Mapping[str, Departure]
