"""Reading JSON bodies and query parameters: strictly, with messages that name the field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar, get_type_hints

import msgspec
from werkzeug.datastructures import MultiDict

from twicetold.domain.errors import Invalid, Malformed
from twicetold.web.api.hints import meant, nearest

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

PAGE = 50
LONGEST_PAGE = 200
SHORT_TEXT = 200

_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)
"""Escapes of a JSON text from left to right, so that an escaped backslash never passes for the start of one."""

_PLACE = re.compile(r"(?P<said>.*) - at `(?:key in )?\$(?P<place>[^`]*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_LEAP_SECOND = re.compile(r"(?<=[Tt ][0-9]{2}:[0-9]{2}):60(\.[0-9]+)?(?=[Zz+-])")
LEAPS_IN = (23, 59)
"""The only minute of a day, in UTC, that may have a second 60."""

_TYPES = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`")
_JSON_TYPES = {
    "str": "a string",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
}
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]*)`")


def decode(body: bytes, type_: type[T]) -> tuple[T, list[str]]:
    """A JSON body as a value of `type_`, and warnings.

    Lone surrogates, which JSON can escape but no text can hold, become U+FFFD with a warning.
    Raises `Malformed` for anything but JSON in UTF-8, `Invalid` naming the field for JSON of another shape.
    """
    try:
        value, lone = _decoded(body.removeprefix(b"\xef\xbb\xbf"), type_)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), type_) from None
    except msgspec.DecodeError as error:
        raise Malformed(f"this is not valid JSON: {_fault(error)}" if body.strip() else "the body is empty") from None
    except UnicodeDecodeError:
        raise Malformed("the body is not valid UTF-8") from None
    except RecursionError:
        raise Malformed("the body is nested too deep") from None
    warnings = [f"lone surrogates were replaced by U+FFFD ({lone})"] if lone else []
    return value, warnings


def _decoded(body: bytes, type_: type[T]) -> tuple[T, int]:
    """The value, and how many lone surrogates were replaced.

    They are looked for only where decoding fails: looking in every body cost pages more than decoding them.
    """
    try:
        return msgspec.json.decode(body, type=type_), 0
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended, lone = _without_lone_surrogates(body)
        if not lone:
            raise
        return msgspec.json.decode(mended, type=type_), lone


def _without_lone_surrogates(body: bytes) -> tuple[bytes, int]:
    lone = 0

    def mend(escape: re.Match[bytes]) -> bytes:
        nonlocal lone
        if escape["lone"] is None:
            return escape[0]
        lone += 1
        return rb"\ufffd"

    return _ESCAPES.sub(mend, body), lone


def _invalid(message: str, type_: object) -> Invalid:
    """Msgspec's message on a value of `type_`, said about the field it is about."""
    placed = _PLACE.fullmatch(message)
    said, place = (placed["said"], placed["place"].lstrip(".").replace("[...]", "")) if placed else (message, "")
    if unknown := _UNKNOWN.fullmatch(said):
        field = _joined(place, unknown["name"][:100])
        return Invalid(
            f"{field} is not a field of this request{meant(unknown['name'], _fields(type_, place))}", field=field
        )
    if missing := _MISSING.fullmatch(said):
        field = _joined(place, missing["name"])
        return Invalid(f"{field} is missing", field=field)
    if of_type := _TYPES.fullmatch(said):
        wanted = " or ".join(dict.fromkeys(_named(each) for each in of_type["wanted"].split(" | ")))
        said = f"{place} must be" if place else "send"
        hint = "" if place or of_type["got"] != "array" else "; a list of stories goes to /v1/stories/batch"
        return Invalid(f"{said} {wanted}, not {_named(of_type['got'])}{hint}", field=place or None)
    if said == "Number out of range":
        return Invalid(f"{place} holds a number that is out of range; send it as a string", field=place)
    return Invalid(f"{place or 'the body'}: {said[:1].lower()}{said[1:]}", field=place or None)


def _fields(type_: object, place: str) -> list[str]:
    """The fields of a struct, or of the one at a place inside of it."""
    for name in filter(None, place.split(".")):
        hints = get_type_hints(type_) if isinstance(type_, type) else {}
        type_ = hints.get(name)
    return list(getattr(type_, "__struct_fields__", ()))


def _fault(error: msgspec.DecodeError) -> str:
    """What is wrong with a JSON text, in msgspec's words, less what goes without saying."""
    said = str(error).removeprefix("JSON is malformed: ")
    return "it breaks off" if said == "Input data was truncated" else said


