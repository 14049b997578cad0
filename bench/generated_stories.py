"""A generator that fills stores: many stories fast, with families of retellings as news has them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.model import Credits, Story, Submission
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Recording, Store

WORDS, SENTENCE, SENTENCES = 540, 18, 5
"""Words of a story and of a sentence, and sentences of a paragraph."""
RETOLD = 0.3
"""The share of stories that retell one: half of them any recent one, the rest one in 50, or one in 1000."""
CHANGED = 12
"""Words that a retelling changes."""
REMEMBERED = 6000
"""Originals that may be retold: those of the last days."""
START = datetime(2024, 1, 1, tzinfo=UTC)
FILL_CHUNK = 1000

Tokens = NDArray[np.int64]


class StoryGenerator:
    """Makes stories, new ones and retellings, from one seed; their ids hold numbers from `numbered_from` on."""

    def __init__(self, seed: int, *, numbered_from: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        alphabet = np.array(list("abcdefghijklmnopqrstuvwxyz"))
        lengths = self._random.integers(2, 11, 30_000)
        self._vocabulary = ["".join(self._random.choice(alphabet, length)) for length in lengths]
        self._originals: deque[Tokens] = deque(maxlen=REMEMBERED)
        self._written = 0
        self._made = numbered_from

    def submissions(self, count: int) -> list[Submission]:
        """Stories as clients send them."""
        return list(islice(self._stories(), count))

    def drafts(self, count: int) -> list[Draft]:
        """Stories as the store takes them, uncleaned."""
        return [self._draft(told) for told in islice(self._stories(), count)]

    def _draft(self, told: Submission) -> Draft:
        at, text = START + timedelta(seconds=self._made), told.text or ""
        story = Story(
            id=told.id, url=told.url, source=told.source, title=told.title, published_at=at, received_at=at,
            language="en", version=1, words=WORDS, text=text, removed=(), credits=Credits(),
        )  # fmt: skip
        return Draft(
            story=story, url_key=told.url_key, input_digest=self._random.bytes(16), fingerprint=fingerprint(text)
        )

    def _stories(self) -> Iterator[Submission]:
        while True:
            text = self._text(self._retold() if self._random.random() < RETOLD and self._written else self._original())
            self._made += 1
            source = f"source{int(1000 * self._random.random() ** 2)}.example"
            address = f"{source}/news/{self._made}"
            yield Submission(
                id=f"{source}:{self._made:x}", url=f"https://{address}", url_key=address, source=source,
                title=text[:60], text=text,
            )  # fmt: skip

    def _original(self) -> Tokens:
        self._originals.append(self._tokens(WORDS))
        self._written += 1
        return self._originals[-1]

    def _retold(self) -> Tokens:
        step = self._random.choice((1, 50, 1000), p=(0.5, 0.4, 0.1))
        age = min(len(self._originals) - 1, int(REMEMBERED * self._random.random() ** 2))
        number = (self._written - 1 - age) // step * step
        oldest = self._written - len(self._originals)
        tokens = self._originals[max(number, oldest) - oldest].copy()
        tokens[self._random.integers(0, WORDS, CHANGED)] = self._tokens(CHANGED)
        return tokens

    def _tokens(self, count: int) -> Tokens:
        return (len(self._vocabulary) * self._random.random(count) ** 3).astype(np.int64)

    def _text(self, tokens: Tokens) -> str:
        words = [self._vocabulary[token] for token in tokens.tolist()]
        sentences = [
            " ".join(words[start : start + SENTENCE]).capitalize() + "." for start in range(0, len(words), SENTENCE)
        ]
        return "\n\n".join(
            " ".join(sentences[start : start + SENTENCES]) for start in range(0, len(sentences), SENTENCES)
        )


def _finish(recording: Recording, *, keys: list[int]) -> None:
    recording.finish(keys)


def fill(store: Store, generator: StoryGenerator, count: int) -> None:
    """Store stories without looking for their matches: what is measured next costs the same, the way there less."""
    while count > 0:
        drafts = generator.drafts(min(count, FILL_CHUNK))
        published = store.publish(drafts, now=drafts[-1].story.received_at)
        store.record(partial(_finish, keys=[publication.key for publication in published]))
        count -= len(drafts)
