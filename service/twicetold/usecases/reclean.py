"""Applies what was learned since to stories stored before."""

from __future__ import annotations

from twicetold.domain.errors import NotFound
from twicetold.domain.model import Story
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Clock, Store
from twicetold.usecases.prepare import Preparation
from twicetold.usecases.read_models import Position, StoryFilter
from twicetold.usecases.submit import Submit

CHUNK = 100


class Recleaning:
    """`twicetold reclean`."""

    def __init__(self, store: Store, preparation: Preparation, submit: Submit, clock: Clock) -> None:
        self._store = store
        self._preparation = preparation
        self._submit = submit
        self._clock = clock

    def reclean(self, source: str) -> int:
        """Clean all stories of a source again; returns how many came out differently. Raises `NotFound`.

        Those are signed and matched anew. Their versions do not change, for the stories themselves have not.
        """
        changed = 0
        after: Position | None = None
        while True:
            with self._store.reading() as reading:
                page = reading.stories(StoryFilter(source=source), after=after, limit=CHUNK)
            if after is None and not page.items:
                raise NotFound(f"no story of the source {source!r} is stored; GET /v1/sources lists the sources")
            learned = self._preparation.learned([source], now=self._clock())
            drafts: dict[int, Draft] = {}
            again = self._preparation.cleaned_again([stored.story for stored in page.items], learned)
            for stored, draft in zip(page.items, again, strict=True):
                if _differs(stored.story, draft.story):
                    drafts[stored.key] = draft
            self._submit.replace(drafts)
            changed += len(drafts)
            after = page.next
            if after is None:
                return changed


def _differs(before: Story, after: Story) -> bool:
    return (before.text, before.thin) != (after.text, after.thin)