def _named(type_: str) -> str:
    """A type of msgspec's messages as JSON knows it."""
    return _JSON_TYPES.get(type_, type_)


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def moment(text: str, *, field: str) -> datetime:
    """An RFC 3339 time with a zone, in UTC; a leap second is read as the last moment before it. Raises `Invalid`."""
    before, leaps = _LEAP_SECOND.subn(":59.999999", text)
    read = _moment(before, field=field)
    if leaps and (read.hour, read.minute) != LEAPS_IN:
        raise Invalid(f"{field} has a second 60, which only the last minute of a day in UTC can have", field=field)
    return read


def _moment(text: str, *, field: str) -> datetime:
    try:
        read = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise Invalid(f"{field} must be an RFC 3339 time, such as 2026-03-02T07:30:00Z", field=field) from None
    if read.tzinfo is None:
        raise Invalid(f"{field} needs a zone, as in 2026-03-02T07:30:00Z or 2026-03-02T08:30:00+01:00", field=field)
    try:
        return read.astimezone(UTC)
    except OverflowError:
        raise Invalid(f"{field} is outside the years 1 to 9999", field=field) from None


def with_plus(text: str) -> str:
    """An RFC 3339 time in a parameter: a plus that was not escaped arrives as a space, and none holds one there."""
    return re.sub(r"^([0-9-]{10}[Tt].*) ([0-9:]{4,6})$", r"\1+\2", text)


class Query:
    """The query parameters of a call. Raises `Invalid` for ones it does not have, or has twice."""

    def __init__(self, given: MultiDict[str, str], *, known: Iterable[str], repeatable: Iterable[str] = ()) -> None:
        self._given = given
        repeated, names = frozenset(repeatable), frozenset(known) | frozenset(repeatable)
        for name, values in given.lists():
            if name not in names:
                taken = ", ".join(sorted(names)) or "none"
                close = nearest(name, sorted(names))
                hint = f": did you mean {close}? It takes {taken}" if close else f", which takes {taken}"
                raise Invalid(f"{name[:100]} is not a parameter of this call{hint}", field=name[:100])
            if len(values) > 1 and name not in repeated:
                raise Invalid(f"{name} is given {len(values)} times; give it only once", field=name)

    def text(self, name: str) -> str | None:
        """As given, or None."""
        return self._given.get(name)

    def short_text(self, name: str) -> str | None:
        """A text of 1 to SHORT_TEXT characters, or None."""
        value = self._given.get(name)
        if value is not None and not 1 <= len(value) <= SHORT_TEXT:
            raise Invalid(f"{name} must have from 1 to {SHORT_TEXT} characters", field=name)
        return value

    def filters(self) -> str:
        """All parameters but the paging ones, in one form; a cursor belongs to these."""
        kept = sorted((name, value) for name, value in self._given.items(multi=True) if name not in {"cursor", "limit"})
        return msgspec.json.encode(kept).decode()

    def flag(self, name: str) -> bool:
        """1, true, 0 or false; without it false."""
        return self.choice(name, {"1": True, "true": True, "0": False, "false": False}, default=False)

    def choice(self, name: str, choices: Mapping[str, T], *, default: T) -> T:
        """One of the named values."""
        value = self._given.get(name)
        if value is None:
            return default
        return _chosen(name, value, choices)

    def several(self, name: str, choices: type[E]) -> tuple[E, ...]:
        """Every value of a repeatable parameter; one may also be a list divided by commas."""
        members = {member.value: member for member in choices}
        values = (value for given in self._given.getlist(name) for value in given.split(","))
        return tuple(dict.fromkeys(_chosen(name, value.strip(), members) for value in values))

    def whole(self, name: str, *, default: int, least: int, most: int) -> int:
        """A whole number between two bounds."""
        value = self._given.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"-?[0-9]{1,18}", value, re.ASCII):
            raise Malformed(f"{name} must be a whole number", field=name)
        if not least <= int(value) <= most:
            raise Invalid(f"{name} must be from {least} to {most}", field=name)
        return int(value)

    def share(self, name: str) -> float | None:
        """A number above 0, up to 1, or None."""
        value = self._given.get(name)
        if value is None:
            return None
        if not _NUMBER.fullmatch(value):
            raise Malformed(f"{name} must be a number such as 0.5", field=name)
        if not 0 < float(value) <= 1:
            raise Invalid(f"{name} must be above 0 and at most 1", field=name)
        return float(value)

    def moment(self, name: str) -> datetime | None:
        """A time, or None."""
        value = self._given.get(name)
        return None if value is None else moment(with_plus(value), field=name)

    def limit(self) -> int:
        """Items wanted on a page."""
        return self.whole("limit", default=PAGE, least=1, most=LONGEST_PAGE)


def _chosen(name: str, value: str, choices: Mapping[str, T]) -> T:
    if value not in choices:
        raise Invalid(f"{name} must be one of {', '.join(choices)}", field=name)
    return choices[value]
