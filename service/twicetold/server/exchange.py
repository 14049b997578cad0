"""A request's body and answer as the application may steer them; see `web.exchange`."""

from __future__ import annotations

import errno
import select
import socket
from typing import Protocol

from gunicorn.http import Request
from gunicorn.http.errors import ParseException


class _Reader(Protocol):
    """What gunicorn reads a body with."""

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""


class FramedBody:
    """Reads a body; one that is shorter than its length, or not framed as HTTP/1.1 says, ends as a lost connection.

    So applications meet the errors of a file only, and none that quotes the body, as gunicorn's own do.
    """

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self._left: int | None = getattr(reader, "length", None)
        self.ended = self._left == 0

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        try:
            read = self._reader.read(size)
        except ParseException:
            raise ConnectionResetError(errno.ECONNRESET, "the body is not framed as HTTP/1.1 says") from None
        if self._left is not None:
            self._left -= len(read)
            if not read and size and self._left:
                raise ConnectionResetError(errno.ECONNRESET, "the body is shorter than its Content-Length")
        self.ended = self._left == 0 if self._left is not None else not read and size > 0
        return read


class Exchange:
    """See `web.exchange.Exchange`."""

    def __init__(self, request: Request, client: socket.socket, body: FramedBody, *, waited: float) -> None:
        self.waited = waited
        self._request = request
        self._client = client
        self._body = body
        self._expected = request._expected_100_continue  # noqa: SLF001  # gunicorn would go on before anything is checked
        request._expected_100_continue = False  # noqa: SLF001

    def go_on(self) -> None:
        """Let the client send its body, if it waits for that."""
        if self._expected:
            self._expected = False
            self._client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def refuse_rest(self) -> None:
        """Close the connection after the answer, if the body was not read to its end."""
        if not self._body.ended:
            self._request.force_close()

    def require_client(self) -> None:
        """Raise where nobody takes the answer any more, which shows at once when a part of it was sent.

        A client that has only closed its own side (RFC 9293, section 3.6) may wait for the answer all the same.
        """
        waiting = select.poll()
        waiting.register(self._client, 0)  # only what poll(2) always tells: POLLHUP and POLLERR
        if waiting.poll(0):
            raise ConnectionResetError(errno.ECONNRESET, "the client has left")
