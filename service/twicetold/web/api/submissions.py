"""From the fields a caller sends to a checked `Submission`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs

from twicetold.domain.errors import Invalid, TwicetoldError
from twicetold.domain.extraction.decoding import decode_page
from twicetold.domain.extraction.prescan import encoded
from twicetold.domain.model import Override, Submission
from twicetold.domain.urls import UNKNOWN_SOURCE, canonical_url, id_from_url, names_page, source_from_url
from twicetold.usecases.compare import OneVersion, Side
from twicetold.usecases.pipeline import Correction
from twicetold.usecases.ports import Clock
from twicetold.web.api.mending import LONGEST_URL, mended_source, mended_url, publication_time
from twicetold.web.api.override_fields import checked
from twicetold.web.api.parsing import decode, with_plus
from twicetold.web.bodies import FetchedPage

LONGEST_TITLE = 2000
LONGEST_TEXT = 1_000_000
"""No story is that long; comparing two such texts takes a second or two, and every match costs a comparison."""

RESERVED = "batch"
"""No id of a story: `/v1/stories/batch` takes batches."""

LONGEST_METADATA = 16384
DEEPEST_METADATA = 8
_DOTS = r"(?!\.\.?\Z)"
"""No `.` or `..` alone: in the path of a URL these are steps, which clients take before they ask (RFC 3986)."""

LONGEST_ID = 200
_ID = re.compile(rf"{_DOTS}(?!batch\Z)[A-Za-z0-9._:~-]{{1,{LONGEST_ID}}}", re.ASCII)
_SOURCE = re.compile(rf"{_DOTS}(?!\s)[^\x00-\x1f\x7f/\\]{{1,200}}(?<!\s)")
LANGUAGE_TAG = re.compile(r"(?=.{1,35}$)[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


class TextFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page or text, as `/v1/clean` and `/v1/signature` take it."""

    html: str | None = None
    text: str | None = None
    url: str | None = None
    source: str | None = None
    title: str | None = None
    language: str | None = None


