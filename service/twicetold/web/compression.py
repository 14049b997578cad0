"""Compressing answers (RFC 9110, section 8.4; zstd: RFC 8878) for who accepts that by name."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Protocol

import zstandard
from flask import Flask, Request, Response, request

SMALL = 1024
"""Bytes up to which an answer stays as it is: it fits into one packet either way."""
ZSTD_LEVEL = 3
GZIP_LEVEL = 5
"""Higher levels save a few per cent of an answer for twice the time. What a stream needs is .3 MB with gzip, 2 MB with
zstd."""

_TYPES = frozenset(
    {
        "application/json",
        "application/problem+json",
        "application/x-ndjson",
        "application/yaml",
        "application/atom+xml",
        "text/csv",
        "text/html",
        "text/plain",
    }
)
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""What zlib calls a gzip frame."""


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self, mode: int = ..., /) -> bytes: ...


class _Encoding:
    """A content encoding: what begins one, and how it is flushed so that all that went in can be read."""

    def __init__(self, make: Callable[[], _Compressor], *, all_so_far: int, end: int) -> None:
        self.make = make
        self.all_so_far = all_so_far
        self.end = end


_ENCODINGS = {
    "zstd": _Encoding(
        lambda: zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj(),
        all_so_far=zstandard.COMPRESSOBJ_FLUSH_BLOCK,
        end=zstandard.COMPRESSOBJ_FLUSH_FINISH,
    ),
    "gzip": _Encoding(
        lambda: zlib.compressobj(GZIP_LEVEL, wbits=_GZIP_WINDOW), all_so_far=zlib.Z_SYNC_FLUSH, end=zlib.Z_FINISH
    ),
}
"""In the order of preference between what a client likes alike."""


def install(app: Flask) -> None:
    """Compress the answers of `app` that are texts, and longer than SMALL."""
    app.after_request(_compressed)


def _compressed(response: Response) -> Response:
    if response.mimetype not in _TYPES:
        return response
    response.vary.add("Accept-Encoding")
    name = _accepted(request)
    if name is None or request.method == "HEAD" or response.status_code == HTTPStatus.NOT_MODIFIED:
        return response
    encoding = _ENCODINGS[name]
    if response.is_streamed:
        response.response = _pieces(response.iter_encoded(), encoding)
    elif len(response.data) > SMALL:
        compressor = encoding.make()
        response.data = compressor.compress(response.data) + compressor.flush(encoding.end)
    else:
        return response
    response.headers["Content-Encoding"] = name
    tag, _ = response.get_etag()
    if tag:  # of the bytes as they were
        response.set_etag(tag, weak=True)
    return response


def _accepted(request: Request) -> str | None:
    """The encoding that a client names with the highest quality; a `*` may stand for one that it cannot read."""
    named = {name.lower(): quality for name, quality in request.accept_encodings if quality > 0}
    return max((name for name in _ENCODINGS if name in named), key=lambda name: named[name], default=None)


def _pieces(pieces: Iterable[bytes], encoding: _Encoding) -> Iterator[bytes]:
    """Each piece so that it can be read as soon as it arrives."""
    compressor = encoding.make()
    for piece in pieces:
        yield compressor.compress(piece) + compressor.flush(encoding.all_so_far)
    yield compressor.flush(encoding.end)
