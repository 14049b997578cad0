"""Messages between a worker and its extraction children: msgpack behind a length, over a Unix socket."""

from __future__ import annotations

import socket
import struct
from typing import Literal

import msgspec
from msgspec import Struct

from service.domain.cleaning.prescan import PageLimits
from service.domain.model import Extracted

_LENGTH = struct.Struct("!Q")


class Task(Struct, frozen=True, kw_only=True):
    """One page to extract, `encoded`."""

    html: bytes
    url: str | None
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


def send(connection: socket.socket, message: bytes) -> None:
    """Write one message. Raises `OSError` when the other side is gone."""
    connection.sendall(_LENGTH.pack(len(message)))
    connection.sendall(message)


def receive(connection: socket.socket) -> bytes:
    """Read one message. Raises `EOFError` when the other side is gone, `TimeoutError` after the socket's timeout."""
    (length,) = _LENGTH.unpack(_read(connection, _LENGTH.size))
    return _read(connection, length)


def _read(connection: socket.socket, length: int) -> bytes:
    parts = bytearray(length)
    view = memoryview(parts)
    got = 0
    while got < length:
        count = connection.recv_into(view[got:])
        if not count:
            raise EOFError
        got += count
    return bytes(parts)
