"""Reading request bodies: capped as sent and while decompressing, and never for longer than a deadline."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from http import HTTPStatus
from typing import NamedTuple

from flask import Flask, Request, Response, request
from werkzeug.exceptions import ClientDisconnected

from twicetold.domain.errors import Malformed, TooLarge, UnsupportedMedia
from twicetold.web.decompression import decoded
from twicetold.web.exchange import exchange
from twicetold.web.options import WebOptions
from twicetold.web.spool import Spool
from twicetold.web.stalls import arriving

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})

READ = 2**18
"""Bytes asked of a connection at a time, and as many as gunicorn reads ahead, for it copies them at every lesser step.

Its own measure of a megabyte makes each copy take memory anew from the system."""


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


def spool_body(request: Request, options: WebOptions, *, media_types: Sequence[str]) -> Spool:
    """The decoded body of a batch as a file to read from its start.

    Errors as for `read_body`, and `Unavailable` when bodies of this process together would take too much room.
    """
    _check_media_type(request, media_types)
    spool = Spool(options.max_spool)
    try:
        for chunk in _decoded(request, options, limit=options.max_batch_body):
            spool.write(chunk)
    except BaseException:
        spool.close()
        raise
    spool.file.seek(0)
    return spool


def install(app: Flask) -> None:
    """Answer clients of `app` whose body is refused at once, and close the connection on what they still send."""

    @app.after_request
    def refuse_rest(response: Response) -> Response:
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            exchange(request.environ).refuse_rest()
        return response


def _check_media_type(request: Request, wanted: Sequence[str], or_else: str = "") -> None:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in wanted or charset not in {"utf-8", "utf8"}:
        told = request.mimetype or "no Content-Type"
        curl = "; curl -d says so unless -H names another" if told == "application/x-www-form-urlencoded" else ""
        raise UnsupportedMedia(
            f"send the body as Content-Type: {wanted[0]}, in UTF-8{or_else}, not as {told[:100]}{curl}",
            field="Content-Type",
        )


def _decoded(request: Request, options: WebOptions, *, limit: int) -> Iterator[bytes]:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    with closing(_sent(request, options, limit=limit)) as sent:
        yield from decoded(sent, encoding, limit=limit)


def _sent(request: Request, options: WebOptions, *, limit: int) -> Generator[bytes, None, None]:
    if (request.content_length or 0) > limit:
        raise TooLarge(f"the body is larger than {limit:,} bytes as it was sent; send less at a time")
    try:
        exchange(request.environ).go_on()
        with arriving(request.environ, silence=options.body_silence, deadline=options.body_deadline):
            while chunk := request.stream.read(READ):
                yield chunk
    except (ClientDisconnected, OSError):
        raise Malformed("the body does not end where its Content-Length or its chunks say it does") from None
