"""Pages kept with their stories, compressed, so that a better extraction can read them again."""

from __future__ import annotations

import zstandard

LEVEL = 6
"""Of zstd: pages of news come to an eighth of their size; higher levels save little and cost twice the time."""


def packed(page: bytes) -> bytes:
    """A page in UTF-8, compressed (zstd, RFC 8878)."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(page)


def unpacked(page: bytes) -> bytes:
    """The page that was `packed`."""
    return zstandard.ZstdDecompressor().decompress(page)
