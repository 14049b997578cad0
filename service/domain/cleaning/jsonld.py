"""What a page tells search engines: the schema.org article in its JSON-LD (https://schema.org/Article)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape

from lxml.html import HtmlElement
from msgspec import Struct

_ARTICLE = re.compile(r"Article$|^BlogPosting$|^LiveBlogPosting$|^Report$|^SocialMediaPosting$")
_TAG = re.compile(r"<[^<>]{1,500}>")
_BREAK = re.compile(r"(?:<(?:/p|br ?/?|/h\d|/li|/div)>|\r?\n)\s*", re.IGNORECASE)
_LARGEST = 1_000_000  # characters of one script; a page's own data, not its description, is larger
_DEEPEST = 6


class LinkedArticle(Struct, frozen=True, kw_only=True):
    """The article a page describes; every member as written, None where missing."""

    headline: str | None = None
    description: str | None = None
    body: str | None = None
    published: str | None = None
    language: str | None = None
    url: str | None = None
    authors: tuple[str, ...] = ()
    publisher: str | None = None


def linked_article(tree: HtmlElement) -> LinkedArticle:
    """The first article in the JSON-LD of a page; of several the first one with a body. Empty without any."""
    found = [
        node
        for script in tree.iter("script")
        if "ld+json" in script.get("type", "").lower()
        for node in _nodes(_decode(script.text or ""), 0)
        if any(_ARTICLE.search(name) for name in _texts(node.get("@type")))
    ]
    article = next((node for node in found if node.get("articleBody")), found[0] if found else {})
    return LinkedArticle(
        headline=_text(article.get("headline")) or _text(article.get("name")),
        description=_text(article.get("description")),
        body=_text(article.get("articleBody")),
        published=_text(article.get("datePublished")),
        language=_text(article.get("inLanguage")),
        url=_text(article.get("url")) or _text(article.get("mainEntityOfPage")),
        authors=tuple(_texts(article.get("author"))),
        publisher=_text(article.get("publisher")),
    )


def paragraphs(body: str) -> list[str]:
    """An `articleBody` as paragraphs; markup and entities that some pages leave in it are resolved."""
    lines = _BREAK.split(unescape(body))
    return [line for line in (" ".join(_TAG.sub(" ", line).split()) for line in lines) if line]


def _decode(script: str) -> object:
    if len(script) > _LARGEST:
        return None
    try:
        decoded: object = json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return None
    return decoded


def _nodes(value: object, depth: int) -> Iterator[dict[str, object]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _nodes(value.get(name), depth + 1)


def _texts(value: object) -> Iterator[str]:
    """The texts in a value that may be a text, a thing with a name, or a list of either."""
    for item in value if isinstance(value, list) else [value]:
        text = item
        if isinstance(item, dict):
            text = next((item[name] for name in ("name", "url", "@id") if item.get(name)), None)
        if isinstance(text, str) and text.strip():
            yield text.strip() if text.isprintable() else _readable(text)


def _readable(text: str) -> str:
    """A text without control characters and halves of surrogate pairs, which JSON can spell."""
    return "".join(letter for letter in text if letter.isprintable() or letter.isspace()).strip()


def _text(value: object) -> str | None:
    return next(_texts(value), None)
