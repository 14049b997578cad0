"""Bodies of stories as they are stored."""

from __future__ import annotations

import msgspec
import zstandard
from twicetold.store.queries.rows import text_of


def test_a_body_of_an_earlier_release_is_read():
    earlier = msgspec.json.encode(["The wall is mended.", [], {"agencies": [], "byline": None}, [], {}])
    assert text_of(zstandard.ZstdCompressor().compress(earlier)) == "The wall is mended."
