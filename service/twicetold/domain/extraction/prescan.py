"""A linear look at a page before any parser sees it.

Parsers and extractors go quadratic, or fail without a word, on pages no newsroom ever wrote: 40,000 attributes on a
tag, 100,000 paragraphs. One match of a regular expression in which no character is read more than three times finds
them in milliseconds. (Nesting is looked at after parsing, see `page.parse`: the parser knows best what nests.)
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from msgspec import Struct

from twicetold.domain.errors import ExtractionFailed


class PageLimits(Struct, frozen=True, kw_only=True):
    """The largest page that is parsed: size in characters, number of start tags, attributes on one tag.

    Whoever sends a page to be read looks at its size, `prescan` at the rest. The largest of 243 news pages measured had
    2.2 million characters and 3,300 tags.
    """

    size: int = 8_000_000
    tags: int = 20_000
    attributes: int = 512


_SURROGATES_REPLACED = "html: lone surrogates were replaced by U+FFFD"
_NO_CHARACTERS = ("\ufffe", "\uffff")
_REPLACEMENT = "\ufffd".encode()
_OPENS = ord("<")

# Every quantifier is possessive and everything may end with the page, so a match never fails after having read far.
# A quotation mark opens a value only after "=": elsewhere (<a title=Don't>) it is a character like any other.
_ATTRIBUTE = r"""[^\s"'>/=]++(?:\s*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>]*+))?+"""
_RAW = ("script", "style", "textarea", "title", "iframe", "xmp", "noembed", "noframes", "plaintext")


def _piece(attributes: int) -> bytes:
    """A comment, or a tag with no more than so many attributes, for some with its content, and the text behind it."""
    rest = rf"""(?:[\s/"'=]*+{_ATTRIBUTE}){{0,{attributes}}}+[\s/"'=]*+(?:>|\Z)"""
    raw = "|".join(rf"(?i:{name})(?=[\s/>]){rest}(?:[^<]++|<(?!/(?i:{name})))*+" for name in _RAW)
    first = "".join(sorted({letter for name in _RAW for letter in (name[0], name[0].upper())}))
    usual = rf"""[a-zA-Z][a-zA-Z0-9]*+(?:\ [a-zA-Z:-]++="[^"]*+"){{0,{attributes}}}+>"""  # tried as it is done sooner
    return rf"""
        <(?: /[a-zA-Z0-9]++> | (?=[{first}])(?:{raw}) | {usual} | /?[a-zA-Z][^\s/>]*+{rest}
          | !--(?:[^-]++|-(?!->))*+ | (?!/?[a-zA-Z]) )[^<]*+
      | [^<]++
    """.encode()


@cache
def _page(attributes: int) -> re.Pattern[bytes]:
    """A page without a tag that has more attributes."""
    return re.compile(b"(?:%b)*+" % _piece(attributes), re.VERBOSE)


@cache
def _pieces(attributes: int) -> re.Pattern[bytes]:
    return re.compile(_piece(attributes), re.VERBOSE)


def encoded(html: str) -> tuple[bytes, tuple[str, ...]]:
    """A page in UTF-8, without the two non-characters that XML forbids, and what its reader should be warned of.

    NULs, which parsers take for the end, and lone surrogates, which are no Unicode text, become U+FFFD, with a warning.
    """
    for character in _NO_CHARACTERS:
        if character in html:
            html = html.replace(character, "")
    warnings: tuple[str, ...] = ()
    try:
        written = html.encode()
    except UnicodeEncodeError:
        written = html.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        warnings += (_SURROGATES_REPLACED,)
    if b"\0" in written:  # looking for it in a text of wide characters would take a hundred times as long
        warnings += (f"html: NUL characters were replaced by U+FFFD ({written.count(0)})",)
        written = written.replace(b"\0", _REPLACEMENT)
    return written, warnings


def prescan(written: bytes, limits: PageLimits) -> None:
    """Refuse a page, `encoded`, that is over a limit, in time linear in its length.

    Raises `ExtractionFailed`, naming the limit.
    """
    if _page(limits.attributes).fullmatch(written) is None:
        raise refused(f"a tag with more than {limits.attributes:,} attributes")
    opened = np.count_nonzero(np.frombuffer(written, np.uint8) == _OPENS)  # `count` takes four times as long
    if opened > limits.tags and _start_tags(written, limits) > limits.tags:
        raise refused(f"more than {limits.tags:,} tags")


def _start_tags(written: bytes, limits: PageLimits) -> int:
    pieces = _pieces(limits.attributes).finditer(written)
    return sum(piece[0][:1] == b"<" and piece[0][1:2].isalpha() for piece in pieces)


def refused(found: str) -> ExtractionFailed:
    """The refusal of a page, for `found` is more than it may have."""
    return ExtractionFailed(f"the page has {found}; send the story's text instead", field="html")
