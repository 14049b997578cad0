"""Cursors: where a page of a listing ended, in a form that callers pass on but do not read."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

import msgspec

from twicetold.domain.errors import NotFound
from twicetold.usecases.read_models import Position
from twicetold.web.api.parsing import Query

CHECK = 9
"""Bytes of the checksum. It catches cursors that were altered, cut or taken to another listing; it guards no secret."""


def to_cursor(position: Position | None, *, listing: str) -> str | None:
    """The cursor that continues `listing` (its name with its filters) after a position; None at its end."""
    if position is None:
        return None
    payload = msgspec.json.encode(position)
    return urlsafe_b64encode(_check(payload, listing) + payload).decode().rstrip("=")


def from_cursor(cursor: str, *, listing: str) -> Position:
    """The position in a cursor. Raises `NotFound` for one that was not given out for this very listing."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        check, payload = raw[:CHECK], raw[CHECK:]
        if check == _check(payload, listing):
            return msgspec.json.decode(payload, type=tuple[str | int | float | None, ...])
    except (ValueError, binascii.Error, msgspec.DecodeError):
        pass
    raise NotFound(
        "this cursor does not belong to this listing with these filters; start again without one", field="cursor"
    )


def position(query: Query, *, listing: str) -> Position | None:
    """Where the page before the one asked for ended, by its `cursor`; None for the first. Raises `NotFound`."""
    cursor = query.text("cursor")
    return None if cursor is None else from_cursor(cursor, listing=listing)


def _check(payload: bytes, listing: str) -> bytes:
    return blake2b(payload, digest_size=CHECK, key=blake2b(listing.encode(), digest_size=32).digest()).digest()
