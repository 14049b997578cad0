"""What schemathesis has to know of this service (`python -m bench.contract`)."""

from __future__ import annotations

import schemathesis

LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
PAGES = ("text/html", "application/xhtml+xml")


@schemathesis.serializer(*LINES, *PAGES)
def text(_: object, value: object) -> bytes:
    """Any text is a page, or a batch of lines each good or bad by itself."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
