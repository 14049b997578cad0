"""What a rule finds in a block or sentence: whether it fits, what saves the block, and how much of it goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from twicetold.domain.cleaning.credits.names import HEADLINE_END, reads_like_names
from twicetold.domain.cleaning.lexicon.rule import Rule
from twicetold.domain.cleaning.paragraphs import lower, words
from twicetold.domain.cleaning.rules.phrases import FEWEST_WORDS, phrase_end
from twicetold.domain.cleaning.rules.reporting import addresses, reports

Phrase = tuple[str, ...]

NEXT_SENTENCE = re.compile(r"[.!?…。！？][\"”’»)\]]*\s+(?=[A-ZÀ-ÖØ-ÞΑ-ΩА-Я])")
SEPARATOR = re.compile(r"\s*(?:[:：=＝|│•·»›>→►▸▶➜]|[-–—]{1,3}(?=\s)|\.\.\.|…)\s*")
OPENING = re.compile(r"[\W_]{1,8}")
CLAUSE_END = re.compile(r"[.!?…:|。！？؟।]+[\"”»)\]]*\s*")
HOOK_WORDS = 24
SHORT_HOOK_WORDS = 6
MOST_OPENINGS = 12
"""More sentences than this before an invitation are no hook; without a bound, dots alone would be."""
MORE_WORDS = 12
"""How much may stand before and after an invitation that takes the whole block with it."""
VOICED = frozenset({"ad", "app", "comments", "consent", "contact", "copyright", "newsletter", "paywall", "share"})
"""Kinds in which the outlet speaks of itself; what others said or did is no such clutter."""
OTHERS = "it tells what someone else said or did"
NEAR = "it holds {!r} but reads like a sentence of the story"
ABBREVIATION_END = re.compile(r"(?:\b\w|\.\w|\.\.)\.$")
FIGURE = re.compile(r"\W?\d[\d.,:/]*\s?(?:%.*|percent\b.*|per cent\b.*|\S{0,12}\W*)$")
"""A figure with its unit is what a label tells, no headline: "Video: 8K", "Opinion: 45% in favour"."""


class Finding(NamedTuple):
    """What a rule says of a block: cut it, or (with `why`) that it came close and what saved it."""

    rule: Rule
    why: str | None = None
    part: tuple[int, int] | None = None
    """Where what goes begins and ends, if the rule need not take the whole."""


class Matcher(NamedTuple):
    """A rule with its pattern and how it is looked for."""

    rule: Rule
    pattern: re.Pattern[str]
    find: Callable[[str], re.Match[str] | None]


class Opening(NamedTuple):
    """Where a sentence begins in a block, how many words come before it, and whether they ask or announce."""

    start: int
    hook: int
    asks: bool


def match(
    text: str,
    tokens: list[str],
    patterns: Mapping[str, list[Matcher]],
    hits: frozenset[str],
    *,
    whole: bool,
    explain: bool,
) -> Iterator[Finding]:
    """What the pattern rules of the words `hits` say of a block or sentence, to `explain` also why not."""
    lowered = ""
    openings: list[Opening] = []
    tried = set()
    for word in sorted(hits):
        for matcher in patterns[word]:
            rule = matcher.rule
            if len(tokens) > rule.max_words or rule.id in tried:
                continue
            tried.add(rule.id)
            lowered = lowered or lower(text)
            if rule.opens:
                openings = openings or _openings(lowered)
                found = _opening(matcher.pattern, lowered, openings, rule, whole=whole)
            else:
                found = matcher.find(lowered)
            why = _saved(text, lowered, tokens, matcher, found) if found else NEAR.format(word) if explain else ""
            if why is None or explain:
                yield Finding(rule, why, _part(text, lowered, found, rule) if found else None)


def _saved(text: str, lowered: str, tokens: list[str], matcher: Matcher, found: re.Match[str]) -> str | None:
    """Why a block that a pattern fits stays; None if nothing saves it."""
    rule = matcher.rule
    if rule.kind == "photo" and len(NEXT_SENTENCE.findall(text)) > 1:
        return "a caption has no three sentences"
    if "names" in matcher.pattern.groupindex and found["names"]:
        return None if reads_like_names(text[slice(*found.span("names"))]) else "it names no one"
    if rule.kind in VOICED and reports(lowered, tokens):
        return OTHERS
    return None


@cache
def _opening_with(phrase: Phrase) -> re.Pattern[str]:
    """A text that opens with these words, whatever signs stand before and between them."""
    return re.compile(r"[\W_]*" + r"[\W_]*".join(map(re.escape, phrase)))


def lead_saved(text: str, rest: list[str], phrase: Phrase, rule: Rule, *, weak: bool = False) -> str | None:
    """Why a block that opens with a rule's phrase stays; None if nothing saves it.

    A phrase of one word is `weak`: "Background: The wall was built in 1901." is a sentence of the story.
    """
    weak = weak or len(phrase) == 1
    match = _opening_with(phrase).match(lower(text))
    if match is None:
        return "the phrase is part of a longer word"
    if not rest:
        return None
    after = text[match.end() :].lstrip("\"”»'’)]")
    separator = SEPARATOR.match(after)
    headline = after[separator.end() :] if separator else after.lstrip()
    ends = HEADLINE_END.search(headline) is not None and not ABBREVIATION_END.search(headline)
    shouted = len(phrase) > 1 and text[: match.end()].isupper() and not after.isupper()
    why = None
    if len(rest) > rule.max_words:
        why = f"it goes on for {len(rest)} words"
    elif separator and FIGURE.match(headline) and (weak or len(phrase[0]) == 1):
        why = "what follows is a figure"
    elif rule.names:
        why = None if separator and reads_like_names(headline) else "what follows does not read like names"
    elif separator is None and not rule.bare and not shouted:
        why = "no separator follows the phrase"
    elif separator is None and (ends or not _is_upper(headline)):
        why = "what follows reads on like a sentence"
    elif separator and ends and (weak or len(rest) > 25):
        why = "what follows reads like a sentence of the story"
    return why


def _openings(lowered: str) -> list[Opening]:
    """Where sentences begin in a text, as far in as a hook reaches and no further than the first few."""
    found: list[Opening] = []
    at = 0
    asks = True
    while len(found) < MOST_OPENINGS:
        hook = len(words(lowered[:at]))
        if hook > HOOK_WORDS:
            break
        signs = OPENING.match(lowered, at)
        found.append(Opening(signs.end() if signs else at, hook, asks))
        following = CLAUSE_END.search(lowered, at)
        if following is None:
            break
        at = following.end()
        asks = following[0][0] in "?:؟？"
    return found


def _opening(
    pattern: re.Pattern[str], lowered: str, openings: Sequence[Opening], rule: Rule, *, whole: bool
) -> re.Match[str] | None:
    """The pattern's match where a sentence begins: the first one, or one after no more than a hook.

    Of a whole block, a rule for sentences takes the others along only if they are short or ask: "Enjoying this? Sign
    up ..."; the sentence alone can still go.
    """
    careful = rule.sentence and whole
    for opening in openings:
        if careful and not opening.asks and opening.hook > SHORT_HOOK_WORDS:
            return None
        found = pattern.match(lowered, opening.start)
        if found is None:
            continue
        following = CLAUSE_END.search(lowered, found.end()) if careful else None
        if following is None:
            return found
        rest = words(lowered[following.end() :])
        return found if len(rest) <= MORE_WORDS and (not rest or addresses(lowered, words(lowered))) else None
    return None


def _part(text: str, lowered: str, found: re.Match[str], rule: Rule) -> tuple[int, int] | None:
    """What goes of a block with the phrase that a rule found there; None if the rule is for whole blocks.

    Sentences beside it go along if they are short or the outlet speaks to its readers in them.
    """
    if not (rule.opens or rule.sentence):
        return None
    end = phrase_end(text, found.end(), capital_nouns=rule.id.startswith("de."))
    start = _sentence_start(lowered, found.start())
    before = lowered[:start]
    if end < len(text):
        return (start if words(before) and not addresses(f"{before}a", words(before)) else 0), end
    following = NEXT_SENTENCE.search(text, found.end())
    if following and _tells(lowered[following.end() :]):
        end = following.end()
    return (start if rule.opens and _tells(before) else 0), end


def _sentence_start(lowered: str, at: int) -> int:
    """Where the sentence begins in which a place is."""
    return max((stop.end() for stop in CLAUSE_END.finditer(lowered, 0, at)), default=0)


def _tells(lowered: str) -> bool:
    """Whether a sentence or several tell something, and not of the outlet or its readers."""
    tokens = words(lowered)
    return len(tokens) >= FEWEST_WORDS and not addresses(f"{lowered}a", tokens)


def _is_upper(text: str) -> bool:
    """Whether the first letter is no lower-case one (scripts without case count as upper)."""
    letter = next((c for c in text if c.isalnum()), "")
    return not letter.islower()
