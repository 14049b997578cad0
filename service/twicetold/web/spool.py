"""Bodies of batches that wait to be worked on, in memory or in temporary files, bounded in their sum."""

from __future__ import annotations

import errno
from tempfile import SpooledTemporaryFile
from threading import Lock
from types import TracebackType
from typing import Self

from twicetold.domain.errors import Unavailable

IN_MEMORY = 8 * 2**20
"""A body longer than this waits in a temporary file."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_lock = Lock()
_taken = 0
"""Bytes of all spools of this process."""


class Spool:
    """One body, as a file. Close it when it is read, from whatever thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self.file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # `close` closes it

    def write(self, data: bytes) -> None:
        """Add to it. Raises `Unavailable` when all spools would take more than they may, or the disk is full."""
        global _taken  # noqa: PLW0603  # what a process has on its disk is one sum
        with _lock:
            if _taken + len(data) > self._most:
                raise Unavailable(
                    "the batches under way take as much room as TWICETOLD_SPOOL allows; send this later", retry_after=5
                )
            _taken += len(data)
            self._size += len(data)
        try:
            self.file.write(data)
        except OSError as error:
            if error.errno in _FULL:
                raise Unavailable("there is no room for this batch just now; send it later", retry_after=30) from None
            raise

    def close(self) -> None:
        """Give its room back."""
        global _taken  # noqa: PLW0603
        with _lock:
            _taken -= self._size
            self._size = 0
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
