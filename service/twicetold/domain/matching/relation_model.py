"""How likely two texts are one report, one reworked, two fillings of a form or anything else.

Boosted trees over `Features` (Friedman, "Greedy function approximation", 2001), fitted by `bench.fit_relations`; the
weights file beside this module says how.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.matching.features import Features, table
from twicetold.domain.matching.trees import Trees

WEIGHTS = "relation_model.json"


class Kinship(IntEnum):
    """What two texts can be to each other, as far as words alone tell."""

    REPORT = 0
    REWRITE = 1
    TEMPLATE = 2
    OTHER = 3


class Estimate(NamedTuple):
    """The probability of each kinship, in order; they add up to one. weights: how much each feature spoke for it."""

    chances: tuple[float, ...]
    weights: NDArray[np.float64]

    @property
    def likeliest(self) -> Kinship:
        """The kinship of the highest probability."""
        return Kinship(max(Kinship, key=self.chances.__getitem__))


class RelationModel:
    """Two sets of trees: one tells reports from all else, one divides the rest into rewrites, templates and others.

    The first is monotone: what speaks for one report never makes it less sure.
    """

    def __init__(self, weights: str) -> None:
        given = json.loads(weights)
        if tuple(given["features"]) != Features._fields:
            message = "the weights of the relation model are for other features; fit them anew with bench.fit_relations"
            raise ValueError(message)
        self._scale, self._shift = given["calibration"]
        self._report = Trees.read(given["report"], features=len(Features._fields))
        self._rest = Trees.read(given["rest"], features=len(Features._fields))

    def estimate(self, pairs: Sequence[Features]) -> list[Estimate]:
        """Judge pairs, all in one pass."""
        if not pairs:
            return []
        rows = table(pairs)
        report, rest = self._report.score(rows), self._rest.score(rows)
        of_report = 1 / (1 + np.exp(-self._scale * report.sums[:, 0] - self._shift))
        raised = np.exp(rest.sums - rest.sums.max(axis=1, keepdims=True))
        of_rest = (1 - of_report)[:, None] * raised / raised.sum(axis=1, keepdims=True)
        chances = np.column_stack((of_report, of_rest)).tolist()
        weights = np.concatenate((report.weights, rest.weights - report.weights), axis=1)
        return [Estimate(tuple(chance), own) for chance, own in zip(chances, weights, strict=True)]


@cache
def relation_model() -> RelationModel:
    """The model in the package."""
    return RelationModel(files(__package__).joinpath(WEIGHTS).read_text("utf-8"))
