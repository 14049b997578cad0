"""Judges the blocks of a text one by one: what the lexicon says of them, and what may only go near the ends."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from twicetold.domain.cleaning.credits.authors import author_lines
from twicetold.domain.cleaning.credits.bylines import byline
from twicetold.domain.cleaning.credits.credit_lines import CREDIT_BLOCKS, Credit, credit_line, suffix
from twicetold.domain.cleaning.credits.datelines import DATELINE_BLOCKS, dateline
from twicetold.domain.cleaning.credits.dates import date_line, is_date, leading_date, signed_date
from twicetold.domain.cleaning.credits.origins import origin_line
from twicetold.domain.cleaning.lexicon.findings import Finding
from twicetold.domain.cleaning.lexicon.index import Index
from twicetold.domain.cleaning.lexicon.rule import Rule
from twicetold.domain.cleaning.paragraphs import TextBlock, find_all, lower, paragraphs, words, words_each
from twicetold.domain.cleaning.rules.headings import timeline
from twicetold.domain.cleaning.rules.linklists import link_lists
from twicetold.domain.cleaning.rules.neighbours import Neighbours
from twicetold.domain.cleaning.spans import Cut
from twicetold.domain.model import Kept

EDGE = 6
"""Bylines, dates and initials count only within so many blocks of an end: further in they are text."""
EDGE_MAX = 10
"""No rule's `edge` is larger."""
ECHO_WORDS = 4
"""A block of so many words or more that repeats the one before it is a caption or heading flattened twice."""
REFRAIN_WORDS = 5
"""One of no more words goes only if it stands nowhere alone: a refrain comes again."""
SHORTENED = re.compile(
    r"\s?(?:…|\.\.\.)\s?(?:more|mehr|plus|suite|más|altro|mais|meer|więcej|ещё|дальше)?$", re.IGNORECASE
)
SHORTENED_END = 12
SHORTENED_WORDS = 6
SHORTENED_REACH = 4
"""A block that breaks off ("... more") is a teaser if a block so near goes on with the same words."""
BLOCK_CHARACTERS = 1600
"""Longer blocks are not judged whole, only by their sentences."""
SENTENCE_CHARACTERS = 600
"""Longer sentences are not judged."""
FIRST_WORD = re.compile(r"[^\W_]+")
FIRST_CHARACTERS = 40
SENTENCE_BREAK = re.compile(r"[.!?…।۔؟][\"”’»)\]]*\s+|[。！？]")


class UncutBlock(NamedTuple):
    """A block that no rule cut where it stands, its words, and the rule by which it goes if it is near an end.

    A `fact` is a line of a box of facts or a date that heads a part of a timeline, which is no byline, credit or stamp.
    """

    block: TextBlock
    tokens: list[str]
    rule: Rule | None
    fact: bool


def sentences(block: TextBlock, wanted: Iterable[str]) -> Iterator[TextBlock]:
    """The sentences of a block, as far as full stops tell, that hold one of the words (lower case) wanted."""
    ends = [stop.end() for stop in SENTENCE_BREAK.finditer(block.text)]
    if not ends:
        return
    starts = [0, *ends]
    lowered = lower(block.text)
    for place in sorted({bisect_right(starts, at) - 1 for word in wanted for at in find_all(lowered, word)}):
        start, end = starts[place], ends[place] if place < len(ends) else len(block.text)
        text = block.text[start:end].rstrip()
        if text:
            yield TextBlock(block.start + start, block.start + start + len(text), text)


