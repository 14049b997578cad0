"""Whose turn it is to compute."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from threading import Lock


class ProcessorSlots:
    """Lets chunks of stories compute one at a time in a process, while others wait for the disk or for a page.

    Threads of one process share an interpreter: two chunks at once took twice the processor time of one after the
    other, measured with four batches on two workers. Single stories never wait.
    """

    def __init__(self) -> None:
        self._lock = Lock()

    def of(self, stories: int) -> AbstractContextManager[object]:
        """Hold this while computing on so many stories, and never while waiting for anything else."""
        return self._lock if stories > 1 else nullcontext()
