"""The model that tells how likely a line of a flattened text is part of its story: boosted trees from a data file.

`line_model.json` says how it was fitted, and `bench/fit_lines.py` fits it anew. A second look at the likelihoods of the
lines around, as `extraction.storymodel` has, gained nothing on hosts that were left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray

from twicetold.domain.cleaning.credits.dates import is_date
from twicetold.domain.cleaning.lexicon.index import Index
from twicetold.domain.cleaning.lines.features import (
    NAMES,
    Line,
    features,
    is_open,
    is_prose,
    is_sentence,
    lines_with,
)
from twicetold.domain.cleaning.paragraphs import TextBlock, count_words, paragraphs, words, words_each
from twicetold.domain.cleaning.rules.headings import timeline
from twicetold.domain.cleaning.spans import Cut
from twicetold.domain.forest import Forest, Look

KIND, RULE = "chrome", "chrome:line"
FEWEST_LINES, MOST_LINES = 4, 3000
"""Fewer lines have no neighbours that would tell chrome; of longer texts, books and lists, none is looked at."""
LONGEST_LINE = 2000
"""Characters; a longer line is many sentences and stays."""
TABLE_ROWS = 3
STORY = 0.5
FEWEST_STORY_WORDS = 40
"""Unless likely lines hold so many words nothing is known of where the story is, and nothing goes by the model."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which likelihood on a line stays.

    In languages of which the fit saw too little prose stays whatever the model says, and other lines from
    `elsewhere_from` on.
    """

    story_from: float
    prose_from: float
    elsewhere_from: float


class LineModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data file: how it was made, and the languages of which the fit saw enough."""

    made: str
    languages: list[str]
    limits: Limits
    trees: Forest


class LineModel:
    """Tells the lines of a text that are none of its story's."""

    def __init__(self, file: LineModelFile) -> None:
        self._likelihood = Look(file.trees, NAMES)
        self._limits = file.limits
        self._languages = frozenset(file.languages)

    def cuts(
        self, text: str, before: Sequence[Cut], rules: Index, *, title: str | None, language: str | None
    ) -> Iterator[Cut]:
        """The lines of a text that are chrome; `before` are the cuts of all other rules, in text order."""
        blocks = paragraphs(text)
        if not FEWEST_LINES <= len(blocks) <= MOST_LINES:
            return
        lines = read_lines(text, blocks, before)
        if all(map(_tells, lines)):
            return  # a story as it was written; to look at each line costs as much as all other rules together
        told = self._likelihood(features(lines, title=words(title or ""), hints=rules.hints))
        known = (language or "").partition("-")[0].lower() in self._languages
        for line in chrome(lines, told, self._limits, known=known):
            yield Cut(line.block.start, line.block.end, KIND, RULE)


def _tells(line: Line) -> bool:
    """Whether a line is prose or a sentence."""
    size = count_words(line.block.text, line.tokens)
    return is_prose(line.block.text, size) or is_sentence(line.block.text, size)


def chrome(lines: Sequence[Line], told: NDArray[np.float64], limits: Limits, *, known: bool) -> Iterator[Line]:
    """The lines that are chrome by their likelihoods; `known` tells whether the fit saw enough of the language."""
    sizes = [count_words(line.block.text, line.tokens) for line in lines]
    if sum(size for size, likely in zip(sizes, told, strict=True) if likely >= STORY) < FEWEST_STORY_WORDS:
        return
    apart = _rows(lines) | timeline([is_date(line.block, line.tokens) for line in lines])
    for place, (line, size, likely) in enumerate(zip(lines, sizes, told.tolist(), strict=True)):
        prose = is_prose(line.block.text, size)
        if not prose and is_sentence(line.block.text, size):
            continue
        least = (limits.prose_from if prose else limits.story_from) if known else 0 if prose else limits.elsewhere_from
        whole = len(line.block.text) <= LONGEST_LINE and place not in apart and not _goes_on(lines, place)
        if likely < least and whole:
            yield line


def _rows(lines: Sequence[Line]) -> set[int]:
    """The places of lines in tables: several with figures, one below the other."""
    rows: set[int] = set()
    start = 0
    for place in range(len(lines) + 1):
        if place == len(lines) or not any(map(str.isdigit, lines[place].block.text)):
            if place - start >= TABLE_ROWS:
                rows.update(range(start, place))
            start = place + 1
    return rows


def _goes_on(lines: Sequence[Line], place: int) -> bool:
    """Whether a line is a part of a sentence that was broken: the one after it begins with a small letter, or it does.

    Lists of names and labels begin small, too, but seldom after a line that nothing ends.
    """
    here = lines[place].block.text
    before = lines[place - 1].block.text if place else ""
    after = lines[place + 1].block.text if place + 1 < len(lines) else ""
    return (here[0].islower() and is_open(before)) or (after[:1].islower() and is_open(here))


def read_lines(text: str, blocks: Sequence[TextBlock], before: Sequence[Cut]) -> list[Line]:
    """The blocks of a text as lines; of very long ones the first characters tell enough."""
    read = [block if len(block.text) <= LONGEST_LINE else _head(block) for block in blocks]
    found = lines_with(read, words_each(text, read), before)
    return [line._replace(block=block) for line, block in zip(found, blocks, strict=True)]


def _head(block: TextBlock) -> TextBlock:
    return TextBlock(block.start, block.start + LONGEST_LINE, block.text[:LONGEST_LINE])


@cache
def line_model() -> LineModel:
    """The model that comes with the service."""
    data = files("twicetold.domain.cleaning.lines").joinpath("line_model.json").read_bytes()
    return LineModel(msgspec.json.decode(data, type=LineModelFile))
