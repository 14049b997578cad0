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
        self._feature = np.array(feature, dtype=np.intp).ravel()
        self._threshold = np.array(threshold, dtype=np.float64).ravel()
        self._left = np.array(left_if_unknown, dtype=np.bool_).ravel()
        self._value = np.array(value, dtype=np.float64).ravel()
        self._trees = np.arange(len(self._value) // _NODES)
        self._outputs, self._features = outputs, features

    @classmethod
    def read(cls, given: Mapping[str, Any], *, features: int) -> Trees:
        """Take trees as a weights file has them."""
        return cls(given["feature"], given["threshold"], given["left_if_unknown"], given["value"],
                   outputs=given["outputs"], features=features)  # fmt: skip

    def score(self, rows: Values) -> Score:
        """Evaluate all trees for each row: float64[rows, features]."""
        count, trees = len(rows), self._trees
        row, width = np.arange(count)[:, None], rows.shape[1]
        splits, nodes = trees * _SPLITS, trees * _NODES
        at = np.zeros((count, len(trees)), dtype=np.intp)
        value = np.broadcast_to(self._value.take(nodes), at.shape)
        slots = (row * self._outputs + trees % self._outputs) * self._features
        weights = np.zeros(count * self._outputs * self._features)
        flat, unknown = rows.ravel(), np.isnan(rows).ravel()
        for _ in range(DEPTH):
            split = splits + at
            feature = self._feature.take(split)
            place = row * width + feature
            left = (flat.take(place) <= self._threshold.take(split)) | (unknown.take(place) & self._left.take(split))
            at = 2 * at + 2 - left
            reached = self._value.take(nodes + at)
            weights += np.bincount((slots + feature).ravel(), (reached - value).ravel(), minlength=len(weights))
            value = reached
        sums = value.reshape(count, -1, self._outputs).sum(axis=1)
        return Score(sums, weights.reshape(count, self._outputs, self._features))
