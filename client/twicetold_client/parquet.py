"""Parquet files, read and written with pyarrow (the extra `parquet`)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from twicetold_client.errors import MissingExtra

ROWS = 10_000
"""Rows that are held at once: a group of rows of a written file."""

_REALS = frozenset({"confidence", "jaccard", "containment", "contained", "score"})
_NUMBERS = frozenset({"size", "sources", "version", "words", "longest_run", "start", "end", "support"})
_FLAGS = frozenset({"thin", "is_canonical"})
_TIMES = ("_at", "_seen")
"""What the columns of exports hold, by name or its end; every other one is text."""


def rows(file: IO[bytes]) -> Iterator[Mapping[str, Any]]:
    """The rows of a file, some at a time. Raises `MissingExtra`; `ValueError` or `OSError` for a broken file."""
    _, parquet = _pyarrow()
    # With `pre_buffer`, pyarrow keeps all that it has read of a file.
    for batch in parquet.ParquetFile(file, pre_buffer=False).iter_batches(1000):
        yield from batch.to_pylist()


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows, some at a time, and put the whole file into its place at the end; returns how many rows."""
    pa, parquet = _pyarrow()
    coming = iter(rows)
    first = next(coming, None)
    names = list(first or ())
    types = {"time": pa.timestamp("us", "UTC")}
    schema = pa.schema([(name, types.get(_kind(name)) or pa.type_for_alias(_kind(name))) for name in names])
    part = path.with_name(path.name + ".part")
    written = 0
    with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
        whole = chain([] if first is None else [first], coming)
        while some := list(islice(whole, ROWS)):
            columns = {name: [_value(name, row.get(name)) for row in some] for name in names}
            writer.write_table(pa.table(columns, schema=schema))
            written += len(some)
    os.replace(part, path)  # noqa: PTH105  # as `State.keep`
    return written


def _kind(name: str) -> str:
    """What a column holds: a time, or the name of one of pyarrow's types."""
    if name in _REALS:
        return "float64"
    if name in _NUMBERS:
        return "int64"
    if name in _FLAGS:
        return "bool"
    return "time" if name.endswith(_TIMES) else "string"


def _value(name: str, value: object) -> object:
    kind = _kind(name)
    if kind == "time" and isinstance(value, str):
        return datetime.fromisoformat(value)
    if kind == "string" and value is not None and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return value


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise MissingExtra("parquet") from None
    return pa, parquet
