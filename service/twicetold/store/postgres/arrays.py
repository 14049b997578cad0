"""Numbers to and from PostgreSQL in its binary formats, whole arrays at a time.

Formats: https://www.postgresql.org/docs/current/sql-copy.html (file formats), and `array_send` for arrays.
"""

from __future__ import annotations

import struct

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.adapt import AdaptersMap, Buffer, Dumper, Loader
from psycopg.pq import Format

_INT8 = psycopg.adapters.types["int8"]
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])
_HEAD = 20
"""Bytes before the elements of an array that has any."""


class _ArrayDumper(Dumper):
    """int64 arrays of one dimension as `bigint[]`; as Python lists they took longer than the statement itself."""

    format = Format.BINARY
    oid = _INT8.array_oid

    def dump(self, obj: NDArray[np.int64]) -> bytes:
        """Head (dimensions, nulls, element type, length, first index) and elements."""
        if not len(obj):
            return struct.pack(">iiI", 0, 0, _INT8.oid)
        elements = np.empty(len(obj), _ELEMENT)
        elements["length"], elements["value"] = 8, obj
        return struct.pack(">iiIii", 1, 0, _INT8.oid, len(obj), 1) + elements.tobytes()


class _ArrayLoader(Loader):
    """`bigint[]` without nulls as an int64 array, from cursors that are binary."""

    format = Format.BINARY

    def load(self, data: Buffer) -> NDArray[np.int64]:
        """Leave the head out, which is all there is of an empty array."""
        elements = bytes(data)[_HEAD:]
        return np.frombuffer(elements, _ELEMENT)["value"].astype(np.int64)


def adapters() -> AdaptersMap:
    """What connections of a store convert by."""
    known = AdaptersMap(psycopg.adapters)
    known.register_dumper(np.ndarray, _ArrayDumper)
    known.register_loader(_INT8.array_oid, _ArrayLoader)
    return known
