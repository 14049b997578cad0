"""Judges the blocks of a text one by one: what the lexicon says of them, and what may only go near the ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.domain.cleaning.bylines import byline
from service.domain.cleaning.credits import CREDIT_BLOCKS, Credit, credit_line, suffix
from service.domain.cleaning.datelines import DATELINE_BLOCKS, dateline
from service.domain.cleaning.dates import date_line, leading_date
from service.domain.cleaning.lexicon.index import Index
from service.domain.cleaning.linklists import link_lists
from service.domain.cleaning.paragraphs import Block, paragraphs, words
from service.domain.cleaning.spans import Cut
from service.domain.model import Kept

EDGE = 6
"""Bylines, dates and initials count only within so many blocks of an end: further in they are text."""
BLOCK_CHARACTERS = 600
"""Longer blocks are not judged whole, only by their sentences."""
SENTENCE = re.compile(r"[^.!?…。！？]*(?:[.!?…。！？]+[\"”’»)\]]*|$)")

Judged = tuple[Block, list[str]]


class Judge:
    """One pass over the blocks of one text. `credits` and `kept` are filled by `cuts`."""

    def __init__(self, text: str, rules: Index, *, explain: bool) -> None:
        self._text = text
        self._rules = rules
        self._explain = explain
        self.credits: list[Credit] = []
        self.kept: list[Kept] = []

    def cuts(self) -> Iterator[Cut]:
        """The cuts, in no order."""
        blocks = paragraphs(self._text)
        if blocks and (lead := leading_date(self._text)):
            yield lead
            first = blocks[0]
            blocks[0] = Block(lead.end, first.end, first.text[lead.end - first.start :])
        judged = [(block, words(block.text)) for block in blocks]
        listed = dict(link_lists(judged, self._rules))
        rest: list[Judged] = []
        for place, (block, tokens) in enumerate(judged):
            if place in listed:
                yield Cut(block.start, block.end, listed[place].kind, listed[place].id)
            elif tokens and (cut := self._whole(block, tokens)):
                yield cut
            else:
                yield from self._sentences(block, tokens)
                rest.append((block, tokens))
        yield from self._edges(rest)

    def _whole(self, block: Block, tokens: list[str]) -> Cut | None:
        """The cut of a whole block by the lexicon, wherever it stands."""
        if len(block.text) > BLOCK_CHARACTERS:
            return None
        for finding in self._rules.judge(block.text, tokens):
            if finding.why is not None:
                self._keep(block, finding.rule.id, finding.why)
            elif finding.rule.edge is None:
                return Cut(block.start, block.end, finding.rule.kind, finding.rule.id)
        return date_line(block, tokens, edge=False)

    def _keep(self, block: Block, rule: str, why: str) -> None:
        if self._explain:
            self.kept.append(Kept(start=block.start, end=block.end, rule=rule, why=why))

    def _sentences(self, block: Block, tokens: list[str]) -> Iterator[Cut]:
        """Cuts of single sentences, in blocks that hold a word of a rule for sentences."""
        if self._rules.sentence_words.isdisjoint(tokens):
            return
        for match in SENTENCE.finditer(block.text):
            sentence = match[0].strip()
            found = words(sentence)
            if not found or len(sentence) > BLOCK_CHARACTERS or len(sentence) == len(block.text):
                continue
            for finding in self._rules.sentence(sentence, found):
                if finding.why is None:
                    start = block.start + match.start() + match[0].index(sentence)
                    yield Cut(start, start + len(sentence), finding.rule.kind, finding.rule.id)
                    break

    def _edges(self, rest: list[Judged]) -> Iterator[Cut]:
        """Bylines, dates and credits within the first and last blocks; what goes lets the next block move up."""
        moved = True
        while moved:
            places = {*range(min(EDGE, len(rest))), *range(max(0, len(rest) - EDGE), len(rest))}
            moved = False
            for place in sorted(places, reverse=True):
                block, tokens = rest[place]
                if tokens and (cut := self._edge_block(block, tokens, last=len(rest) - place)):
                    del rest[place]
                    moved = True
                    yield cut
        for found in [
            *(dateline(block) for block, tokens in rest[:DATELINE_BLOCKS] if tokens),
            *(suffix(block) for block, tokens in rest[-CREDIT_BLOCKS:] if tokens),
        ]:
            if found is not None:
                self.credits.append(found)
                yield found.cut

    def _edge_block(self, block: Block, tokens: list[str], *, last: int) -> Cut | None:
        """The cut of a whole block near an end; `last` counts blocks from the end, from 1."""
        if credit := credit_line(block) or byline(block):
            self.credits.append(credit)
            return credit.cut
        if cut := date_line(block, tokens, edge=True):
            return cut
        for finding in self._rules.judge(block.text, tokens):
            edge = finding.rule.edge
            if finding.why is None and edge is not None and (edge >= EDGE or last <= edge):
                return Cut(block.start, block.end, finding.rule.kind, finding.rule.id)
        return None
