"""What is found out of untrusted pages and texts: cleaned texts, fingerprints, and what a source repeats.

Everything that looks at the characters of what a stranger wrote is called from here, so that it can run where it can be
stopped: patterns hold the interpreter, and a text that makes one slow would stop a whole server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec
import numpy as np
from msgspec import Struct

from twicetold.domain.cleaning.clean import NOTHING_LEARNED, clean
from twicetold.domain.cleaning.learned import blocks
from twicetold.domain.cleaning.offsets import restored
from twicetold.domain.cleaning.recurring import OwnBlock, SourceStory, own_blocks
from twicetold.domain.extraction.extract import extract_encoded
from twicetold.domain.extraction.language import detect, settle
from twicetold.domain.extraction.markdown import markdown
from twicetold.domain.extraction.prescan import PageLimits, prescan, refused
from twicetold.domain.fingerprint.make import fingerprint, hashed_words, word_spans
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.searchable import QueryWords, query_words, searchable
from twicetold.domain.fingerprint.terms import Terms, terms
from twicetold.domain.fingerprint.tokens import Spans
from twicetold.domain.matching.changes import changes
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.furniture import furniture
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import (
    ChromeBlock,
    Cleaned,
    Extracted,
    Fingerprint,
    Keys,
    Override,
    PageMetadata,
    RemovedSpan,
    Story,
    Submission,
    Words,
)


class AnalysisInput(Struct, frozen=True, kw_only=True):
    """A page or text with what its sender says of it; exactly one of `html` (`prescan.encoded`) and `text` is given.

    settled: whether `language` was told of this text before, and is not detected again. removed: what was cut from
    `text` before, in text order. learned: the source's blocks, hash to number of stories. whole: whether `text` was
    sent as one, and is not what was taken from a page. flat: whether it may hold chrome. now: the service's time, for
    nothing was published later. explain: whether to tell which blocks were nearly cut. markdown: whether the cleaned
    text is wanted in Markdown, too. overrides: what the operator wants of this source.
    """

    html: bytes | None = None
    text: str | None = None
    url: str | None = None
    now: datetime | None = None
    title: str | None = None
    language: str | None = None
    settled: bool = False
    removed: tuple[RemovedSpan, ...] = ()
    learned: Mapping[int, int] = NOTHING_LEARNED
    whole: bool = False
    flat: bool = False
    explain: bool = False
    markdown: bool = False
    overrides: tuple[Override, ...] = ()

    @classmethod
    def of(cls, submission: Submission, *, now: datetime) -> AnalysisInput:
        """What a submission, received `now`, gives by itself: without what is known of its source."""
        sent_as_text = submission.html is None
        return cls(
            html=submission.html,
            text=submission.text,
            url=submission.url,
            now=now,
            title=submission.title,
            language=submission.language,
            whole=sent_as_text,
            flat=sent_as_text,
        )


class Indexable(Struct, frozen=True, kw_only=True):
    """What matching and searching need of a cleaned text; `searchable` are the words that it is found by."""

    fingerprint: Fingerprint
    searchable: tuple[str, ...] = ()


class SearchedText(Struct, frozen=True, kw_only=True):
    """What a story is found by."""

    title: str | None
    url: str | None
    text: str

    @classmethod
    def of(cls, story: Story) -> SearchedText:
        """What a stored story is found by."""
        return cls(title=story.title, url=story.url, text=story.text)


class Lesson(Struct, frozen=True, kw_only=True):
    """A story to learn the boilerplate of its source from: its cleaned text with what was cut, and when it appeared."""

    text: str
    removed: tuple[RemovedSpan, ...]
    language: str | None
    published: date


class Learned(Struct, frozen=True, kw_only=True):
    """What a source repeats in stories that otherwise differ: blocks of its own, and fingerprints of its furniture.

    furniture: int64, ascending: passage fingerprints of sentences that recur within other blocks.
    """

    blocks: Sequence[OwnBlock] = ()
    furniture: Keys = msgspec.field(default_factory=lambda: np.empty(0, np.int64))


class Analysis(Struct, frozen=True, kw_only=True):
    """A page or text, read.

    `input_digest` is 16 bytes over the text before cleaning. `region_text` is that text, and `chrome` the blocks of a
    page around it, where these were to be explained; `markdown` is the cleaned text so written, if that was wanted.
    """

    cleaned: Cleaned
    metadata: PageMetadata
    input_digest: bytes
    indexable: Indexable
    region_text: str = ""
    chrome_blocks: int = 0
    chrome: tuple[ChromeBlock, ...] = ()
    markdown: str = ""


class Unlocated(Struct, frozen=True):
    """A text, and how many words it has if these are known."""

    text: str
    words: int | None = None


class Located(Struct, frozen=True, kw_only=True):
    """Where the words of a text stand in it, and these as `Fingerprint.words` has them unless they were known."""

    places: Spans
    words: Words | None


class VersionChange(Struct, frozen=True, kw_only=True):
    """A version beside the one before: their Jaccard, and the sentences that came and went."""

    similarity: float
    added: Sequence[str]
    removed: Sequence[str]


def analyse(given: AnalysisInput, parameters: FingerprintParameters, limits: PageLimits) -> Analysis:
    """Extract, clean and fingerprint. Raises `ExtractionFailed` for a page that is refused."""
    return analyse_extracted(_extracted(given, limits), given, parameters)


def analyse_extracted(page: Extracted, given: AnalysisInput, parameters: FingerprintParameters) -> Analysis:
    """Clean and fingerprint what was extracted; its language is what its sender, its page and its text tell."""
    language, told = settle(given.language or page.metadata.language, page.detected)
    title = given.title or page.metadata.title
    cleaned = clean(
        page.text,
        title=title,
        language=language,
        removed=page.removed,
        learned=given.learned,
        explain=given.explain,
        whole=given.whole,
        flat=given.flat,
        overrides=given.overrides,
    )
    return Analysis(
        cleaned=msgspec.structs.replace(cleaned, warnings=(*page.warnings, *cleaned.warnings)),
        metadata=msgspec.structs.replace(page.metadata, language=language, language_from=told),
        input_digest=hashlib.blake2b(page.text.encode("utf-8", "replace"), digest_size=16).digest(),
        indexable=indexable(
            SearchedText(title=title, url=given.url or page.metadata.url, text=cleaned.text),
            parameters,
            language=language,
            thin=cleaned.thin,
        ),
        region_text=page.text if given.explain else "",
        chrome_blocks=len(page.chrome),
        chrome=page.chrome if given.explain else (),
        markdown=markdown(page.text, cleaned.removed, page.parts) if given.markdown else "",
    )


def indexable(
    told: SearchedText,
    parameters: FingerprintParameters,
    *,
    language: str | None,
    thin: bool,
) -> Indexable:
    """Fingerprint a cleaned text, and give what it is found by.

    A thin one keeps words and digest only, for it must not match by likeness.
    """
    made = fingerprint(told.text, parameters, language=language)
    if thin:
        made = msgspec.structs.replace(
            made, signature=np.empty(0, np.uint32), bands=np.empty(0, np.int64), passages=np.empty(0, np.int64)
        )
    return Indexable(fingerprint=made, searchable=found_by(told))


def found_by(told: SearchedText) -> tuple[str, ...]:
    """Give the words that a story is found by."""
    return searchable(title=told.title, url=told.url, text=told.text)


def terms_of(told: SearchedText, parameters: FingerprintParameters, *, language: str | None) -> Terms:
    """Give the words of a story by which others that tell its event may be found."""
    return terms(told.title, told.text, parameters, language=language)


def read_query(query: str) -> QueryWords:
    """Give the words of a query."""
    return query_words(query)


def learn(lessons: Sequence[Lesson], parameters: FingerprintParameters) -> Learned:
    """Learn the boilerplate of a source from some of its stories, in an order that follows from these alone."""
    told = [SourceStory(_uncut(one.text, one.removed), one.published) for one in lessons]
    own = own_blocks(told)
    cut = frozenset(block.hash for block in own)
    left = ["\n".join(block.text for block in blocks(one.text) if block.hash not in cut) for one in told]
    made = [fingerprint(text, parameters, language=one.language) for text, one in zip(left, lessons, strict=True)]
    return Learned(blocks=own, furniture=furniture(made, [one.published for one in lessons], parameters))


def _uncut(text: str, removed: Sequence[RemovedSpan]) -> str:
    """A cleaned text with the boilerplate of its source as if that had not been learned."""
    whole = restored(text, removed)
    kept, place = [], 0
    for span in removed:
        if span.support is None:
            kept.append(whole[place : span.start])
            place = span.end
    return "".join([*kept, whole[place:]])


def locate(texts: Sequence[Unlocated], parameters: FingerprintParameters) -> list[Located]:
    """Tell for each text where its words stand."""
    made = [hashed_words(one.text, parameters) if one.words is None else None for one in texts]
    sized = [np.empty(one.words or 0, np.uint32) if of is None else of for one, of in zip(texts, made, strict=True)]
    found = word_spans([(one.text, of) for one, of in zip(texts, sized, strict=True)], parameters)
    return [Located(places=places, words=of) for places, of in zip(found, made, strict=True)]


def version_changes(texts: Sequence[str], parameters: FingerprintParameters) -> list[VersionChange]:
    """Compare each version of a story, earliest first, with the one before it; one fewer than there are texts."""
    shingled = [TextFeatures(fingerprint(text, parameters)) for text in texts]
    told = []
    for number in range(1, len(texts)):
        found = decide(shingled[number - 1], shingled[number]).measures
        changed = changes(texts[number - 1], texts[number])
        told.append(VersionChange(similarity=found.jaccard, added=changed.added, removed=changed.removed))
    return told


def _extracted(given: AnalysisInput, limits: PageLimits) -> Extracted:
    if given.html is None:
        text = given.text or ""
        return Extracted(text=text, removed=given.removed, detected=None if given.settled else detect(text))
    if len(given.html) > limits.size and _characters(given.html) > limits.size:
        raise refused(f"more than {limits.size:,} characters")
    prescan(given.html, limits)
    return extract_encoded(given.html, url=given.url, now=given.now, markdown=given.markdown, overrides=given.overrides)


def _characters(written: bytes) -> int:
    """How many a text in UTF-8 has: all bytes but those that go on with one."""
    return int(np.count_nonzero(np.frombuffer(written, np.int8) >= -64))
