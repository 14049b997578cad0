"""The texts of submissions: pages of one chunk are extracted side by side."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from twicetold.domain.errors import TwicetoldError
from twicetold.domain.model import Extracted, Submission
from twicetold.usecases.ports import Extractor


class Extraction:
    """At most `parallel` pages at a time, because extraction runs in child processes.

    Threads start on first use, so an instance may be built before a fork.
    """

    def __init__(self, extractor: Extractor, *, parallel: int) -> None:
        self._extractor = extractor
        self._threads = ThreadPoolExecutor(parallel, thread_name_prefix="extract")

    def text(self, submission: Submission, *, now: datetime) -> Extracted:
        """The text of one submission, as of `now`. Raises `ExtractionFailed`."""
        if submission.html is None:
            return Extracted(text=submission.text or "")
        return self._extractor.extract(submission.html, url=submission.url, now=now)

    def texts(self, items: Sequence[Submission | TwicetoldError], *, now: datetime) -> list[Extracted | TwicetoldError]:
        """The text of each item, or the error that it is or meets, in order."""
        pages = [item for item in items if isinstance(item, Submission) and item.html is not None]
        if len(pages) < 2:
            return [self._attempt(item, now) for item in items]
        extracted = iter(self._threads.map(lambda page: self._attempt(page, now), pages))
        return [
            next(extracted) if isinstance(item, Submission) and item.html is not None else self._attempt(item, now)
            for item in items
        ]

    def _attempt(self, item: Submission | TwicetoldError, now: datetime) -> Extracted | TwicetoldError:
        if isinstance(item, TwicetoldError):
            return item
        try:
            return self.text(item, now=now)
        except TwicetoldError as error:
            return error

    def close(self) -> None:
        """Stop the threads and the extractor."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._extractor.close()