def _echoes(blocks: list[tuple[TextBlock, list[str]]]) -> Iterator[int]:
    """The places of blocks that only repeat the block before them, and of the captions that galleries set many times.

    Stories repeat themselves, too (the same question to many people): elsewhere a block is a repetition only of one
    that stands near it broken off as well ("A crane lifts the first ... more").
    """
    refrains = _refrains([tokens for _, tokens in blocks])
    for place, ((_, before), (_, tokens)) in enumerate(pairwise(blocks), start=1):
        if tokens == before and len(tokens) >= ECHO_WORDS and tuple(tokens) not in refrains:
            yield place
    for place, (block, tokens) in enumerate(blocks):
        if len(tokens) <= SHORTENED_WORDS or not any(dots in block.text[-SHORTENED_END:] for dots in ("…", "...")):
            continue
        if broken_off := SHORTENED.search(block.text):
            start = words(block.text[: broken_off.start()])[:-1]
            near = range(max(0, place - SHORTENED_REACH), min(len(blocks), place + SHORTENED_REACH + 1))
            whole = [at for at in near if at != place and blocks[at][1][: len(start)] == start]
            if any(len(blocks[at][1]) > len(start) + 1 for at in whole):
                yield from (place, *whole[1:])


def _refrains(lines: list[list[str]]) -> set[tuple[str, ...]]:
    """The short lines that somewhere stand with no line like them beside them."""
    around = zip([[], *lines], lines, [*lines[1:], []], strict=False)
    return {tuple(line) for before, line, after in around if len(line) <= REFRAIN_WORDS and line not in (before, after)}


def _cut(block: TextBlock, finding: Finding) -> Cut:
    start, end = finding.part or (0, len(block.text))
    return Cut(block.start + start, block.start + end, finding.rule.kind, finding.rule.id)


