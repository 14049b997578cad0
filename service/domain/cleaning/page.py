"""A page's tree: parsed once, and rid of what no reader sees."""

from __future__ import annotations

import re

from lxml.etree import ParserError, strip_elements
from lxml.html import HtmlElement, HTMLParser, document_fromstring

ODD_NAME = re.compile(r"<(?=[a-zA-Z])[\w.-]*+(?![\s/>])[^\s/>]++")
"""The start of a tag with a name that the parser takes but no tree may be given: `<p"x>`, `<t&#0;d>`, `<o:p>`."""
_MARKUP = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*+<\?xml[^>]*+>")
# Characters that XML has no place for; written in bytes, as UTF-8 uses these for nothing else.
_CONTROL = bytes([*range(9), 11, 12, *range(14, 32)])
_CONTROL_REFERENCE = re.compile(
    rb"""&\#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])
    |[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?""",
    re.VERBOSE,
)
_UNSEEN = (
    "script", "style", "svg", "template", "noscript", "iframe", "object", "embed", "applet", "canvas", "map", "audio",
    "video", "datalist", "select", "textarea", "link", "input", "source", "track", "param", "head",
)  # fmt: skip


def parse(html: str) -> HtmlElement | None:
    """The tree of a page, or None where there is nothing to parse. Plain text and fragments are put into a body.

    Lone surrogates become U+FFFD; characters that XML forbids are left out. Cells do not keep how many columns and rows
    they span: text needs none of the empty cells that extractors put there, in time quadratic in their number.
    """
    if _MARKUP.search(html) is None:
        html = f"<html><body><div>{html}</div></body></html>"
    written = _CONTROL_REFERENCE.sub(b"", encode(html).translate(None, _CONTROL))
    if declaration := _DECLARATION.match(written):
        written = written[declaration.end() :]
    # A parser of its own for every page: one that is shared keeps names of all pages it ever saw.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = document_fromstring(written, parser=parser)
    except ParserError:
        return None
    if not isinstance(tree, HtmlElement):
        return None
    for cell in tree.iter("td", "th"):
        for span in ("colspan", "rowspan"):
            cell.attrib.pop(span, None)
    return tree


def has_surrogates(html: str) -> bool:
    """Whether a page holds halves of surrogate pairs, which are no Unicode text."""
    try:
        html.encode()
    except UnicodeEncodeError:
        return True
    return False


def encode(html: str) -> bytes:
    """UTF-8, with U+FFFD for what is no Unicode text: lone surrogates and the two non-characters that XML forbids."""
    try:
        written = html.encode()
    except UnicodeEncodeError:
        written = html.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    return written.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")


def drop_unseen(tree: HtmlElement) -> None:
    """Take scripts, styles, drawings, players and the head out of a tree; nothing that a reader sees goes."""
    strip_elements(tree, *_UNSEEN, with_tail=False)
