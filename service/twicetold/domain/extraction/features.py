"""What a model looks at to tell a story's blocks from the rest: numbers for each block of a page.

After dragnet (Peters and Lecocq, WWW 2013) and boilernet (Leonhardt et al., WWW 2020): a block's own text and links,
where it stands, its neighbours, and how much of the page's prose its containers hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log1p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.extraction.blocks import WITHIN, Container, PageBlock
from twicetold.domain.extraction.containers import alike, articles, core, place_of, sum_up, trusted_words, ways
from twicetold.domain.extraction.page import words as words_of
from twicetold.domain.extraction.roles import Role

_LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_TAGS = (
    "p", "div", "li", "td", "tr", "span", "section", "button", "dt", "dd", "pre", "figcaption", "article", "blockquote",
)  # fmt: skip
ABOVE = (1, 2, 3, 5)
"""Steps up to the containers that are looked at."""
_AROUND = (-3, -2, -1, 1, 2, 3)
_COMPARED = 60
"""Longer blocks are compared with neither title nor description."""

NAMES: tuple[str, ...] = (
    "words", "linked", "links", "bold", "marks", "marks_per_word", "ended", "commas", "digits", "upper", "capital",
    "colon", "bar", "at", "copyright", "heading", "since_image", "in_title", "of_title", "in_description", "copies",
    "quote",
    "word_length", "ellipsis", "question",
    *(f"tag_{tag}" for tag in _TAGS),
    *(f"in_{tag}" for tag in WITHIN),
    *(f"{role.name.lower()}_{what}" for role in Role for what in ("share", "hops")),
    *(f"above{k}_{what}" for k in ABOVE for what in ("share", "linked", "blocks")),
    "core_hops", "core_share", "in_core", "depth", "core_depth",
    "like_share", "like_linked", "like_blocks", "like_words", "near_share", "near_linked",
    "place", "words_before", "prose_before", "after_headline", "from_headline", "before_core", "after_core",
    "heading_back", "heading_level", "heading_words", "section_linked", "section_prose",
    "prose_back", "prose_ahead", "prose_words_back", "prose_words_ahead",
    "headline_hops", "headline_up", "headline_share", "prose_from_headline", "article", "articles", "article_headline",
    "item_count", "item_linked", "item_words",
    *(f"{what}{k:+}" for k in _AROUND for what in ("words", "linked", "prose", "same", "core")),
    "page_words", "page_prose", "page_blocks",
)  # fmt: skip
"""The columns, in order. Shares are of the page's prose, hops are steps up to a container, numbers of words logs."""

Matrix = NDArray[np.float32]
Column = Sequence[float] | NDArray[Any]


def features(blocks: Sequence[PageBlock], *, title: str | None, description: str | None) -> Matrix:
    """float32[blocks, NAMES] of all blocks of a page, of which there is at least one. Sets the sums of containers."""
    sum_up(blocks)
    total = max(1, sum(block.words for block in blocks if block.prose))
    goal = core(blocks, [trusted_words(block) for block in blocks])
    chain, known = ways(blocks, goal)
    like, near = alike(blocks)
    wanted, described = words_of(title or ""), words_of(description or "")
    copies = Counter(block.text for block in blocks)
    rows = []
    for block in blocks:
        place = block.container
        row: list[float] = []
        above, up = place, 0
        for k in ABOVE:
            while up < k and above.parent is not None:
                above, up = above.parent, up + 1
            row += (above.prose / total, above.linked / max(1, above.words), log1p(above.blocks))
        way = known[place]
        below = len(chain) - 1 - way.meets
        row += (way.steps, chain[way.meets].prose / total, way.steps + below, place.depth, below)
        own = like[place.signature]
        row += (own.prose / total, own.linked / max(1, own.words), log1p(own.blocks), log1p(own.words / own.blocks))
        beside = near[place_of(place)]
        row += (beside.prose / total, beside.linked / max(1, beside.words))
        rows.append(row)
    to_core = [known[block.container] for block in blocks]
    columns = _sequence(
        blocks, total, words_of(title or ""), [way.meets for way in to_core], [way.steps for way in to_core]
    )
    own_columns = np.array([_own(block, wanted, described) for block in blocks], np.float32)
    own_columns[:, _COPIES] = [copies[block.text] > 1 for block in blocks]
    return np.hstack([own_columns, _tags(blocks), _roles(blocks, total), np.array(rows, np.float32), columns])


_COPIES = NAMES.index("copies")


