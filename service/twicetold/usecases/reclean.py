"""Applies what was learned since to stories stored before, and a better extraction to those whose pages were kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twicetold.domain.errors import NotFound
from twicetold.domain.model import Story
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Progress, Store
from twicetold.usecases.prepare import Learned, Preparation
from twicetold.usecases.read_models import Position, StoredStory, StoryFilter
from twicetold.usecases.submit import Submit

CHUNK = 20
"""Stories at a time: their pages, if kept, are held in memory."""


class Recleaning:
    """`twicetold reclean`."""

    def __init__(self, store: Store, preparation: Preparation, submit: Submit) -> None:
        self._store = store
        self._preparation = preparation
        self._submit = submit

    def reclean(self, source: str, *, progress: Progress | None = None) -> int:
        """Clean all stories of a source again; returns how many came out differently. Raises `NotFound`.

        Those are signed and matched anew. Their versions do not change, for the stories themselves have not.
        """
        changed = looked_at = 0
        after: Position | None = None
        while True:
            with self._store.reading() as reading:
                page = reading.stories(StoryFilter(source=source), after=after, limit=CHUNK)
            if after is None and not page.items:
                raise NotFound(f"no story of the source {source!r} is stored; GET /v1/sources lists the sources")
            changed += self.clean(source, page.items)
            looked_at += len(page.items)
            if progress is not None:
                progress(looked_at, 0)
            after = page.next
            if after is None:
                return changed

    def clean(self, source: str, stories: Sequence[StoredStory]) -> int:
        """Clean stories of a source again, and match those anew that come out differently; returns how many do."""
        told = {stored.key: stored.story for stored in stories}
        again = self._again(told, self._preparation.learned([source]))
        drafts = {key: draft for key, draft in again.items() if differs(told[key], draft.story)}
        self._submit.replace(drafts, instead_of=told)
        return len(drafts)

    def _again(self, stories: Mapping[int, Story], learned: Learned) -> dict[int, Draft]:
        """The drafts of stories: read again where their pages were kept, else with what was learned since."""
        with self._store.reading() as reading:
            pages = reading.pages(list(stories))
        read = self._preparation.read_again(stories, pages, learned)
        rest = [key for key in stories if key not in read]
        cleaned = self._preparation.cleaned_again([stories[key] for key in rest], learned)
        return {**read, **dict(zip(rest, cleaned, strict=True))}


def differs(before: Story, after: Story) -> bool:
    """Whether cleaning a story again gave another text."""
    return (before.text, before.thin, before.cleaner_version) != (after.text, after.thin, after.cleaner_version)
