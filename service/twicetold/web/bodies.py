"""Reading request bodies: capped as sent and while decompressing, and never for longer than a deadline."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple, Protocol, TypeVar

import zstandard
from flask import Flask, Request, Response, request
from werkzeug.exceptions import ClientDisconnected

from twicetold.domain.errors import Malformed, TooLarge, UnsupportedMedia
from twicetold.web.options import WebOptions
from twicetold.web.problems import BodyTimeout
from twicetold.web.stalls import arriving

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})

READ = 2**18
"""Bytes asked of a connection at a time, and as many as gunicorn reads ahead, for it copies them at every lesser step.

Its own measure of a megabyte makes each copy take memory anew from the system."""
INFLATED = 64 * 1024
"""Bytes decompressed at a time."""
IN_MEMORY = 8 * 2**20
"""A batch longer than this waits in a temporary file."""

LINGER = 16 * 2**20
LINGER_SECONDS = 5.0
"""How much of a refused body is read on, and for how long."""

ZSTD_WINDOW = 8 * 2**20
"""What RFC 9659 lets a sender of `Content-Encoding: zstd` ask for."""

ZSTD_STEP = 512
"""Compressed bytes decompressed at a time: their output has no other bound, and 4 bytes can say 128 KB."""


class FetchedPage(NamedTuple):
    """A page as it was fetched, with what its sender says of it: its charset, and parameters of the call."""

    content: bytes
    charset: str | None
    parameters: Mapping[str, str]


def sends_page(request: Request) -> bool:
    """Whether the body is a page as it was fetched, not JSON."""
    return request.mimetype in PAGE_TYPES


def read_page_or_json(request: Request, options: WebOptions) -> FetchedPage | bytes:
    """A page in any charset, or a JSON body; errors as for `read_body`."""
    if not sends_page(request):
        return read_body(request, options, media_type="application/json", or_else=", or a page as text/html")
    content = b"".join(_decoded(request, options, limit=options.max_body))
    return FetchedPage(content, request.mimetype_params.get("charset"), request.args)


def read_body(request: Request, options: WebOptions, *, media_type: str, or_else: str = "") -> bytes:
    """The decoded body of a request.

    Raises `UnsupportedMedia`, `TooLarge`, `Malformed` for a body that does not decompress or breaks off, `BodyTimeout`.
    """
    _check_media_type(request, [media_type], or_else)
    return b"".join(_decoded(request, options, limit=options.max_body))


def spool_body(request: Request, options: WebOptions, *, media_types: Sequence[str]) -> IO[bytes]:
    """The decoded body of a batch as a file to read from its start; errors as for `read_body`."""
    _check_media_type(request, media_types)
    spool = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - its reader closes it
    try:
        for chunk in _decoded(request, options, limit=options.max_batch_body):
            spool.write(chunk)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return spool


def install(app: Flask) -> None:
    """Read on, within bounds, what clients of `app` still send of a body that was refused.

    A server that closes a connection on unread bytes resets it, and many clients then never see the answer.
    """

    @app.after_request
    def linger(response: Response) -> Response:
        refused = response.status_code >= HTTPStatus.BAD_REQUEST and response.status_code != HTTPStatus.REQUEST_TIMEOUT
        if refused and (request.content_length or "Transfer-Encoding" in request.headers):
            _read_on(request)
        return response


def _read_on(request: Request) -> None:
    left = LINGER
    with (
        suppress(BodyTimeout, ClientDisconnected, OSError, ValueError),
        arriving(request.environ, silence=LINGER_SECONDS, deadline=LINGER_SECONDS),
    ):
        while left > 0 and (chunk := request.stream.read(READ)):
            left -= len(chunk)


def _check_media_type(request: Request, wanted: Sequence[str], or_else: str = "") -> None:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in wanted or charset not in {"utf-8", "utf8"}:
        raise UnsupportedMedia(f"send the body as Content-Type: {wanted[0]}, in UTF-8{or_else}", field="Content-Type")


def _decoded(request: Request, options: WebOptions, *, limit: int) -> Iterator[bytes]:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in _DECODERS:
        raise UnsupportedMedia("send the body as Content-Encoding: gzip, zstd or identity", field="Content-Encoding")
    with closing(_sent(request, options, limit=limit)) as sent:
        yield from _capped(_DECODERS[encoding](_capped(sent, limit, "as it was sent")), limit, "once decompressed")


def _sent(request: Request, options: WebOptions, *, limit: int) -> Generator[bytes, None, None]:
    if (request.content_length or 0) > limit:
        raise TooLarge(f"the body is larger than {limit:,} bytes as it was sent; send less at a time")
    try:
        with arriving(request.environ, silence=options.body_silence, deadline=options.body_deadline):
            while chunk := request.stream.read(READ):
                yield chunk
    except (ClientDisconnected, OSError):
        raise Malformed("the body does not end where its Content-Length or its chunks say it does") from None


def _capped(chunks: Iterator[bytes], limit: int, how: str) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the body is larger than {limit:,} bytes {how}; send less at a time")
        yield chunk


class _Frame(Protocol):
    """One gzip member or zstd frame being decompressed."""

    @property
    def eof(self) -> bool:
        """Whether its end was seen."""

    @property
    def unused_data(self) -> bytes:
        """What followed its end."""


F = TypeVar("F", bound=_Frame)


def _gzip(sent: Iterator[bytes]) -> Iterator[bytes]:
    def more(frame: zlib._Decompress, data: bytes) -> Iterator[bytes]:
        while data and not frame.eof:
            yield frame.decompress(data, INFLATED)
            data = frame.unconsumed_tail

    return _frames(sent, "gzip", lambda: zlib.decompressobj(wbits=31), more)


def _zstd(sent: Iterator[bytes]) -> Iterator[bytes]:
    def more(frame: zstandard.ZstdDecompressionObj, data: bytes) -> Iterator[bytes]:
        yield frame.decompress(data)

    steps = (chunk[start : start + ZSTD_STEP] for chunk in sent for start in range(0, len(chunk), ZSTD_STEP))
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    return _frames(steps, "zstd", decompressor.decompressobj, more)


def _frames(
    sent: Iterator[bytes], name: str, new: Callable[[], F], more: Callable[[F, bytes], Iterator[bytes]]
) -> Iterator[bytes]:
    """Decompress what may be several frames in a row; a frame that is broken or breaks off is `Malformed`."""
    frame = new()
    try:
        for chunk in sent:
            data = chunk
            while data:
                if frame.eof:
                    frame = new()
                yield from more(frame, data)
                data = frame.unused_data if frame.eof else b""
    except (zlib.error, zstandard.ZstdError):
        raise Malformed(f"the body is not valid {name}", field="Content-Encoding") from None
    if not frame.eof:
        raise Malformed(f"the body breaks off in the middle of its {name} data", field="Content-Encoding")


_DECODERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "identity": lambda sent: sent,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "zstd": _zstd,
}
