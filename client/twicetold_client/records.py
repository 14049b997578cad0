"""Stories in files: JSON lines, CSV, Parquet, feeds, WARC archives and folders of HTML, plain or compressed."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import zstandard

from twicetold_client import feeds, parquet
from twicetold_client.errors import MissingExtra

FIELDS = ("id", "url", "source", "title", "text", "html", "language", "published_at", "metadata")
STDIN = "-"
_LONGEST_FIELD = 16 * 2**20
"""Characters of a CSV field: more than a service takes."""
Reader = Callable[[IO[bytes]], Iterator[Mapping[str, Any] | str]]
"""Yields the fields of each record of a file, or why it has none."""

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_HEAD = 4096


class Unreadable(Exception):  # named for what happened
    """A file, or one record of it, cannot be read as what its name says; the message says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """One story of a file, or why it is none. `number` counts the records of the file from 0."""

    number: int
    story: Mapping[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """What becomes of a file's own fields: `names` says of a story's field which one it is; `source` is for all."""

    names: Mapping[str, str]
    source: str | None = None

    def story(self, fields: Mapping[str, Any], *, path: str, number: int) -> dict[str, Any]:
        """A story of a record's fields. Raises `Unreadable` where it would have neither text nor page."""
        story = {name: _said(name, fields.get(self.names.get(name, name))) for name in FIELDS}
        story = {name: value for name, value in story.items() if value not in (None, "")}
        if self.source and "source" not in story:
            story["source"] = self.source
        if "text" not in story and "html" not in story:
            column = self.names.get("text", "text")
            if column in fields or "html" in fields:
                raise Unreadable(f"its {column if column in fields else 'html'!r} is empty")
            raise Unreadable(f"there is no {column!r} and no html in it; it has {', '.join(sorted(map(str, fields)))}")
        if "id" not in story and "url" not in story:
            # The same at every run, so that what was sent before is known again.
            story["id"] = (
                "r-" + blake2b(f"{path}\0{number}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
            )
        return story


def files(paths: list[str]) -> Iterator[str]:
    """The files that paths name: those of a folder in order, `-` for standard input. Raises `Unreadable`."""
    for path in paths:
        if path != STDIN and Path(path).is_dir():
            found = sorted(str(file) for file in Path(path).rglob("*") if file.is_file() and _is_known(str(file)))
            if not found:
                raise Unreadable(f"{path} holds no file that can be read: {_KNOWN}")
            yield from found
        elif path == STDIN or Path(path).is_file():
            if not _is_known(path):
                raise Unreadable(f"{path} is of no kind that can be read: {_KNOWN}")
            yield path
        else:
            raise Unreadable(f"{path} does not exist")


def records(path: str, mapped: Mapped, read: Callable[[int], None] | None = None) -> Iterator[Record]:
    """The records of one file, good and bad; `read` is told how many bytes more of it were read.

    Raises `Unreadable` where it cannot be read on.
    """
    try:
        with closing(_opened(path, read)) as raw, closing(_unpacked(path, raw)) as file:
            for number, fields in enumerate(_reader_of(path)(file)):
                if isinstance(fields, str):
                    yield Record(number, error=fields)
                    continue
                try:
                    yield Record(number, mapped.story(fields, path=path, number=number))
                except Unreadable as error:
                    yield Record(number, error=str(error))
    except (OSError, EOFError, zstandard.ZstdError, csv.Error) as error:
        raise Unreadable(f"{path} cannot be read on: {error}") from error


def _opened(path: str, told: Callable[[int], None] | None) -> IO[bytes]:
    return sys.stdin.buffer if path == STDIN else io.BufferedReader(_Told(path, told))


def _unpacked(path: str, raw: IO[bytes]) -> IO[bytes]:
    if path.endswith(".gz") and not path.endswith(".warc.gz"):  # warcio reads each member by itself
        return gzip.open(raw, "rb")  # type: ignore[return-value]  # a GzipFile reads as a file
    if path.endswith((".zst", ".zstd")):
        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True))
    return raw


class _Told(io.FileIO):
    """A file that tells how much of it is read."""

    def __init__(self, path: str, told: Callable[[int], None] | None) -> None:
        super().__init__(path)
        self._told = told

    def readinto(self, into: Any) -> int | None:  # noqa: ANN401  # a buffer
        size = super().readinto(into)
        if self._told is not None and size:
            self._told(size)
        return size


