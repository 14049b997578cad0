"""No stage and no rule takes more than about twice the time for twice the text, whatever the text is made of.

Processor time is measured here, and nowhere else in the tests: a stage that is not linear lets one text stop a worker.
A stage is measured once per text, and again, with the least of three taken, only where the first look gives doubt.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from heapq import nlargest

import pytest
from twicetold.domain.cleaning import learned
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.judging import BLOCK_CHARACTERS
from twicetold.domain.cleaning.lexicon.rule import NEUTRAL, Rule, compiled, languages, rules
from twicetold.domain.cleaning.paragraphs import lower
from twicetold.domain.errors import TwicetoldError
from twicetold.domain.extraction.decoding import decode_page
from twicetold.domain.extraction.extract import extract
from twicetold.domain.extraction.prescan import encoded
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.urls import canonical_url
from twicetold.web.api.mending import LONGEST_URL, mended_source, mended_url, publication_time
from twicetold.web.api.parsing import decode
from twicetold.web.api.submissions import StoryFields

SIZES = (1_000, 4_000, 16_000, 64_000)
DOUBTED = (*SIZES, 256_000)
"""What is measured where the first look gives doubt: a step, as where a second extractor is asked, stays one step."""
STEEPEST = 1.3
"""The exponent of the size that the time may grow with: one, and room for what a machine does besides."""
SHORTEST = 0.005
"""Seconds below which a measurement says nothing."""
ENOUGH = 1.0
"""Seconds after which larger sizes are not tried: what grows too fast shows before."""

LETTERS = ["a", "A", "é", "İ", "ß", "1", ".", "_", '"', "(", "—", "\n", "\t", "\u00a0"]
PAIRS = ["a ", "1 ", "1,", "- ", ". ", "… ", "a/", "a: ", "a | ", "'a ", "“a” ", "(a) ", "& ", "@a ", "a\n\n"]
PHRASES = [
    "facebook twitter ",
    "share on facebook ",
    "watch video 09:31 share ",
    "By Ann Lee, ",
    "12 May 2019 ",
    "2019-05-12T09:31 ",
    "published 1 ",
    "http://a ",
    "a@b.c ",
    "read more: ",
    "we use cookies ",
    "photo: a/reuters ",
    "© 2019 a ",
    "(ap/",
    "12:34 ",
    "PARIS, May 12 (AFP) - ",
]
SCRIPTS = [
    "分",
    "分享。",
    "シェア",
    "공유 ",
    "แชร์",
    "\u0301",
    "a\u0301",
    "\u202e",
    "\u2066a\u2069 ",
    "😀",
    "👩\u200d👩 ",
    "\u200b",
    "a\u00ad",
]
UNITS = [*LETTERS, *PAIRS, *PHRASES, *SCRIPTS]

TAGS = {"p": "", "li": "<ul>", "td": "<table><tr>", "h2": ""}
"""What the repeated text stands in, and what has to stand around that."""


def seconds(work: Callable[[str], object], text: str, *, times: int = 1) -> float:
    """The least processor time that the work takes on the text."""
    found = []
    for _ in range(times):
        gc.collect(0)
        started = time.process_time()
        work(text)
        found.append(time.process_time() - started)
    return min(found)


def growth(
    work: Callable[[str], object], text_of: Callable[[int], str], *, times: int, sizes: Sequence[int] = SIZES
) -> float:
    """The exponent with which time grows with size, over the sizes that take long enough to tell; 0 if none do."""
    points: list[tuple[float, float]] = []
    for size in sizes:
        spent = seconds(work, text_of(size), times=times)
        if spent > SHORTEST:
            points.append((math.log(size), math.log(spent)))
        if spent > ENOUGH:
            break
    if len(points) < 2:
        return 0.0
    (small, short), (large, long) = points[0], points[-1]
    return (long - short) / (large - small)


def assert_linear(work: Callable[[str], object], text_of: Callable[[int], str]) -> None:
    gc.disable()
    try:
        steep = growth(work, text_of, times=1) > STEEPEST and growth(work, text_of, times=3, sizes=DOUBTED) > STEEPEST
    finally:
        gc.enable()
    assert not steep


def in_a_row(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def in_lines(unit: str, size: int) -> str:
    return in_a_row((unit * max(1, 60 // len(unit))).strip() + "\n", size)


def in_one_element(tag: str, unit: str, size: int) -> str:
    body = f"{TAGS[tag]}<{tag}>{in_a_row(unit, size)}</{tag}>"
    return f"<html><body><article><h1>A wall</h1>{body}</article></body></html>"


def in_elements(tag: str, unit: str, size: int) -> str:
    return in_one_element(tag, (unit * max(1, 60 // len(unit))).strip() + f"</{tag}>\n<{tag}>", size)


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
@pytest.mark.parametrize("shape", [in_a_row, in_lines])
@pytest.mark.parametrize("stage", [clean, partial(clean, whole=True, flat=True), learned.blocks, fingerprint])
def test_twice_the_text_takes_twice_the_time(
    stage: Callable[[str], object], shape: Callable[[str, int], str], unit: str
) -> None:
    assert_linear(stage, partial(shape, unit))


@pytest.mark.parametrize("unit", [*LETTERS, *PHRASES, *SCRIPTS], ids=ascii)
@pytest.mark.parametrize("tag", TAGS)
def test_one_element_of_twice_the_text_takes_twice_the_time(tag: str, unit: str) -> None:
    assert_linear(partial(extract, url=None), partial(in_one_element, tag, unit))


@pytest.mark.parametrize("unit", [*LETTERS, *PAIRS[:4]], ids=ascii)
@pytest.mark.parametrize("tag", TAGS)
def test_twice_the_elements_take_twice_the_time(tag: str, unit: str) -> None:
    assert_linear(partial(extract, url=None), partial(in_elements, tag, unit))


def hard_texts(rule: Rule, size: int) -> Iterator[str]:
    """Texts of this size that begin like what the rule is for, or not, and go on with one thing over and over."""
    opening = lower(rule.drop)
    for unit in (*LETTERS, *PAIRS, opening, f"{opening} ", *(f"{word} " for word in (rule.words or rule.hints)[:4])):
        repeated = lower(in_a_row(unit, size))
        yield repeated
        yield f"{opening} {repeated}"[:size]


def searching(rule: Rule) -> Callable[[str], object]:
    """What `rule` does to a text: a pattern for a block is tried once, one for a span everywhere."""
    pattern = compiled(rule.block or rule.span or "")
    if rule.span:
        return lambda text: list(pattern.finditer(text))
    return pattern.match if rule.anchored else pattern.search


def is_slow(rule: Rule) -> bool:
    """Whether the hardest texts take the rule more time than their size accounts for."""
    work, size = searching(rule), BLOCK_CHARACTERS if rule.block else SIZES[-2]
    timed = [(seconds(work, text), text) for text in hard_texts(rule, size)]
    for text in [text for spent, text in nlargest(3, timed) if spent > SHORTEST]:
        whole, part = (seconds(work, part, times=3) for part in (text, text[: size // 2]))
        if whole > SHORTEST and math.log2(whole / part) > STEEPEST:
            return True
    return False


@pytest.mark.parametrize("language", [NEUTRAL, *sorted(languages())])
def test_a_rule_takes_twice_the_time_for_twice_the_text_up_to_the_longest_it_sees(language: str) -> None:
    assert not [rule.id for rule in rules(language) if (rule.block or rule.span) and is_slow(rule)]


ADDRESSES = [
    "a.", "a", " ", "/", "\\", "@", ":", "?", "#", "%41", "é", "\t", "a/ ", "..", "a=1&", ";jsessionid=", ".amp",
    "www.", "//", "http://", "https://www.google.com/amp/", "s/",
]  # fmt: skip
"""What addresses and names of sources are made of."""


def tried(work: Callable[[str], object], *, before: str = "", after: str = "") -> Callable[[str], object]:
    """The work on a text with something around it, which may be refused."""

    def run(text: str) -> None:
        with suppress(ValueError, TwicetoldError):
            work(f"{before}{text}{after}")

    return run


@pytest.mark.parametrize("unit", ADDRESSES, ids=ascii)
@pytest.mark.parametrize("before", ["", "a", "https://a.example/", "https://"])
@pytest.mark.parametrize("field", [mended_url, mended_source, partial(publication_time, now=datetime.now(UTC))])
def test_a_field_of_twice_the_size_takes_twice_the_time_in_the_process_that_serves(
    field: Callable[[str], object], before: str, unit: str
) -> None:
    assert_linear(tried(field, before=before, after="@"), partial(in_a_row, unit))


@pytest.mark.parametrize("unit", ADDRESSES, ids=ascii)
@pytest.mark.parametrize("before", ["https://a.example/", "https://", "https://a.example/?", "https://a.example/#!"])
def test_the_longest_address_takes_no_time_to_speak_of(before: str, unit: str) -> None:
    assert seconds(tried(canonical_url, before=before), in_a_row(unit, LONGEST_URL), times=3) < 0.02


BYTES = [
    b"a", b"<", b"\xff", b"\xc3\xa4", b"\xe4a", b"\0", b"\r", b"<meta ", b"<meta charset=gb18030>\x81", b"\x1b$B",
    b"a\xe4\n", b"\xe2\x82", b"charset=",
]  # fmt: skip


@pytest.mark.parametrize("unit", BYTES, ids=ascii)
@pytest.mark.parametrize(("before", "after"), [(b"", b""), (b"", b"\xff"), (b"<meta charset=iso-2022-jp>", b"\xe4")])
def test_a_page_of_twice_the_bytes_takes_twice_the_time_to_decode(unit: bytes, before: bytes, after: bytes) -> None:
    def decoded(text: str) -> None:
        decode_page(before + unit * len(text) + after, charset=None)

    assert_linear(decoded, partial(in_a_row, "a"))


@pytest.mark.parametrize("unit", ["a", "\\\\", "\\ud800", "\\ud83d\\ude00", "\\u0000", "ä", " - at `$", "`"])
@pytest.mark.parametrize("field", ["text", "html", "unknown"])
def test_a_body_of_twice_the_size_takes_twice_the_time_to_decode(unit: str, field: str) -> None:
    def decoded(text: str) -> None:
        name, value = (text, "") if field == "unknown" else (field, text)
        fields, _ = decode(f'{{"{name}": "{value}"}}'.encode(), StoryFields)
        if fields.html is not None:
            encoded(fields.html)

    assert_linear(tried(decoded), lambda size: unit * (size // len(unit)))
