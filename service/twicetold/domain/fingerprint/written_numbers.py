"""Numbers written in digits: one spelling for each, whatever groups them, marks their decimals and scales them.

While a text is cut into tokens, signs stand in for what joins the digits of one number; see `SIGNS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

POINT, COLON, SLASH, DASH, COMMA, GROUP, DECIMAL = "\x01", "\x02", "\x03", "\x04", "\x05", "\x06", "\x07"
JOIN = "\x08"
"""Stands where a sign is left out of a token."""
BLANKS = " \u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
SIGNS = {
    **dict.fromkeys(".．", POINT),
    **dict.fromkeys(",，،", COMMA),
    **dict.fromkeys(":：", COLON),
    **dict.fromkeys("/／\u2044", SLASH),
    **dict.fromkeys("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", DASH),
    **dict.fromkeys("٬" + BLANKS, GROUP),
    **dict.fromkeys("٫·ر", DECIMAL),
}
"""What joins the digits of one number (1,000.5, 6-3/16, 09:31, 3–1), and what stands for it while a text is cut up.

A blank joins only groups of three. Arabic agencies write decimals with a letter: 8ر27.
"""

_POINT = "en zh ja ko th he hi bn ta te ml kn gu mr pa ne ur si my km lo ms tl fil sw ga cy mt yue"
_COMMA = (
    "de fr es it pt nl ru uk be pl cs sk sl hr sr bs mk bg ro hu el tr az kk uz ky tg sv da nb nn no fi et lv lt is ca "
    "gl eu sq id vi fo af hy ka eo la oc br sh"
)
_DECIMAL_MARKS = dict.fromkeys(_POINT.split(), POINT) | dict.fromkeys(_COMMA.split(), COMMA)
"""Which mark precedes decimals, by language: the number patterns of Unicode's CLDR."""


def joints(text: str, between: Sequence[tuple[int, str]], language: str | None) -> list[tuple[int, str]]:
    """Tell what stands in for which of some signs between two digits of a text; blanks that join nothing are left out.

    between: where each stands, in order, and its stand-in by itself. A sign before exactly three digits, the only one
    in its number, groups them or marks decimals: as other numbers of the text show, or else as the language has it, or
    else it groups.
    """
    found: list[tuple[int, str]] = []
    positions = [position for position, _ in between]
    decimal: str | None = None
    joined = -1
    for at, (position, sign) in enumerate(between):
        if sign not in _UNCLEAR:
            found.append((position, sign))
            continue
        before, three = _digits_before(text, position), _three_follow(text, position)
        start = position - before
        goes_on = at > 0 and positions[at - 1] == start - 1
        if sign == GROUP and text[position] in BLANKS:
            if three and _opens_groups(text, start, before, goes_on=goes_on, joined=joined == start - 1):
                found.append((position, GROUP))
                joined = position
        elif sign != GROUP and three and not goes_on and before <= 3 and not _sign_follows(between, at):
            if decimal is None:
                decimal = _decimal_sign(between, language)
            found.append((position, DECIMAL if sign == decimal or text[start:position] == "0" else GROUP))
        else:
            found.append((position, sign))
    return found


def apart(text: str) -> Iterator[tuple[int, str]]:
    """Tell what stands in for a slash between digits that has blanks around it, and for these: 1436 / 1437."""
    position = text.find(" / ") if "/" in text else -1
    while position >= 0:
        if text[position - 1 : position].isdecimal() and text[position + 3 : position + 4].isdecimal():
            yield from ((position, JOIN), (position + 1, SLASH), (position + 2, JOIN))
        position = text.find(" / ", position + 1)


def opens_decimals(text: str, position: int) -> bool:
    """Whether a point before a digit is the first sign of a number: .50, $.50."""
    return not position or text[position - 1] in _OPENINGS


_OPENINGS = frozenset(" \n$£€(")

_UNCLEAR = frozenset((POINT, COMMA, GROUP))


def _digits_before(text: str, position: int) -> int:
    count = 0
    while count < 4 and count < position and text[position - count - 1].isdecimal():
        count += 1
    return count


def _three_follow(text: str, position: int) -> bool:
    following = text[position + 1 : position + 5]
    return len(following) > 2 and following[:3].isdecimal() and not following[3:].isalnum()


def _opens_groups(text: str, start: int, digits: int, *, goes_on: bool, joined: bool) -> bool:
    """Whether the digits from `start` on, before a blank, are the first group of a number or a further one."""
    if joined:
        return digits == 3
    stands_alone = not goes_on and not text[start - 1 : start].isalnum()
    return stands_alone and digits <= 3 and text[start : start + 1] != "0"


def _sign_follows(between: Sequence[tuple[int, str]], at: int) -> bool:
    """Whether another mark stands right behind three digits; a blank does only if it groups, too."""
    if at + 1 >= len(between):
        return False
    position, sign = between[at + 1]
    return position == between[at][0] + 4 and sign in _UNCLEAR and sign != GROUP


def _decimal_sign(between: Sequence[tuple[int, str]], language: str | None) -> str:
    """The mark of decimals: told by a number with two signs, or the language; empty if unknown."""
    other = {POINT: COMMA, COMMA: POINT}
    for (first, sign), (second, next_sign) in pairwise(between):
        if second == first + 4 and sign in other and next_sign in other:
            return other[sign]
    primary = (language or "").lower().replace("_", "-").partition("-")[0]
    return _DECIMAL_MARKS.get(primary, "")


