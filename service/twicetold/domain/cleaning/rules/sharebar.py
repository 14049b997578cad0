"""Share bars inside running text: "Send Facebook google+ Whatsapp … Permalink https://…", with what frames them.

Flatteners set a player, its title, the row of share buttons, the link and the title again in one line with the story.
The grammar: [intro] [title] [send] button button button … [link] [title]. A bar is at least four buttons with nothing
but blanks or bars between, or at least two that each carry a verb ("Share on Facebook Share on X"). Prose that lists
platforms has commas and conjunctions, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from twicetold.domain.cleaning.paragraphs import WORD, find_all, words
from twicetold.domain.cleaning.spans import Cut
from twicetold.domain.cleaning.vocabulary import alternation, load

KIND = "share"
RULE = "any.share-bar"

REACH = 160
"""How far apart, in characters, hints may stand to be of one bar; also how much around them is searched."""


class ShareWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file: alternatives of regular expressions, explained there."""

    hints: tuple[str, ...]
    platforms: str
    buttons: str
    verbs: str
    linkers: str
    after: str
    send: str
    players: str
    player_buttons: str


_WORDS = load("share", ShareWords)
_LINKERS = alternation(_WORDS.linkers)
LINKERS = frozenset(_LINKERS.split("|"))
"""What may stand between a verb and a platform: "Share on Facebook"."""
PIECE = re.compile(
    rf"(?<![\w@#.])(?:(?P<verb>(?:{alternation(_WORDS.verbs)})(?:\s(?:{_LINKERS})){{0,4}}\s)|(?P<link>(?:{_LINKERS})\s))?"
    rf"(?:(?P<strong>{alternation(_WORDS.platforms)})|{alternation(_WORDS.buttons)})(?![\w'’])"
    rf"(?P<after>\s\(?(?:{alternation(_WORDS.after)})\)?(?!\w))?"
)
GAP = re.compile(r"[\s|·•‧・]{1,6}")
SEND = re.compile(rf"(?<!\w)(?:{alternation(_WORDS.send)})\s?[:|]?\s?$")
INTRO = re.compile(
    rf"(?<!\w)(?:(?:{alternation(_WORDS.players)})\s+)?\d{{1,2}}:\d\d(?::\d\d)?(?:\s?(?:min|mins|minutes)\.?(?!\w))?"
    rf"\s+(?:{alternation(_WORDS.player_buttons)})\s"
)
OPENING = re.compile(rf"\s*(?:{alternation(_WORDS.player_buttons)})\s")
LINK = re.compile(
    r"(?:\s*[|:]?\s*(?:permalink|permanent link|short ?link|link|url|shortlink))?\s*[:|]?\s*(?:https?://\S+)?"
)
SENTENCE_END = re.compile(r"[.!?。][\"”»’')]*$")
TITLE_WORDS = 30
INTRO_REACH = 320
TITLE_REACH = 400
"""How far, in characters, a title after a bar may reach."""


class _Bar(NamedTuple):
    """A row of buttons at `[start, end)` of a line."""

    start: int
    end: int


def share_bars(text: str, lowered: str, title: str | None) -> Iterator[Cut]:
    """Cuts for the share bars in `text`, of which `lowered` is the lower-cased form of the same length."""
    floor = 0
    for bar in _bars(lowered):
        if bar.start >= floor:
            start, end = _widen(text, lowered, bar, words(title or ""), floor)
            yield Cut(start, end, KIND, RULE)
            floor = end


def listed(lowered: str) -> Iterator[tuple[int, int]]:
    """Places where several platforms are named close together, as in a bar or in prose about them."""
    hints = [hint for hint in _WORDS.hints if hint in lowered]
    places = sorted(place for hint in hints for place in find_all(lowered, hint))
    group = places[:1]
    for place in places[1:]:
        if place - group[-1] > REACH:
            if len(group) > 1:
                yield group[0], group[-1]
            group = []
        group.append(place)
    if len(group) > 1:
        yield group[0], group[-1]


