"""What a page says about itself: in its head, its JSON-LD, and around its headline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from twicetold.domain.extraction.authors import authors
from twicetold.domain.extraction.headline import are_related, find_headline, texts_near
from twicetold.domain.extraction.jsonld import LinkedArticle, first_text, texts
from twicetold.domain.extraction.page import text_of
from twicetold.domain.extraction.publication import publication
from twicetold.domain.extraction.sitename import name_key, site_keys, without_site
from twicetold.domain.model import PageMetadata

_TITLES = ("og:title", "twitter:title", "dc.title", "parsely-title", "headline", "citation_title")
_DESCRIPTIONS = ("og:description", "description", "twitter:description")
_SECTIONS = ("article:section", "og:article:section", "parsely-section", "dc.subject", "sectionname")
_TAGS = frozenset({"article:tag", "og:article:tag", "news_keywords", "parsely-tags", "keywords"})
_IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_TIERS = {"free": False, "metered": True, "locked": True, "premium": True}
"""`article:content_tier`, as Facebook's crawler reads it."""

_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*")
_LONGEST = 500
_LONGEST_URL = 2000
_MOST_TAGS, _LONGEST_TAG = 30, 100


def read_metadata(
    tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle, *, url: str | None, now: datetime | None = None
) -> PageMetadata:
    """All of it; `url` is where the page was found, `now` the time after which nothing was published, if that is known.

    `named` are the tree's `named_contents`. The language is the declared one, a bare ISO 639 code.
    """
    site = _clean(named.get("og:site_name") or article.publisher or named.get("application-name"))
    keys = site_keys(site, url)
    declared = _clean(_first(named, _TITLES) or article.headline)
    headline = find_headline(tree, declared, own=keys)
    near = texts_near(tree, headline)
    tag = _language_tag(tree, named, article)
    times = publication(tree, named, article, near, url=url, language=tag, now=now)
    contents = list(_contents(tree))
    names = authors(tree, contents, article, near, own=keys)
    return PageMetadata(
        title=_title(tree, declared, headline, keys),
        author="; ".join(names) or None,
        authors=names,
        published_at=times.published.at if times.published else None,
        date_precision=times.published.precision if times.published else None,
        modified_at=times.modified.at if times.modified else None,
        language=_language(tag),
        url=_canonical(tree, named, article, url),
        site=site,
        description=description(named, article),
        section=_clean(_first(named, _SECTIONS) or first_text(article.node.get("articleSection"))),
        tags=_tags(contents, article),
        image=_image(named, article, url),
        paywalled=_paywalled(named, article),
        page_type=_clean(first_text(article.node.get("@type")) or named.get("og:type")),
        origin=_origin(named, article, keys),
    )


def description(named: Mapping[str, str], article: LinkedArticle) -> str | None:
    """What the page gives as its summary."""
    return _clean(_first(named, _DESCRIPTIONS) or article.description)


def named_contents(tree: HtmlElement) -> Mapping[str, str]:
    """The `meta` elements by lower-case name; the first of each name with a content."""
    named: dict[str, str] = {}
    for name, content in _contents(tree):
        named.setdefault(name, content)
    return named


def _contents(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        content = (meta.get("content") or "").strip()
        if name and content:
            yield name.lower(), content


def _first(named: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((named[name] for name in names if name in named), None)


def _clean(text: str | None) -> str | None:
    """A text on one line, with entities that were escaped twice resolved."""
    return " ".join(unescape(text).split())[:_LONGEST] or None if text else None


def _title(tree: HtmlElement, declared: str | None, headline: HtmlElement | None, keys: frozenset[str]) -> str | None:
    """The headline that readers see, if it is the story's; else what the page declares, without its site's name."""
    element = next(tree.iter("title"), None)
    written = declared or (None if element is None else _clean(text_of(element)))
    shown = None if headline is None else _clean(text_of(headline))
    if shown and name_key(shown) not in keys and (declared is None or are_related(shown, declared)):
        return shown
    return without_site(written, keys) if written else None


def _language_tag(tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle) -> str | None:
    """The first well-formed tag that declares the language of the page, with its region if it has one."""
    root = tree if tree.tag == "html" else next(tree.iter("html"), tree)
    candidates = (root.get("lang"), named.get("content-language"), named.get("og:locale"), article.language)
    for written in candidates:
        if written and (tag := _LANGUAGE.fullmatch(written.strip())):
            return tag[0].replace("_", "-")
    return None


def _language(tag: str | None) -> str | None:
    return tag.partition("-")[0].lower() if tag else None


def _tags(contents: Sequence[tuple[str, str]], article: LinkedArticle) -> tuple[str, ...]:
    written = [content for name, content in contents if name in _TAGS]
    written += texts(article.node.get("keywords"))
    tags = (_clean(part) for content in written for part in content.split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag and len(tag) <= _LONGEST_TAG))[:_MOST_TAGS]


def _image(named: Mapping[str, str], article: LinkedArticle, url: str | None) -> str | None:
    image = article.node.get("image")
    first = image[0] if isinstance(image, list) and image else image
    linked = first.get("url") if isinstance(first, dict) else first
    written = _first(named, _IMAGES) or (linked if isinstance(linked, str) else None)
    return _address(written, url) if written else None


def _paywalled(named: Mapping[str, str], article: LinkedArticle) -> bool | None:
    """Whether readers must pay for the story, as far as the page says so."""
    free = article.node.get("isAccessibleForFree")
    if isinstance(free, str):
        free = {"true": True, "false": False}.get(free.strip().lower().rpartition("/")[2])
    if isinstance(free, bool):
        return not free
    return _TIERS.get(named.get("article:content_tier", "").lower())


def _origin(named: Mapping[str, str], article: LinkedArticle, keys: frozenset[str]) -> str | None:
    """Whoever the page says published the story first, by name or address, if it is not the site itself."""
    based_on = article.node.get("isBasedOn")
    written = (
        named.get("original-source"),
        named.get("syndication-source"),
        first_text(article.node.get("sourceOrganization")),
        first_text(based_on) or (first_text(based_on.get("publisher")) if isinstance(based_on, dict) else None),
    )
    for each in map(_clean, written):
        if each and not (site_keys(each, each) & keys):
            return each
    return None


def _canonical(tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle, url: str | None) -> str | None:
    links = (link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    for written in (next(links, None), named.get("og:url"), article.url):
        whole = _address(written, url) if written else None
        if whole is None:
            continue
        parts = urlsplit(whole)
        # A canonical URL that is the front page says that its template is broken.
        front = parts.path in {"", "/"} and not parts.query
        if not front or url is None or urlsplit(url).path in {"", "/"}:
            return whole
    return url


def _address(written: str, url: str | None) -> str | None:
    """A web address that a page gives, whole; None if it is none, or too long."""
    try:
        whole: str = urljoin(url or "", written.strip())
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole if parts.scheme in {"http", "https"} and parts.hostname and len(whole) <= _LONGEST_URL else None