def _own(block: PageBlock, wanted: set[str], described: set[str]) -> list[float]:
    text, words, length = block.text, block.words, len(block.text)
    found = words_of(text) if words <= _COMPARED else set()
    return [
        log1p(words), block.linked, min(block.links, 20), block.bold, log1p(block.marks), block.marks / words,
        block.ended, text.count(",") / words, sum(map(text.count, "0123456789")) / length,
        sum(map(str.isupper, text[:200])) / min(length, 200), text[0].isupper(), text[-1] in ":：",
        "|" in text or "•" in text or "·" in text, "@" in text or "http" in text, "©" in text,
        _LEVELS.get(block.container.tag, 0), min(block.since_image, 10),
        len(found & wanted) / max(1, len(found)), len(found & wanted) / max(1, len(wanted)),
        len(found & described) / max(1, len(found)), 0, text[0] in "\"'“«„‘「",
        length / words, text[-1] == "…" or text[-3:] == "...", text[-1] in "?؟？",
    ]  # fmt: skip


_TAG_NUMBER = {tag: number for number, tag in enumerate(_TAGS)}


def _tags(blocks: Sequence[PageBlock]) -> Matrix:
    """Which tag a block has, and which it stands in."""
    tags = np.array([_TAG_NUMBER.get(block.container.tag, -1) for block in blocks])
    within = np.array([block.container.within for block in blocks])
    own, around = tags[:, None] == np.arange(len(_TAGS)), within[:, None] >> np.arange(len(WITHIN)) & 1
    return np.hstack([own, around]).astype(np.float32)


_ROLE_OF_BIT = {1 << role: int(role) for role in Role}


def _roles(blocks: Sequence[PageBlock], total: int) -> Matrix:
    """For each role the share of prose of the nearest container that has it, and how far up that is; far without."""
    columns = np.empty((len(blocks), 2 * len(Role)), np.float32)
    columns[:, 0::2], columns[:, 1::2] = 2.0, 30.0
    # What containers with the same named ones above them share.
    named: dict[int, list[tuple[int, float, int]]] = {}
    for row, block in zip(columns, blocks, strict=True):
        place = block.container
        nearest = place.nearest
        holders = named.get(id(nearest))
        if holders is None:
            holders = [(2 * _ROLE_OF_BIT[bit], holder.prose / total, holder.depth) for bit, holder in nearest.items()]
            named[id(nearest)] = holders
        for at, share, depth in holders:
            row[at] = share
            row[at + 1] = place.depth - depth + 1
        own = block.roles
        while own:
            bit = own & -own
            at = 2 * _ROLE_OF_BIT[bit]
            row[at], row[at + 1] = min(1.0, block.words / total), 0
            own ^= bit
    return columns


def _sequence(
    blocks: Sequence[PageBlock], total: int, wanted: set[str], meets: Sequence[int], steps: Sequence[int]
) -> Matrix:
    """The columns that tell where a block stands in the page, and of its neighbours.

    `meets` and `steps` are each block's way to the core (see `containers.ways`).
    """
    count = len(blocks)
    words = np.array([block.words for block in blocks], np.float32)
    linked = np.array([block.linked for block in blocks], np.float32)
    prose = np.array([block.words if block.prose else 0 for block in blocks], np.float32)
    depth = np.array(meets)
    in_core = np.flatnonzero((depth == depth.max()) & (prose > 0))
    first, last = (in_core[0], in_core[-1]) if len(in_core) else (0, count - 1)
    at = np.arange(count, dtype=np.float32)
    headline = _headline(blocks, wanted)
    before = np.cumsum(words) - words
    prose_before = np.cumsum(prose) - prose
    has_prose = prose > 0
    columns: list[Column] = [
        at / count, before / max(1.0, float(words.sum())), prose_before / total,
        np.sign(at - headline) if headline >= 0 else np.zeros(count),
        np.clip(at - headline, -30, 60) if headline >= 0 else np.full(count, 99.0),
        np.clip(first - at, -20, 30), np.clip(at - last, -20, 30),
        *_sections(blocks, words, linked, prose).T,
        _since(has_prose), _since(has_prose[::-1])[::-1], _window(prose, 4), _window(prose[::-1], 4)[::-1],
        *_from_headline(blocks, headline, prose_before, total), *_lists(blocks).T,
    ]  # fmt: skip
    logs, hops = np.log1p(words), np.array(steps, np.float32)
    beside = np.array([id(block.container.parent) for block in blocks])
    for k in _AROUND:
        columns += [
            shifted(logs, k, -1), shifted(linked, k, -1), shifted(has_prose.astype(np.float32), k, -1),
            shifted(beside, k, 0) == beside, shifted(hops, k, 20),
        ]  # fmt: skip
    columns += [np.full(count, log1p(value)) for value in (float(words.sum()), total, count)]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _sections(blocks: Sequence[PageBlock], words: Matrix, linked: Matrix, prose: Matrix) -> Matrix:
    """Of each block the heading above it (how far, level, words), and the links and prose up to the next heading."""
    count = len(blocks)
    columns = np.zeros((count, 5), np.float32)
    headings = [number for number, block in enumerate(blocks) if block.container.tag in _LEVELS]
    for begin, end in zip([-1, *headings], [*headings, count], strict=True):
        if begin >= 0:
            columns[begin:end, 0] = np.minimum(np.arange(end - begin), 30)
            columns[begin:end, 1] = _LEVELS[blocks[begin].container.tag]
            columns[begin:end, 2] = log1p(blocks[begin].words)
        else:
            columns[:end, 0] = 40
        start = max(begin, 0)
        if start < end:
            below = slice(start + 1, end) if end - start > 1 else slice(start, end)
            written = max(1.0, float(words[below].sum()))
            columns[start:end, 3] = float((words[below] * linked[below]).sum()) / written
            columns[start:end, 4] = float(prose[below].sum()) / written
    return columns