def _bars(lowered: str) -> Iterator[_Bar]:
    """Rows of buttons."""
    for first, last in listed(lowered):
        at, limit = max(0, first - REACH), min(len(lowered), last + REACH)
        while (piece := PIECE.search(lowered, at, limit)) is not None:
            start, at, strong, verbs, buttons = piece.start(), piece.end(), set(), 0, 0
            found: re.Match[str] | None = piece
            while found is not None and not (found["link"] and not found["after"]):
                at, buttons = found.end(), buttons + 1
                strong.add(found["strong"])
                verbs += bool(found["verb"] or found["after"])
                gap = GAP.match(lowered, at, limit)
                found = PIECE.match(lowered, gap.end(), limit) if gap else None
            strong.discard(None)
            if (buttons >= 4 and len(strong) >= 3) or (verbs >= 2 and verbs * 2 >= buttons and strong):
                yield _Bar(start, at)


def _widen(text: str, lowered: str, bar: _Bar, title: list[str], floor: int) -> tuple[int, int]:
    """The bar with what frames it on its line: intro, titles, "Send", the link."""
    line = max(floor, lowered.rfind("\n", floor, bar.start) + 1)
    line_end = lowered.find("\n", bar.end, bar.end + 2 * TITLE_REACH)
    line_end = min(len(lowered), bar.end + 2 * TITLE_REACH) if line_end < 0 else line_end
    start = bar.start
    if send := SEND.search(lowered, max(line, start - 40), start):
        start = send.start()
    link = LINK.match(lowered, bar.end, line_end)
    end = link.end() if link else bar.end
    start, told = _intro(text, lowered, line, start)
    framed = told is not None
    after = words(lowered[end : min(line_end, end + TITLE_REACH)])
    repeated = _longest_frame(lowered[line:start], after, title, told or [])
    if repeated and not framed:
        start = _back(lowered, line, start, repeated)
    if repeated:
        end = _forward(lowered, end, line_end, len(repeated))
    elif (
        framed
        and line_end - end < TITLE_REACH
        and 0 < len(after) <= TITLE_WORDS
        and not SENTENCE_END.search(rest := lowered[end:line_end].rstrip())
    ):
        end = line_end if not rest.endswith(")") else end
    return start, end


def _intro(text: str, lowered: str, line: int, start: int) -> tuple[int, list[str] | None]:
    """Where a player's "Watch video 09:31 Share <title>" before the bar begins, and the title; None without one."""
    found = next(reversed(list(INTRO.finditer(lowered, max(line, start - INTRO_REACH), start))), None)
    if found and len(told := words(lowered[found.end() : start])) <= TITLE_WORDS:
        return found.start(), told
    opening = OPENING.match(lowered, line, start)
    if opening and len(words(text[line:start])) <= TITLE_WORDS and not re.search(r"[.!?]\s", text[line:start]):
        return line, words(lowered[opening.end() : start])
    return start, None


def _longest_frame(left: str, after: list[str], title: list[str], told: list[str]) -> list[str]:
    """The words of a title that stand right after the bar and also before it, or that are known to be the title.

    What a player tells may end with a button that is not known as one.
    """
    for known in (title, told, told[:-1]):
        if len(known) > 1 and after[: len(known)] == known:
            return known
    before = words(left[-INTRO_REACH:])
    for length in range(min(TITLE_WORDS, len(before), len(after)), 2, -1):
        if before[-length:] == after[:length]:
            return after[:length]
    return []


def _back(lowered: str, line: int, start: int, repeated: list[str]) -> int:
    """Where the repeated words before the bar begin, with a "Share" before them; `start` if they do not stand there."""
    found = list(WORD.finditer(lowered, max(line, start - INTRO_REACH), start))
    if [m[0] for m in found[-len(repeated) :]] != repeated:
        return start
    begin = found[-len(repeated)].start()
    verb = SEND.search(lowered, max(line, begin - 40), begin)
    return verb.start() if verb else begin


def _forward(lowered: str, end: int, line_end: int, count: int) -> int:
    """Where the next `count` words end."""
    for _, match in zip(range(count), WORD.finditer(lowered, end, line_end), strict=False):
        end = match.end()
    return end
