"""A world of stories without cleaning, signatures or a store, for tests of the web layer alone.

Two texts match when they are equal; a text that holds "explode" fails the way no text should.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from twicetold.domain.errors import ExtractionKilled, NotFound
from twicetold.domain.model import Cleaned, Credits, Kept, RemovedSpan, Story, Submission
from twicetold.usecases.read_models import ClusterSummary, PersonVerdict, Position

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLUTTER = "Share Facebook Twitter"


def clean(submission: Submission) -> Cleaned:
    """Cut `CLUTTER` from the end of a text."""
    text = (submission.html or b"").decode() if submission.text is None else submission.text
    if "explode" in text:
        raise ZeroDivisionError("a secret inside")
    if "<hang>" in text:
        raise ExtractionKilled("the page took longer than 10 seconds", field="html")
    warnings = submission.warnings if text else (*submission.warnings, "nothing is left to match on")
    if not text.endswith(CLUTTER):
        return Cleaned(
            text=text, thin=not text, warnings=warnings, kept=(Kept(start=0, end=1, rule="ad", why="prose"),)
        )
    start = len(text) - len(CLUTTER)
    span = RemovedSpan(kind="share", rule="share-bar", start=start, end=len(text), text=CLUTTER, support=7)
    return Cleaned(text=text[:start], removed=(span,), credits=Credits(agencies=("Reuters",)), warnings=warnings)


@dataclass
class FakeWorld:
    """Stories in a dict, in order of arrival; every part of the application shares it."""

    entries: dict[str, list[Story]] = field(default_factory=dict)
    url_keys: dict[str, str | None] = field(default_factory=dict)
    failing: Exception | None = None
    chunks: list[int] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    said: list[PersonVerdict] = field(default_factory=list)
    encoder_cosine: float | None = None

    def story(self, story_id: str, *, name: str = "id") -> Story:
        if story_id not in self.entries:
            raise NotFound("no story has this id", field=name)
        return self.entries[story_id][-1]

    def stories(self) -> list[Story]:
        return [versions[-1] for versions in self.entries.values()]

    def key(self, story_id: str) -> int:
        return 1 + list(self.entries).index(story_id)

    def twins(self, text: str, *, but: str | None) -> list[Story]:
        return [story for story in self.stories() if text and story.text == text and story.id != but]

    def cluster(self, story: Story) -> ClusterSummary | None:
        together = [other for other in self.stories() if other.text == story.text]
        if len(together) < 2 or not story.text:
            return None
        first = min(together, key=publication_time)
        return ClusterSummary(
            id=f"c-{first.id}",
            size=len(together),
            sources=len({other.source for other in together}),
            derived=0,
            all_sources=len({other.source for other in together}),
            canonical_id=first.id,
            first_seen=publication_time(first),
            last_seen=max(map(publication_time, together)),
            title=first.title,
            language=first.language,
        )


def publication_time(story: Story) -> datetime:
    return story.published_at or story.received_at


def page(items: Sequence[object], after: Position | None, limit: int) -> tuple[Sequence[object], Position | None]:
    start = cast("int", after[0]) if after else 0
    return items[start : start + limit], (start + limit,) if start + limit < len(items) else None
