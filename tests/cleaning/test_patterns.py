"""Patterns stay linear: no repetition without bound inside another, and hostile texts come back whole."""

import re
from re import _constants, _parser  # type: ignore[attr-defined]  # the only parser of Python's pattern syntax

import pytest
from twicetold.domain.cleaning import judging, paragraphs, thin
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.credits import bylines, datelines, dates
from twicetold.domain.cleaning.credits import credit_lines as agency_credits
from twicetold.domain.cleaning.lexicon import findings, index
from twicetold.domain.cleaning.lexicon.rule import NEUTRAL, languages, rules
from twicetold.domain.cleaning.rules import headings, linklists, phrases, sharebar

from tests.cleaning.test_clean import rebuilt

MODULES = (
    agency_credits,
    bylines,
    dates,
    datelines,
    headings,
    judging,
    linklists,
    paragraphs,
    sharebar,
    thin,
    index,
    findings,
    phrases,
)
LENGTH = 60_000
WORDS = [
    "( ",
    "a ",
    "a",
    "- ",
    "— (@",
    "12:34 ",
    "1 ",
    "2019 ",
    ".",
    "... ",
    "A. ",
    "By A ",
    "a/",
    "a,",
    "© ",
    "(ap/",
    "é",
    "İ",
]
PHRASES = [
    "facebook twitter ",
    "share on ",
    "send ",
    "read more: ",
    "watch video 09:31 share ",
    "related stories\n",
    "sign up ",
    "cookies we use ",
    "photo: ",
]
MARKS = [
    " ",
    "\n",
    "\t\n",
    "。",
    "分享",
    "\u0301",
    "\u200b",
    "http://",
    "permalink http://a ",
    "a post shared by (@",
    "reuters, ",
]


def deepest_repetition(parsed: object, inside: int = 0) -> int:
    """How deep repetitions without bound are nested in a parsed pattern."""
    deepest = inside
    for code, argument in parsed:  # type: ignore[attr-defined]  # is no part of the typed interface
        if code in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, body = argument
            deepest = max(deepest, deepest_repetition(body, inside + (most == _constants.MAXREPEAT)))
        elif code is _constants.SUBPATTERN:
            deepest = max(deepest, deepest_repetition(argument[3], inside))
        elif code is _constants.BRANCH:
            deepest = max(deepest, *(deepest_repetition(branch, inside) for branch in argument[1]))
        elif code in (_constants.ASSERT, _constants.ASSERT_NOT):
            deepest = max(deepest, deepest_repetition(argument[1], inside))
    return deepest


def test_no_rule_nests_repetitions_without_bound() -> None:
    for language in (NEUTRAL, *languages()):
        for rule in rules(language):
            for pattern in filter(None, (rule.block, rule.span)):
                assert deepest_repetition(_parser.parse(pattern)) <= 1, rule.id


def test_no_other_pattern_nests_repetitions_without_bound_but_the_one_for_words() -> None:
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and name != "WORD":
                assert deepest_repetition(_parser.parse(value.pattern)) <= 1, f"{module.__name__}.{name}"


@pytest.mark.parametrize("unit", [*WORDS, *PHRASES, *MARKS], ids=repr)
def test_a_text_of_one_unit_repeated_comes_back_whole(unit: str) -> None:
    lines = (unit * 50).strip() + "\n"
    for text in (unit * (LENGTH // len(unit)), lines * (LENGTH // len(lines))):
        assert rebuilt(clean(text, title=text[:200])) == text
