"""What sources repeat as their own, learned of the stories of a run; and their stories cleaned of it.

A service does so as housekeeping; see `usecases.settle`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet

from twicetold.bulk.folder import Folder
from twicetold.bulk.gathering import LIVE, Limits, connected, write_mapped
from twicetold.bulk.preparing import POSTINGS, TEXTS, columns_of, postings_table
from twicetold.bulk.stories import Columns
from twicetold.domain.analysis import Learned
from twicetold.domain.cleaning.clean import CLEANER_VERSION
from twicetold.domain.cleaning.recurring import STORIES_NEEDED, OwnBlock
from twicetold.domain.errors import ExtractionFailed, ExtractionKilled
from twicetold.domain.model import Keys, Story
from twicetold.store.queries.rows import SEASON_BITS, body_of, postings_of
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Analyser
from twicetold.usecases.prepare import cleaned_again
from twicetold.usecases.read_models import StoredStory
from twicetold.usecases.reclean import differs
from twicetold.usecases.settle import DRAWN, digest_of, drawn_within, lesson_of

SEASONS = pa.schema(
    [
        ("source", pa.string()), ("season", pa.int64()), ("digest", pa.binary()), ("blocks", pa.string()),
        ("furniture", pa.binary()),
    ]
)  # fmt: skip
_AT_ONCE = 16
"""Seasons learned, and kept, together."""
_ROWS = 2048
_STORY = ("story_id", "url", "source", "title", "published_at", "language", "words", "thin", "body")
_blocks_decoder = msgspec.json.Decoder(list[OwnBlock])


def learn(folder: Folder, analyser: Analyser, limits: Limits, *, now: datetime) -> None:
    """Write what each season of each source teaches, from the stories that a service would draw."""
    if (folder.work / "learned").exists():
        return
    taught = partial(_taught, analyser)
    lessons = folder.work / "lessons.arrow"
    write_mapped(folder, lessons, _STORY, limits)
    season = f"source, draw >> {SEASON_BITS}"
    sql = (
        f"SELECT {season} AS season, key FROM {folder.shards('texts')} JOIN live USING (row) QUALIFY row_number() OVER "
        f"(PARTITION BY {season} ORDER BY draw, story_id) <= {DRAWN} ORDER BY source, season, draw, story_id"
    )
    with connected(folder, limits) as database, ThreadPoolExecutor(limits.threads) as pool:
        database.execute(LIVE.format(texts=folder.shards("texts")))
        told = _drawn(database.sql(sql).to_arrow_reader(_ROWS), Columns(lessons), now)
        number = 0
        while some := list(islice(told, _AT_ONCE)):
            done = folder.shard(number, "seasons")
            if not done.exists():
                folder.table(done, pa.Table.from_pylist(list(pool.map(taught, some)), schema=SEASONS))
            number += 1
    lessons.unlink()
    folder.mark(folder.work / "learned")


class _Season(NamedTuple):
    """Stories drawn of one season."""

    source: str
    number: int
    stories: list[StoredStory]


def _drawn(reader: pa.RecordBatchReader, columns: Columns, now: datetime) -> Iterator[_Season]:
    rows = (row for batch in reader for row in batch.to_pylist())
    for (source, number), own in groupby(rows, key=lambda row: (row["source"], row["season"])):
        keys = [row["key"] for row in own]
        stories = dict(zip(sorted(keys), columns.rows(sorted(keys), _STORY), strict=True))
        # Keys of a store begin with 1.
        drawn = [StoredStory(key=key + 1, story=_story(stories[key], now), cluster=None) for key in keys]
        yield _Season(source, number, drawn_within(drawn))


def _taught(analyser: Analyser, season: _Season) -> dict[str, Any]:
    learned = Learned()
    if len(season.stories) >= STORIES_NEEDED:
        with suppress(ExtractionKilled):
            learned = analyser.learn([lesson_of(one.story) for one in season.stories])
    return {
        "source": season.source, "season": season.number, "digest": digest_of(season.stories),
        "blocks": msgspec.json.encode(list(learned.blocks)).decode(),
        "furniture": learned.furniture.astype("<i8").tobytes(),
    }  # fmt: skip


def _story(row: Mapping[str, Any], now: datetime) -> Story:
    body = body_of(row["body"])
    return Story(
        id=row["story_id"], url=row["url"], source=row["source"], title=row["title"],
        published_at=row["published_at"], received_at=now, language=row["language"], version=1, words=row["words"],
        text=body.text, removed=body.removed, credits=body.credits, thin=row["thin"], warnings=body.warnings,
        metadata=body.metadata, language_from=body.language_from, cleaner_version=CLEANER_VERSION,
    )  # fmt: skip


def read_blocks(folder: Folder) -> dict[str, dict[int, int]]:
    """By source, the learned blocks by hash, with how many of its stories taught them."""
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for path in sorted(folder.work.glob("seasons-*")):
        for row in parquet.read_table(path, columns=["source", "blocks"]).to_pylist():
            for block in _blocks_decoder.decode(row["blocks"]):
                found[row["source"]][block.hash] += block.stories
    return {source: dict(blocks) for source, blocks in found.items()}


def read_furniture(folder: Folder) -> dict[str, Keys]:
    """By source, the fingerprints of its furniture, ascending; those with none are missing."""
    found: defaultdict[str, list[Keys]] = defaultdict(list)
    for path in sorted(folder.work.glob("seasons-*")):
        for row in parquet.read_table(path, columns=["source", "furniture"]).to_pylist():
            if row["furniture"]:
                found[row["source"]].append(np.frombuffer(row["furniture"], "<i8"))
    return {source: np.unique(np.concatenate(keys)) for source, keys in found.items()}


def clean_again(
    folder: Folder, number: int, analyser: Analyser, learned: Mapping[str, Mapping[int, int]], *, now: datetime
) -> None:
    """Clean the stories of one shard of what their sources repeat, unless that is done.

    A shard is written in two files; a run that is stopped between does both again, and comes to the same.
    """
    done = folder.shard(number, "cleaned")
    if done.exists() or not learned:
        return
    texts = parquet.read_table(folder.shard(number, "texts"), schema=TEXTS)
    concerned = texts.filter(compute.field("source").isin(list(learned))).to_pylist()
    told = [_story(row, now) for row in concerned]
    again = {
        row["row"]: (row, draft)
        for row, before, draft in zip(concerned, told, _cleaned(analyser, told, learned), strict=True)
        if draft is not None and differs(before, draft.story)
    }
    if again:
        rest = ~compute.field("row").isin(list(again))
        rows = [
            columns_of(place, draft) | {"input_digest": row["input_digest"]} for place, (row, draft) in again.items()
        ]
        keys = {place: postings_of(draft) for place, (_, draft) in again.items()}
        kept = parquet.read_table(folder.shard(number, "postings"), schema=POSTINGS).filter(rest)
        folder.table(folder.shard(number, "postings"), pa.concat_tables([kept, postings_table(keys)]))
        cleaned = pa.Table.from_pylist(rows, schema=TEXTS)
        folder.table(folder.shard(number, "texts"), pa.concat_tables([texts.filter(rest), cleaned]))
    folder.mark(done)


def _cleaned(
    analyser: Analyser, stories: Sequence[Story], learned: Mapping[str, Mapping[int, int]]
) -> Iterator[Draft | None]:
    """The drafts of stories; None for one that cannot be cleaned, which keeps the others from nothing."""
    try:
        yield from cleaned_again(analyser, stories, learned, {})
    except ExtractionFailed:
        for one in stories:
            try:
                yield from cleaned_again(analyser, [one], learned, {})
            except ExtractionFailed:
                yield None