class Judge:
    """One pass over the blocks of one text. `credits` and `kept` are filled by `cuts`."""

    def __init__(self, text: str, rules: Index, *, explain: bool) -> None:
        self._text = text
        self._rules = rules
        self._explain = explain
        self.credits: list[Credit] = []
        self.kept: list[Kept] = []
        self._parts: dict[int, Cut] = {}
        """By the start of a block, the phrase in it that stands beside a sentence of the story."""

    def cuts(self) -> Iterator[Cut]:
        """The cuts, in no order."""
        blocks = paragraphs(self._text)
        found = list(self._found(blocks))
        byline = next((credit.byline for credit in self.credits if credit.byline), None)
        authors = list(author_lines(blocks, found, byline))
        self.credits += authors
        return iter([*found, *(credit.cut for credit in authors)])

    def _found(self, blocks: list[TextBlock]) -> Iterator[Cut]:
        """The cuts that a block's own text gives reason for."""
        if blocks and (lead := leading_date(self._text)):
            yield lead
            first = blocks[0]
            blocks[0] = TextBlock(lead.end, first.end, first.text[lead.end - first.start :])
        judged = list(zip(blocks, words_each(self._text, blocks), strict=True))
        echoes = set(_echoes(judged))
        listed = dict(link_lists(judged, self._rules))
        cut_places = {*listed, *echoes}
        ruled = [
            self._whole(block, tokens) if tokens and place not in cut_places else None
            for place, (block, tokens) in enumerate(judged)
        ]
        neighbours = Neighbours(judged, ruled, cut_places)
        heading_dates = timeline([is_date(block, tokens) for block, tokens in judged])
        rest: list[UncutBlock] = []
        for place, (block, tokens) in enumerate(judged):
            if place in listed:
                yield Cut(block.start, block.end, listed[place].kind, listed[place].id)
                continue
            if place in echoes:
                yield Cut(block.start, block.end, "interface", "any.echo")
                continue
            rule = ruled[place]
            if rule is not None and (why := neighbours.story(place)):
                self._keep(block, rule.id, why)
                rule = None
            if rule is not None and rule.edge is None:
                near = place < EDGE or len(judged) - place <= 2 * EDGE
                credit = (origin_line(block) or credit_line(block)) if near else None
                if credit is not None:
                    self.credits.append(credit)
                yield credit.cut if credit else Cut(*neighbours.part(place), rule.kind, rule.id)
            elif cut := self._parts.get(block.start) or date_line(block, tokens, edge=False):
                yield cut
            else:
                labels = {cut.start: cut for cut in self._labels(block)}
                yield from labels.values()
                yield from (cut for cut in self._sentences(block, tokens) if cut.start not in labels)
                fact = place in heading_dates or neighbours.is_fact(place, "byline")
                rest.append(UncutBlock(block, tokens, rule, fact))
        yield from self._edges(rest)

    def _whole(self, block: TextBlock, tokens: list[str]) -> Rule | None:
        """The rule of the lexicon by which a whole block goes.

        One that counts only near an end, or of which only a link may go, if no other fits.
        """
        if len(block.text) > BLOCK_CHARACTERS:
            return None
        second = None
        for finding in self._rules.judge(block.text, tokens, explain=self._explain):
            if finding.why is not None:
                self._keep(block, finding.rule.id, finding.why)
            elif finding.part not in (None, (0, len(block.text))):
                self._parts.setdefault(block.start, _cut(block, finding))
            elif finding.rule.edge is None and not finding.rule.links:
                return finding.rule
            else:
                second = second or finding.rule
        return second

    def _keep(self, block: TextBlock, rule: str, why: str) -> None:
        if self._explain:
            self.kept.append(Kept(start=block.start, end=block.end, rule=rule, why=why))

    def _sentences(self, block: TextBlock, tokens: list[str]) -> Iterator[Cut]:
        """Cuts of single sentences, in blocks that hold a word of a rule for sentences."""
        wanted = self._rules.sentence_words.intersection(tokens) | set(self._rules.invites(tokens))
        for sentence in sentences(block, wanted) if wanted else ():
            found = words(sentence.text)
            if not found or len(sentence.text) > SENTENCE_CHARACTERS or len(sentence.text) == len(block.text):
                continue
            for finding in self._rules.sentence(sentence.text, found, block.text):
                if finding.why is None:
                    yield _cut(sentence, finding)
                    break

    def _labels(self, block: TextBlock) -> Iterator[Cut]:
        """Cuts of labels that were run together with the sentences of a block."""
        ends = [stop.end() for stop in SENTENCE_BREAK.finditer(block.text)]
        for start, end in pairwise([0, *ends, len(block.text)]) if ends else ():
            text = block.text[start : min(end, start + SENTENCE_CHARACTERS)].rstrip()
            first = FIRST_WORD.match(lower(text[:FIRST_CHARACTERS]))
            if first is None or not self._rules.may_begin(first[0]):
                continue
            if finding := self._rules.label(text, words(text)):
                yield _cut(TextBlock(block.start + start, block.start + start + len(text), text), finding)

    def _edges(self, rest: list[UncutBlock]) -> Iterator[Cut]:
        """Bylines, dates and credits within the first and last blocks; what goes lets the next block move up."""
        moved = True
        settled: set[int] = set()
        while moved:
            places = {*range(min(EDGE_MAX, len(rest))), *range(max(0, len(rest) - EDGE_MAX), len(rest))}
            moved = False
            for place in sorted(places, reverse=True):
                judged = rest[place]
                near = min(place + 1, len(rest) - place)
                if judged.rule is None and (near > EDGE or judged.block.start in settled):
                    continue
                settled.add(judged.block.start)
                if cut := self._edge_block(judged, near):
                    del rest[place]
                    moved = True
                    yield cut
        for judged in rest:
            if judged.rule is not None:
                self._keep(judged.block, judged.rule.id, f"it is not within {judged.rule.edge} blocks of an end")
        for found in [
            *(dateline(judged.block) for judged in rest[:DATELINE_BLOCKS]),
            *(suffix(judged.block) for judged in rest[-CREDIT_BLOCKS:]),
        ]:
            if found is not None:
                self.credits.append(found)
                yield found.cut

    def _edge_block(self, judged: UncutBlock, near: int) -> Cut | None:
        """The cut of a whole block near an end, to which it counts `near` blocks, from 1."""
        block, tokens, rule, fact = judged
        if rule is not None and rule.edge is not None and near <= rule.edge:
            return Cut(block.start, block.end, rule.kind, rule.id)
        if not tokens or near > EDGE or fact:
            return None
        if credit := origin_line(block) or credit_line(block) or byline(block):
            self.credits.append(credit)
            return credit.cut
        return date_line(block, tokens, edge=True) or signed_date(block, tokens)
