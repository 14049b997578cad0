"""Failures of the machine under a database file: what callers are told, and what is logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from twicetold.domain.errors import IncompatibleStore, Unavailable

_log = logging.getLogger(__name__)

_MACHINE = (
    apsw.IOError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.PermissionsError,
    apsw.NoMemError,
    apsw.CorruptError,
    apsw.ProtocolError,
)
"""What a disk, a file system or a want of memory does to a database."""


@contextmanager
def told_as_unavailable() -> Iterator[None]:
    """Turns what the machine did to the database into `Unavailable`; mistakes in SQL stay what they are."""
    try:
        yield
    except apsw.FullError as error:
        raise Unavailable("the store's disk is full; free some space and try again", retry_after=30) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise Unavailable("the store is busy; try again in a moment") from error
    except apsw.NotADBError as error:
        raise IncompatibleStore("the file that TWICETOLD_STORE_URL names is not a store") from error
    except _MACHINE as error:
        _log.warning("the store's database failed: %s", _cause(error))
        raise Unavailable("the store cannot be read or written now; the log says why", retry_after=10) from error


def unusable(what: str, error: OSError) -> Unavailable:
    """The error for a file or directory beside the database; its path is shown to nobody."""
    _log.warning("the store's %s: %s: %s", what, type(error).__name__, error.strerror)
    return Unavailable(f"the store's {what}; the log says why", retry_after=10)


def _cause(error: apsw.Error) -> str:
    """The error in SQLite's words, with its extended code, which tells more and names no file."""
    code = getattr(error, "extendedresult", 0)
    name = apsw.mapping_extended_result_codes.get(code) or apsw.mapping_result_codes.get(code)
    return f"{type(error).__name__}: {error} ({name})" if name else f"{type(error).__name__}: {error}"
