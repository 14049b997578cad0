"""Odd fields of a submission: mended where it is plain what was meant, else left out, and never without a warning."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from twicetold.domain.errors import Invalid
from twicetold.domain.urls import canonical_url, source_from_url
from twicetold.web.api.parsing import moment

LONGEST_URL = 2000
LONGEST_SOURCE = 200
LONGEST_TIME = 64
EARLIEST_YEAR = 1600
"""Publication times before the first newspapers can only be mistakes."""
FUTURE = timedelta(days=2)
"""Crawlers' clocks and zones are off by hours; beyond this a time is a mistake."""

_LINE_ENDS = re.compile(r"[\t\r\n]")
_ODD = re.compile(r"[\s\x00-\x1f\x7f]")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_WITHOUT_SCHEME = re.compile(r"(?://)?(?P<rest>(?P<host>[^\s/?#@:\\]+)(?::[0-9]+)?(?:[/?#].*)?)")
_USER = re.compile(r"(?P<scheme>https?://)[^/?#]*@", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_SLASHES = re.compile(r"[/\\]+")
_DATE = re.compile(r"[0-9]{8}", re.ASCII)
_EPOCH = re.compile(r"[0-9]{9,11}(\.[0-9]{1,9})?|[0-9]{12,14}", re.ASCII)
_MILLISECONDS_FROM = 1e11
"""As seconds these would be after the year 5138."""
_ZONE_WORDS = re.compile(r"\s*(?:UTC|GMT|Z)\Z", re.IGNORECASE)


def mended_url(url: str) -> str:
    """A URL as it was meant.

    White space around it and line ends in it go, other white space is percent-encoded, as browsers do (WHATWG URL,
    4.4). Where a scheme is missing before a host name, it is `https`. A user name and password go. Raises `ValueError`,
    saying what is wrong, for what is no absolute http(s) URL even so.
    """
    text = url.strip()
    _check_length(text)
    text = _ODD.sub(lambda odd: quote(odd[0]), _LINE_ENDS.sub("", text))
    if not _SCHEME.match(text) and (bare := _WITHOUT_SCHEME.fullmatch(text)) and "." in bare["host"][1:-1]:
        text = f"https://{bare['rest']}"
    text = _USER.sub(r"\g<scheme>", text)
    _check_length(text)
    canonical_url(text)
    return text


def _check_length(url: str) -> None:
    if len(url) > LONGEST_URL:
        raise ValueError(f"must be at most {LONGEST_URL:,} characters")


def mended_source(source: str) -> str | None:
    """The name of a source as it was meant, or None where nothing of it can be one.

    A URL stands for its registrable domain. White space around a name and slashes around it go; slashes within it
    become dashes, for names stand in paths; a name that is too long is cut.
    """
    text = source.strip()
    if _SCHEME.match(text):
        try:
            return _named(source_from_url(canonical_url(mended_url(text))))
        except ValueError:
            pass
    return _named(_CONTROL.sub(" ", text[:LONGEST_URL]).strip(" /\\"))


def _named(text: str) -> str | None:
    name = "-".join(part.strip() for part in _SLASHES.split(text))[:LONGEST_SOURCE].strip()
    return name if name.strip(".") or len(name) > 2 else None


def publication_time(value: str | float, *, now: datetime) -> tuple[datetime, bool]:
    """When a story was published, in UTC, and whether that is more or other than what was sent says.

    Read are RFC 3339, its forms without a zone (taken for UTC) or without a time (taken for midnight), the dates of
    feeds (RFC 822, with the years of RFC 2822) and seconds or milliseconds since 1970. Raises `ValueError`, saying what
    is wrong, for anything else and for a time that can only be a mistake.
    """
    try:
        read, mended = (moment(value, field=""), False) if isinstance(value, str) else (_since_1970(value), True)
    except Invalid:
        read, mended = _other_form(str(value).strip()), True
    if read > now + FUTURE:
        raise ValueError(f"is more than {FUTURE.days} days in the future")
    if read.year < EARLIEST_YEAR:
        raise ValueError(f"is before the year {EARLIEST_YEAR}")
    return read, mended


def _other_form(text: str) -> datetime:
    if len(text) > LONGEST_TIME:
        raise ValueError(f"has more than {LONGEST_TIME} characters")
    ways: tuple[Callable[[str], datetime], ...] = (_iso_8601, parsedate_to_datetime)
    if _EPOCH.fullmatch(text):
        ways = (lambda digits: _since_1970(float(digits)),)
    elif text.isdecimal() and not _DATE.fullmatch(text):
        ways = ()
    for way in ways:
        try:
            read = way(text)
            return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    raise ValueError("is no time in a form that is read; send RFC 3339, such as 2026-03-02T07:30:00Z")


def _iso_8601(text: str) -> datetime:
    return datetime.fromisoformat(_ZONE_WORDS.sub("+00:00", text))


def _since_1970(number: float) -> datetime:
    try:
        return datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS_FROM else number, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError("is outside the years 1 to 9999") from None
