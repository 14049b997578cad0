"""Stories made of invented words, the same for the same seed: unlike each other unless told twice on purpose."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

SYLLABLES = [consonant + vowel for consonant in "bdfghjklmnprstvwz" for vowel in ("a", "e", "i", "o", "u", "ei", "au")]


class Writer:
    """Writes texts with a vocabulary of its own; frequent words are frequent, as in any language."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        words = {"".join(self._random.choices(SYLLABLES, k=self._random.randint(1, 4))) for _ in range(20_000)}
        self._words = sorted(words)
        self._weights = [1 / (rank + 10) for rank in range(len(self._words))]
        self._random.shuffle(self._words)

    def text(self, words: int) -> str:
        """A text of so many words, in sentences and paragraphs."""
        chosen = self._random.choices(self._words, self._weights, k=words)
        sentences = [" ".join(chosen[start : start + 14]).capitalize() + "." for start in range(0, words, 14)]
        return "\n\n".join(" ".join(sentences[start : start + 4]) for start in range(0, len(sentences), 4))

    def family(self, name: str, *, copies: int, words: int = 120) -> Iterator[dict[str, Any]]:
        """One text told by `copies` sources, each with a sentence of its own at the end."""
        text = self.text(words)
        for copy in range(copies):
            yield {"id": f"{name}.{copy}", "source": f"outlet-{copy}.example", "text": f"{text}\n\n{self.text(8)}"}
