"""Twicetold as blocks of datatrove: documents learn which story stands for them, and only those may go on.

    folder = get_datafolder("s3://bucket/twicetold")
    [reader, Prepare(folder)]                  # any number of tasks: clean and fingerprint, a file for each task
    [Assign(folder)]                           # one task: what sources repeat, matches, clusters
    [reader, Mark(folder, only_canonical=True), writer]      # any number of tasks

A document's id and text are a story's; `url`, `source`, `title`, `language` and `published_at` are read from its
metadata. `Assign` holds the tokens of all stories in memory, about 3 kB each; a corpus that is larger is for
`examples/spark_job.py` or `twicetold bulk`, which tell the same. `make test-datatrove` holds it against a bulk run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

import msgspec
from datatrove.data import Document, DocumentsPipeline
from datatrove.io import DataFolder
from datatrove.pipeline.base import PipelineStep
from twicetold import library
from twicetold.domain.errors import TwicetoldError

FIELDS = ("url", "source", "title", "language", "published_at")
_ASSIGNED = "assigned.msgpack"


class Assigned(msgspec.Struct, array_like=True):
    """The story that stands for one, and what that one is to it."""

    canonical_id: str
    clustered: bool = False
    relation: str | None = None
    confidence: float | None = None
    jaccard: float | None = None


class Prepare(PipelineStep):  # type: ignore[misc]  # it ships no types
    """Cleans and fingerprints documents; those that are no stories are counted, and go on like all others."""

    name = "🗞 Twicetold prepare"
    type = "🫂 - DEDUP"

    def __init__(self, folder: DataFolder, now: datetime | None = None) -> None:
        super().__init__()
        self._folder = folder
        self._now = now or datetime.now(UTC)

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:  # noqa: ARG002  # fixed by datatrove
        """Write what was made, and pass documents on."""
        made: list[bytes] = []
        for document in data or ():
            told = {name: document.metadata[name] for name in FIELDS if document.metadata.get(name)}
            try:
                made.append(library.prepare({"id": document.id, "text": document.text} | told, now=self._now).pack())
            except TwicetoldError:
                self.stat_update("refused")
            yield document
        with self._folder.open(f"made-{rank:05}.msgpack", "wb") as file:
            file.write(msgspec.msgpack.encode(made))


class Assign(PipelineStep):  # type: ignore[misc]  # it ships no types
    """Finds what each story matches, and clusters all: the work of one task."""

    name = "🗞 Twicetold assign"
    type = "🫂 - DEDUP"

    def __init__(self, folder: DataFolder) -> None:
        super().__init__()
        self._folder = folder

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:  # noqa: ARG002  # fixed by datatrove
        """Write which story stands for each."""
        if world_size > 1:
            raise ValueError("stories are assigned by one task, for each has to meet all others")
        yield from data or ()
        last = {one.story_id: one for one in self._made()}  # of two with one id the last counts
        with self._folder.open(_ASSIGNED, "wb") as file:
            file.write(msgspec.msgpack.encode(assigned(list(last.values()))))

    def _made(self) -> Iterator[library.Made]:
        for path in self._folder.list_files(glob_pattern="made-*.msgpack"):
            with self._folder.open(path, "rb") as file:
                for packed in msgspec.msgpack.decode(file.read(), type=list[bytes]):
                    yield library.Made.unpack(packed)


class Mark(PipelineStep):  # type: ignore[misc]  # it ships no types
    """Tells in the metadata of documents which one stands for them; `only_canonical` lets no other go on."""

    name = "🗞 Twicetold mark"
    type = "🫂 - DEDUP"

    def __init__(self, folder: DataFolder, *, only_canonical: bool = False) -> None:
        super().__init__()
        self._folder = folder
        self._only_canonical = only_canonical

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:  # noqa: ARG002  # fixed by datatrove
        """Pass on documents; one that is no story stands for itself."""
        with self._folder.open(_ASSIGNED, "rb") as file:
            told = msgspec.msgpack.decode(file.read(), type=dict[str, Assigned])
        for document in data or ():
            own = told.get(document.id, Assigned(document.id))
            if own.canonical_id == document.id or not self._only_canonical:
                yield _marked(document, own)
            else:
                self.stat_update("dropped")


def _marked(document: Document, own: Assigned) -> Document:
    document.metadata |= {"canonical_id": own.canonical_id, "relation": own.relation}
    return document


def assigned(stories: Sequence[library.Made]) -> dict[str, Assigned]:
    """Where each story belongs, by id."""
    stories, furniture = _without_boilerplate(stories)
    verdicts: dict[tuple[int, int], library.Judged] = {}
    for later, pairs in groupby(library.pairs(stories), key=lambda pair: pair[0]):
        earlier = [pair[1] for pair in pairs]
        judged = library.judge(stories[later], [stories[one] for one in earlier], furniture=furniture)
        verdicts |= {(later, one): verdict for one, verdict in zip(earlier, judged, strict=True) if verdict}

    def similarity(one: int, other: int) -> float | None:
        (verdict,) = library.judge(stories[one], [stories[other]])
        return verdict.jaccard if verdict is not None and verdict.clusters else None

    ties = [library.Tie(a, b, verdict.jaccard) for (a, b), verdict in verdicts.items() if verdict.clusters]
    told = [library.Told(key, one.story_id, one.published_at, one.received_at) for key, one in enumerate(stories)]
    canonical = library.assign(told, ties, similarity)
    found: dict[str, Assigned] = {}
    for key, one in enumerate(stories):
        stands = canonical.get(key, key)
        verdict = verdicts.get((max(key, stands), min(key, stands)))
        measured = (verdict.relation, verdict.confidence, verdict.jaccard) if verdict else ()
        found[one.story_id] = Assigned(stories[stands].story_id, key in canonical, *measured)
    return found


def _without_boilerplate(stories: Sequence[library.Made]) -> tuple[list[library.Made], dict[str, list[int]]]:
    """Stories without what their sources repeat, and the furniture of these."""
    seasons = defaultdict[tuple[str, int], list[tuple[int, str, library.Made]]](list)
    for one in stories:
        season, place = library.draw(one)
        seasons[one.source, season].append((place, one.story_id, one))
    blocks, furniture = defaultdict[str, dict[int, int]](dict), defaultdict[str, list[int]](list)
    for (source, _), drawn in seasons.items():
        taught = library.learn([one for *_, one in sorted(drawn, key=lambda each: each[:2])[: library.DRAWN]])
        for block, count in taught.blocks.items():
            blocks[source][block] = blocks[source].get(block, 0) + count
        furniture[source] = sorted({*furniture[source], *taught.furniture})
    cleaned = [library.clean_again(one, blocks[one.source]) if one.source in blocks else one for one in stories]
    return cleaned, {source: known for source, known in furniture.items() if known}
