"""Answers that are given without the application: to what is not HTTP, and to what is too much."""

from __future__ import annotations

import logging
import re
import socket
from enum import Enum

import msgspec
from gunicorn.http import Request
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from msgspec import Struct

from twicetold.domain.errors import Overloaded, TwicetoldError, Unavailable
from twicetold.web.problems import PROBLEM_TYPES, TYPE_PREFIX, BodyTimeout

RETRY_AFTER = 5
"""Seconds after which a client that was too much may come back."""

_HOST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?", re.ASCII)

_log = logging.getLogger(__name__)


class HostInvalid(ParseException):  # type: ignore[misc]  # gunicorn ships no type information
    """A request without one valid Host (RFC 9112, section 3.2)."""


class _Answer(Struct, frozen=True):
    status: int
    title: str
    detail: str
    type_: str = "about:blank"
    retry: bool = False


def _of(error: type[TwicetoldError], detail: str, *, retry: bool = True) -> _Answer:
    known = PROBLEM_TYPES[error]
    return _Answer(int(known.status), known.title, detail, TYPE_PREFIX + known.name, retry)


class Refusal(Enum):
    """Why a request is refused."""

    NOT_HTTP = _Answer(400, "Bad Request", "the request is not valid HTTP/1.1")
    NO_HOST = _Answer(400, "Bad Request", "send exactly one Host header field with a valid name")
    LINE_TOO_LONG = _Answer(414, "URI Too Long", "the request line is too long")
    HEADERS_TOO_LONG = _Answer(431, "Request Header Fields Too Large", "the header fields are too many or too long")
    FAILED = _Answer(500, "Internal Server Error", "the request could not be served")
    BODY_TIMEOUT = _of(BodyTimeout, "the body did not arrive in time; send it again", retry=False)
    TOO_MANY_CONNECTIONS = _of(
        Overloaded, "this address has more connections than TWICETOLD_CONNECTIONS_PER_PEER; use fewer"
    )
    TOO_MANY_BATCHES = _of(Unavailable, "more batches are under way than TWICETOLD_BATCHES; send this later")
    TOO_MANY_WATCHERS = _of(Unavailable, "more feeds of changes are open than TWICETOLD_WATCHERS; open one later")
    TOO_MANY_BODIES = _of(Unavailable, "more bodies are under way than TWICETOLD_BODIES; send this later")

    @classmethod
    def of(cls, error: Exception) -> Refusal:
        """What to answer when a request cannot be read."""
        if isinstance(error, HostInvalid):
            return cls.NO_HOST
        if isinstance(error, LimitRequestLine):
            return cls.LINE_TOO_LONG
        if isinstance(error, LimitRequestHeaders):
            return cls.HEADERS_TOO_LONG
        return cls.NOT_HTTP if isinstance(error, ParseException) else cls.FAILED

    def send(self, client: socket.socket) -> None:
        """Answer, as every error is answered (RFC 9457), without waiting for the client."""
        answer = self.value
        members = {"type": answer.type_, "title": answer.title, "status": answer.status, "detail": answer.detail}
        problem = msgspec.json.encode(members)
        head = (
            f"HTTP/1.1 {answer.status} {answer.title}\r\nConnection: close\r\n"
            f"Content-Type: application/problem+json\r\nContent-Length: {len(problem)}\r\n"
            + (f"Retry-After: {RETRY_AFTER}\r\n" if answer.retry else "")
            + "\r\n"
        )
        _log.warning("%d %s", answer.status, answer.detail, extra={"status": answer.status})
        try:
            client.setblocking(False)
            client.send(head.encode() + problem)
        except OSError:
            _log.debug("a client that was refused had already left")


def check_host(request: Request) -> None:
    """Raise `HostInvalid` for a request whose Host is missing, told twice or no name."""
    hosts = [value for name, value in request.headers if name == "HOST"]
    wanted = bool(hosts) or request.version >= (1, 1)
    if wanted and (len(hosts) != 1 or (hosts[0] and not _HOST.fullmatch(hosts[0]))):
        raise HostInvalid
