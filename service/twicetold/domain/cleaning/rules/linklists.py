"""Lists of other stories: a heading ("Related stories") and headlines below it, with or without blurbs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from twicetold.domain.cleaning.lexicon.index import Index
from twicetold.domain.cleaning.lexicon.rule import Rule
from twicetold.domain.cleaning.paragraphs import TextBlock
from twicetold.domain.cleaning.rules.headings import LABELLED, is_subhead

BULLET = re.compile(r"(?:[•·▪◦●■○*»›>–—-]{1,3}|\d{1,2}[.)])\s")
SENTENCE_END = re.compile(r"[.!…。।۔\"”»]$|[.!…。।۔][“’'」』)\]]{1,2}$")
HEADLINE_WORDS = 25
BLURB_WORDS = 60
TAIL_MAX = 100
"""Blocks that a list at the end of a text may hold; longer tails are not looked through."""
BLURBED_HEADLINES = 4
"""With blurbs between, so many headlines make a list: paragraphs of a story may lack their full stop, too."""
TITLE_WORDS = 5
"""Headlines have so many words or more on average; shorter lines below "Recommended" are points of the story."""
FEWEST_TAGS = 4
"""Unless they are so many, and without bullets."""
INSIDE_MAX = 3
"""Headlines without bullets that may go in the middle of a story: more would rather be its own short lines."""

Words = list[str]


def link_lists(blocks: Sequence[tuple[TextBlock, Words]], rules: Index) -> Iterator[tuple[int, Rule]]:
    """The places among `blocks` of what stands below a heading of links, each with the heading's rule."""
    at = 0
    while at < len(blocks):
        rule = rules.tail(blocks[at][1])
        subhead = rule is not None and is_subhead(blocks[at][1])
        at += 1
        if rule is None:
            continue
        end = _end_below_subhead(blocks, at) if subhead else _end(blocks, at)
        yield from ((place, rule) for place in range(at, end))
        at = end


def _end(blocks: Sequence[tuple[TextBlock, Words]], start: int) -> int:
    """Where the list that starts at a place ends."""
    if _is_tail(blocks, start):
        return len(blocks)
    bullets = start
    while bullets < len(blocks) and _bulleted(blocks[bullets]):
        bullets += 1
    if bullets > start:
        return bullets
    end = start
    while end < len(blocks) and end - start <= INSIDE_MAX and _is_headline(blocks[end]):
        end += 1
    return end if end - start <= INSIDE_MAX else start


def _end_below_subhead(blocks: Sequence[tuple[TextBlock, Words]], start: int) -> int:
    """Where the list ends below words that head parts of stories, too: it must end the text and look like links."""
    rest = blocks[start:]
    titles = sum(len(tokens) for _, tokens in rest) >= TITLE_WORDS * len(rest)
    tags = len(rest) >= FEWEST_TAGS and not any(map(_bulleted, rest))
    facts = any(LABELLED.match(block.text) for block, _ in rest[:2])
    return len(blocks) if (titles or tags) and not facts and _is_tail(blocks, start) else start


def _is_tail(blocks: Sequence[tuple[TextBlock, Words]], start: int) -> bool:
    """Whether all from a place to the end of the text, its smaller part, are headlines, each with at most one blurb."""
    rest = blocks[start : start + TAIL_MAX + 1]
    if not rest or len(rest) > TAIL_MAX or any(len(tokens) > BLURB_WORDS for _, tokens in rest):
        return False
    before = sum(len(tokens) for _, tokens in blocks[:start])
    headlines = [_is_headline(block) or _bulleted(block) for block in rest]
    one_blurb_each = headlines[0] and all(a or b for a, b in pairwise(headlines))
    wanted = 1 if len(rest) == 1 else 2 if all(headlines) else BLURBED_HEADLINES
    if not one_blurb_each or sum(headlines) < wanted:
        return False
    return before > sum(len(tokens) for _, tokens in rest)


def _bulleted(block: tuple[TextBlock, Words]) -> bool:
    return BULLET.match(block[0].text) is not None and len(block[1]) <= HEADLINE_WORDS


def _is_headline(block: tuple[TextBlock, Words]) -> bool:
    """Whether a block is short and no sentence ends it."""
    return len(block[1]) <= HEADLINE_WORDS and SENTENCE_END.search(block[0].text) is None
