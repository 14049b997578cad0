"""Which chunks of stories may compute at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from threading import Lock


class ProcessorSlots:
    """Lets chunks of stories compute one at a time in a process, while others wait for the disk or for a page.

    Threads of one process share an interpreter, and two that compute at once hand it to and fro: both together take
    longer than one after the other. Single stories never wait.
    """

    def __init__(self) -> None:
        self._lock = Lock()

    def of(self, stories: int) -> AbstractContextManager[object]:
        """Hold this while computing on so many stories, and never while waiting for anything else."""
        return self._lock if stories > 1 else nullcontext()
