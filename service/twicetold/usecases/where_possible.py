"""Work on stored stories of which one may not be looked at: it keeps the others from nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from twicetold.domain.errors import ExtractionFailed
from twicetold.usecases.read_models import StoredStory

T = TypeVar("T")

_log = logging.getLogger(__name__)


def where_possible(
    work: Callable[[Sequence[StoredStory]], T], stories: Sequence[StoredStory], done: str
) -> Iterator[tuple[Sequence[StoredStory], T]]:
    """What came of `work` for all stories together, or for each alone where it fails for one of them.

    A story for which it fails alone is left out, and the log says that it could not be `done`.
    """
    try:
        result = work(stories)
    except ExtractionFailed as error:
        if len(stories) > 1:
            for one in stories:
                yield from where_possible(work, [one], done)
        else:
            _log.warning("a story could not be %s: %s", done, error, extra={"story": stories[0].story.id})
        return
    yield stories, result
