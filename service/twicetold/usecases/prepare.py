"""From a submission to a draft: extract, clean, fingerprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.offsets import restored
from twicetold.domain.errors import TwicetoldError
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Extracted, Story, Submission
from twicetold.usecases import drafting
from twicetold.usecases.extraction import Extraction
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Extractor, Observer, Store
from twicetold.usecases.prepare_text import clean_text, fingerprint_text, prepare_text, with_language
from twicetold.usecases.processor_slots import ProcessorSlots
from twicetold.usecases.results import CleanAnswer

Learned = Mapping[str, Mapping[int, int]]
"""By source, the support of each active learned block, by hash."""


class Preparation:
    """Turns submissions into cleaned texts and drafts, with what the store has learned of their sources."""

    def __init__(
        self,
        extractor: Extractor,
        store: Store,
        parameters: FingerprintParameters,
        observer: Observer,
        *,
        parallel: int,
    ) -> None:
        self._extraction = Extraction(extractor, parallel=parallel)
        self._store = store
        self._observer = observer
        self.parameters = parameters
        self.slots = ProcessorSlots()

    def drafts(self, items: Sequence[Submission | TwicetoldError], *, now: datetime) -> list[Draft | TwicetoldError]:
        """A draft, or the error that kept it from becoming one, for each item, in order."""
        texts = self._extraction.texts(items, now=now)
        learned = self.learned({item.source for item in items if isinstance(item, Submission)}, now=now)
        with self.slots.of(len(items)):
            return [self._drafted(item, text, learned, now) for item, text in zip(items, texts, strict=True)]

    def _drafted(
        self, item: Submission | TwicetoldError, text: Extracted | TwicetoldError, learned: Learned, now: datetime
    ) -> Draft | TwicetoldError:
        if isinstance(item, TwicetoldError):
            return item
        return text if isinstance(text, TwicetoldError) else self._draft(item, text, learned, now)

    def draft(self, submission: Submission, *, now: datetime) -> Draft:
        """One draft; raises `ExtractionFailed`."""
        learned = self.learned([submission.source], now=now)
        return self._draft(submission, self._extraction.text(submission, now=now), learned, now)

    def _draft(self, submission: Submission, page: Extracted, learned: Learned, now: datetime) -> Draft:
        prepared = prepare_text(submission, page, learned.get(submission.source, {}), self.parameters)
        for span in prepared.cleaned.removed:
            self._observer.cut(span.kind, len(span.text.split()))
        return drafting.draft(submission, prepared, now=now)

    def clean(self, submission: Submission, *, now: datetime, explain: bool = False) -> CleanAnswer:
        """Clean one text or page; raises `ExtractionFailed`."""
        learned = self.learned([submission.source], now=now)
        page = with_language(submission, self._extraction.text(submission, now=now))
        cleaned = clean_text(submission, page, learned.get(submission.source, {}), explain=explain)
        return CleanAnswer(cleaned=cleaned, metadata=page.metadata, region_text=page.text, chrome=page.chrome)

    def redraft(self, story: Story) -> Draft:
        """The draft of a stored story, made again from its text."""
        return drafting.redraft(
            story, fingerprint_text(story.text, self.parameters, language=story.language, thin=story.thin)
        )

    def cleaned_again(self, story: Story, learned: Learned) -> Draft:
        """The draft of a stored story with learned boilerplate as it is known now; all other cuts stay."""
        cleaned = clean(
            restored(story.text, story.removed),
            title=story.title,
            language=story.language,
            removed=[span for span in story.removed if span.support is None],
            learned=learned.get(story.source, {}),
            whole=not story.thin,
        )
        return self.redraft(
            msgspec.structs.replace(story, text=cleaned.text, removed=cleaned.removed, thin=cleaned.thin)
        )

    def learned(self, sources: Iterable[str], *, now: datetime) -> Learned:
        """What is cut of sources as learned boilerplate."""
        with self._store.reading() as reading:
            blocks = reading.learned(sorted(sources), now=now)
        return {source: {block: entry.stories for block, entry in found.items()} for source, found in blocks.items()}

    def close(self) -> None:
        """Stop the threads and the extractor."""
        self._extraction.close()
