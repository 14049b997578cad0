"""The model that tells how likely a block is part of the story: boosted trees, read from a data file.

`story_model.json` says how it was fitted, and `bench/fit_story.py` fits it anew.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray

from twicetold.domain.extraction.blocks import PageBlock
from twicetold.domain.extraction.features import NAMES, features
from twicetold.domain.forest import Forest, Look


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data file: how it was made, the likelihood from which a block is story, and the trees."""

    made: str
    story_from: float
    forest: Forest


class StoryModel:
    """How likely each block of a page is story, and from which likelihood on it is."""

    def __init__(self, file: ModelFile) -> None:
        self._look = Look(file.forest, NAMES)
        self.story_from = file.story_from

    def likelihood(self, blocks: list[PageBlock], *, title: str | None, description: str | None) -> NDArray[np.float64]:
        """float64[blocks]: how likely each block of a page is story."""
        if not blocks:
            return np.empty(0)
        return self._look(features(blocks, title=title, description=description))


@cache
def story_model() -> StoryModel:
    """The model that comes with the service."""
    data = files("twicetold.domain.extraction").joinpath("story_model.json").read_bytes()
    return StoryModel(msgspec.json.decode(data, type=ModelFile))