def _from_headline(blocks: Sequence[PageBlock], headline: int, prose_before: Matrix, total: int) -> list[Column]:
    """Each block's way to the headline, prose between them, and whether one `article` holds both."""
    count = len(blocks)
    numbers = articles(blocks)
    columns: list[Column] = []
    if headline >= 0:
        around, known = ways(blocks, blocks[headline].container)
        where = [known[block.container] for block in blocks]
        between = prose_before - prose_before[headline]
        columns += [
            [way.steps for way in where], [len(around) - 1 - way.meets for way in where],
            [around[way.meets].prose / total for way in where],
            np.sign(np.arange(count) - headline) * np.log1p(np.abs(between)),
        ]  # fmt: skip
    else:
        columns += [np.full(count, -1.0)] * 4
    own = numbers[headline] if headline >= 0 else 0
    same = [0 if not own else 1 if number == own else -1 for number in numbers]
    return [*columns, np.minimum(numbers, 9), np.full(count, min(9, max(numbers))), same]


def _headline(blocks: Sequence[PageBlock], wanted: set[str]) -> int:
    """The number of the heading that is most like the title; -1 without any."""
    best, found = 0.0, -1
    for number, block in enumerate(blocks):
        level = _LEVELS.get(block.container.tag, 0)
        if 0 < level <= 3:
            words = words_of(block.text)
            score = len(words & wanted) / max(1, len(words | wanted)) + (0.3 if level == 1 else 0)
            if score > best:
                best, found = score, number
    return found


def _lists(blocks: Sequence[PageBlock]) -> Matrix:
    """Of the list a block stands in: number of items, share of links, words of an item."""
    sums: dict[Container, list[float]] = {}
    for block in blocks:
        if block.list is not None:
            stat = sums.setdefault(block.list, [0, 0, 0])
            stat[0] += 1
            stat[1] += block.linked * block.words
            stat[2] += block.words
    told = {place: (log1p(n), linked / max(1, words), words / n) for place, (n, linked, words) in sums.items()}
    return np.array([told[block.list] if block.list is not None else (0, 0, 0) for block in blocks], np.float32)


def shifted(values: NDArray[Any], k: int, fill: float) -> NDArray[Any]:
    """The value `k` places on for each place, `fill` beyond the ends."""
    moved = np.full_like(values, fill)
    if abs(k) < len(values):
        if k > 0:
            moved[:-k] = values[k:]
        else:
            moved[-k:] = values[:k]
    return moved


def _since(marks: NDArray[np.bool_]) -> Matrix:
    """How many blocks ago the last marked one stood, at most 20."""
    at = np.arange(len(marks))
    last = np.maximum.accumulate(np.where(marks, at, -99))
    previous = np.concatenate(([-99], last[:-1]))
    return np.minimum(at - previous, 20).astype(np.float32)


def _window(values: Matrix, size: int) -> Matrix:
    """The log of the sum over `size` values before each."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    at = np.arange(len(values))
    within: Matrix = np.log1p(np.maximum(0, sums[at] - sums[np.maximum(0, at - size)])).astype(np.float32)
    return within
