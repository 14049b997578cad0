"""From a submission to a draft: what is known of its source goes in, what was found out of its text comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from twicetold.domain.analysis import Analysis, AnalysisInput
from twicetold.domain.cleaning.offsets import restored
from twicetold.domain.cleaning.overrides import RULE as OVERRIDE
from twicetold.domain.errors import TwicetoldError
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Override, Story, Submission
from twicetold.usecases import drafting
from twicetold.usecases.kept_pages import unpacked
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Analyser, Observer, Store
from twicetold.usecases.processor_slots import ProcessorSlots
from twicetold.usecases.results import CleanAnswer

Learned = Mapping[str, Mapping[int, int]]
"""By source, the support of each active learned block, by hash."""


class Preparation:
    """Turns submissions into cleaned texts and drafts, with what the store has learned of their sources."""

    def __init__(
        self,
        analyser: Analyser,
        store: Store,
        parameters: FingerprintParameters,
        observer: Observer,
        *,
        keep_pages: int = 0,
    ) -> None:
        self._store = store
        self._observer = observer
        self.analyser = analyser
        self.parameters = parameters
        self.slots = ProcessorSlots()
        self.keep_pages = keep_pages

    def drafts(self, items: Sequence[Submission | TwicetoldError], *, now: datetime) -> list[Draft | TwicetoldError]:
        """A draft, or the error that kept it from becoming one, for each item, in order."""
        submissions = [item for item in items if isinstance(item, Submission)]
        outcomes = iter(self._analysed(submissions, now=now))
        return [self._drafted(item, next(outcomes), now) if isinstance(item, Submission) else item for item in items]

    def draft(self, submission: Submission, *, now: datetime) -> Draft:
        """One draft; raises `ExtractionFailed`."""
        (draft,) = self.drafts([submission], now=now)
        if isinstance(draft, TwicetoldError):
            raise draft
        return draft

    def clean(
        self, submission: Submission, *, now: datetime, explain: bool = False, markdown: bool = False
    ) -> tuple[CleanAnswer, Analysis]:
        """One text or page, cleaned, and all that was found out of it; raises `ExtractionFailed`."""
        (analysis,) = self._analysed([submission], now=now, explain=explain, markdown=markdown)
        if isinstance(analysis, TwicetoldError):
            raise analysis
        warnings = (*submission.warnings, *analysis.cleaned.warnings)
        cleaned = msgspec.structs.replace(analysis.cleaned, warnings=warnings)
        answer = CleanAnswer(
            cleaned=cleaned,
            metadata=analysis.metadata,
            region_text=analysis.region_text,
            chrome_blocks=analysis.chrome_blocks,
            chrome=analysis.chrome,
            markdown=analysis.markdown if markdown else None,
        )
        return answer, analysis

    def redrafts(self, stories: Sequence[Story]) -> list[Draft]:
        """The drafts of stored stories, made again from their texts."""
        return [drafting.redraft(*made) for made in zip(stories, self.analyser.indexable(stories), strict=True)]

    def read_again(
        self, stories: Mapping[int, Story], pages: Mapping[int, bytes], learned: Learned
    ) -> dict[int, Draft]:
        """The drafts, by key, of stored stories whose pages were kept; of a page that is refused now there is none."""
        overrides = self.overrides({story.source for story in stories.values()})
        inputs = {
            key: AnalysisInput(
                html=unpacked(page),
                url=stories[key].url,
                now=stories[key].received_at,
                title=stories[key].title,
                language=stories[key].language,
                learned=learned.get(stories[key].source, {}),
                overrides=overrides.get(stories[key].source, ()),
            )
            for key, page in pages.items()
        }
        read = zip(inputs, self.analyser.analyse(list(inputs.values())), strict=True)
        return {key: drafting.read_again(stories[key], one) for key, one in read if not isinstance(one, TwicetoldError)}

    def cleaned_again(self, stories: Sequence[Story], learned: Learned) -> list[Draft]:
        """The drafts of stored stories with learned boilerplate and overrides as they are now; all other cuts stay."""
        return cleaned_again(self.analyser, stories, learned, self.overrides({story.source for story in stories}))

    def overrides(self, sources: Iterable[str]) -> Mapping[str, tuple[Override, ...]]:
        """What the operator wants of sources, by source; those of which nothing is wanted are missing."""
        with self._store.reading() as reading:
            return reading.overrides(sorted(sources))

    def learned(self, sources: Iterable[str]) -> Learned:
        """What is cut of sources as learned boilerplate."""
        with self._store.reading() as reading:
            blocks = reading.learned(sorted(sources))
        return {source: {block: entry.stories for block, entry in found.items()} for source, found in blocks.items()}

    def close(self) -> None:
        """End what looks at texts."""
        self.analyser.close()

    def _analysed(
        self, submissions: Sequence[Submission], *, now: datetime, explain: bool = False, markdown: bool = False
    ) -> list[Analysis | TwicetoldError]:
        sources = {submission.source for submission in submissions}
        learned, overrides = self.learned(sources), self.overrides(sources)
        return self.analyser.analyse(
            [
                msgspec.structs.replace(
                    AnalysisInput.of(submission, now=now),
                    learned=learned.get(submission.source, {}),
                    explain=explain,
                    markdown=markdown,
                    overrides=(
                        overrides.get(submission.source, ()) if submission.overrides is None else submission.overrides
                    ),
                )
                for submission in submissions
            ]
        )

    def _drafted(
        self, submission: Submission, analysis: Analysis | TwicetoldError, now: datetime
    ) -> Draft | TwicetoldError:
        if isinstance(analysis, TwicetoldError):
            return analysis
        for span in analysis.cleaned.removed:
            self._observer.cut(span.kind, len(span.text.split()))
        draft = drafting.draft(submission, analysis, now=now)
        if self.keep_pages and submission.html:
            return drafting.with_page(draft, submission.html, most=self.keep_pages)
        return draft


def cleaned_again(
    analyser: Analyser, stories: Sequence[Story], learned: Learned, overrides: Mapping[str, tuple[Override, ...]]
) -> list[Draft]:
    """See `Preparation.cleaned_again`. Raises what the analyser makes of a story that it cannot look at."""
    inputs = [again(story, learned.get(story.source, {}), overrides.get(story.source, ())) for story in stories]
    drafts = []
    for story, analysis in zip(stories, analyser.analyse(inputs), strict=True):
        if isinstance(analysis, TwicetoldError):
            raise analysis
        drafts.append(redrafted(story, analysis))
    return drafts


def again(story: Story, learned: Mapping[int, int], overrides: tuple[Override, ...] = ()) -> AnalysisInput:
    """What cleans a stored story again, with learned boilerplate and overrides as they are now; all other cuts stay."""
    return AnalysisInput(
        text=restored(story.text, story.removed),
        title=story.title,
        language=story.language,
        settled=story.language_from is not None,
        removed=tuple(span for span in story.removed if span.support is None and span.rule != OVERRIDE),
        learned=learned,
        whole=not story.thin,
        overrides=overrides,
    )


def redrafted(story: Story, analysis: Analysis) -> Draft:
    """The draft of a stored story that was cleaned again."""
    cleaned = analysis.cleaned
    told = msgspec.structs.replace(story, text=cleaned.text, removed=cleaned.removed, thin=cleaned.thin)
    return drafting.redraft(told, analysis.indexable)
