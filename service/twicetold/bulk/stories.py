"""The stories of a run as columns, by key, mapped into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from twicetold.bulk.folder import Folder
from twicetold.domain.model import Fingerprint
from twicetold.usecases.find_matches import Subject
from twicetold.usecases.pipeline import StoredFeatures

_COMPARED = ("story_id", "source", "url", "url_key", "title", "published_at", "thin", "digest", "tokens", "kinds")
_NODE = ("story_id", "published_at")


class Node(NamedTuple):
    """A story to be clustered; see `domain.matching.clusters.Node`."""

    key: int
    story_id: str
    published_at: datetime | None
    received_at: datetime


class Columns:
    """Columns of stories by key, as `gathering.write_mapped` wrote them. Keys are places, in the order of the input."""

    def __init__(self, path: Path) -> None:
        self._table = ipc.open_file(pa.memory_map(str(path))).read_all()
        # `take` of a table copies whole columns of it, of a batch only what is asked for.
        self._batches = self._table.to_batches()
        self._starts = np.cumsum([0, *(batch.num_rows for batch in self._batches)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def rows(self, keys: Sequence[int] | np.ndarray[Any, Any], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Some columns of stories, by ascending keys."""
        wanted = np.asarray(keys, dtype=np.int64)
        bounds = np.searchsorted(wanted, self._starts)
        for number, batch in enumerate(self._batches):
            own = wanted[bounds[number] : bounds[number + 1]]
            if len(own):
                yield from batch.select(list(columns)).take(pa.array(own - self._starts[number])).to_pylist()


class Stories(Columns):
    """What `gathering` wrote of stories, as they are matched and clustered; all were received at one time."""

    def __init__(self, folder: Folder, *, now: datetime) -> None:
        super().__init__(folder.work / "stories.arrow")
        self._now = now
        self._words = self._table["words"].to_numpy()

    def word_counts(self, keys: Sequence[int]) -> dict[int, int]:
        """How many words stories have."""
        return dict(zip(keys, self._words[np.asarray(keys, dtype=np.int64)].tolist(), strict=True))

    def features(self, keys: Sequence[int]) -> dict[int, StoredFeatures]:
        """What verification needs of stories, by ascending keys."""
        return {
            key: StoredFeatures(
                key=key,
                received_at=self._now,
                words=np.frombuffer(row.pop("tokens"), "<u4"),
                kinds=np.frombuffer(row.pop("kinds"), np.uint8),
                **row,
            )
            for key, row in zip(keys, self.rows(keys, _COMPARED), strict=True)
        }

    def subjects(self, keys: range) -> list[Subject]:
        """Stories as subjects."""
        return [
            Subject(
                key=key,
                source=row["source"],
                url_key=row["url_key"],
                title=row["title"],
                published_at=row["published_at"],
                received_at=self._now,
                thin=row["thin"],
                fingerprint=Fingerprint(
                    words=np.frombuffer(row["tokens"], "<u4"),
                    kinds=np.frombuffer(row["kinds"], np.uint8),
                    digest=row["digest"],
                    signature=np.empty(0, np.uint32),
                    bands=np.frombuffer(row["bands"], "<i8"),
                    passages=np.frombuffer(row["passages"], "<i8"),
                ),
            )
            for key, row in zip(keys, self.rows(keys, (*_COMPARED, "bands", "passages")), strict=True)
        ]

    def nodes(self, keys: Iterable[int]) -> dict[int, Node]:
        """Stories as they are clustered, by ascending keys."""
        wanted = np.fromiter(keys, np.int64)
        return {
            key: Node(key, row["story_id"], row["published_at"], self._now)
            for key, row in zip(wanted.tolist(), self.rows(wanted, _NODE), strict=True)
        }
