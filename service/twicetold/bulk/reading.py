"""The rows of Parquet files, and what a sender of each would send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from pyarrow import parquet, types

from twicetold.bulk.folder import BulkRefused
from twicetold.domain.errors import Invalid
from twicetold.web.bodies import FetchedPage

SHARD = 1000
"""Rows of a shard: a few megabytes, some seconds of work."""
FIELDS = ("id", "url", "source", "title", "text", "html", "language", "published_at")
Test = Callable[[pa.DataType], bool]
_WRITTEN: tuple[Test, ...] = (
    types.is_string, types.is_large_string, types.is_string_view, types.is_binary, types.is_large_binary, types.is_null,
)  # fmt: skip
_ALSO: Mapping[str, tuple[Test, ...]] = {
    "id": (types.is_integer,),
    "published_at": (types.is_integer, types.is_floating, types.is_timestamp, types.is_date),
}
"""What columns may hold: text, bytes (a page in any charset, else UTF-8), and for some fields other things."""


def rows_of(inputs: Sequence[Path], names: Mapping[str, str]) -> int:
    """How many rows the files have. Raises `BulkRefused` for none, for no Parquet, and for columns that are no story's.

    names: what a story's fields are called in the files.
    """
    if unknown := sorted(names.keys() - set(FIELDS)):
        raise BulkRefused(f"a story has no field {', '.join(unknown)}; it has {', '.join(FIELDS)}")
    total = 0
    for path in inputs:
        try:
            file = parquet.ParquetFile(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise BulkRefused(f"{path} is no Parquet file that can be read: {str(error)[:200]}") from None
        _check(path, file.schema_arrow, names)
        total += file.metadata.num_rows
    if not total:
        raise BulkRefused(f"{', '.join(map(str, inputs))} has no rows")
    return total


def _check(path: Path, schema: pa.Schema, names: Mapping[str, str]) -> None:
    has = ", ".join(sorted(schema.names))
    if missing := sorted(set(names.values()) - set(schema.names)):
        raise BulkRefused(f"{path} has no column {', '.join(missing)}; it has {has}")
    columns = {field: column for field in FIELDS if (column := names.get(field, field)) in schema.names}
    if not columns.keys() & {"text", "html"} or not columns.keys() & {"id", "url"}:
        raise BulkRefused(
            f"{path} needs columns for text or html, and for id or url; it has {has}: name them with --map, such as "
            "text=content,url=link"
        )
    for field, column in columns.items():
        kind = schema.field(column).type
        holds = kind.value_type if types.is_dictionary(kind) else kind
        if not any(fits(holds) for fits in (*_WRITTEN, *_ALSO.get(field, ()))):
            raise BulkRefused(f"{path}: its column {column} holds {kind}, which is no {field}; map another, or cast it")


def shards(inputs: Sequence[Path], names: Mapping[str, str]) -> Iterator[dict[int, dict[str, Any]]]:
    """The rows of all files, SHARD at a time, by their numbers from 0 on; their fields are named as a story's."""
    rows = enumerate(chain.from_iterable(_fields(path, names) for path in inputs))
    while some := dict(islice(rows, SHARD)):
        yield some


def _fields(path: Path, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    try:
        there = parquet.read_schema(path).names
        columns = {field: column for field in FIELDS if (column := names.get(field, field)) in there}
        for row in read_rows(path, SHARD, list(columns.values())):
            yield {field: row[column] for field, column in columns.items() if row[column] is not None}
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise BulkRefused(f"{path} cannot be read on: {str(error)[:200]}; write it anew, and start again") from error


def read_rows(path: Path, size: int, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """Rows of a Parquet file, held so many at a time."""
    # With `pre_buffer`, pyarrow keeps all that it has read of a file.
    file = parquet.ParquetFile(path, pre_buffer=False)
    for batch in file.iter_batches(size, columns=None if columns is None else list(columns)):
        yield from _in_microseconds(batch).to_pylist()


def _in_microseconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Times as finely as Python has them: finer ones, which pandas and Spark write, cannot be read without pandas."""
    fields = [
        field.with_type(pa.timestamp("us", field.type.tz)) if types.is_timestamp(field.type) else field
        for field in batch.schema
    ]
    return batch.cast(pa.schema(fields), safe=False)


def body(row: Mapping[str, Any], source: str | None) -> bytes | FetchedPage:
    """What would be sent of a row, whose source is `source` unless it names one. Raises `Invalid`."""
    fields = {name: value for name, value in row.items() if value not in ("", b"")}
    if source is not None:
        fields.setdefault("source", source)
    page = fields.get("html")
    if isinstance(page, bytes) and "text" not in fields:
        return FetchedPage(page, None, {name: str(_said(name, fields[name])) for name in fields.keys() - {"html"}})
    return msgspec.json.encode({name: _said(name, value) for name, value in fields.items()})


def _said(name: str, value: object) -> object:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise Invalid(f"{name} must be UTF-8", field=name) from None
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if name == "id" else value
