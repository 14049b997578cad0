"""Sums of small decision trees, evaluated for many rows at once without the library that fitted them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DEPTH = 3
_SPLITS = (1 << DEPTH) - 1
_NODES = (1 << (DEPTH + 1)) - 1

Values = NDArray[np.float64]


class Score(NamedTuple):
    """What trees say of some rows.

    sums: float64[rows, outputs]. weights: float64[rows, outputs, features], how much each feature moved each sum from
    the trees' mean: the change of the value from node to node, summed by the feature that was asked (Saabas,
    "Interpreting random forests", 2014).
    """

    sums: Values
    weights: Values


class Trees:
    """Complete binary trees of DEPTH, in heap order; tree i adds to output i modulo their number.

    feature, threshold, left_if_unknown: int, float and bool [trees, splits]; a row goes left where its feature is at
    most the threshold, or unknown (NaN) and so marked. value: float[trees, nodes], those of leaves last.
    """

    def __init__(self, feature: Sequence[Sequence[int]], threshold: Sequence[Sequence[float]],
                 left_if_unknown: Sequence[Sequence[int]], value: Sequence[Sequence[float]],
                 *, outputs: int, features: int) -> None:  # fmt: skip
        self._feature = np.array(feature, dtype=np.intp).reshape(-1, _SPLITS)
        self._threshold = np.array(threshold, dtype=np.float64).reshape(-1, _SPLITS)
        self._left = np.array(left_if_unknown, dtype=np.bool_).reshape(-1, _SPLITS)
        self._value = np.array(value, dtype=np.float64).reshape(-1, _NODES)
        self._outputs, self._features = outputs, features

    @classmethod
    def read(cls, given: Mapping[str, Any], *, features: int) -> Trees:
        """Take trees as a weights file has them."""
        return cls(given["feature"], given["threshold"], given["left_if_unknown"], given["value"],
                   outputs=given["outputs"], features=features)  # fmt: skip

    def score(self, rows: Values) -> Score:
        """Evaluate all trees for each row: float64[rows, features]."""
        count, trees = len(rows), len(self._feature)
        tree = np.arange(trees)
        at = np.zeros((count, trees), dtype=np.intp)
        value = np.broadcast_to(self._value[:, 0], (count, trees))
        slots = (np.arange(count)[:, None] * self._outputs + tree % self._outputs) * self._features
        weights = np.zeros(count * self._outputs * self._features)
        for _ in range(DEPTH):
            feature = self._feature[tree, at]
            asked = np.take_along_axis(rows, feature, axis=1)
            left = (asked <= self._threshold[tree, at]) | (np.isnan(asked) & self._left[tree, at])
            at = 2 * at + 2 - left
            reached = self._value[tree, at]
            weights += np.bincount((slots + feature).ravel(), (reached - value).ravel(), minlength=len(weights))
            value = reached
        sums = value.reshape(count, -1, self._outputs).sum(axis=1)
        return Score(sums, weights.reshape(count, self._outputs, self._features))
