"""What a page tells search engines: the schema.org article in its JSON-LD (https://schema.org/Article)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape

from lxml.etree import XPath
from lxml.html import HtmlElement
from msgspec import Struct, field

from twicetold.domain.extraction.page import text_of, words

_ARTICLE = re.compile(r"Article$|^BlogPosting$|^LiveBlogPosting$|^Report$|^SocialMediaPosting$")
_PAGE = re.compile(
    r"^(?:Web|Medical|About|FAQ|QA|Item)Page$|^(?:Audio|Video|Podcast)\w*$|^(?:Recipe|HowTo|Review|Course)$"
)
_TAG = re.compile(r"<[^<>]{1,500}>")
_BREAK = re.compile(r"(?:<(?:/p|br ?/?|/h\d|/li|/div)>|\r?\n)\s*", re.IGNORECASE)
# What is opened and never closed goes on to the end, so that no letter is read twice.
_SLIPS = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*+"?)                  # kept
    |,(?=\s*+[}\]])                                    # a comma too many
    |/\*(?:[^*]|\*(?!/))*+(?:\*/)?                     # a comment
    |(?://[ \t]*+)?(?:<!\[CDATA\[|\]\]>|<!--|-->)      # a section's marks
    |;\s*+\Z""",
    re.DOTALL | re.VERBOSE,
)
_LARGEST = 1_000_000  # characters of one script; a page's own data, not its description, is larger
_DEEPEST = 6
_SAME, _FEWEST = 0.7, 3  # words that two headlines share, of the shorter one, or are the same

_TITLES = XPath("//head/title/text() | //meta[@property='og:title']/@content")
_ADDRESSES = XPath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content")
_SITE = re.compile(r"^\w+://[^/]*")


class LinkedArticle(Struct, frozen=True, kw_only=True):
    """The article a page describes; every member as written, None where missing.

    `node` is the article's own JSON object, `page` the one that describes the web page around it, if it stands apart;
    `nodes` are all that have an `@id`.
    """

    headline: str | None = None
    description: str | None = None
    body: str | None = None
    published: str | None = None
    language: str | None = None
    url: str | None = None
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    node: Mapping[str, object] = field(default_factory=dict)
    page: Mapping[str, object] = field(default_factory=dict)
    nodes: Mapping[str, dict[str, object]] = field(default_factory=dict)


def linked_article(tree: HtmlElement) -> LinkedArticle:
    """The page's own article in its JSON-LD; of several such the first one with a body. Empty without any."""
    nodes = [
        node
        for script in tree.iter("script")
        if "ld+json" in script.get("type", "").lower()
        for node in _nodes(_decode(script.text or ""), 0)
    ]
    found = [node for node in nodes if _is_of(node, _ARTICLE)]
    page = next((node for node in nodes if _is_of(node, _PAGE)), {})
    if len(found) > 1:
        found = _own(tree, found)
    article = next((node for node in found if _body(node)), found[0] if found else {})
    return LinkedArticle(
        headline=_headline(article),
        description=first_text(article.get("description")),
        body=_body(article),
        published=first_text(article.get("datePublished")),
        language=first_text(article.get("inLanguage")),
        url=_address(article),
        authors=tuple(texts(article.get("author"))),
        publisher=first_text(article.get("publisher")),
        node=article,
        page=page,
        nodes={str(node["@id"]): node for node in nodes if "@id" in node},
    )


def paragraphs(body: str) -> list[str]:
    """An `articleBody` as paragraphs; markup and entities that some pages leave in it are resolved."""
    lines = _BREAK.split(unescape(body))
    return [line for line in (" ".join(_TAG.sub(" ", line).split()) for line in lines) if line]


def _is_of(node: dict[str, object], types: re.Pattern[str]) -> bool:
    return any(types.search(name) for name in texts(node.get("@type")))


def _body(node: dict[str, object]) -> str | None:
    """The body of an article, with the updates of a live report below it, each under its headline."""
    updates = node.get("liveBlogUpdate")
    parts = [first_text(node.get("articleBody"))]
    for update in updates if isinstance(updates, list) else [updates]:
        if isinstance(update, dict):
            parts += [_headline(update), first_text(update.get("articleBody"))]
    return "\n\n".join(part for part in parts if part) or None


def _own(tree: HtmlElement, nodes: list[dict[str, object]]) -> list[dict[str, object]]:
    """Those of several articles that are the page's own by headline or address; else the first, without its body."""
    titles = [words(title) for title in (*_TITLES(tree), *(text_of(h1) for h1 in tree.iter("h1")))]
    paths = {path for address in _ADDRESSES(tree) if (path := _path(address))}
    own = [node for node in nodes if _is_titled(node, titles) or _path(_address(node)) in paths]
    return own or [{**nodes[0], "articleBody": None, "liveBlogUpdate": None}]


def _is_titled(node: dict[str, object], titles: list[set[str]]) -> bool:
    headline = words(_headline(node) or "")
    return any(
        headline == title or len(headline & title) >= max(_FEWEST, _SAME * min(len(headline), len(title)))
        for title in titles
    )


def _headline(node: dict[str, object]) -> str | None:
    return first_text(node.get("headline")) or first_text(node.get("name"))


def _address(node: dict[str, object]) -> str | None:
    return first_text(node.get("url")) or first_text(node.get("mainEntityOfPage"))


def _path(address: str | None) -> str:
    """What tells pages of a site apart in an address."""
    return _SITE.sub("", address or "").partition("#")[0].strip("/")


def _decode(script: str) -> object:
    if len(script) > _LARGEST:
        return None
    for mend in (str, _mended):
        try:
            decoded: object = json.loads(mend(script), strict=False)
        except (ValueError, RecursionError):
            continue
        return decoded
    return None


def _mended(script: str) -> str:
    """A script without the marks of a CDATA section, comments, and commas before a closing bracket."""
    return _SLIPS.sub(lambda slip: slip["text"] or "", script)


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


def texts(value: object) -> Iterator[str]:
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


def first_text(value: object) -> str | None:
    """The first of its `texts`."""
    return next(texts(value), None)
