"""From a submission to a draft: extract, clean, fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec
import numpy as np

from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.offsets import restored
from twicetold.domain.errors import TwicetoldError
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Credits, Extracted, Fingerprint, PageMetadata, Story, Submission
from twicetold.domain.urls import canonical_url
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Extractor, Observer, Store
from twicetold.usecases.processor_slots import ProcessorSlots
from twicetold.usecases.read_models import LearnedBlock
from twicetold.usecases.results import CleanAnswer

FUTURE_TOLERANCE = timedelta(days=1)
"""A page dated further ahead than this is taken to be undated: clocks and zones differ by hours, not days."""

Learned = Mapping[str, Mapping[int, LearnedBlock]]


class Preparation:
    """ProcessorSlots submissions into cleaned texts and drafts.

    Pages of one chunk are extracted side by side, at most `parallel` at a time, because extraction runs in child
    processes. Threads start on first use, so an instance may be built before a fork.
    """

    def __init__(
        self,
        extractor: Extractor,
        store: Store,
        parameters: FingerprintParameters,
        observer: Observer,
        *,
        parallel: int,
    ) -> None:
        self._extractor = extractor
        self._store = store
        self._observer = observer
        self._threads = ThreadPoolExecutor(parallel, thread_name_prefix="extract")
        self.parameters = parameters
        self.slots = ProcessorSlots()

    def drafts(self, items: Sequence[Submission | TwicetoldError], *, now: datetime) -> list[Draft | TwicetoldError]:
        """A draft, or the error that kept it from becoming one, for each item, in order."""
        texts = self._texts(items)
        sources = {item.source for item in items if isinstance(item, Submission)}
        learned = self._learned(sorted(sources), now)
        with self.slots.of(len(items)):
            return [self._drafted(item, text, learned, now) for item, text in zip(items, texts, strict=True)]

    def _drafted(
        self, item: Submission | TwicetoldError, text: Extracted | TwicetoldError, learned: Learned, now: datetime
    ) -> Draft | TwicetoldError:
        if isinstance(item, TwicetoldError):
            return item
        return text if isinstance(text, TwicetoldError) else self._draft(item, text, learned, now)

    def clean(self, submission: Submission, *, now: datetime, explain: bool = False) -> CleanAnswer:
        """Clean one text or page; raises `ExtractionFailed`."""
        learned = self._learned([submission.source], now)
        return self._clean(submission, self._extract(submission), learned, explain=explain)

    def draft(self, submission: Submission, *, now: datetime) -> Draft:
        """One draft; raises `ExtractionFailed`."""
        learned = self._learned([submission.source], now)
        return self._draft(submission, self._extract(submission), learned, now)

    def redraft(self, story: Story) -> Draft:
        """The draft of a stored story, made again from its text."""
        return Draft(
            story=story,
            url_key=canonical_url(story.url) if story.url else None,
            input_digest=b"",
            fingerprint=self._fingerprint(story.text, thin=story.thin),
        )

    def cleaned_again(self, story: Story, learned: Learned) -> Draft:
        """The draft of a stored story with learned boilerplate as it is known now; all other cuts stay."""
        cuts = [span for span in story.removed if span.support is None]
        cleaned = clean(
            restored(story.text, story.removed),
            title=story.title,
            language=story.language,
            removed=cuts,
            learned={block: entry.stories for block, entry in learned.get(story.source, {}).items()},
        )
        again = msgspec.structs.replace(story, text=cleaned.text, removed=cleaned.removed, thin=cleaned.thin)
        draft = self.redraft(again)
        return msgspec.structs.replace(draft, story=msgspec.structs.replace(again, words=len(draft.fingerprint.words)))

    def close(self) -> None:
        """Stop the threads and the extractor."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._extractor.close()

    def _learned(self, sources: Sequence[str], now: datetime) -> Learned:
        with self._store.reading() as reading:
            return reading.learned(sources, now=now)

    def _texts(self, items: Sequence[Submission | TwicetoldError]) -> list[Extracted | TwicetoldError]:
        pages = [item for item in items if isinstance(item, Submission) and item.html is not None]
        if len(pages) < 2:
            return [self._attempt(item) for item in items]
        extracted = iter(self._threads.map(self._attempt, pages))
        return [
            next(extracted) if isinstance(item, Submission) and item.html is not None else self._attempt(item)
            for item in items
        ]

    def _attempt(self, item: Submission | TwicetoldError) -> Extracted | TwicetoldError:
        if isinstance(item, TwicetoldError):
            return item
        try:
            return self._extract(item)
        except TwicetoldError as error:
            return error

    def _extract(self, submission: Submission) -> Extracted:
        if submission.html is None:
            return Extracted(text=submission.text or "")
        return self._extractor.extract(submission.html, url=submission.url)

    def _clean(self, submission: Submission, page: Extracted, learned: Learned, *, explain: bool) -> CleanAnswer:
        blocks = learned.get(submission.source, {})
        cleaned = clean(
            page.text,
            title=submission.title or page.metadata.title,
            language=submission.language or page.metadata.language,
            removed=page.removed,
            learned={block: entry.stories for block, entry in blocks.items()},
            explain=explain,
        )
        warnings = (*submission.warnings, *page.warnings, *cleaned.warnings)
        return CleanAnswer(cleaned=msgspec.structs.replace(cleaned, warnings=warnings), metadata=page.metadata)

    def _draft(self, submission: Submission, page: Extracted, learned: Learned, now: datetime) -> Draft:
        answer = self._clean(submission, page, learned, explain=False)
        cleaned, meta = answer.cleaned, answer.metadata
        for span in cleaned.removed:
            self._observer.cut(span.kind, len(span.text.split()))
        made = self._fingerprint(cleaned.text, thin=cleaned.thin)
        url, url_key, doubts = _address(submission, meta)
        story = Story(
            id=submission.id,
            url=url,
            source=submission.source,
            title=submission.title or meta.title,
            published_at=submission.published_at or _trusted(meta, now),
            received_at=now,
            language=submission.language or meta.language,
            version=1,
            words=len(made.words),
            text=cleaned.text,
            removed=cleaned.removed,
            credits=_credits(cleaned.credits, meta),
            thin=cleaned.thin,
            warnings=(*cleaned.warnings, *doubts),
            metadata=submission.metadata,
        )
        return Draft(
            story=story,
            url_key=url_key,
            input_digest=hashlib.blake2b(page.text.encode("utf-8", "replace"), digest_size=16).digest(),
            fingerprint=made,
        )

    def _fingerprint(self, text: str, *, thin: bool) -> Fingerprint:
        """A thin text keeps only its digest, for it must not match by likeness."""
        made = fingerprint(text, self.parameters)
        if not thin:
            return made
        return msgspec.structs.replace(
            made, signature=np.empty(0, np.uint32), bands=np.empty(0, np.int64), passages=np.empty(0, np.int64)
        )


def _address(submission: Submission, page: PageMetadata) -> tuple[str | None, str | None, tuple[str, ...]]:
    """The URL of a story, its canonical form, and a warning about what its page gave for one."""
    if submission.url is not None or page.url is None:
        return submission.url, submission.url_key, ()
    try:
        return page.url, canonical_url(page.url), ()
    except ValueError as error:
        return None, None, (f"the URL that the page gives as its own was ignored: it {error}",)


def _credits(cut: Credits, page: PageMetadata) -> Credits:
    """What was cut, with the page's author where its text names nobody."""
    return cut if cut.byline or not page.author else msgspec.structs.replace(cut, byline=page.author)


def _trusted(metadata: PageMetadata, now: datetime) -> datetime | None:
    at = metadata.published_at
    return at if at is not None and at <= now + FUTURE_TOLERANCE else None
