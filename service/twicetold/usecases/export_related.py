"""Who tells the events of many stories in other words: looked for story by story, while the answer is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from twicetold.domain.errors import Invalid, NotFound
from twicetold.usecases.ports import Store
from twicetold.usecases.read_models import ExportedRelated, Position, StoryFilter
from twicetold.usecases.relate import RelatedQuery, Relating

READ = 1_000
"""Stories read at a time, for most may be of another source or time."""
TOLD = 20
"""Stories after whose related ones an answer goes on, so that a client hears something within a second or two."""
_DIGITS = 6


def exported_related(
    store: Store, relating: Relating, stories: StoryFilter, wanted: RelatedQuery, after: Position | None
) -> Iterator[Sequence[ExportedRelated]]:
    """What is related to each of the stories behind a position, those of a story together, best first.

    Each look for one is a reading of its own, as when it is asked for alone.
    """
    while True:
        with store.reading() as reading:
            page = reading.exported_stories(stories, text=False, after=after, limit=READ)
        if not page.items:
            yield []
        coming = iter(page.items)
        while some := list(islice(coming, TOLD)):
            yield [one for story in some for one in _related(relating, story.story_id, story.source, wanted)]
        if page.next is None:
            return
        after = page.next


def _related(relating: Relating, story_id: str, source: str, wanted: RelatedQuery) -> list[ExportedRelated]:
    try:
        found = relating.of_story(story_id, wanted)
    except (NotFound, Invalid):  # deleted meanwhile, without words, or over a limit of the sandbox
        return []
    return [
        ExportedRelated(
            story_id=story_id,
            other_id=one.story.story_id,
            source=source,
            other_source=one.story.source,
            score=round(one.score, _DIGITS),
            why=one.why,
            cluster_id=one.cluster_id,
        )
        for one in found
    ]
