"""Counting wrong keys by address, together in all workers of a server."""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Callable
from hashlib import blake2b

WRONG_KEYS = 10
"""Wrong keys that one address may send in a minute."""

_SLOTS = 4096
_SLOT = struct.Struct("<II")
"""A minute, and how many wrong keys came in it."""


class Attempts:
    """Wrong keys of the running minute.

    An address has one of a fixed number of slots, which it may share with others, in memory that worker processes
    forked later share. Two that count at one moment may count one: a limit for guessing, not an account.

    Each node counts for itself: in the store a wrong key would cost a write, which nobody without a key can cause.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._memory = mmap.mmap(-1, _SLOTS * _SLOT.size)
        self._salt = blake2b(str(id(self)).encode() + str(time.time_ns()).encode(), digest_size=16).digest()

    def wait(self, address: str) -> int:
        """Seconds until this address may try again; 0 where it may now."""
        now = self._clock()
        minute, wrong = _SLOT.unpack_from(self._memory, self._slot(address))
        return 60 - int(now % 60) if minute == int(now // 60) and wrong >= WRONG_KEYS else 0

    def count(self, address: str) -> None:
        """Count a wrong key."""
        place, now = self._slot(address), int(self._clock() // 60)
        minute, wrong = _SLOT.unpack_from(self._memory, place)
        _SLOT.pack_into(self._memory, place, now, wrong + 1 if minute == now else 1)

    def _slot(self, address: str) -> int:
        number = int.from_bytes(blake2b(address.encode(), digest_size=4, key=self._salt).digest(), "little")
        return number % _SLOTS * _SLOT.size


ATTEMPTS = Attempts()
"""Made when this module is loaded, which a server does before it forks its workers."""
