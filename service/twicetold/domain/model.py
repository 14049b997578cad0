"""The values that flow through the service, from a submitted page to a cluster of stories.

Times are timezone-aware UTC. Offsets count Unicode code points. Arrays are never changed after they are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

Words = NDArray[np.uint32]
Keys = NDArray[np.int64]


VERSION_SHARED = 0.2
"""Two texts under one URL share a cluster from this strength on: updates of one report keep more, even from the first
to the last; pages that show one story after another (tickers, front pages) keep less."""


class Relation(StrEnum):
    """What a story is to another one, seen from the first."""

    EXACT = "exact"
    REPRINT = "reprint"
    EXCERPT_OF = "excerpt_of"
    CONTAINS = "contains"
    VERSION = "version"
    REWRITE = "rewrite"
    TEMPLATE = "template"
    PASSAGE = "passage"

    @property
    def inverse(self) -> Relation:
        """The same tie seen from the other story."""
        return {Relation.EXCERPT_OF: Relation.CONTAINS, Relation.CONTAINS: Relation.EXCERPT_OF}.get(self, self)

    @property
    def clusters(self) -> bool:
        """Whether stories so tied can share a cluster."""
        return self in {Relation.EXACT, Relation.REPRINT, Relation.VERSION}

    @property
    def derives(self) -> bool:
        """Whether the later of two stories so tied is a derived copy."""
        return self in {Relation.EXCERPT_OF, Relation.CONTAINS, Relation.REWRITE}

    @property
    def copied(self) -> Copied:
        """How a story so tied to an earlier one has it; a story that shares no report with it counts as quoting it."""
        named = {Relation.EXCERPT_OF: Copied.CUT, Relation.CONTAINS: Copied.EXTENDED, Relation.REWRITE: Copied.REWORKED}
        return named.get(self, Copied.WHOLE if self.clusters else Copied.QUOTED)


def _clusters(relation: Relation, strength: float) -> bool:
    return relation.clusters and (relation is not Relation.VERSION or strength >= VERSION_SHARED)


class Copied(StrEnum):
    """How much of a story another one carries, as reports count it."""

    WHOLE = "whole"
    CUT = "cut"
    EXTENDED = "extended"
    REWORKED = "reworked"
    QUOTED = "quoted"


class Decider(StrEnum):
    """Who said what a story is to another one."""

    SERVICE = "service"
    PERSON = "person"


class OverrideAction(StrEnum):
    """What an operator wants done with a part of a source's pages or texts."""

    CUT = "cut"
    KEEP = "keep"


