"""Messages between a worker and its extraction children, over a Unix socket.

Two lengths, then as many bytes of msgpack, and of the page itself: a quarter of a megabyte that is copied no more often
than must be.
"""

from __future__ import annotations

import socket
import struct
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from twicetold.domain.extraction.prescan import PageLimits
from twicetold.domain.model import Extracted

_LENGTHS = struct.Struct("!QQ")


class Task(Struct, frozen=True, kw_only=True):
    """What is asked of a page."""

    url: str | None
    now: datetime | None
    limits: PageLimits


class Done(Struct, frozen=True, kw_only=True, tag=True):
    """The page's text."""

    extracted: Extracted


class Refused(Struct, frozen=True, kw_only=True, tag=True):
    """The page cannot be turned into text; `detail` is for the caller."""

    detail: str


class Ended(Struct, frozen=True, kw_only=True, tag=True):
    """The page needed more than it may; the child ends after this."""

    limit: Literal["memory"]


Reply = Done | Refused | Ended

encode = msgspec.msgpack.Encoder().encode
decode_task = msgspec.msgpack.Decoder(Task).decode
decode_reply: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def send(connection: socket.socket, message: bytes, page: bytes = b"") -> None:
    """Write one message. Raises `OSError` when the other side is gone."""
    connection.sendall(_LENGTHS.pack(len(message), len(page)) + message)
    connection.sendall(page)


def receive(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read one message and its page.

    Raises `EOFError` when the other side is gone, `TimeoutError` after the socket's timeout.
    """
    message, page = _LENGTHS.unpack(_read(connection, _LENGTHS.size))
    return _read(connection, message), _read(connection, page)


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
