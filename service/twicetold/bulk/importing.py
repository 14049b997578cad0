"""From the tables of a run to a store: what an import puts there, a batch at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Struct

from twicetold.bulk.folder import FINISHED, BulkRefused, quoted
from twicetold.bulk.gathering import Limits, spilling
from twicetold.bulk.reading import read_rows
from twicetold.bulk.tables import INVERSE
from twicetold.domain.cleaning.clean import CLEANER_VERSION
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Credits, Fingerprint, Match, Relation, Story
from twicetold.store.importing import Importing
from twicetold.store.queries.boilerplate import SeasonRow
from twicetold.store.queries.rows import agencies_of
from twicetold.usecases.pipeline import Draft

T = TypeVar("T")
BATCH = 1000
"""Stories of one transaction."""
_IDS = "SELECT story_id, file_row_number AS key FROM read_parquet({assignments}, file_row_number = true)"
_MATCHES = (
    "SELECT x.key AS a, y.key AS b, relation, why, jaccard, containment AS a_in_b, contained AS b_in_a, longest_run, "
    "confidence FROM read_parquet({matches}) m JOIN ids x USING (story_id) JOIN ids y ON y.story_id = m.other_id "
    "UNION ALL "
    f"SELECT y.key, x.key, {INVERSE}, why, jaccard, contained, containment, longest_run, confidence "
    "FROM read_parquet({matches}) m JOIN ids x USING (story_id) JOIN ids y ON y.story_id = m.other_id ORDER BY 1, 2"
)
_CLUSTERS = (
    "SELECT cluster_id, list(file_row_number ORDER BY NOT is_canonical, file_row_number) AS members FROM "
    "read_parquet({assignments}, file_row_number = true) WHERE cluster_id IS NOT NULL GROUP BY cluster_id "
    "ORDER BY min(file_row_number), cluster_id"
)
_DERIVED = (
    "SELECT x.key AS story, list({{'original': y.key, 'relation': relation}} ORDER BY y.key) AS originals FROM "
    "read_parquet({derived}) d JOIN ids x USING (story_id) JOIN ids y ON y.story_id = d.original_id "
    "GROUP BY x.key ORDER BY x.key"
)


class Run(Struct, frozen=True):
    """What a complete run says of itself."""

    scheme: str
    received_at: datetime
    stories: int
    clusters: int
    failed: int

    @property
    def name(self) -> str:
        """What tells it from other runs."""
        return f"{self.received_at.isoformat()} {self.stories}"

    @classmethod
    def at(cls, out: Path, *, scheme: str) -> Run:
        """The run in a folder. Raises `BulkRefused` for one that is not complete, or has other fingerprints."""
        try:
            run = msgspec.json.decode((out / FINISHED).read_bytes(), type=cls)
        except FileNotFoundError:
            raise BulkRefused(f"{out} holds no complete bulk run; run `twicetold bulk` until it is") from None
        except (OSError, msgspec.DecodeError) as error:
            raise BulkRefused(f"{out / FINISHED} is none that a bulk run wrote: {error}") from None
        if run.scheme != scheme:
            raise BulkRefused(
                f"the fingerprints of {out} were made with {run.scheme}, but the settings ask for {scheme}; set "
                "TWICETOLD_SIGNATURE_SEED and TWICETOLD_SIGNATURE_SECRET to what they were, or run it anew"
            )
        return run


Tell = Callable[[str, int, int], None]


def fill(out: Path, run: Run, importing: Importing, limits: Limits, tell: Tell) -> None:
    """Put all of a run into a store, from where the import stands. Raises `BulkRefused` where that cannot be read."""
    try:
        _fill(out, run, importing, limits, tell)
    except (OSError, duckdb.Error, pa.ArrowException) as error:
        why = str(error).splitlines()[0][:200]
        raise BulkRefused(
            f"the import stopped: {why}; start it again when that is mended, it goes on where it stood"
        ) from error


def _fill(out: Path, run: Run, importing: Importing, limits: Limits, tell: Tell) -> None:
    now = run.received_at
    for part in _parts(_drafts(out, now), importing.reached.of("stories")):
        drafts, bodies = zip(*part, strict=True)
        importing.stories(drafts, bodies, now=now)
        tell("stories stored", importing.reached.of("stories"), run.stories)
    with tempfile.TemporaryDirectory(dir=out, prefix="spill-") as spill, spilling(Path(spill), limits) as database:
        names = {name: quoted(out / f"{name}.parquet") for name in ("assignments", "matches", "derived")}
        database.execute(f"CREATE TABLE ids AS {_IDS.format(**names)}")

        def rows(sql: str) -> Iterator[dict[str, Any]]:
            return _rows(database, sql.format(**names))

        key = importing.key
        for some in _parts((_match(row, key) for row in rows(_MATCHES)), importing.reached.of("matches")):
            importing.matches(some)
            tell("ties stored", importing.reached.of("matches"), 0)
        for clusters in _parts(rows(_CLUSTERS), importing.reached.of("clusters")):
            members = {one["cluster_id"]: [key(place) for place in one["members"]] for one in clusters}
            importing.clusters(members, now=now)
            tell("clusters stored", importing.reached.of("clusters"), 0)
        for copies in _parts(rows(_DERIVED), importing.reached.of("derivations")):
            importing.derivations([one for row in copies for one in _derivations(row, key)])
            tell("derived copies stored", importing.reached.of("derivations"), 0)
    taught = (SeasonRow(**row) for row in read_rows(out / "learned.parquet", BATCH))
    for seasons in _parts(taught, importing.reached.of("lessons")):
        importing.lessons(seasons)
    importing.finish(now=now)


def _parts(every: Iterator[T], done: int) -> Iterator[list[T]]:
    """What is not done, BATCH at a time."""
    rest = islice(every, done, None)
    while part := list(islice(rest, BATCH)):
        yield part


def _rows(database: duckdb.DuckDBPyConnection, sql: str) -> Iterator[dict[str, Any]]:
    for batch in database.sql(sql).to_arrow_reader(BATCH):
        yield from batch.to_pylist()


def _drafts(out: Path, now: datetime) -> Iterator[tuple[Draft, bytes]]:
    """Stories as the store takes them, with their packed texts; what is only in those is not told apart again."""
    told = ("story_id", "url", "source", "title", "published_at", "language", "words", "thin")
    texts, fingerprints = out / "texts.parquet", out / "fingerprints.parquet"
    for row, made in zip(read_rows(texts, BATCH, told), read_rows(fingerprints, BATCH), strict=True):
        story = Story(
            id=row["story_id"], url=row["url"], source=row["source"], title=row["title"],
            published_at=row["published_at"], received_at=now, language=row["language"], version=1,
            words=row["words"], text="", removed=(), thin=row["thin"], cleaner_version=CLEANER_VERSION,
            credits=Credits(agencies=agencies_of(made["agencies"]), origin=made["origin"]),
        )  # fmt: skip
        draft = Draft(
            story=story, url_key=made["url_key"], input_digest=made["input_digest"],
            searchable=tuple(made["searchable"].split(" ")),
            fingerprint=Fingerprint(
                words=np.frombuffer(made["tokens"], "<u4"), kinds=np.frombuffer(made["kinds"], np.uint8),
                digest=made["digest"], signature=np.empty(0, np.uint32), bands=np.frombuffer(made["bands"], "<i8"),
                passages=np.frombuffer(made["passages"], "<i8"),
            ),
        )  # fmt: skip
        yield draft, made["body"]


def _match(row: dict[str, Any], key: Callable[[int], int]) -> Match:
    return Match(**row | {"a": key(row["a"]), "b": key(row["b"]), "relation": Relation(row["relation"])})


def _derivations(row: dict[str, Any], key: Callable[[int], int]) -> list[Derivation]:
    return [Derivation(key(row["story"]), key(one["original"]), Relation(one["relation"])) for one in row["originals"]]
