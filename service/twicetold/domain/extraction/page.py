"""A page's tree: parsed once, and rid of what no reader sees."""

from __future__ import annotations

import re

import numpy as np
from lxml.etree import (
    ElementDefaultClassLookup,
    ParserError,
    SerialisationError,
    XPath,
    _Element,
    tostring,
)
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from twicetold.domain.extraction.prescan import refused

DEEPEST = 240
"""Elements that may stand in one another. The parser gives up at 256, without a word, and leaves out all the rest."""

ODD_NAME = re.compile(rb"<(?=[a-zA-Z])[\w.-]*+(?![\s/>])[^\s/>]++")
"""The start of a tag with a name that the parser takes but no tree may be given: `<p"x>`, `<t&#0;d>`, `<o:p>`."""
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*+<\?xml[^>]*+>")
# Characters that XML has no place for; written in bytes, as UTF-8 uses these for nothing else.
_BLANKS = b"\t\n\r"
_CONTROL = bytes(set(range(32)) - set(_BLANKS))
_CONTROL_REFERENCE = re.compile(
    rb"""&\#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])
    |[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?""",
    re.VERBOSE,
)
_INVISIBLE = tuple(letter.encode() for letter in "\u00ad\u200b\u2060\ufeff")
"""Soft hyphens, zero-width spaces, word joiners and byte order marks: hints for typesetting, never part of a word. The
joiner and non-joiner of zero width stay, for they spell words in Persian and Hindi."""
_INVISIBLE_REFERENCE = re.compile(
    rb"&(?:shy|ZeroWidthSpace|NoBreak|\#0*(?:173|8203|8288|65279)|\#[xX]0*(?:[aA][dD]|200[bB]|2060|[fF][eE][fF]{2}));"
)
_DEEPER = XPath(f"boolean({'/*' * (DEEPEST + 1)})")
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|\w+")  # scripts without spaces by letter


def parse(written: bytes) -> HtmlElement | None:
    """The tree of a page, `encoded`, or None where there is nothing to parse; plain text and fragments go into a body.

    Characters that XML forbids, and those that nobody sees, are left out. Cells do not keep how many columns and rows
    they span: text needs none of the empty cells that extractors put there, in time quadratic in their number.

    Raises `ExtractionFailed` where elements are nested deeper than `DEEPEST`.
    """
    if _MARKUP.search(written) is None:
        written = b"<html><body><div>" + written + b"</div></body></html>"
    if _has_control(written):
        written = written.translate(None, _CONTROL)
    written = _CONTROL_REFERENCE.sub(b"", written)
    if not written.isascii():
        for character in _INVISIBLE:
            written = written.replace(character, b"")
    written = _INVISIBLE_REFERENCE.sub(b"", written)
    if declaration := _DECLARATION.match(written):
        written = written[declaration.end() :]
    # A parser of its own for every page: one that is shared keeps names of all pages it ever saw.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    # lxml.html chooses a class for every element it hands out, in Python; none of its special ones is needed here.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    try:
        tree = document_fromstring(written, parser=parser)
    except ParserError:
        return None
    if not isinstance(tree, HtmlElement):
        return None
    if _DEEPER(tree):
        raise refused(f"elements nested more than {DEEPEST} deep")
    for cell in tree.iter("td", "th"):
        for span in ("colspan", "rowspan"):
            cell.attrib.pop(span, None)
    return tree


def _has_control(written: bytes) -> bool:
    """Whether a page has characters to leave out: hardly any has, and to look costs half of what leaving out does."""
    codes = np.frombuffer(written, np.uint8)
    low = codes < len(_CONTROL) + len(_BLANKS)
    for blank in _BLANKS:
        low &= codes != blank
    return bool(low.any())


def text_of(element: _Element) -> str:
    """All text in an element, as lxml's `text_content` gives it, in half the time. Raises `MemoryError`."""
    try:
        text: str = tostring(element, method="text", encoding="unicode", with_tail=False)
    except SerialisationError as failure:  # does not tell of what, and text has nothing else to fail of
        raise MemoryError from failure
    return text


def words(text: str) -> set[str]:
    """The words of a text in lower case."""
    return set(_WORD.findall(text.casefold()))
