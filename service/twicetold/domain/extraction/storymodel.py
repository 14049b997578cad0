"""The model that tells how likely a block is part of the story: boosted trees, read from a data file.

`story_model.json` says how it was fitted, and `bench/fit_story.py` fits it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray

from twicetold.domain.extraction.blocks import PageBlock
from twicetold.domain.extraction.context import CONTEXT, context
from twicetold.domain.extraction.features import NAMES, Matrix, features


class Tree(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tree: at node i, rows with `column[i]` at most `most[i]` go to `low[i]`, others to `high[i]`.

    Nodes that go to themselves are leaves, which add `adds[i]` to the log-odds.
    """

    column: list[str]
    most: list[float]
    low: list[int]
    high: list[int]
    adds: list[float]


class Forest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Trees whose leaves are summed, and the greatest depth among them."""

    depth: int
    trees: list[Tree]


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data file: how it was made, the likelihood from which a block is story, and the two looks."""

    made: str
    story_from: float
    first: Forest
    second: Forest


class Look:
    """The trees of one look in flat arrays."""

    def __init__(self, forest: Forest, names: Sequence[str]) -> None:
        place = {name: number for number, name in enumerate(names)}
        starts = np.cumsum([0, *(len(tree.most) for tree in forest.trees)])
        self._roots = starts[:-1].astype(np.intp)
        self._column = np.array([place[name] for tree in forest.trees for name in tree.column], np.intp)
        self._most = np.array([most for tree in forest.trees for most in tree.most], np.float32)
        self._adds = np.array([adds for tree in forest.trees for adds in tree.adds], np.float32)
        self._next = np.array(
            [
                (high + start, low + start)
                for tree, start in zip(forest.trees, starts, strict=False)
                for low, high in zip(tree.low, tree.high, strict=True)
            ],
            np.intp,
        ).reshape(-1)
        self._depth = forest.depth

    def __call__(self, matrix: Matrix) -> NDArray[np.float64]:
        """float64[blocks]: how likely each row is story."""
        count, columns = matrix.shape
        flat = np.ascontiguousarray(matrix, dtype=np.float32).reshape(-1)
        offset = (np.arange(count) * columns)[:, None]
        node = np.broadcast_to(self._roots, (count, len(self._roots))).copy()
        for _ in range(self._depth):
            low = flat[offset + self._column[node]] <= self._most[node]
            node = self._next[2 * node + low]
        told: NDArray[np.float64] = 1 / (1 + np.exp(-self._adds[node].sum(axis=1, dtype=np.float64)))
        return told


class StoryModel:
    """Two looks at a page: the second knows what the first found likely around each block."""

    def __init__(self, file: ModelFile) -> None:
        self._first = Look(file.first, NAMES)
        self._second = Look(file.second, (*NAMES, *CONTEXT))
        self.story_from = file.story_from

    def likelihood(self, blocks: list[PageBlock], *, title: str | None, description: str | None) -> NDArray[np.float64]:
        """float64[blocks]: how likely each block of a page is story."""
        own = features(blocks, title=title, description=description)
        return self._second(np.hstack([own, context(blocks, self._first(own))]))


@cache
def story_model() -> StoryModel:
    """The model that comes with the service."""
    data = files("twicetold.domain.extraction").joinpath("story_model.json").read_bytes()
    return StoryModel(msgspec.json.decode(data, type=ModelFile))