def _json_lines(file: IO[bytes]) -> Iterator[Mapping[str, Any] | str]:
    for line in file:
        if line.isspace():
            continue
        try:
            fields = json.loads(line)
        except ValueError as error:
            yield f"the line is not JSON: {error}"
        else:
            yield fields if isinstance(fields, dict) else "the line is JSON, but no object"


def _csv(file: IO[bytes]) -> Iterator[Mapping[str, Any] | str]:
    csv.field_size_limit(_LONGEST_FIELD)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        for row in csv.DictReader(text):
            yield {name: value for name, value in row.items() if name is not None}
    finally:
        text.detach()  # the file is its opener's to close


def _page(file: IO[bytes]) -> Iterator[Mapping[str, Any] | str]:
    yield {"html": decoded(file.read(), None)}


def _warc(file: IO[bytes]) -> Iterator[Mapping[str, Any] | str]:
    try:
        from warcio.archiveiterator import ArchiveIterator  # noqa: PLC0415  # an extra
        from warcio.exceptions import ArchiveLoadFailed  # noqa: PLC0415
    except ImportError:
        raise MissingExtra("warc") from None
    try:
        for record in ArchiveIterator(file):
            if record.rec_type != "response" or record.http_headers is None:
                continue
            kind = (record.http_headers.get_header("Content-Type") or "").lower()
            if record.http_headers.get_statuscode() != "200" or "html" not in kind:
                continue
            charset = re.search(r"charset=[\"']?([\w.:-]+)", kind)
            try:
                html = decoded(record.content_stream().read(), charset[1] if charset else None)
            except (OSError, ValueError, EOFError) as error:
                yield f"a record cannot be unpacked: {type(error).__name__}"
                continue
            yield {"url": record.rec_headers.get_header("WARC-Target-URI"), "html": html}
    except ArchiveLoadFailed as error:
        raise Unreadable(f"the archive is broken: {str(error)[:200]}") from error


def _parquet(file: IO[bytes]) -> Iterator[Mapping[str, Any] | str]:
    try:
        yield from parquet.rows(file)
    except ValueError as error:  # pyarrow's errors are
        raise Unreadable(f"the file is no Parquet, or broken: {str(error)[:200]}") from error


def _said(name: str, value: object) -> object:
    """A field as it is sent: columns of Parquet may hold bytes, days, numbers for ids, and what is no number."""
    if isinstance(value, bytes):
        return decoded(value, None)
    if name == "id" and isinstance(value, int):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and math.isnan(value) else value


def decoded(page: bytes, charset: str | None) -> str:
    """A page as text: by its byte order mark, the charset sent with it, the one in its head, UTF-8 or Windows-1252."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if page.startswith(mark):
            return page[len(mark) :].decode(name, "replace")
    told = _META_CHARSET.search(page[:_HEAD])
    for candidate in (charset, told[1].decode("ascii") if told else None, "utf-8"):
        try:
            if candidate:
                # What is called Latin-1 is Windows-1252 (WHATWG Encoding Standard).
                latin = candidate.lower() in {"iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"}
                return page.decode("cp1252" if latin else candidate)
        except (LookupError, UnicodeDecodeError):
            continue
    return page.decode("cp1252", "replace")


_READERS: Mapping[str, Reader] = {
    "jsonl": _json_lines, "ndjson": _json_lines, "json": _json_lines, "csv": _csv, "html": _page, "htm": _page,
    "warc": _warc, "parquet": _parquet, "rss": feeds.entries, "atom": feeds.entries, "xml": feeds.entries,
}  # fmt: skip
_KNOWN = "JSON lines (.jsonl, .ndjson), .csv, .parquet, .html, .rss, .atom, .xml and .warc, also with .gz or .zst"


def _kind(path: str) -> str:
    if path == STDIN:
        return "jsonl"
    return re.sub(r"\.(gz|zst|zstd)$", "", Path(path).name.lower()).rpartition(".")[2]


def _is_known(path: str) -> bool:
    return _kind(path) in _READERS


def _reader_of(path: str) -> Reader:
    return _READERS[_kind(path)]