_SCALES = {
    3: "k thousand tausend tsd mil mila duizend tys тыс тысяч тысячи тысяча тысячу tusen bin",
    6: "m mn mln mio million millions millionen millon millones milione milioni milhao milhoes miljoen miljoner "
    "milyon milion miliony milionow млн миллион миллиона миллионов мільйон мільйона мільйонів",
    9: "b bn mrd mld mlrd mds md mia billion billions milliard milliards milliarde milliarden miliardo miliardi bilhao "
    "bilhoes miljard miljarder milyar miliard miliardy miliardow млрд миллиард миллиарда миллиардов мільярд мільярда "
    "мільярдів",
    12: "tn trn trillion trillions trilhao trilhoes billon billones billionen трлн триллион триллиона триллионов",
}
SCALES = {word: power for power, words in _SCALES.items() for word in words.split()}
"""Powers of ten by the words and letters, folded, that stand behind a number for them."""
SEPARATE_SCALES = frozenset(word for word in SCALES if len(word) > 1) - {"md", "mia", "bin", "mds"}
"""Those of them that may stand behind a blank without being something else."""

_NUMBER = re.compile(r"[\d\x01-\x07]+")
_PARTS = re.compile(r"([\x02\x03\x04])")
_MARKS = re.compile(r"[\x01\x05\x06\x07]")


def spelled(token: str) -> str:
    """Give a folded token with a number in it its one spelling."""
    digits = _NUMBER.search(token)
    if digits is None:
        return token
    if digits.start():
        return token[: digits.start()] + spelled(token[digits.start() :])
    number, rest = digits[0].rstrip(_STAND_INS), token[digits.end() :].strip().translate(_SHOWN_AS)
    if number.isdecimal() and not rest:
        return number
    parts = _PARTS.split(number)
    if len(parts) == 1:
        plain = _plain(number)
        power = SCALES.get(rest)
        return plain + rest if power is None else _scaled(plain, power)
    return "".join(part if part in _SHOWN else _plain(part) for part in parts).translate(_SHOWN_AS) + rest


_SHOWN = frozenset((COLON, SLASH, DASH))
_STAND_INS = "".join(sorted(set(SIGNS.values())))
_SHOWN_AS = str.maketrans(
    {COLON: ":", SLASH: "/", DASH: "-", GROUP: None, **dict.fromkeys((POINT, COMMA, DECIMAL), ".")}
)


def _plain(number: str) -> str:
    """Drop what groups the digits and put a point before the decimals; dates and versions keep all points."""
    marks = _MARKS.findall(number)
    if not marks:
        return number
    if marks[0] == DECIMAL and number[0] == DECIMAL:
        number = "0" + number
    if DECIMAL in marks:
        whole, _, decimals = number.rpartition(DECIMAL)
        return f"{_MARKS.sub('', whole)}.{decimals}"
    number = number.replace(GROUP, "")
    marks = [mark for mark in marks if mark != GROUP]
    groups = _MARKS.split(number)
    if len(marks) < 2:
        return ".".join(groups)
    if _grouped(groups) and len(set(marks)) == 1:
        return "".join(groups)
    if marks[-1] not in marks[:-1] and len(set(marks)) == 2 and (len(groups) == 3 or _grouped(groups[:-1])):
        return "".join(groups[:-1]) + "." + groups[-1]
    return ".".join(groups)


def _grouped(groups: Sequence[str]) -> bool:
    """Whether digits stand in groups of three, or as in 12,50,000."""
    first, *middle, last = groups
    sizes = set(map(len, middle)) or {3}
    return len(first) <= 3 and len(last) == 3 and sizes in ({3}, {2}) and first != "0"


def _scaled(number: str, power: int) -> str:
    """Multiply a decimal number by a power of ten."""
    whole, _, decimals = number.partition(".")
    if "." in decimals:
        return number
    shifted = f"{whole}{decimals[:power].ljust(power, '0')}".lstrip("0") or "0"
    return f"{shifted}.{decimals[power:]}" if len(decimals) > power else shifted


_FRACTION = re.compile(r"(?:(\d{1,9})-)?(\d{1,2})/(\d{1,2})")
_DENOMINATORS = frozenset((2, 3, 4, 5, 6, 8, 10, 16, 32, 64))


def value(number: str) -> str:
    """What tells whether two numbers in their one spelling are equal: 0.5 for 1/2, .50 and 0.5."""
    if number.isdecimal():
        return number.lstrip("0") or "0"
    if fraction := _FRACTION.fullmatch(number):
        whole, over, under = int(fraction[1] or 0), int(fraction[2]), int(fraction[3])
        if over < under and under in _DENOMINATORS:
            return f"{whole + over / under:.6f}".rstrip("0")
    whole_digits, point, decimals = number.partition(".")
    if point and whole_digits.isdecimal() and decimals.isdecimal():
        return f"{whole_digits.lstrip('0') or '0'}.{decimals.rstrip('0')}".rstrip(".")
    return number
