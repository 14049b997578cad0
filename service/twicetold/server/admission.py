"""What a request needs before a thread is taken for it: its head, and its body unless that is long.

Pure: bytes in, decisions out. Only as much of HTTP is understood here as tells when a request has arrived; whether it
is valid says the server's parser, to which one that looks odd is handed over at once.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from msgspec import Struct

HEAD = 32 * 1024
"""Bytes of a head, at most: request line and header fields."""
WHOLE = 2**20
"""Bytes of a body that arrive before a thread is taken; a longer one is read by its thread."""
FORM = 2**16
"""Bytes of a form that is waited for before it is known who sends it."""
PROBES = frozenset({b"/livez", b"/readyz"})
BATCH = b"/v1/stories/batch"
CHANGES = frozenset({b"/v1/changes", b"/v1/changes/stream"})
_HEAD_END = b"\r\n\r\n"


class Bounds(Struct, frozen=True, kw_only=True):
    """How much of a worker strangers may hold. Times are seconds, sizes bytes.

    patience: for a whole head. silence: without a byte of a body, or while an answer is not taken. body: for a whole
    body. linger: how long what still comes is thrown away after a refusal, for a client that is cut off while it sends
    does not see the answer. keepalive: between two requests of a connection.
    buffered: all bodies together that wait for a thread. long_bodies: bodies that threads are receiving. batches: that
    are worked on. per_peer: connections of one address, 0 for any number; probes are never counted.
    max_body: from here on a body is refused, so that it is not waited for; of a batch, max_batch.
    """

    patience: float = 10.0
    silence: float = 30.0
    body: float = 600.0
    linger: float = 30.0
    keepalive: float = 15.0
    buffered: int = 64 * 2**20
    long_bodies: int = 8
    batches: int = 8
    watchers: int = 64
    per_peer: int = 0
    max_body: int = 16 * 2**20
    max_batch: int = 512 * 2**20


class State(Enum):
    """Where a request is."""

    HEAD = auto()
    BODY = auto()
    READY = auto()
    TOO_LONG = auto()


class Head(Struct, frozen=True, kw_only=True):
    """What is looked at of a head. `length` is None for a body in chunks, or one without an end that can be told."""

    path: bytes
    authorization: bytes
    length: int | None
    expects: bool
    end: int

    @property
    def probe(self) -> bool:
        """Whether it asks how the service is."""
        return self.path in PROBES

    @property
    def form(self) -> bool:
        """Whether it is a form of the screens, small enough to be waited for whoever sends it: a key may be in it."""
        return self.path.startswith(b"/ui/") and self.length is not None and self.length <= FORM

    @property
    def batch(self) -> bool:
        """Whether it submits many stories."""
        return self.path == BATCH

    @property
    def watches(self) -> bool:
        """Whether it waits for changes, or may do so."""
        return self.path in CHANGES


class Arrival:
    """A request as far as it has arrived. `admits` tells whether one with such a head is served at all."""

    def __init__(
        self,
        bounds: Bounds,
        admits: Callable[[Head], bool],
        *,
        now: float,
        begun: bytes = b"",
        idle: float | None = None,
    ) -> None:
        self._bounds = bounds
        self._admits = admits
        self._chunk_at = 0
        self._until = now + bounds.body
        self.data = bytearray()
        self.head: Head | None = None
        self.state = State.HEAD
        self.deadline = now + (bounds.patience if idle is None or begun else idle)
        if begun:
            self.add(begun, now)

    @property
    def long(self) -> bool:
        """Whether a thread has to receive most of the body."""
        head = self.head
        return head is not None and (head.expects or len(self.data) - head.end >= WHOLE)

    def add(self, received: bytes, now: float) -> State:
        """Take what was received; none means that the client sends no more."""
        if not self.data:
            self.deadline = now + self._bounds.patience
        self.data += received
        if self.head is None:
            self._find_head()
        if self.head is not None and self.state is not State.READY:
            self.deadline = min(now + self._bounds.silence, self._until)
            self.state = State.READY if not received or self._is_whole(self.head) else State.BODY
        return self.state

    def take(self) -> bytes:
        """What has arrived, for the thread that serves it."""
        data = bytes(self.data)
        self.data.clear()
        return data

    def _find_head(self) -> None:
        end = self.data.find(_HEAD_END, 0, HEAD)
        if end >= 0:
            self.head = _read_head(bytes(self.data[:end]), end + len(_HEAD_END))
        elif len(self.data) >= HEAD:
            self.state = State.TOO_LONG

    def _is_whole(self, head: Head) -> bool:
        body = len(self.data) - head.end
        if head.expects or body >= WHOLE or not self._admits(head):
            return True
        if head.length is not None:
            refused = head.length > (self._bounds.max_batch if head.batch else self._bounds.max_body)
            return refused or body >= head.length
        return self._chunks_end(head)

    def _chunks_end(self, head: Head) -> bool:
        """Whether the last chunk is there, or one that is none."""
        at = self._chunk_at or head.end
        while (line := self.data.find(b"\r\n", at)) >= 0:
            size = bytes(self.data[at:line]).partition(b";")[0].strip()
            if not size or not size.isalnum() or len(size) > 8:
                return True
            try:
                length = int(size, 16)
            except ValueError:
                return True
            if length == 0:
                return self.data.startswith(b"\r\n", line + 2) or self.data.find(_HEAD_END, line) >= 0
            following = line + 2 + length + 2
            if following > len(self.data):
                return False
            if self.data[following - 2 : following] != b"\r\n":
                return True
            self._chunk_at = at = following
        return len(self.data) - at > HEAD


def _read_head(head: bytes, end: int) -> Head:
    line, *fields = head.split(b"\r\n")
    named = {name.strip().lower(): value.strip() for name, _, value in (field.partition(b":") for field in fields)}
    target = [*line.split(b" "), b""][1]
    sized = named.get(b"content-length", b"0")
    length = int(sized) if sized.isdigit() and len(sized) < 20 else 0
    return Head(
        path=target.partition(b"?")[0],
        authorization=named.get(b"authorization", b""),
        length=None if b"transfer-encoding" in named else length,
        expects=named.get(b"expect", b"").lower() == b"100-continue",
        end=end,
    )
