"""What a line of a flattened text shows of itself and of the lines around it, as numbers in columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from math import log1p
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.cleaning.credits.names import reads_like_names
from twicetold.domain.cleaning.paragraphs import TextBlock, count_words, lower
from twicetold.domain.cleaning.rules.reporting import addresses, reports, speaks_of_itself
from twicetold.domain.cleaning.spans import Cut
from twicetold.domain.forest import Matrix

_MARKS = ".!?…。！？।۔؟։።၊။؛។"
SENTENCE_MARK = re.compile(rf"[{_MARKS}](?=[\s\"'”’»)\]』」]|$)|[。！？]")
"""Where a sentence may end, in the scripts that have a sign for it."""
_ENDS = frozenset(_MARKS)
_CLOSING = "\"'”’»)]』」 "
CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
ADDRESS = re.compile(r"@|https?:|www\.|\w\.(?:com|org|net|de|co)\b")
MONEY = re.compile(r"[$€£¥₹₽₩]\s?\d|\d\s?(?:[€£¥₹₽₩]|usd|eur)")
PHONE = re.compile(r"\+?\(?\d{2,5}\)?[\s./-]{1,2}\d{2,5}[\s./-]\d{2,5}")
SEPARATORS = "|•·»›→▶▸★/"
PROSE_WORDS = 8
"""A line of so many words in which a sentence ends is prose."""
SENTENCE_WORDS = OPEN_WORDS = 3
"""A label has fewer."""
KINDS = (
    "ad", "agency", "app", "byline", "comments", "consent", "contact", "copyright", "date", "embed", "interface",
    "newsletter", "paywall", "photo", "read_time", "share", "teaser",
)  # fmt: skip
"""Kinds of cuts, each a column: the share of a line that rules of the kind would cut."""
_AROUND = (-3, -2, -1, 1, 2, 3)
_NAMES_LONGEST = 200
_SHORT = 3
"""Letters of words that say nothing of the subject."""
_HEAD = 200
"""Characters of a line whose capitals are counted."""
NAMES: tuple[str, ...] = (
    "words", "characters", "letters", "marks", "ended", "commas", "colon", "dots", "asks", "quoted", "digits",
    "separators", "address", "clock", "year", "brackets", "exclaims", "copyright", "bullet", "own_words", "title_share",
    "title_told", "copies", "named", "own", "addresses", "reports", "hints", "topic", "money", "phone",
    "begun", "opens_upper", "capitals", "upper",
    *(f"cut_{kind}" for kind in KINDS), "cut", "cut_whole",
    "place", "from_start", "from_end", "words_before", "words_after", "prose_before", "prose_after",
    "since_prose", "until_prose", "prose_back", "prose_ahead", "short_back", "short_ahead", "cut_back", "cut_ahead",
    *(f"{what}{k:+}" for k in _AROUND for what in ("words", "ended", "prose", "cut", "capitals")),
    "cut_since", "cut_until", "cut_of_past", "cut_of_rest", "prose_of_past", "prose_of_rest", "mean_past", "mean_rest",
    "run_words", "ahead_words", "text_words", "text_lines", "text_prose", "text_cut", "text_mean",
)  # fmt: skip
"""The columns, in order. Numbers of words are logs; shares are of the line's letters or words, or of all prose."""
CASED = ("opens_upper", "capitals", "upper", *(f"capitals{k:+}" for k in _AROUND))
"""Columns that tell nothing in scripts without capitals, where they are UNKNOWN."""
UNKNOWN = -1.0


class Line(NamedTuple):
    """A line of a text with its words, and the share of it that each kind of rule would cut."""

    block: TextBlock
    tokens: list[str]
    cut: dict[str, float]


