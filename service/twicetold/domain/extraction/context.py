"""What a second look adds: where a block stands among those that a first look found likely."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.extraction.blocks import HEADINGS, Container, PageBlock
from twicetold.domain.extraction.containers import core, inner_first, ways
from twicetold.domain.extraction.features import ABOVE, Matrix, shifted

_NEXT_TO = (-4, -3, -2, -1, 1, 2, 3, 4)
_WINDOWS = (5, 15)
_ALONE = -0.1
"""The likelihood of others where there are none."""
_LIKELY = 0.5
CONTEXT: tuple[str, ...] = (
    "told",
    *(f"told{k:+}" for k in _NEXT_TO),
    *(f"told_{where}{size}" for size in _WINDOWS for where in ("back", "ahead")),
    "best_back", "best_ahead", "told_before", "told_page",
    *(f"told_above{k}_{what}" for k in ABOVE for what in ("share", "mean")),
    "told_hops", "told_core_depth", "told_core_share",
    "told_like", "told_list", "told_section", "told_heading", "from_first", "from_last",
)  # fmt: skip
"""The columns, in order: "mass" is likelihood times words; means are of others' likelihood, weighted by words."""

Floats = NDArray[np.float64]


def context(blocks: Sequence[PageBlock], told: Floats) -> Matrix:
    """float32[blocks, CONTEXT] of blocks with the likelihoods `told`; after `features` of the same blocks."""
    count = len(blocks)
    words = np.array([block.words for block in blocks], float)
    mass = told * words
    total = max(1.0, float(mass.sum()))
    columns: list[object] = [told, *(shifted(told, k, _ALONE) for k in _NEXT_TO)]
    for size in _WINDOWS:
        columns += [_mean_before(mass, words, size), _mean_before(mass[::-1], words[::-1], size)[::-1]]
    columns += [
        np.concatenate(([0.0], np.maximum.accumulate(told)[:-1])),
        np.concatenate((np.maximum.accumulate(told[::-1])[::-1][1:], [0.0])),
        (np.cumsum(mass) - mass) / total, np.full(count, log1p(total)),
    ]  # fmt: skip
    columns += list(_above(blocks, mass, total).T)
    listed = [id(block.list) if block.list is not None else -number for number, block in enumerate(blocks)]
    columns.append(_mean_of_others([block.container.signature for block in blocks], mass, words))
    columns.append(_mean_of_others(listed, mass, words))
    sections, headings = [], []
    section, heading = 0, _ALONE
    for number, block in enumerate(blocks):
        if block.container.tag in HEADINGS:
            section, heading = number, float(told[number])
        sections.append(section)
        headings.append(heading)
    columns += [_mean_of_others(sections, mass, words), headings]
    likely = np.flatnonzero(told > _LIKELY)
    first, last = (likely[0], likely[-1]) if len(likely) else (0, count - 1)
    at = np.arange(count)
    columns += [np.clip(at - first, -15, 15), np.clip(at - last, -15, 15)]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _above(blocks: Sequence[PageBlock], mass: Floats, total: float) -> Matrix:
    """How much of the mass the containers of a block hold, and its way to the container that holds most."""
    sums: dict[Container, float] = {}
    for block, own in zip(blocks, mass.tolist(), strict=True):
        sums[block.container] = sums.get(block.container, 0.0) + own
    for place in inner_first(blocks):
        if place.parent is not None:
            sums[place.parent] = sums.get(place.parent, 0.0) + sums.get(place, 0.0)
    chain, known = ways(blocks, core(blocks, mass.tolist()))
    rows = []
    for block, own in zip(blocks, mass, strict=True):
        above, up = block.container, 0
        row: list[float] = []
        for k in ABOVE:
            while up < k and above.parent is not None:
                above, up = above.parent, up + 1
            rest = above.words - block.words
            row += [sums[above] / total, (sums[above] - own) / rest if rest > 0 else _ALONE]
        way = known[block.container]
        rows.append([*row, way.steps, len(chain) - 1 - way.meets, sums[chain[way.meets]] / total])
    return np.array(rows, np.float32)


def _mean_before(mass: Floats, words: Floats, size: int) -> Floats:
    sums, whole = np.concatenate(([0.0], np.cumsum(mass))), np.concatenate(([0.0], np.cumsum(words)))
    at = np.arange(len(mass))
    start = np.maximum(0, at - size)
    means: Floats = (sums[at] - sums[start]) / np.maximum(1, whole[at] - whole[start])
    return means


def _mean_of_others(groups: Sequence[int], mass: Floats, words: Floats) -> Floats:
    """The mean of the others in each block's group."""
    _, member = np.unique(np.array(groups), return_inverse=True)
    sums, whole = np.bincount(member, mass)[member] - mass, np.bincount(member, words)[member] - words
    return np.where(whole > 0, sums / np.maximum(1, whole), _ALONE)
