"""`/v1/changes`: what changed, as lines to ask for and as a stream of server-sent events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple

import msgspec
from flask import Blueprint, Response, request

from twicetold.domain.errors import Malformed
from twicetold.usecases.application import Application
from twicetold.usecases.changes import Changes
from twicetold.usecases.read_models import Change, ChangeFilter, ChangeKind
from twicetold.web.api.clusters import MOST
from twicetold.web.api.parsing import Query
from twicetold.web.api.submissions import checked_source
from twicetold.web.options import WebHooks
from twicetold.web.responses import with_next
from twicetold.web.streams import NDJSON

PAGE = 100
LONGEST_PAGE = 1000
LONGEST_WAIT = 60
"""Seconds; proxies cut what is silent for longer."""
HEARTBEAT = 15.0
"""Seconds of silence after which a stream says something, so that a reader who left is noticed."""
PATIENCE = 1.0
"""Seconds that somebody waits before it is looked whether the process is to stop."""
LATEST = "latest"

_encoder = msgspec.json.Encoder()


class _Asked(NamedTuple):
    wanted: ChangeFilter
    after: int | None


def blueprint(application: Application, hooks: WebHooks) -> Blueprint:
    """The calls on changes."""
    calls = Blueprint("changes", __name__, url_prefix="/v1/changes")
    feed = application.changes

    @calls.get("")
    def read() -> Response:
        query = Query(request.args, known=("after", "limit", "wait", "min_sources", "source"), repeatable=("kinds",))
        wanted, after = _asked(query, feed, query.text("after"))
        limit = query.whole("limit", default=PAGE, least=1, most=LONGEST_PAGE)
        until = time.monotonic() + query.whole("wait", default=0, least=0, most=LONGEST_WAIT)
        found, read = feed.read(wanted, after=feed.oldest() if after is None else after, limit=limit)
        while not found and time.monotonic() < until and not hooks.leaving():
            feed.wait(after=read, seconds=min(PATIENCE, until - time.monotonic()))
            found, read = feed.read(wanted, after=read, limit=limit)
        response = Response(_encoder.encode_lines(found), mimetype=NDJSON)
        return with_next(response, request, str(read), parameter="after")

    @calls.get("/stream")
    def stream() -> Response:
        query = Query(request.args, known=("after", "min_sources", "source"), repeatable=("kinds",))
        # A browser that was cut off sends the last number it has, and the address as it was.
        wanted, after = _asked(query, feed, query.text("after"))
        if (last := request.headers.get("Last-Event-ID")) is not None:
            wanted, after = _asked(query, feed, last)
        events = _events(feed, wanted, feed.last() if after is None else after, hooks.leaving)
        response = Response(chain([next(events)], events), mimetype="text/event-stream")
        response.headers["X-Accel-Buffering"] = "no"  # nginx would hold it back
        return response

    return calls


def _asked(query: Query, feed: Changes, after: str | None) -> _Asked:
    source = query.text("source")
    wanted = ChangeFilter(
        kinds=frozenset(query.several("kinds", ChangeKind)),
        source=None if source is None else checked_source(source),
        min_sources=query.whole("min_sources", default=1, least=1, most=MOST),
    )
    if after == LATEST:
        return _Asked(wanted, feed.last())
    if after is not None and not (after.isascii() and after.isdigit() and len(after) <= 18):
        raise Malformed(f"after must be the number of a change, or {LATEST}", field="after")
    return _Asked(wanted, None if after is None else int(after))


def _events(feed: Changes, wanted: ChangeFilter, after: int, leaving: Callable[[], bool]) -> Iterator[bytes]:
    """Changes as server-sent events (WHATWG HTML, section 9.2) for as long as the reader stays."""
    found, read = feed.read(wanted, after=after, limit=LONGEST_PAGE)
    yield b": changes follow\nretry: 2000\n\n"
    silent_since = time.monotonic()
    while not leaving():
        if found:
            yield b"".join(map(_event, found))
            silent_since = time.monotonic()
        elif time.monotonic() - silent_since >= HEARTBEAT:
            yield b":\n\n"
            silent_since = time.monotonic()
        if len(found) < LONGEST_PAGE:
            feed.wait(after=read, seconds=PATIENCE)
        found, read = feed.read(wanted, after=read, limit=LONGEST_PAGE)


def _event(change: Change) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (change.seq, change.kind.encode(), _encoder.encode(change))
