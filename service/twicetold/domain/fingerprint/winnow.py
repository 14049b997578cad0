"""Winnowing: a few of a text's word runs, chosen so that any long enough shared run shares a chosen one.

Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003.
"""

from __future__ import annotations

import numpy as np

from twicetold.domain.fingerprint.parameters import PASSAGE_WINDOW
from twicetold.domain.fingerprint.shingles import Hashes, distinct
from twicetold.domain.model import Keys


def winnow(grams: Hashes, window: int = PASSAGE_WINDOW) -> Keys:
    """Keep the smallest hash of every window of so many grams (of fewer, the smallest), each once: int64[m]."""
    if not len(grams):
        return np.empty(0, dtype=np.int64)
    smallest = grams
    width = 1
    while width < window and width < len(grams):
        step = min(width, window - width, len(grams) - width)
        smallest = np.minimum(smallest[:-step], smallest[step:])
        width += step
    return distinct(smallest.view(np.int64))
