"""How many long texts are worked on at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from threading import Lock

FEW_WORDS = 2**16
"""Work on so many words is done at once: a story and its usual candidates, a page of matches."""


class ProcessorSlots:
    """Lets work on many words go one at a time in a process, while others wait for the disk or for a page.

    Threads of one process share an interpreter, and two that compute at once hand it to and fro: both together take
    longer than one after the other. And what is worked on is in memory: so the sum has a bound. Work on few words, as
    single stories usually are, never waits.
    """

    def __init__(self) -> None:
        self._lock = Lock()

    def of(self, words: int) -> AbstractContextManager[object]:
        """Hold this while working on so many words."""
        return self._lock if words > FEW_WORDS else nullcontext()
