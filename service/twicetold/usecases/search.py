"""Finding stories by words, and the words that they are found by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twicetold.domain.errors import Invalid
from twicetold.domain.fingerprint.searchable import QueryWords
from twicetold.usecases.ports import Analyser, Progress, Store
from twicetold.usecases.read_models import StoredStory
from twicetold.usecases.where_possible import where_possible

CHUNK = 100
"""Stories to a transaction."""
AT_ONCE = 2_000
"""Stories to a round of housekeeping: a few seconds of one processor."""


class Searching:
    """Reads queries, and enters stories into the index that is searched."""

    def __init__(self, store: Store, analyser: Analyser) -> None:
        self._store = store
        self._analyser = analyser

    def words(self, query: str) -> QueryWords:
        """The words of a query. Raises `Invalid` where it has none."""
        found = self._analyser.read_query(query)
        if not found.whole and not found.begun:
            raise Invalid("q holds no word; name words of a title, a URL or the start of a text", field="q")
        return found

    def enter_waiting(self, *, limit: int = AT_ONCE) -> int:
        """Enter stories that wait for it, at most about `limit`; returns how many.

        They wait after a migration or `reindex`, or where their title was corrected.
        """
        entered = looked_at = 0
        for waiting in self._waiting():
            entered += self._enter(waiting)
            looked_at += len(waiting)
            if looked_at >= limit:
                break
        return entered

    def reindex(self, progress: Progress) -> int:
        """Build both indexes anew, of keys and of words, while look-ups go on; returns how many stories there are."""
        self._store.reindex(progress)
        entered, total = 0, self._store.stats().stories
        for waiting in self._waiting():
            entered += self._enter(waiting)
            progress(entered, max(entered, total))
        return entered

    def _waiting(self) -> Iterator[list[StoredStory]]:
        """All stories that wait, the latest first, some at a time."""
        before = None
        while True:
            with self._store.reading() as reading:
                waiting = reading.unsearched(before=before, limit=CHUNK)
            if not waiting:
                return
            yield waiting
            before = min(one.key for one in waiting)

    def _enter(self, waiting: Sequence[StoredStory]) -> int:
        """Enter stories; one that cannot be looked at waits on."""
        entered = 0
        for stories, words in where_possible(self._words, waiting, "made searchable"):
            self._store.enter_words({stored.key: found for stored, found in zip(stories, words, strict=True)})
            entered += len(stories)
        return entered

    def _words(self, stories: Sequence[StoredStory]) -> list[tuple[str, ...]]:
        return self._analyser.found_by([stored.story for stored in stories])
