"""What the containers of a page hold, and how they stand to one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twicetold.domain.extraction.blocks import BIT, Container, PageBlock, ancestors
from twicetold.domain.extraction.roles import Role

_DOUBTFUL_TAGS = {"aside": 0.3, "footer": 0.3, "nav": 0.2, "form": 0.6, "figure": 0.5, "dialog": 0.2}
_DOUBTFUL_ROLES = {
    Role.HIDDEN: 0.6, Role.COMMENTS: 0.3, Role.RELATED: 0.5, Role.NOTICE: 0.2, Role.FOOTER: 0.3, Role.NEWSLETTER: 0.5,
    Role.SIDE: 0.5,
}  # fmt: skip
_PARAGRAPHS = frozenset({"p", "li", "pre", "blockquote"})


class Totals(NamedTuple):
    """Sums over blocks: words of prose, linked words, words, number of blocks."""

    prose: float
    linked: float
    words: float
    blocks: int


class Way(NamedTuple):
    """The way from a container up to what a goal stands in: which of these it meets, outermost 0, after how many."""

    meets: int
    steps: int


def sum_up(blocks: Sequence[PageBlock]) -> None:
    """Set the sums of all containers; once for a page."""
    for block in blocks:
        place = block.container
        place.words += block.words
        place.linked += round(block.words * block.linked)
        place.prose += block.words if block.prose else 0
        place.blocks += 1
    for place in inner_first(blocks):
        if (above := place.parent) is not None:
            above.words += place.words
            above.linked += place.linked
            above.prose += place.prose
            above.blocks += place.blocks


def inner_first(blocks: Sequence[PageBlock]) -> list[Container]:
    """All containers of blocks, each before what it stands in."""
    found: dict[Container, None] = {}
    for block in blocks:
        way = []
        for place in ancestors(block.container):
            if place in found:
                break
            way.append(place)
        found.update(dict.fromkeys(reversed(way)))
    return list(reversed(found))


def trusted_words(block: PageBlock) -> float:
    """The words of prose of a block, fewer where tags or names tell that it is none of the story's."""
    if not block.prose:
        return 0.0
    place = block.container
    weight = float(block.words)
    for role, factor in _DOUBTFUL_ROLES.items():
        if 1 << role in place.nearest:
            weight *= factor
    for tag, factor in _DOUBTFUL_TAGS.items():
        if place.within & BIT[tag]:
            weight *= factor
    return weight


def core(blocks: Sequence[PageBlock], weights: Sequence[float]) -> Container:
    """The container whose own paragraphs weigh most, those of its children counting half (readability's measure)."""
    scores: dict[Container, float] = {}
    for block, weight in zip(blocks, weights, strict=True):
        if weight <= 0:
            continue
        place = block.container
        holder = place.parent if place.tag in _PARAGRAPHS and place.parent else place
        scores[holder] = scores.get(holder, 0) + weight
        if holder.parent is not None:
            scores[holder.parent] = scores.get(holder.parent, 0) + weight / 2
    return max(scores, key=lambda place: scores[place]) if scores else blocks[0].container


def ways(blocks: Sequence[PageBlock], goal: Container) -> tuple[list[Container], dict[Container, Way]]:
    """What a container stands in, outermost first, itself last; and every container's way to it."""
    chain = list(ancestors(goal))
    chain.reverse()
    known = {place: Way(number, 0) for number, place in enumerate(chain)}
    for block in blocks:
        unknown = []
        met = Way(0, 0)
        for above in ancestors(block.container):
            if above in known:
                met = known[above]
                break
            unknown.append(above)
        for steps, place in enumerate(reversed(unknown), start=met.steps + 1):
            known[place] = Way(met.meets, steps)
    return chain, known


def articles(blocks: Sequence[PageBlock]) -> list[int]:
    """For each block the number of the `article` element it stands in, in page order from 1, or 0."""
    known: dict[Container, int] = {}
    numbers: dict[Container, int] = {}
    found = []
    for block in blocks:
        number = 0
        unknown = []
        for above in ancestors(block.container):
            if above in known:
                number = known[above]
                break
            unknown.append(above)
            if above.tag == "article":
                number = numbers.setdefault(above, len(numbers) + 1)
                break
        known.update(dict.fromkeys(unknown, number))
        found.append(number)
    return found


Place = tuple[str, int]


def place_of(container: Container) -> Place:
    """What containers of one kind share: their tag, and the way from the root to what they are in."""
    parent = container.parent
    return container.tag, parent.signature if parent is not None else 0


def alike(blocks: Sequence[PageBlock]) -> tuple[dict[int, Totals], dict[Place, Totals]]:
    """Totals of the blocks with one way from the root by tags and names, and of those in one `place_of`."""
    like: dict[int, list[float]] = {}
    near: dict[Place, list[float]] = {}
    for block in blocks:
        values = (block.words if block.prose else 0, block.words * block.linked, block.words, 1)
        for sums in (
            like.setdefault(block.container.signature, [0, 0, 0, 0]),
            near.setdefault(place_of(block.container), [0, 0, 0, 0]),
        ):
            for number, value in enumerate(values):
                sums[number] += value
    return {key: _totals(sums) for key, sums in like.items()}, {key: _totals(sums) for key, sums in near.items()}


def _totals(sums: list[float]) -> Totals:
    return Totals(sums[0], sums[1], sums[2], int(sums[3]))