def lines_with(blocks: Sequence[TextBlock], tokens: Sequence[list[str]], cuts: Sequence[Cut]) -> list[Line]:
    """The lines with the share of each that is cut by kind; blocks and cuts are in text order."""
    found = []
    at = 0
    for block, own in zip(blocks, tokens, strict=True):
        while at < len(cuts) and cuts[at].end <= block.start:
            at += 1
        shares: dict[str, float] = {}
        place = at
        while place < len(cuts) and cuts[place].start < block.end:
            cut = cuts[place]
            covered = min(cut.end, block.end) - max(cut.start, block.start)
            shares[cut.kind] = shares.get(cut.kind, 0.0) + covered / len(block.text)
            place += 1
        found.append(Line(block, own, shares))
    return found


def is_prose(text: str, words: int) -> bool:
    """Whether a line of so many words holds the end of a sentence, as prose does."""
    return words >= PROSE_WORDS and SENTENCE_MARK.search(text) is not None


def is_sentence(text: str, words: int) -> bool:
    """Whether a line of so many words ends like a sentence, though it may be too short for prose."""
    return words >= SENTENCE_WORDS and text.rstrip(_CLOSING)[-1:] in _ENDS


def is_open(text: str) -> bool:
    """Whether a line stops in the middle of a sentence, as far as its words and marks tell."""
    return len(text.split()) >= OPEN_WORDS and text.rstrip(_CLOSING)[-1:] not in _ENDS and text[-1] not in ":："


def features(lines: Sequence[Line], *, title: Sequence[str], hints: Set[str]) -> Matrix:
    """float32[lines, NAMES] of all lines of a text, of which there is at least one.

    `title` in words; `hints` are words that rules look for (`Index.hints`).
    """
    copies = Counter(line.block.text for line in lines)
    frequency = Counter(token for line in lines for token in set(line.tokens))
    wanted = set(title)
    own = np.array([_own(line, wanted, copies, frequency, hints) for line in lines], np.float32)
    cut = np.array([[line.cut.get(kind, 0.0) for kind in KINDS] for line in lines], np.float32)
    return np.hstack([own, cut, _sequence(lines, own)])


def _own(line: Line, wanted: set[str], copies: Counter[str], frequency: Counter[str], hints: Set[str]) -> list[float]:
    text, tokens = line.block.text, line.tokens
    length, words = len(text), max(1, count_words(text, tokens))
    marks = len(SENTENCE_MARK.findall(text))
    distinct = set(tokens)
    lowered = lower(text)
    cased = lowered != text.upper()
    written = text.split()
    digits = sum(map(text.count, "0123456789"))
    return [
        log1p(words), log1p(length), sum(map(len, tokens)) / max(1, len(tokens)), marks / words,
        text.rstrip(_CLOSING)[-1:] in _ENDS, sum(map(text.count, ",،、")) / words,
        text[-1] in ":：", text[-1] == "…" or text.endswith("..."), text[-1] in "?？؟",
        text[0] in "\"'“«„‘「『", digits / length,
        min(6, sum(map(text.count, SEPARATORS))), ADDRESS.search(text) is not None,
        digits > 0 and CLOCK.search(text) is not None, digits > 0 and YEAR.search(text) is not None,
        min(4, text.count("(") + text.count("[")), text.count("!") / words, "©" in text or "®" in text,
        text[0] in "-–—•*·▪>►", sum(frequency[token] > 1 for token in distinct) / max(1, len(distinct)),
        len(distinct & wanted) / max(1, len(distinct)), len(distinct & wanted) / max(1, len(wanted)),
        min(5, copies[text]), reads_like_names(text) if length <= _NAMES_LONGEST else 0, speaks_of_itself(tokens),
        addresses("a", tokens), reports(lowered, tokens), min(5, sum(token in hints for token in distinct)),
        sum(log1p(frequency[token]) for token in distinct if len(token) > _SHORT) / words,
        digits > 0 and MONEY.search(text) is not None, digits > 0 and PHONE.search(text) is not None,
        text[0].islower() if cased else UNKNOWN, text[0].isupper() if cased else UNKNOWN,
        sum(word[0].isupper() for word in written) / max(1, len(written)) if cased else UNKNOWN,
        sum(map(str.isupper, text[:_HEAD])) / min(length, _HEAD) if cased else UNKNOWN,
    ]  # fmt: skip


