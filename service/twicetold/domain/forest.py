"""Boosted trees, evaluated for many rows at once without the library that fitted them, and read from a data file."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


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


class Look:
    """The trees of one look at rows of named columns, in flat arrays."""

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
        """float64[rows]: the likelihood of each row of float32[rows, names]."""
        count, columns = matrix.shape
        flat = np.ascontiguousarray(matrix, dtype=np.float32).reshape(-1)
        offset = (np.arange(count) * columns)[:, None]
        node = np.broadcast_to(self._roots, (count, len(self._roots))).copy()
        for _ in range(self._depth):
            low = flat[offset + self._column[node]] <= self._most[node]
            node = self._next[2 * node + low]
        told: NDArray[np.float64] = 1 / (1 + np.exp(-self._adds[node].sum(axis=1, dtype=np.float64)))
        return told
