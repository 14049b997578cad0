"""The files of a store: who may read them, whether they are still there, how many stories they were said to hold."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from twicetold.domain.errors import Unavailable
from twicetold.store.sqlite.failures import unusable

_OWNER_ONLY = 0o600
_OTHERS = 0o007


class FileId(NamedTuple):
    """A file, whatever its name: it goes on under this when it is moved or unlinked."""

    device: int
    inode: int


class StoreFiles(NamedTuple):
    """The database and its log, as a connection has opened them."""

    database: FileId | None
    log: FileId | None

    @classmethod
    def at(cls, path: Path) -> StoreFiles:
        """What a path and its log are now."""
        return cls(_id_of(path), _id_of(log_of(path)))

    def require(self, path: Path) -> None:
        """Raise `Unavailable` unless a path still is these files: what is written to others, no restart would find."""
        if StoreFiles.at(path) != self:
            raise displaced()


def displaced() -> Unavailable:
    """The error for a store whose files are not where they were opened."""
    return Unavailable(
        "the store's file was moved, replaced or removed while it was in use, so nothing is stored in it; stop the "
        "service, put the file back together with its -wal, and start the service again",
        retry_after=30,
    )


def log_of(path: Path) -> Path:
    """The write-ahead log of a database."""
    return path.with_name(path.name + "-wal")


def create(path: Path) -> None:
    """Make an empty file that its owner alone may read, if there is none; SQLite gives its log the same rights.

    Raises `OSError` where none can be made.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))


def shut_out_others(path: Path) -> None:
    """Take rights on a store from those who are neither its owner nor of its group: earlier versions gave them."""
    for file in (path, log_of(path), path.with_name(path.name + "-shm")):
        with suppress(OSError):
            mode = file.stat().st_mode & 0o777
            if mode & _OTHERS:
                file.chmod(mode & ~_OTHERS)


class Acknowledged:
    """How many stories a store held at its last synced commit, in a file of its own.

    A log that is damaged loses the commits in it without an error; what stands elsewhere tells. Written by who holds
    the writer lock. It is not synced itself: what a fall of the machine takes of it makes the number smaller.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + "-acknowledged")

    def write(self, stories: int) -> None:
        """Tell of a commit. Raises `Unavailable` where that cannot be written."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY)
            try:
                os.pwrite(descriptor, b"%020d\n" % stories, 0)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise unusable("count of stories cannot be written", error) from error

    def read(self) -> int:
        """The last number; 0 where none was ever written."""
        try:
            return int(self._path.read_bytes())
        except (OSError, ValueError):
            return 0

    def remove(self) -> None:
        """Forget it, for another store takes this one's place."""
        self._path.unlink(missing_ok=True)


def _id_of(path: Path) -> FileId | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return FileId(found.st_dev, found.st_ino)
