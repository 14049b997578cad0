"""Messages between a worker and its children, over a Unix socket: a length, then as many bytes of msgpack.

A child is sent a batch of tasks and answers each with a message of its own, in order, so that the worker knows at which
one a child was ended. Arrays travel as their raw bytes.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, get_args

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from twicetold.domain.analysis import (
    Analysis,
    AnalysisInput,
    Indexable,
    Learned,
    Lesson,
    Located,
    SearchedText,
    Unlocated,
    VersionChange,
)
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.searchable import QueryWords
from twicetold.domain.fingerprint.terms import Terms
from twicetold.domain.matching.departures import Departure

_LENGTH = struct.Struct("!Q")


class Setup(Struct, frozen=True, kw_only=True):
    """What all children of a forkserver are given.

    target: `module:function`, called with a task and this. seconds: of processor time for one task; clock_seconds: by
    the clock. memory: bytes a child may map beyond what its code takes. permutations: factors and offsets of MinHash,
    one after the other.
    """

    target: str
    seconds: float
    clock_seconds: float
    memory: int
    limits: PageLimits
    parameters: FingerprintParameters
    permutations: NDArray[np.uint32]


class Analyse(Struct, frozen=True, tag=True):
    """To be answered with an `Analysis`."""

    given: AnalysisInput


class Index(Struct, frozen=True, tag=True):
    """To be answered with the `Indexable` of a cleaned text."""

    told: SearchedText
    language: str | None
    thin: bool


class Learn(Struct, frozen=True, tag=True):
    """To be answered with what is `Learned` from stories of one source."""

    lessons: Sequence[Lesson]


class Locate(Struct, frozen=True, tag=True):
    """To be answered with `Located` for each text."""

    texts: Sequence[Unlocated]


class Compare(Struct, frozen=True, tag=True):
    """To be answered with the `VersionChange` of each text but the first."""

    texts: Sequence[str]


class FindWords(Struct, frozen=True, tag=True):
    """To be answered with the words that each of these stories is found by."""

    stories: Sequence[SearchedText]


class FindTerms(Struct, frozen=True, tag=True):
    """To be answered with the `Terms` of a story."""

    told: SearchedText
    language: str | None


class ReadQuery(Struct, frozen=True, tag=True):
    """To be answered with the words of a query."""

    query: str


class Depart(Struct, frozen=True, tag=True):
    """To be answered with the `Departure` of each of others from a text."""

    text: str
    others: Sequence[str]


Task = Analyse | Index | Learn | Locate | Compare | FindWords | FindTerms | ReadQuery | Depart


class Done(Struct, frozen=True, kw_only=True, tag=True):
    """What a task gave: one of these."""

    analysis: Analysis | None = None
    indexable: Indexable | None = None
    learned: Learned | None = None
    located: list[Located] | None = None
    changes: list[VersionChange] | None = None
    found_by: list[tuple[str, ...]] | None = None
    query: QueryWords | None = None
    terms: Terms | None = None
    departures: list[Departure] | None = None


class Refused(Struct, frozen=True, kw_only=True, tag=True):
    """The page or text cannot be read; `detail` is for the caller."""

    detail: str


class Ended(Struct, frozen=True, kw_only=True, tag=True):
    """It needed more than it may; the child ends after this."""

    limit: Literal["memory"]


Reply = Done | Refused | Ended


def _raw(array: NDArray[Any]) -> bytes:
    return array.tobytes()


@cache
def _scalar(type_: type) -> type:
    """The scalar type in `NDArray[scalar]`."""
    scalar: type = get_args(get_args(type_)[1])[0]
    return scalar


def _array(type_: type, raw: bytes) -> NDArray[Any]:
    return np.frombuffer(raw, _scalar(type_))


encode = msgspec.msgpack.Encoder(enc_hook=_raw).encode
decode_setup = msgspec.msgpack.Decoder(Setup, dec_hook=_array).decode
decode_tasks = msgspec.msgpack.Decoder(list[Task]).decode
decode_reply: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply, dec_hook=_array)


def send(connection: socket.socket, message: bytes) -> None:
    """Write one message. Raises `OSError` when the other side is gone."""
    connection.sendall(_LENGTH.pack(len(message)))
    connection.sendall(message)


def receive(connection: socket.socket) -> bytes:
    """Read one message.

    Raises `EOFError` when the other side is gone, `TimeoutError` after the socket's timeout.
    """
    (length,) = _LENGTH.unpack(_read(connection, _LENGTH.size))
    return _read(connection, length)


def _read(connection: socket.socket, length: int) -> bytes:
    got = connection.recv(length, socket.MSG_WAITALL) if length else b""
    if len(got) == length:
        return got
    parts = bytearray(got)  # a socket with a timeout, or a signal
    while len(parts) < length:
        if not got:
            raise EOFError
        got = connection.recv(length - len(parts))
        parts += got
    return bytes(parts)
