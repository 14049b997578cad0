"""The folder of a run: what it is a run of, what is done, and that nobody else works in it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from twicetold.domain.errors import TwicetoldError

FINISHED = "run.json"
"""Its being there says that a run is complete; it tells what the run was of."""


class BulkRefused(TwicetoldError):
    """A bulk run cannot begin or go on; the message says why and what to do."""


class Folder:
    """The files of one run. A file is there when it is whole; `finished` says that all are."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.work = out / "work"
        self.finished = out / FINISHED

    @contextmanager
    def held(self, run: dict[str, Any]) -> Iterator[None]:
        """Work in it alone.

        Raises `BulkRefused` where another run does, where it holds a complete run or one of something else, and where
        it can be no folder.
        """
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BulkRefused(f"{self.out} cannot hold a run ({error.strerror}); name another folder") from None
        with (self.out / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BulkRefused(f"another run works in {self.out}; wait for it, or name another folder") from None
            if self.finished.exists():
                raise BulkRefused(f"{self.out} holds a complete run; name another folder, or remove it")
            self.work.mkdir(exist_ok=True)
            told = self.work / "run.json"
            if told.exists() and json.loads(told.read_text("utf-8"))["run"] != run:
                raise BulkRefused(
                    f"{self.out} holds an unfinished run of other files, other settings or another version; name "
                    f"another folder, or remove {self.work}"
                )
            for part in (*self.out.glob(".*.part"), *self.work.glob(".*.part")):  # of a run that was killed
                part.unlink()
            if not told.exists():
                self.write(told, lambda part: part.write_text(json.dumps({"run": run}), "utf-8"))
            yield

    def write(self, path: Path, into: Callable[[Path], object]) -> None:
        """Let a file be written beside its place, and put it there when it is whole."""
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            into(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def table(self, path: Path, table: pa.Table) -> None:
        """Write a table as Parquet."""
        self.write(path, lambda part: parquet.write_table(table, part, compression="zstd"))

    def mark(self, path: Path) -> None:
        """Say that something is done."""
        self.write(path, lambda part: part.write_text("", "utf-8"))

    def shard(self, number: int, kind: str) -> Path:
        """The file of one shard."""
        return self.work / f"{kind}-{number:06}"

    def shards(self, kind: str) -> str:
        """All shards of a kind, as a table in DuckDB's SQL."""
        return f"read_parquet({quoted(self.work / f'{kind}-*')})"


def quoted(path: Path) -> str:
    """A path as a string of SQL."""
    return "'{}'".format(str(path).replace("'", "''"))
