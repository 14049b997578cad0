"""What schemathesis has to know of this service (`python -m bench.contract`)."""

from __future__ import annotations

import schemathesis

LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")


@schemathesis.serializer(*LINES)
def ndjson(_: object, value: object) -> bytes:
    """Any text is a batch of lines, each good or bad by itself."""
    return str(value).encode("utf-8", "surrogatepass")
