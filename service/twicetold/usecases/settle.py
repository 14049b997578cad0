"""Judges again what rests on what is stored, when that has changed: what sources repeat, matches, clusters.

What a source repeats is told by all its stories, a match by how many others share its words, a crowd's clusters by all
that is tied. So each is first answered by what is there, then noted, and judged again here: a bounded part in each
round, until nothing is left. Then all follows from the stories alone, whatever order they came in.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from functools import partial

from twicetold.domain.analysis import Learned, Lesson
from twicetold.domain.errors import ExtractionKilled
from twicetold.domain.matching.clusters import publication_time
from twicetold.domain.model import Story
from twicetold.usecases.pipeline import Season, Uncleaned
from twicetold.usecases.ports import Clock, Recording, Store
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.read_models import Position, StoredStory, StoryFilter
from twicetold.usecases.reclean import CHUNK, Recleaning
from twicetold.usecases.record import settle
from twicetold.usecases.submit import Submit
from twicetold.usecases.where_possible import where_possible

DRAWN = 256
"""Stories of a season at most that are learned from: half a second of a processor."""
DRAWN_CHARACTERS = 4_000_000
SEASONS, CLEANED, JUDGED, CROWDS = 8, 500, 500, 4
"""Of each kind of work so much is done in a round: some seconds of a processor in all."""

_log = logging.getLogger(__name__)


class Settling:
    """What housekeeping does once the backlog is matched."""

    def __init__(
        self, store: Store, preparation: Preparation, submit: Submit, recleaning: Recleaning, clock: Clock
    ) -> None:
        self._store = store
        self._preparation = preparation
        self._submit = submit
        self._recleaning = recleaning
        self._clock = clock

    def round(self) -> int:
        """Do a bounded part of what waits; returns how much that was, 0 when nothing is left."""
        if since := self._store.resolve():
            _log.warning("a node of the store was lost and is back; what came since %s is matched anew", since)
        return self._learn() + self._clean() + self._judge() + self._cluster()

    def all(self) -> int:
        """Do all of what waits; returns how much that was."""
        total = 0
        while done := self.round():
            total += done
        return total

    def _learn(self) -> int:
        """Learn what sources repeat, of seasons that have other stories now."""
        with self._store.reading() as reading:
            seasons = reading.unlearned(limit=SEASONS)
        for season, note in seasons.items():
            self._learn_from(season, note)
        return len(seasons)

    def _learn_from(self, season: Season, note: int) -> None:
        with self._store.reading() as reading:
            stories = drawn_within(reading.drawn(season, limit=DRAWN))
            known = reading.lesson_digest(season)
        drawn = digest_of(stories)
        if drawn == known:
            self._store.record(lambda recording: recording.pass_over(season, note))
            return
        try:
            learned = self._preparation.analyser.learn([lesson_of(stored.story) for stored in stories])
        except ExtractionKilled:
            learned = Learned()
        self._store.record(lambda recording: recording.teach(season, note, learned, drawn))

    def _clean(self) -> int:
        """Clean stories anew whose source repeats something else than was known when they were cleaned."""
        cleaned = 0
        while cleaned < CLEANED:
            with self._store.reading() as reading:
                uncleaned = reading.uncleaned()
                if uncleaned is None:
                    break
                page = reading.stories(StoryFilter(source=uncleaned.source), after=uncleaned.after, limit=CHUNK)
            self._clean_stories(uncleaned.source, page.items)
            cleaned += len(page.items) or 1
            self._store.record(partial(_cleaned, uncleaned=uncleaned, after=page.next))
        return cleaned

    def _clean_stories(self, source: str, stories: Sequence[StoredStory]) -> None:
        """Clean stories anew; one that cannot be is left as it is."""
        for _ in where_possible(partial(self._recleaning.clean, source), stories, "cleaned anew"):
            pass

    def _judge(self) -> int:
        """Match stories anew whose matches rest on something that has changed."""
        judged = self._store.reopen(limit=JUDGED)
        if judged:
            self._submit.match_backlog()  # of what was published just now its own worker will do it
        return judged

    def _cluster(self) -> int:
        """Cluster crowds anew that took stories in, or lost some."""
        with self._store.reading() as reading:
            unsettled = reading.unsettled(limit=CROWDS)
        clustered = 0
        for key in unsettled:
            clustered += self._store.record(
                partial(settle, key=key, parameters=self._preparation.parameters, now=self._clock())
            )
        return clustered


def _cleaned(recording: Recording, *, uncleaned: Uncleaned, after: Position | None) -> None:
    recording.cleaned(uncleaned, after)


def drawn_within(stories: Sequence[StoredStory]) -> list[StoredStory]:
    """The first of drawn stories that have not more than DRAWN_CHARACTERS together."""
    within: list[StoredStory] = []
    left = DRAWN_CHARACTERS
    for stored in stories:
        left -= len(stored.story.text) + sum(len(span.text) for span in stored.story.removed)
        if left < 0:
            break
        within.append(stored)
    return within


def digest_of(stories: Sequence[StoredStory]) -> bytes:
    """16 bytes that differ when other stories are drawn, or other versions of them; nothing for none."""
    told = [
        (one.key, one.story.version, one.story.cleaner_version, str(lesson_of(one.story).published)) for one in stories
    ]
    return hashlib.blake2b(repr(told).encode(), digest_size=16).digest() if told else b""


def lesson_of(story: Story) -> Lesson:
    """What of a story its source's boilerplate is learned from."""
    published = publication_time(story.published_at, story.received_at).date()
    return Lesson(text=story.text, removed=story.removed, language=story.language, published=published)
