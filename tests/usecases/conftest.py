"""The use cases over a real SQLite file, with a clock that stands still and pages that are already text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from twicetold.domain import analysis
from twicetold.domain.analysis import (
    Analysis,
    AnalysisInput,
    Indexable,
    Learned,
    Lesson,
    Located,
    SearchedText,
    Unlocated,
    VersionChange,
)
from twicetold.domain.errors import ExtractionKilled, TwicetoldError
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.searchable import QueryWords
from twicetold.domain.fingerprint.terms import Terms
from twicetold.domain.matching.departures import Departure, departure
from twicetold.domain.model import DetectedLanguage, Extracted, PageMetadata, Relation, Story, Submission
from twicetold.domain.urls import canonical_url
from twicetold.store.open import migrate, open_store
from twicetold.usecases.application import Application, assemble
from twicetold.usecases.pipeline import Outcome, Stage
from twicetold.usecases.ports import Store
from twicetold.usecases.results import SubmitAnswer


@dataclass
class StandingClock:
    """Tells the same time until it is moved."""

    now: datetime = datetime(2024, 5, 6, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class PlainAnalyser:
    """Works in this process and takes a page's markup for its text; `<hang>` stands for one that takes too long.

    `extract` may make another text of the markup.
    """

    metadata: PageMetadata = field(default_factory=PageMetadata)
    detected: DetectedLanguage | None = None
    told: list[datetime | None] = field(default_factory=list)
    parameters: FingerprintParameters = field(default_factory=FingerprintParameters)
    extract: Callable[[str], str] = str

    def start(self) -> None:
        """Nothing runs."""

    def analyse(self, inputs: Sequence[AnalysisInput]) -> list[Analysis | TwicetoldError]:
        return [self._analysis(given) for given in inputs]

    def _analysis(self, given: AnalysisInput) -> Analysis | TwicetoldError:
        if given.html == b"<hang>":
            return ExtractionKilled("the page took too long", field="html")
        if given.html is None:
            return analysis.analyse(given, self.parameters, PageLimits())
        self.told.append(given.now)
        page = Extracted(text=self.extract(given.html.decode()), metadata=self.metadata, detected=self.detected)
        return analysis.analyse_extracted(page, given, self.parameters)

    def indexable(self, stories: Sequence[Story]) -> list[Indexable]:
        return [
            analysis.indexable(SearchedText.of(one), self.parameters, language=one.language, thin=one.thin)
            for one in stories
        ]

    def learn(self, lessons: Sequence[Lesson]) -> Learned:
        return analysis.learn(lessons, self.parameters)

    def found_by(self, stories: Sequence[Story]) -> list[tuple[str, ...]]:
        return [analysis.found_by(SearchedText.of(one)) for one in stories]

    def terms_of(self, story: Story) -> Terms:
        return analysis.terms_of(SearchedText.of(story), self.parameters, language=story.language)

    def read_query(self, query: str) -> QueryWords:
        return analysis.read_query(query)

    def locate(self, texts: Sequence[Unlocated]) -> list[Located]:
        return analysis.locate(texts, self.parameters)

    def changes(self, versions: Sequence[str]) -> list[VersionChange]:
        return analysis.version_changes(versions, self.parameters)

    def departures(self, text: str, others: Sequence[str]) -> list[Departure]:
        return [departure(text, other) for other in others]

    def close(self) -> None:
        """Nothing runs."""


@dataclass
class CountingObserver:
    """Remembers what it was told."""

    outcomes: list[Outcome] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)

    def submitted(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def matched(self, relation: Relation) -> None:
        self.relations.append(relation)

    def cut(self, kind: str, words: int) -> None:
        self.kinds.append(kind)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        self.stages.append(stage)
        yield


@dataclass
class House:
    """The application with its world at hand."""

    application: Application
    store: Store
    clock: StandingClock
    analyser: PlainAnalyser
    observer: CountingObserver

    def post(self, story_id: str, text: str, source: str = "alpha.example", **more: object) -> SubmitAnswer:
        """Submit one text and return its answer."""
        (answer,) = self.post_all([story(story_id, text, source, **more)])
        assert isinstance(answer, SubmitAnswer)
        return answer

    def post_all(self, items: Sequence[Submission | TwicetoldError]) -> list[SubmitAnswer | TwicetoldError]:
        """Submit a chunk."""
        return self.application.submit.submit(items, passages=True)


def page(story_id: str, html: str) -> Submission:
    """A page to submit."""
    return Submission(id=story_id, html=html.encode(), source="alpha.example")


def story(story_id: str, text: str, source: str = "alpha.example", **more: object) -> Submission:
    """A text to submit; `url` brings its key along."""
    url = more.get("url")
    key = canonical_url(url) if isinstance(url, str) else None
    return Submission(**{"id": story_id, "text": text, "source": source, "url_key": key, **more})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    parameters = FingerprintParameters()
    url = f"sqlite:///{tmp_path}/stories.db"
    migrate(url, scheme=parameters.identity)
    store = open_store(url, scheme=parameters.identity)
    clock, analyser, observer = StandingClock(), PlainAnalyser(), CountingObserver()
    application = assemble(store, analyser, parameters, clock, observer)
    yield House(application, store, clock, analyser, observer)
    application.close()
