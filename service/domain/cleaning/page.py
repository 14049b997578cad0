"""The one place that touches trafilatura: a page's tree in, the tree of its content out."""

from __future__ import annotations

import re

from lxml.etree import Element, _Element
from lxml.html import HtmlElement, document_fromstring
from trafilatura import bare_extraction
from trafilatura.utils import HTML_PARSER

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")


def parse(html: str) -> HtmlElement | None:
    """The tree of a page, or None where there is nothing to parse. Plain text and fragments are put into a body."""
    html = _DECLARATION.sub("", _CONTROL.sub("", html))
    if not html.strip():
        return None
    if "<html" not in html[:2000].lower() and "<body" not in html.lower():
        html = f"<html><body><div>{html}</div></body></html>"
    tree = document_fromstring(html, parser=HTML_PARSER)
    return tree if isinstance(tree, HtmlElement) else None


def content(tree: HtmlElement) -> _Element:
    """The body that trafilatura takes for content, links kept; empty when it finds none."""
    document = bare_extraction(tree, include_comments=False, include_links=True)
    body = getattr(document, "body", None)
    return Element("body") if body is None else body