class Override(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An operator's word on a source, which goes before what the service would do.

    It has exactly one of `selector`, for elements of pages (`extraction.selectors`), and `block`, the text of a block.
    """

    action: OverrideAction
    selector: str | None = None
    block: str | None = None


class Submission(Struct, frozen=True, kw_only=True):
    """One story as a crawler sends it, already checked.

    It has exactly one of `html` (in UTF-8, see `prescan.encoded`) and `text`, an `id` and a `source` always. `url_key`
    is the canonical form of `url` (None without one); stories with the same `url_key` are versions of each other.
    `overrides` are to be tried in place of those stored for its source.
    """

    id: str
    source: str
    url: str | None = None
    url_key: str | None = None
    title: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    html: bytes | None = None
    text: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    overrides: tuple[Override, ...] | None = None


class RemovedSpan(Struct, frozen=True, kw_only=True):
    """One cut: `text` stood at `[start, end)` of the text that was cleaned.

    `support` is the number of distinct stories that taught the service this block (learned boilerplate only).
    """

    kind: str
    rule: str
    start: int
    end: int
    text: str
    support: int | None = None


class Credits(Struct, frozen=True, kw_only=True):
    """Who a story names as its origin; cut from the text but kept here.

    `origin` is the outlet that told the story first, as its text or its page says.
    """

    agencies: tuple[str, ...] = ()
    byline: str | None = None
    dateline: str | None = None
    origin: str | None = None


class DatePrecision(StrEnum):
    """How much a page says about a time: an instant with its zone, a time of day without one, or the day alone."""

    INSTANT = "instant"
    LOCAL = "local"
    DAY = "day"


class LanguageSource(StrEnum):
    """What told the language of a story: the page or its sender, or the text itself."""

    DECLARED = "declared"
    DETECTED = "detected"


class DetectedLanguage(Struct, frozen=True, kw_only=True):
    """What language a text looks like: an ISO 639 code, how probable it is, how many words were looked at.

    The probability is that of all languages which are taken for one another. `script` is the first word of Unicode's
    names of its letters, such as CYRILLIC; None where no script holds most of the text.
    """

    language: str
    probability: float
    words: int
    script: str | None


class PageMetadata(Struct, frozen=True, kw_only=True):
    """What a page says about itself.

    `language` is what told it says (`language_from`), a declaration of the page at first; see `language.settle`.
    `author` holds the `authors` joined by "; ". `date_precision` is that of `published_at`. `paywalled` tells whether
    the page says that readers must pay. `page_type` is its type of schema.org or Open Graph. `origin` is whoever
    published the story first, by name or address, if the page names another than itself.
    """

    title: str | None = None
    author: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    date_precision: DatePrecision | None = None
    modified_at: datetime | None = None
    language: str | None = None
    language_from: LanguageSource | None = None
    url: str | None = None
    site: str | None = None
    description: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None
    paywalled: bool | None = None
    page_type: str | None = None
    origin: str | None = None


class ChromeBlock(Struct, frozen=True, kw_only=True):
    """A block of a page that stands outside the story's region, and by which rule it is none of the story's."""

    rule: str
    text: str


class Link(Struct, frozen=True, kw_only=True):
    """`[start, end)` of a text leads to `url`."""

    start: int
    end: int
    url: str


class Part(Struct, frozen=True, kw_only=True):
    """What the block `[start, end)` of a region's text is in Markdown.

    `mark` stands before it, `gap` divides it from the block before. A row of a table has so many `columns`; the `head`
    is its first.
    """

    start: int
    end: int
    gap: str
    mark: str = ""
    code: bool = False
    columns: int = 0
    head: bool = False
    links: tuple[Link, ...] = ()


class Extracted(Struct, frozen=True, kw_only=True):
    """A page turned into text.

    `text` is the story's region: every block from its first to its last, divided by blank lines; `removed` are those of
    them that are left out. `text` minus `removed` goes on to the text rules. `chrome` are the blocks around the region.
    `parts` are told only if they are asked for.
    """

    text: str
    removed: tuple[RemovedSpan, ...] = ()
    chrome: tuple[ChromeBlock, ...] = ()
    metadata: PageMetadata = PageMetadata()
    detected: DetectedLanguage | None = None
    warnings: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


class Kept(Struct, frozen=True, kw_only=True):
    """A block that a rule nearly cut, and what saved it (`/v1/clean?explain=1`)."""

    start: int
    end: int
    rule: str
    why: str


class Cleaned(Struct, frozen=True, kw_only=True):
    """A text without its clutter.

    `text` is the cleaned input minus `removed`, character for character; `removed` is in text order and does not
    overlap. `thin` marks a text with too little left to match on (see `domain.cleaning.thin`).
    """

    text: str
    removed: tuple[RemovedSpan, ...] = ()
    credits: Credits = Credits()
    thin: bool = False
    warnings: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()


class Fingerprint(Struct, frozen=True, kw_only=True):
    """All that matching needs of a text.

    words: uint32[n], the hashed tokens in text order; shingles and runs are computed from it.
    kinds: uint8[n], what each token is (0 word, 1 number, 2 name, 3 part of a word), for telling templates.
    digest: 16 bytes over the normalised text; equal digests are `exact`.
    signature: uint32[128], the MinHash values (empty for a text that matches only exactly).
    bands: int64[32], LSH band keys (empty likewise).
    passages: int64[m], winnowed fingerprints, unique (empty likewise).
    """

    words: Words
    kinds: NDArray[np.uint8]
    digest: bytes
    signature: NDArray[np.uint32]
    bands: Keys
    passages: Keys


class Story(Struct, frozen=True, kw_only=True):
    """A story as stored and as answered. `version` starts at 1; `words` counts the tokens of `text`.

    `cleaner_version` tells which cleaner made the text (`clean.CLEANER_VERSION`; 1 for stories from before it was
    kept). `language_from` is what told the language, None for those stories and where there is none.
    """

    id: str
    url: str | None
    source: str
    title: str | None
    published_at: datetime | None
    received_at: datetime
    language: str | None
    version: int
    words: int
    text: str
    removed: tuple[RemovedSpan, ...]
    credits: Credits
    thin: bool = False
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    language_from: LanguageSource | None = None
    cleaner_version: int = 1


class Revision(Struct, frozen=True, kw_only=True):
    """One version in a story's history, beside the version before.

    `similarity` is their Jaccard, `added` and `removed` the sentences that came and went (None for the first version).
    """

    version: int
    received_at: datetime
    words: int
    similarity: float | None
    title: str | None = None
    added: Sequence[str] | None = None
    removed: Sequence[str] | None = None


class Passage(Struct, frozen=True, kw_only=True):
    """A run of words that texts a and b share: token runs `[a_word, a_word + words)` and `[b_word, b_word + words)`."""

    a_word: int
    b_word: int
    words: int


class Measures(Struct, frozen=True, kw_only=True):
    """Everything measured between two texts a and b, exactly, on their shingles and words.

    jaccard |A∩B|/|A∪B|; a_in_b |A∩B|/|A|; b_in_a |A∩B|/|B|; a_covered the share of the words of a that stand in a
    shared shingle, b_covered of b; longest_run in words (0 if very short).

    From a Jaccard of .1 on, or if most of one text is covered: masked_jaccard is the Jaccard with numbers and names
    replaced by their kind; a_new the share of words of a in longer stretches without a shared shingle, b_new of b;
    numbers and names the covered share of a text's numbers and names, in the text where it is larger (1 where there are
    none). kept_numbers counts the covered numbers, new_numbers and new_names the different ones that stand uncovered
    and not so in the other text, each in the text where they are fewer. Else these stand at their bounds: the plain
    Jaccard, all that is not covered, and 0.
    """

    jaccard: float
    a_in_b: float
    b_in_a: float
    masked_jaccard: float
    a_covered: float
    b_covered: float
    a_new: float
    b_new: float
    numbers: float
    names: float
    kept_numbers: int
    new_numbers: int
    new_names: int
    longest_run: int
    a_words: int
    b_words: int


class Verdict(Struct, frozen=True, kw_only=True):
    """The relation of a to b (None: not reported) and, in words, what weighed most and what was near.

    `confidence` is the probability that the relation is right: of what is said with .9, nine in ten are. `features` is
    what the model weighed (None: unknown), empty where structure alone decided.
    """

    relation: Relation | None
    why: str
    measures: Measures
    confidence: float = 1.0
    features: Mapping[str, float | None] = field(default_factory=dict)
    decided_by: Decider = Decider.SERVICE

    @property
    def strength(self) -> float:
        """The largest of the three shares."""
        return max(self.measures.jaccard, self.measures.a_in_b, self.measures.b_in_a)

    @property
    def clusters(self) -> bool:
        """Whether texts so tied can share a cluster."""
        return self.relation is not None and _clusters(self.relation, self.strength)


class Match(Struct, frozen=True, kw_only=True):
    """A tie between two stored stories, as story `a` sees it.

    `a` and `b` are store keys (see `steps.Publication.key`).
    """

    a: int
    b: int
    relation: Relation
    why: str
    jaccard: float
    a_in_b: float
    b_in_a: float
    longest_run: int
    confidence: float = 1.0
    decided_by: Decider = Decider.SERVICE

    @property
    def strength(self) -> float:
        """The largest of the three shares."""
        return max(self.jaccard, self.a_in_b, self.b_in_a)

    @property
    def clusters(self) -> bool:
        """Whether the two can share a cluster."""
        return _clusters(self.relation, self.strength)

    def seen_from(self, key: int) -> Match:
        """The same tie from the side of `key`."""
        if key == self.a:
            return self
        return Match(
            a=self.b, b=self.a, relation=self.relation.inverse, why=self.why, jaccard=self.jaccard,
            a_in_b=self.b_in_a, b_in_a=self.a_in_b, longest_run=self.longest_run, confidence=self.confidence,
            decided_by=self.decided_by,
        )  # fmt: skip