_OWN = {name: number for number, name in enumerate(NAMES)}


def _sequence(lines: Sequence[Line], own: Matrix) -> Matrix:
    """The columns that tell where a line stands, and of its neighbours."""
    count = len(lines)
    words = np.expm1(own[:, 0])
    ended = own[:, _OWN["ended"]]
    cut = np.array([min(1.0, sum(line.cut.values())) for line in lines], np.float32)
    prose = np.where((words >= PROSE_WORDS) & (own[:, _OWN["marks"]] > 0) & (cut < 0.5), words, 0)
    short = ((words < PROSE_WORDS) & (ended == 0)).astype(np.float32)
    total, written = max(1.0, float(prose.sum())), max(1.0, float(words.sum()))
    at = np.arange(count, dtype=np.float32)
    before, prose_before = np.cumsum(words) - words, np.cumsum(prose) - prose
    has_prose = prose > 0
    columns: list[NDArray[np.floating]] = [
        cut, (cut > 0.9).astype(np.float32),
        at / count, np.minimum(at, 30), np.minimum(count - 1 - at, 30),
        before / written, (written - before - words) / written,
        prose_before / total, (total - prose_before - prose) / total,
        since(has_prose), since(has_prose[::-1])[::-1], window(prose, 4), window(prose[::-1], 4)[::-1],
        window(short, 5), window(short[::-1], 5)[::-1], window(cut, 4), window(cut[::-1], 4)[::-1],
    ]  # fmt: skip
    cut_words = cut * words
    cut_before = np.cumsum(cut_words) - cut_words
    rest, lines_past = np.maximum(1, written - before - words), np.maximum(1, at)
    is_cut = cut > 0.5
    run = words_since(words, is_cut)
    columns += [
        since(is_cut), since(is_cut[::-1])[::-1], cut_before / np.maximum(1, before),
        (cut_words.sum() - cut_before - cut_words) / rest, prose_before / np.maximum(1, before),
        (total - prose_before - prose) / rest,
        np.log1p(before / lines_past), np.log1p(rest / np.maximum(1, count - 1 - at)),
        np.log1p(run), np.log1p(words_since(words[::-1], is_cut[::-1])[::-1]),
    ]  # fmt: skip
    capitals = own[:, _OWN["capitals"]]
    for k in _AROUND:
        columns += [
            shifted(values, k, UNKNOWN) for values in (own[:, 0], ended, has_prose.astype(np.float32), cut, capitals)
        ]  # fmt: skip
    whole = (log1p(written), log1p(count), log1p(total), float(cut.mean()), log1p(written / count))
    columns += [np.full(count, value) for value in whole]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def shifted(values: Matrix, k: int, fill: float) -> Matrix:
    """The value `k` places on for each place, `fill` beyond the ends."""
    moved = np.full_like(values, fill)
    if abs(k) < len(values):
        if k > 0:
            moved[:-k] = values[k:]
        else:
            moved[-k:] = values[:k]
    return moved


def since(marks: NDArray[np.bool_]) -> Matrix:
    """How many lines ago the last marked one stood, at most 20."""
    at = np.arange(len(marks))
    last = np.maximum.accumulate(np.where(marks, at, -99))
    return np.minimum(at - np.concatenate(([-99], last[:-1])), 20).astype(np.float32)


def words_since(words: Matrix, marks: NDArray[np.bool_]) -> Matrix:
    """The words between each line and the last marked one before it."""
    before = np.cumsum(words) - words
    at_mark = np.where(marks, before + words, 0)
    last = np.concatenate(([0.0], np.maximum.accumulate(at_mark)[:-1]))
    found: Matrix = np.maximum(0, before - last).astype(np.float32)
    return found


def window(values: Matrix, size: int) -> Matrix:
    """The log of the sum over `size` values before each."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    at = np.arange(len(values))
    within: Matrix = np.log1p(np.maximum(0, sums[at] - sums[np.maximum(0, at - size)])).astype(np.float32)
    return within
