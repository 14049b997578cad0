"""API keys: who may do what, until when and how often (RFC 6750 bearer tokens).

Several hashes of one name are valid at once, so that a key can be replaced without a gap. Rates are counted over all
workers of a server, by way of small files that they share.
"""

from __future__ import annotations

import hmac
import mmap
import os
import time
import tomllib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from threading import Lock

import msgspec
from msgspec import Struct

from twicetold.domain.errors import Forbidden, Invalid, Overloaded, Unauthorised

BURST = 2.0
"""Seconds of its rate that a key may use at once."""


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    METRICS = "metrics"


class Key(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key as a keys file has it.

    sha256: hashes of it in hexadecimal digits. rate: requests a second that a server takes with it.
    """

    name: str
    sha256: Sequence[str]
    scopes: frozenset[Scope] = frozenset(Scope)
    expires: datetime | None = None
    rate: float | None = None


class _File(Struct, forbid_unknown_fields=True):
    key: list[Key]


def read_keys(path: Path) -> list[Key]:
    """The keys of a TOML file with a table `[[key]]` for each. Raises `Invalid`."""
    try:
        keys = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).key
    except (OSError, ValueError, msgspec.ValidationError) as error:
        said = getattr(error, "strerror", None) or error
        raise Invalid(f"the keys file {path} cannot be read: {said}") from None
    hashes = [digest for key in keys for digest in key.sha256]
    if not all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in hashes):
        raise Invalid(f"{path}: sha256 takes lists of 64 digits 0-9 a-f: printf %s KEY | sha256sum")
    if len({key.name for key in keys}) < len(keys) or len(set(hashes)) < len(hashes):
        raise Invalid(f"{path}: two keys have the same name or hash; give each its own")
    if any(key.rate is not None and key.rate <= 0 for key in keys):
        raise Invalid(f"{path}: a rate must be above 0")
    if any(key.expires is not None and key.expires.tzinfo is None for key in keys):
        raise Invalid(f"{path}: a time of expiry needs a zone, as in 2027-01-01T00:00:00Z")
    return keys


def plain_keys(keys: Sequence[str]) -> list[Key]:
    """Keys given as they are; they may do everything."""
    return [Key(name=f"key {number}", sha256=[key_hash(key)]) for number, key in enumerate(keys, 1)]


class Keys:
    """The keys of a service; without any it is open to all.

    shared: a folder that other processes with these keys use, too, since the machine started; their rates are one.
    """

    def __init__(
        self, keys: Sequence[Key], *, clock: Callable[[], float] = time.monotonic, shared: Path | None = None
    ) -> None:
        self._by_hash = [(digest, key) for key in keys for digest in key.sha256]
        self._spent = {
            key.name: _Rate(key.rate, clock, shared and shared / f"rate-{key_hash(key.name)}")
            for key in keys
            if key.rate is not None
        }

    @property
    def needed(self) -> bool:
        """Whether the service is closed to whoever has no key."""
        return bool(self._by_hash)

    def find(self, authorization: str) -> Key | None:
        """The key in an `Authorization` header. Raises `Unauthorised`; None where no key is needed."""
        if not self.needed:
            return None
        scheme, _, given = authorization.partition(" ")
        digest = key_hash(given.strip())
        # Hashes have one length, and no key ends the comparison early: the time taken tells nothing about any key.
        found = [key for known, key in self._by_hash if hmac.compare_digest(digest, known)]
        if scheme.lower() != "bearer" or not found:
            raise Unauthorised("send one of this service's keys as Authorization: Bearer <key>", field="Authorization")
        key = found[0]
        if _has_expired(key):
            raise Unauthorised("this key has expired; ask for a new one", field="Authorization")
        return key

    def whose(self, is_meant: Callable[[str], bool]) -> Key | None:
        """The key, not expired, one of whose hashes is meant; all are looked at."""
        found = [key for known, key in self._by_hash if is_meant(known)]
        return next((key for key in found if not _has_expired(key)), None)

    def use(self, key: Key, scope: Scope) -> None:
        """Let a key be used once. Raises `Forbidden` or `Overloaded`."""
        if scope not in key.scopes:
            raise Forbidden(f"this key may not {scope}; use one that has the scope {scope}", field="Authorization")
        if key.name in self._spent and not self._spent[key.name].take():
            raise Overloaded(f"this key may be used {key.rate:g} times a second; send this again later", retry_after=1)


class _Rate:
    """Lets so many requests a second through, up to BURST seconds of them at once, at least one.

    The generic cell rate algorithm (ITU-T I.371): all that is kept is when the next request would be due if all came
    evenly, one number that processes share in a file. Two that count in the same instant may count one for both.
    """

    def __init__(self, rate: float, clock: Callable[[], float], file: Path | None) -> None:
        self._interval = 1 / rate
        self._early = max(BURST - self._interval, 0.0) + 1e-6 * self._interval
        self._clock = clock
        self._due = memoryview(_shared(file)).cast("d")
        self._lock = Lock()

    def take(self) -> bool:
        with self._lock:
            now = self._clock()
            due = max(now, self._due[0])
            if due - now > self._early:
                return False
            self._due[0] = due + self._interval
            return True


def _shared(file: Path | None) -> mmap.mmap:
    """Eight bytes of a file; without one, of this process alone."""
    if file is None:
        return mmap.mmap(-1, 8)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(descriptor, 8)
        return mmap.mmap(descriptor, 8)
    finally:
        os.close(descriptor)


def _has_expired(key: Key) -> bool:
    return key.expires is not None and key.expires <= datetime.now(UTC)


def key_hash(key: str) -> str:
    """The hash that a key is known by, in hexadecimal digits."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
