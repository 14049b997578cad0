"""Labelled pairs of stories that were written for the model of relations, in eight languages (`prose.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.training_pairs import OTHER, REWRITE, SAME, TEMPLATE, Told, sentences

_PAIRS = (
    ("text", "edited", SAME), ("text", "cut", SAME), ("edited", "cut", SAME),
    ("text", "rewrite", REWRITE), ("edited", "rewrite", REWRITE),
    ("text", "later", OTHER), ("edited", "later", OTHER), ("rewrite", "later", OTHER),
    ("text", "other", OTHER), ("rewrite", "other", OTHER), ("later", "other", OTHER),
)  # fmt: skip


class Prose(NamedTuple):
    """Two texts of one language and what they are to each other."""

    language: str
    kind: int
    name: str
    a: Told
    b: Told


def labelled_prose() -> Iterator[Prose]:
    """Every labelled pair; of a story `cut` is its first two thirds."""
    given: dict[str, Any] = tomllib.loads((Path(__file__).parent / "prose.toml").read_text(encoding="utf-8"))
    for story in given["story"]:
        texts = {name: text for name, text in story.items() if name not in {"language", "title"}}
        parts = sentences(story["text"])
        texts["cut"] = " ".join(parts[: 2 * len(parts) // 3])
        for one, other, kind in _PAIRS:
            titles = [story["title"] if name in {"text", "edited", "cut"} else None for name in (one, other)]
            yield Prose(
                story["language"], kind, f"{one} {other}", Told(texts[one], titles[0]), Told(texts[other], titles[1])
            )
    for form in given["form"]:
        yield Prose(form["language"], TEMPLATE, "form", Told(form["one"], None), Told(form["other"], None))
