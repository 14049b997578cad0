"""A corpus as a crawl of many sources brings it: families of reprints and rewrites, crowds, and what sources repeat.

    python -m bench.corpus FILE.parquet [--count 20000] [--seed 1]

Stories have 150 to 300 words. A quarter retell one of the last days: as a copy with some words changed, as an excerpt,
longer, or with half of its sentences told anew. One in two hundred is a copy of one of a few texts that very many
sources bring (a crowd). Every third source ends its stories with a footer of its own, every tenth has two.
"""

from __future__ import annotations

import argparse
import random
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from bench.generated_text import Event, TextGenerator

RETOLD, CROWDED = 0.25, 0.005
SOURCES, CROWDS = 1000, 20
REMEMBERED = 6000
"""Originals that may be retold: those of the last days."""
DAYS = 60
START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = 5000
SCHEMA = pa.schema(
    [
        ("id", pa.string()), ("url", pa.string()), ("source", pa.string()), ("title", pa.string()),
        ("text", pa.string()), ("published_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


class Corpus:
    """Makes the stories of a corpus, always the same for a seed and a count."""

    def __init__(self, seed: int, count: int, *, crowded: float = CROWDED) -> None:
        self._draw = random.Random(seed)
        self._writer = TextGenerator(seed)
        self._count = count
        self._crowded = crowded
        self._originals: deque[tuple[Event, list[list[str]]]] = deque(maxlen=REMEMBERED)
        self._crowds = [self._original() for _ in range(CROWDS)]
        self._footers = [
            [self._writer.story(25) for _ in range((number % 3 == 0) + (number % 10 == 0))] for number in range(SOURCES)
        ]

    def stories(self) -> Iterator[dict[str, Any]]:
        """The stories in the order in which they were published."""
        for number in range(self._count):
            event, paragraphs = self._told()
            source = int(SOURCES * self._draw.random() ** 2)
            text = "\n\n".join([*(" ".join(sentences) for sentences in paragraphs), *self._footers[source]])
            at = START + timedelta(days=DAYS) * (number / self._count)
            yield {
                "id": f"s{number:x}", "url": f"https://source{source}.example/news/{number:x}",
                "source": f"source{source}.example", "title": self._writer.sentence(event), "text": text,
                "published_at": at,
            }  # fmt: skip

    def _told(self) -> tuple[Event, list[list[str]]]:
        lot = self._draw.random()
        if lot < self._crowded:
            event, paragraphs = self._crowds[int(CROWDS * self._draw.random() ** 3)]
            return event, self._edited(event, paragraphs)
        if lot < self._crowded + RETOLD and self._originals:
            age = int(len(self._originals) * self._draw.random() ** 2)
            event, paragraphs = self._originals[-1 - age]
            way = self._draw.choices((self._edited, self._cut, self._extended, self._reworked), (50, 20, 15, 15))[0]
            return event, way(event, paragraphs)
        self._originals.append(self._original())
        return self._originals[-1]

    def _original(self) -> tuple[Event, list[list[str]]]:
        event = self._writer.event()
        return event, self._paragraphs(event, self._draw.randint(150, 300))

    def _paragraphs(self, event: Event, words: int) -> list[list[str]]:
        paragraphs: list[list[str]] = []
        while words > 0:
            paragraphs.append([self._writer.sentence(event) for _ in range(self._draw.randint(1, 4))])
            words -= sum(len(sentence.split()) for sentence in paragraphs[-1])
        return paragraphs

    def _edited(self, event: Event, paragraphs: list[list[str]]) -> list[list[str]]:
        """A copy: some words changed or none, and in one of two a last sentence of its own."""
        edited = [list(sentences) for sentences in paragraphs]
        for _ in range(self._draw.choice((0, 0, 3, 12))):
            sentences = self._draw.choice(edited)
            at = self._draw.randrange(len(sentences))
            words = sentences[at].split(" ")
            words[self._draw.randrange(len(words))] = self._draw.choice(self._writer.vocabulary)
            sentences[at] = " ".join(words)
        return [*edited, [self._writer.sentence(event)]] if self._draw.random() < 0.5 else edited

    def _cut(self, event: Event, paragraphs: list[list[str]]) -> list[list[str]]:  # noqa: ARG002  # one way of several
        """The first half."""
        return paragraphs[: max(1, len(paragraphs) // 2)]

    def _extended(self, event: Event, paragraphs: list[list[str]]) -> list[list[str]]:
        """With half as much again after it."""
        return [*paragraphs, *self._paragraphs(event, 100)]

    def _reworked(self, event: Event, paragraphs: list[list[str]]) -> list[list[str]]:
        """Every second sentence told anew."""
        return [
            [sentence if at % 2 else self._writer.sentence(event) for at, sentence in enumerate(sentences)]
            for sentences in paragraphs
        ]


def write(path: Path, *, count: int, seed: int = 1, crowded: float = CROWDED) -> None:
    """Write a corpus as Parquet."""
    part = path.with_name(f"{path.name}.part")
    with parquet.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for row in Corpus(seed, count, crowded=crowded).stories():
            rows.append(row)
            if len(rows) == ROWS:
                writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
                rows = []
        writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
    part.replace(path)


def main() -> None:
    """Write a corpus."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", type=Path)
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    write(given.file, count=given.count, seed=given.seed)


if __name__ == "__main__":
    main()
