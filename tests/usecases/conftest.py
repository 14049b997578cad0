"""The use cases over a real SQLite file, with a clock that stands still and pages that are already text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from twicetold.domain.errors import ExtractionKilled, TwicetoldError
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import DetectedLanguage, Extracted, PageMetadata, Relation, Submission
from twicetold.domain.urls import canonical_url
from twicetold.store.open import migrate, open_store
from twicetold.usecases.application import Application, assemble
from twicetold.usecases.pipeline import Outcome
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
class PlainExtractor:
    """Takes a page's markup for its text; `<hang>` stands for a page that takes too long."""

    metadata: PageMetadata = field(default_factory=PageMetadata)
    detected: DetectedLanguage | None = None
    told: list[datetime | None] = field(default_factory=list)

    def extract(self, page: bytes, *, url: str | None, now: datetime | None = None) -> Extracted:
        if page == b"<hang>":
            raise ExtractionKilled("the page took too long", field="html")
        self.told.append(now)
        return Extracted(text=page.decode(), metadata=self.metadata, detected=self.detected)

    def close(self) -> None:
        """Nothing runs."""


@dataclass
class CountingObserver:
    """Remembers what it was told."""

    outcomes: list[Outcome] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def submitted(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def matched(self, relation: Relation) -> None:
        self.relations.append(relation)

    def cut(self, kind: str, words: int) -> None:
        self.kinds.append(kind)


@dataclass
class House:
    """The application with its world at hand."""

    application: Application
    store: Store
    clock: StandingClock
    extractor: PlainExtractor
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
    clock, extractor, observer = StandingClock(), PlainExtractor(), CountingObserver()
    application = assemble(store, extractor, parameters, clock, observer, parallel=2)
    yield House(application, store, clock, extractor, observer)
    application.close()
