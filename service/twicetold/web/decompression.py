"""Decompressing request bodies, each step of it bounded."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import zstandard

from twicetold.domain.errors import Malformed, TooLarge, UnsupportedMedia

INFLATED = 64 * 1024
"""Bytes decompressed at a time."""

ZSTD_WINDOW = 8 * 2**20
"""What RFC 9659 lets a sender of `Content-Encoding: zstd` ask for."""

ZSTD_STEP = 512
"""Compressed bytes decompressed at a time: their output has no other bound, and 4 bytes can say 128 KB."""

RATIO = 100
RATIO_FREE = 2**20
"""How many bytes may come of one, beyond so many: text seldom gives more than 20, what is made to hurt up to 30,000."""

FRAMES = 1000
FRAME = 1024
"""So many gzip members or zstd frames may be empty; on the average of more each gives so many bytes."""


def decoded(sent: Iterator[bytes], encoding: str, *, limit: int) -> Iterator[bytes]:
    """A body as it was before it was sent with this `Content-Encoding`.

    Raises `UnsupportedMedia`, `TooLarge` for more than `limit` bytes as sent or decompressed, or for more than RATIO
    times what was sent, `Malformed` for what does not decompress.
    """
    if encoding not in _DECODERS:
        raise UnsupportedMedia("send the body as Content-Encoding: gzip, zstd or identity", field="Content-Encoding")
    received = 0

    def counted() -> Iterator[bytes]:
        nonlocal received
        for chunk in _capped(sent, limit, "as it was sent"):
            received += len(chunk)
            yield chunk

    gave = 0
    for chunk in _capped(_DECODERS[encoding](counted()), limit, "once decompressed"):
        gave += len(chunk)
        if gave > RATIO_FREE + RATIO * received:
            raise TooLarge(
                f"the body decompresses to more than {RATIO} times what was sent; send it less compressed",
                field="Content-Encoding",
            )
        yield chunk


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
    frame, frames, gave = new(), 1, 0
    try:
        for chunk in sent:
            data = chunk
            while data:
                if frame.eof:
                    frame, frames = new(), frames + 1
                    if frames > FRAMES + gave // FRAME:
                        raise TooLarge(f"the body has too many empty parts of {name}", field="Content-Encoding")
                for part in more(frame, data):
                    gave += len(part)
                    yield part
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
