"""What the blocks around a block tell of it, before it goes by a rule: subheads, boxes of facts, teasers in a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence

from twicetold.domain.cleaning.credits.bylines import byline
from twicetold.domain.cleaning.credits.credit_lines import credit_line
from twicetold.domain.cleaning.credits.dates import date_line
from twicetold.domain.cleaning.lexicon.rule import Rule
from twicetold.domain.cleaning.paragraphs import TextBlock
from twicetold.domain.cleaning.rules.headings import fact_boxes, is_fact, is_subhead

BLURB_REACH = 4
"""Teasers stand so near one another, each with its headline or without."""

PLATFORMS = "any.platforms"
LABEL = re.compile(r"(?P<label>[^\W\d_][^\s:：.!?]{0,24}(?:\s[^\s:：.!?]{1,20}){0,2})[:：]\s?\S")
ASKING = frozenset({"ad", "app", "comments", "consent", "contact", "interface", "newsletter", "paywall", "share"})
"""Kinds in which readers are spoken to, as people in a dialogue are."""
ANSWER_WORDS = 3
QUESTION_MARKS = ("?", "？", "؟", ";", "？」", '?"', "?”", "?»")
SENTENCE_MARKS = (".", "!", "。", "！", "।", "۔")


def _label(text: str) -> str | None:
    """Who speaks in a line, or what it is about: the words before its colon."""
    found = LABEL.match(text)
    return found["label"].lower() if found else None


class Neighbours:
    """The blocks of a text, the rules by which they would go, and the `cut_places` of those already cut."""

    def __init__(
        self, judged: Sequence[tuple[TextBlock, list[str]]], ruled: Sequence[Rule | None], cut_places: Container[int]
    ) -> None:
        self._judged = judged
        self._ruled = ruled
        self._cut_places = cut_places
        self._labels = Counter(label for block, _ in judged if (label := _label(block.text)))
        self._facts = frozenset(fact_boxes([block for block, _ in judged], self._explained))

    def _explained(self, place: int) -> bool:
        """Whether a block by itself can be clutter, so that it says nothing of those beside it."""
        block, tokens = self._judged[place]
        if place in self._cut_places or self._ruled[place] or credit_line(block) or byline(block):
            return True
        return bool(tokens) and date_line(block, tokens, edge=True) is not None

    def story(self, place: int) -> str | None:
        """Why a block that goes by a rule is part of the story; None if its neighbours do not show it to be."""
        rule = self._ruled[place]
        if rule is not None and self.is_fact(place, rule.kind):
            return "it stands in a box of facts"
        if rule is not None and self._speaks(place, rule):
            return "somebody says it who speaks elsewhere, too"
        if place and self._answers(place):
            return "it answers the question before it"
        if rule is not None and rule.id == PLATFORMS and len(self._judged[place][1]) == 1 and self._stands_alone(place):
            return "no other button stands beside it"
        following = place + 1
        if not is_subhead(self._judged[place][1]) or following == len(self._judged):
            return None
        beside = [at for at in (place - 1, following) if at >= 0]
        cluttered = any(
            at in self._cut_places or (self._ruled[at] and not is_subhead(self._judged[at][1])) for at in beside
        )
        return None if cluttered else "it heads a part of the story"

    def _speaks(self, place: int, rule: Rule) -> bool:
        """Whether a line of a dialogue, "Finch: Sign up here.", reads like what the outlet asks of its readers."""
        label = _label(self._judged[place][0].text) if rule.kind in ASKING else None
        return label is not None and self._labels[label] > 1 and label not in rule.lead

    def _stands_alone(self, place: int) -> bool:
        """Whether a name such as "TikTok" is between paragraphs, as the heading of a part is, and not in a row."""
        beside = [at for at in (place - 1, place + 1) if 0 <= at < len(self._judged)]
        return len(beside) == 2 and not any(map(self._is_clutter, beside))

    def _told_beside(self, place: int) -> bool:
        """Whether more is told outside a block than in it, so that it is not what the text was sent for."""
        others = zip(self._judged, self._ruled, strict=True)
        told = sum(len(tokens) for at, ((_, tokens), rule) in enumerate(others) if at != place and rule is None)
        return told > len(self._judged[place][1])

    def _answers(self, place: int) -> bool:
        """Whether a few words with a full stop follow a question: buttons have no full stop, answers have."""
        asked, (block, tokens) = self._judged[place - 1][0].text, self._judged[place]
        return len(tokens) <= ANSWER_WORDS and asked.endswith(QUESTION_MARKS) and block.text.endswith(SENTENCE_MARKS)

    def _is_clutter(self, place: int) -> bool:
        ruled = self._ruled[place] is not None and not is_subhead(self._judged[place][1])
        return place in self._cut_places or ruled

    def is_fact(self, place: int, kind: str) -> bool:
        """Whether a block, which looks like clutter of this kind, is a line in a box of facts."""
        return place in self._facts and is_fact(self._judged[place][0].text, kind)

    def part(self, place: int) -> tuple[int, int]:
        """What goes of a block by its rule: of a lone paragraph that ends with a link no more than the link."""
        block, rule = self._judged[place][0], self._ruled[place]
        link = rule.link(block.text) if rule else None
        broken_off = link is not None and block.text[:link].rstrip().endswith(("…", "..."))
        if link is None or (broken_off and self._told_beside(place)):
            return block.start, block.end
        before, after = self._ruled[max(0, place - BLURB_REACH) : place], self._ruled[place + 1 :][:BLURB_REACH]
        in_a_row = any(other and other.links for other in (*before, *after))
        return block.start + (0 if in_a_row else link), block.end
