"""Times as pages write them: ISO 8601, forms of e-mail and JavaScript, epochs, and dates in words of many languages."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

from twicetold.domain.model import DatePrecision

EARLIEST_YEAR = 1990
"""Pages are not older; what claims to be is a default of its site's software."""

LONGEST = 200
"""Characters of a written time that are read: the longest form known has 70."""

_ZONE = r"(?P<zone>(?:UTC|GMT)?\s?[+-]\d{1,2}:?\d{2}|Z\b|UTC\b|GMT\b)"
_CLOCK = re.compile(
    rf"(?<![\d:])(?P<hour>\d{{1,2}})(?:[:h.](?P<minute>\d{{2}})(?::(?P<second>\d{{2}})(?:[.,]\d{{1,9}})?)?)?"
    rf"(?![\d:])\s{{0,2}}(?P<half>[ap]\.?m\b\.?)?\s{{0,2}}{_ZONE}?",
    re.IGNORECASE,
)
_CLOCK_NEAR = 24
"""Characters between a date and its time of day: "at", "um", "|", "kl."."""

_YEAR = r"(?P<year>(?:19|20)\d{2})"
_WORD = r"(?P<month>[^\W\d_][^\s\d_,./()|:;-]{1,20})"
_JOIN = r"[\s.,]{0,3}(?:(?:of|de|del|d['’]|da|ta['’])\s{0,2})?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<!\d){_YEAR}\s?[-/.年년]\s?(?P<month>\d{{1,2}})\s?[-/.月월]\s?(?P<day>\d{{1,2}})(?!\d)",
        r"(?<![\w.,/-])(?P<day>\d{1,2})(?P<mark>[./-])\s?(?P<month>\d{1,2})(?P=mark)\s?(?P<year>(?:\d{2}){1,2})(?![\d/-])",
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|ª)?(?:{_JOIN}|-){_WORD}(?:{_JOIN}|-){_YEAR}(?!\d)",
        rf"(?<!\w){_WORD}[\s.]{{1,3}}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s,]{{1,3}}{_YEAR}(?!\d)",
        rf"(?<!\d){_YEAR}[\s.,]{{1,3}}(?:m\.\s?|de\s)?{_WORD}[\s.]{{0,3}}(?P<day>\d{{1,2}})(?!\d)",
    )
)
_EPOCH = re.compile(r"(?P<seconds>\d{10})(?P<millis>\d{3})?(?:\.\d{1,6})?")


class WrittenTime(NamedTuple):
    """A time found in a text, in UTC; `start` and `end` tell where the date stands."""

    at: datetime
    precision: DatePrecision
    start: int = 0
    end: int = 0


def read_time(written: str | None, *, language: str | None = None) -> WrittenTime | None:
    """The first time in a text that stands for a time, such as an attribute; None where there is none.

    A time without a zone is read as UTC and says so in its precision; a date is that day's midnight. `language` is a
    BCP 47 tag: it decides between month names, and which of two numbers is the month.
    """
    if not written:
        return None
    written = _in_ascii_digits(written.strip()[:LONGEST])
    if (epoch := _EPOCH.fullmatch(written)) is not None:
        return _plausible(_from_epoch(int(epoch["seconds"])))
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return find_time(written, language=language)
    if len(written) <= len("2026-03-03"):
        return _plausible(WrittenTime(at.replace(tzinfo=UTC), DatePrecision.DAY))
    return _plausible(_zoned(at))


def find_time(text: str, *, language: str | None = None) -> WrittenTime | None:
    """The first date in a text of at most `LONGEST` characters, with the time of day beside it."""
    text = _in_ascii_digits(text[:LONGEST])
    found = None
    for form in _FORMS:
        for match in form.finditer(text):
            if found is not None and match.start() >= found[0].start():
                break
            if (day := _day(match, language)) is not None:
                found = match, day
                break
    if found is None:
        return None
    match, day = found
    before, after = text[: match.start()][-_CLOCK_NEAR:], text[match.end() :][:_CLOCK_NEAR]
    time = _plausible(_with_clock(day, before=before, after=after))
    return None if time is None else time._replace(start=match.start(), end=match.end())


@cache
def month_names() -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Numbers of months by name: by language, and of all names that mean the same month in every language.

    The names are those of the Unicode CLDR, wide and short, in the Gregorian calendar.
    """
    written = files(__package__).joinpath("months.json").read_bytes()
    languages = {
        language: {name: number for number, names in enumerate(months, 1) for name in names}
        for language, months in msgspec.json.decode(written, type=dict[str, list[list[str]]]).items()
    }
    common: dict[str, int] = {}
    for names in languages.values():
        for name, number in names.items():
            common[name] = number if common.get(name, number) == number else 0
    return languages, common


def _in_ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in text)


def _day(match: re.Match[str], language: str | None) -> datetime | None:
    year, day, written = int(match["year"]), int(match["day"]), match["month"]
    month = int(written) if written.isdecimal() else _month(written, language)
    if year < 100:
        year += 2000 if year < 70 else 1900
    if match.groupdict().get("mark") and (day <= 12 < month or (day <= 12 and _month_first(match["mark"], language))):
        day, month = month, day
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _month(name: str, language: str | None) -> int:
    name = name.casefold().rstrip(".")
    languages, common = month_names()
    own = languages.get((language or "").partition("-")[0].lower(), {})
    return own.get(name) or common.get(name, 0)


_MONTH_FIRST = frozenset({"en", "en-us", "en-ph", "es-us"})
"""Where 03/04/2026 is the fourth of March: the United States and their press's neighbours. Most English pages that do
not name their country are American."""


def _month_first(mark: str, language: str | None) -> bool:
    return mark == "/" and (language or "en").lower().replace("_", "-") in _MONTH_FIRST


def _with_clock(day: datetime, *, before: str, after: str) -> WrittenTime | None:
    for clock in (_CLOCK.search(after), _CLOCK.search(before)):
        if clock is None or not (clock["minute"] or clock["half"]):
            continue
        hour, minute, second = int(clock["hour"]), int(clock["minute"] or 0), int(clock["second"] or 0)
        if clock["half"]:
            hour = hour % 12 + (12 if clock["half"][0] in "pP" else 0)
        try:
            at = day.replace(hour=hour, minute=minute, second=second, tzinfo=_zone(clock["zone"]))
        except ValueError:
            continue
        return _zoned(at)
    return WrittenTime(day, DatePrecision.DAY)


def _zone(written: str | None) -> timezone | None:
    if not written:
        return None
    digits = "".join(letter for letter in written if letter.isdecimal())
    if not digits:
        return UTC
    offset = timedelta(hours=int(digits[:-2]), minutes=int(digits[-2:]))
    return timezone(-offset if "-" in written else offset)


def _zoned(at: datetime) -> WrittenTime | None:
    if at.tzinfo is None:
        return WrittenTime(at.replace(tzinfo=UTC), DatePrecision.LOCAL)
    try:
        return WrittenTime(at.astimezone(UTC), DatePrecision.INSTANT)
    except OverflowError:
        return None


def _from_epoch(seconds: int) -> WrittenTime:
    return WrittenTime(datetime.fromtimestamp(seconds, UTC), DatePrecision.INSTANT)


def _plausible(time: WrittenTime | None) -> WrittenTime | None:
    return time if time is not None and time.at.year >= EARLIEST_YEAR else None