class CleanFields(TextFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page or text with overrides to be tried, as `/v1/clean` takes it."""

    overrides: list[Override] | None = None


class StoryFields(TextFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story, as `/v1/stories` and `/v1/match` take it."""

    id: str | None = None
    published_at: str | int | float | None = None
    metadata: dict[str, Any] | None = None


TEXT_PARAMETERS = ("url", "source", "title", "language")
STORY_PARAMETERS = ("id", *TEXT_PARAMETERS, "published_at")
"""The fields that go with a page as it was fetched: parameters of its call, and of no call with JSON."""


class CorrectionFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be said of a stored story from now on; what is not sent stays, and nothing can be made null."""

    url: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    published_at: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


LAST_VERSION = 2**31 - 1
"""No story has more."""


class SideFields(TextFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One side of a comparison."""

    story_id: str | None = None
    version: int | None = None


class CompareFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `/v1/compare`."""

    a: SideFields
    b: SideFields


for _fields in (StoryFields, TextFields, CleanFields, CompareFields, CorrectionFields):
    # msgspec learns a type when it first decodes one, and crashes when several threads are the first: so here, by one.
    msgspec.json.Decoder(_fields)


F = TypeVar("F", bound=TextFields)
T = TypeVar("T")


class Intake:
    """Reads bodies into submissions. All methods raise `Malformed`, or `Invalid` naming the field.

    An odd field does not cost the story: it is mended or left out, with a warning. Refused is what says who the story
    is (its id, or its URL where it has no id) and what its text is.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def story(self, body: bytes | FetchedPage) -> Submission:
        """A story to be stored; it has an id or a URL."""
        fields, warnings = _sent(body, StoryFields, STORY_PARAMETERS)
        if fields.id is None and fields.url is None:
            raise Invalid(
                'send an id or a url, which tell this story from others: {"id": "my-first", "text": "…"}; to ask about '
                "a text without storing it, send it to /v1/match or /v1/clean",
                field="id",
            )
        submission = self._submission(fields, warnings, url_needed=fields.id is None)
        if not submission.id:
            raise Invalid("url names a site and no page of it; send an id, too", field="url")
        return submission

    def offered(self, body: bytes | FetchedPage) -> Submission:
        """A story that is only asked about; without id and URL its id is empty."""
        fields, warnings = _sent(body, StoryFields, STORY_PARAMETERS)
        return self._submission(fields, warnings)

    def text(self, body: bytes | FetchedPage) -> Submission:
        """A page or text; its id is empty."""
        fields, warnings = _sent(body, TextFields, TEXT_PARAMETERS)
        return self._submission(fields, warnings)

    def cleaned(self, body: bytes | FetchedPage) -> Submission:
        """A page or text with the overrides to be tried on it; its id is empty."""
        fields, warnings = _sent(body, CleanFields, TEXT_PARAMETERS)
        tried = None if fields.overrides is None else checked(fields.overrides)
        return structs.replace(self._submission(fields, warnings), overrides=tried)

    def sides(self, body: bytes) -> tuple[Side, Side]:
        """Two texts, stories or versions of stories to be compared."""
        fields, warnings = decode(body, CompareFields)
        return self._side("a", fields.a, warnings), self._side("b", fields.b, warnings)

    def correction(self, body: bytes) -> Correction:
        """What is to be corrected of a stored story."""
        fields, _ = decode(body, CorrectionFields)
        if fields == CorrectionFields():
            raise Invalid("send at least one of url, title, published_at, language and metadata", field="title")
        url, metadata = _given(fields.url), _given(fields.metadata)
        if url is not None:
            url_key_of(url)
        doubts: list[str] = []
        correction = Correction(
            url=url,
            title=_title(_given(fields.title), doubts),
            published_at=self._published_at(_given(fields.published_at), doubts),
            language=_language(_given(fields.language), doubts),
            metadata=None if metadata is None else _metadata(metadata, doubts),
        )
        if doubts:  # who corrects has nothing to lose by being told, and no answer to find a warning in
            raise Invalid(doubts[0], field=doubts[0].partition(":")[0])
        return correction

    def _side(self, name: str, fields: SideFields, warnings: list[str]) -> Side:
        try:
            if fields.story_id is None and fields.version is None:
                return self._submission(fields, warnings)
            if fields.story_id is None or fields != SideFields(story_id=fields.story_id, version=fields.version):
                raise Invalid("send either a story_id, perhaps with its version, or a page or text", field="story_id")
            story_id = _checked_id(fields.story_id, field="story_id")
            if fields.version is None:
                return story_id
            if not 1 <= fields.version <= LAST_VERSION:
                raise Invalid("version must be a number from 1 on", field="version")
            return OneVersion(story_id, fields.version)
        except TwicetoldError as error:
            error.move_into(name)
            raise

    def _submission(self, fields: TextFields, warnings: list[str], *, url_needed: bool = False) -> Submission:
        if (fields.html is None) == (fields.text is None):
            given = "neither was" if fields.text is None else "both were"
            raise Invalid(f"send exactly one of html and text; {given} given", field="text")
        if fields.text is not None and len(fields.text) > LONGEST_TEXT:
            raise Invalid(f"text must be at most {LONGEST_TEXT:,} characters", field="text")
        warnings = list(warnings)
        url = _url(fields.url, warnings, needed=url_needed)
        address = None if url is None else canonical_url(url)
        url_key = address if address is not None and names_page(address) else None
        story = fields if isinstance(fields, StoryFields) else StoryFields()
        submission = Submission(
            id=_id(story.id, url_key),
            source=_source(fields.source, address, warnings),
            url=url,
            url_key=url_key,
            title=_title(fields.title, warnings),
            published_at=self._published_at(story.published_at, warnings),
            language=_language(fields.language, warnings),
            text=_without_nuls(fields.text, "text", warnings),
            metadata=_metadata(story.metadata or {}, warnings),
            warnings=tuple(warnings),
        )
        if fields.html is None:
            return submission
        page, doubts = encoded(fields.html)
        return structs.replace(submission, html=page, warnings=(*warnings, *doubts))

    def _published_at(self, value: str | float | None, warnings: list[str]) -> datetime | None:
        if value is None:
            return None
        try:
            read, mended = publication_time(value, now=self._clock())
        except ValueError as error:
            warnings.append(f"published_at: left out, for it {error}")
            return None
        if mended:
            warnings.append(f"published_at: read as {read.isoformat().replace('+00:00', 'Z')}")
        return read


def _sent(body: bytes | FetchedPage, type_: type[F], parameters: Sequence[str]) -> tuple[F, list[str]]:
    """The fields of a submission: of a JSON object, or a page and those parameters of its call."""
    if isinstance(body, bytes):
        return decode(body, type_)
    page = decode_page(body.content, charset=body.charset)
    given: dict[str, Any] = {name: body.parameters[name] for name in parameters if name in body.parameters}
    if "published_at" in given:
        given["published_at"] = with_plus(given["published_at"])
    return type_(html=page.html, **given), list(page.warnings)


def _given(value: T | UnsetType) -> T | None:
    return None if isinstance(value, UnsetType) else value


def checked_source(text: str) -> str:
    """The name of a source. Raises `Invalid`."""
    if not _SOURCE.fullmatch(text):
        raise Invalid(
            "source must be 1 to 200 characters without control characters, slashes, or white space at its ends, "
            "and not . or .. alone",
            field="source",
        )
    return text


def _checked_id(text: str, *, field: str) -> str:
    if text == RESERVED:
        raise Invalid(f"{field} cannot be {RESERVED}, which is a path of its own; choose another", field=field)
    if not _ID.fullmatch(text):
        raise Invalid(
            f"{field} must be 1 to 200 of the characters A-Z a-z 0-9 . _ : ~ -, and not batch, . or .. alone",
            field=field,
        )
    return text


def _id(given: str | None, url_key: str | None) -> str:
    if given is not None:
        return _checked_id(given, field="id")
    return id_from_url(url_key) if url_key else ""


def url_key_of(url: str) -> str:
    """The canonical form of a URL. Raises `Invalid`."""
    if len(url) > LONGEST_URL:
        raise Invalid(f"url must be at most {LONGEST_URL:,} characters", field="url")
    try:
        return canonical_url(url)
    except ValueError as error:
        raise Invalid(f"url {error}", field="url") from None


def _url(url: str | None, warnings: list[str], *, needed: bool) -> str | None:
    if url is None:
        return None
    try:
        mended = mended_url(url)
    except ValueError as error:
        if needed:
            raise Invalid(f"url {error}; correct it, or send an id", field="url") from None
        warnings.append(f"url: left out, for it {error}")
        return None
    if mended != url:
        warnings.append(f"url: read as {mended}")
    return mended


def _source(given: str | None, address: str | None, warnings: list[str]) -> str:
    if given is not None:
        mended = given if _SOURCE.fullmatch(given) else mended_source(given)
        if mended is not None:
            if mended != given:
                warnings.append(f"source: read as {mended}")
            return mended
        warnings.append("source: left out, for nothing of it can be a name")
    named = source_from_url(address) if address else UNKNOWN_SOURCE
    if _SOURCE.fullmatch(named):
        return named
    warnings.append("source: unknown, for the host of url cannot be the name of one")
    return UNKNOWN_SOURCE


def _title(title: str | None, warnings: list[str]) -> str | None:
    if title is not None and len(title) > LONGEST_TITLE:
        warnings.append(f"title: cut to its first {LONGEST_TITLE:,} characters")
        title = title[:LONGEST_TITLE]
    return _without_nuls(title, "title", warnings) or None


def _language(tag: str | None, warnings: list[str]) -> str | None:
    if tag is not None and not LANGUAGE_TAG.fullmatch(tag):
        warnings.append("language: left out, for it is no BCP 47 tag, such as en, pt-BR or zh-Hant")
        return None
    return tag


def _metadata(metadata: Mapping[str, Any], warnings: list[str]) -> Mapping[str, Any]:
    if _deeper_than(DEEPEST_METADATA, metadata):
        warnings.append(f"metadata: left out, for it is nested more than {DEEPEST_METADATA} levels deep")
        return {}
    written = msgspec.json.encode(metadata)
    if len(written) > LONGEST_METADATA:
        warnings.append(f"metadata: left out, for it is more than {LONGEST_METADATA:,} bytes as JSON")
        return {}
    if rb"\u0000" not in written:
        return metadata
    mended = {str(_mended(name)): _mended(item) for name, item in metadata.items()}
    if mended != metadata:
        warnings.append("metadata: NUL characters were replaced by U+FFFD")
    return mended


def _deeper_than(levels: int, value: object) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return parts is not None and (levels == 0 or any(_deeper_than(levels - 1, part) for part in parts))


def _mended(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(item) for name, item in value.items()}
    return value


def _without_nuls(text: str | None, field: str, warnings: list[str]) -> str | None:
    if text is None or "\0" not in text:
        return text
    warnings.append(f"{field}: NUL characters were replaced by U+FFFD ({text.count(chr(0))})")
    return text.replace("\0", "\ufffd")
