"""What a page says about itself, in its head and its JSON-LD."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from twicetold.domain.extraction.jsonld import LinkedArticle
from twicetold.domain.extraction.page import text_of
from twicetold.domain.model import PageMetadata

_TITLES = ("og:title", "twitter:title", "dc.title", "parsely-title", "headline")
_AUTHORS = ("author", "article:author", "parsely-author", "dc.creator", "byl", "sailthru.author", "citation_author")
_DATES = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "dc.date.issued",
    "dcterms.created", "dc.date", "pubdate", "publishdate", "publish-date", "publication_date", "sailthru.date",
    "cxenseparse:recs:publishtime", "last-modified-date-first", "date",
)  # fmt: skip
_DESCRIPTIONS = ("og:description", "description", "twitter:description")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*")
_SITE_IN_TITLE = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{1,40}$")
_DIVIDED = re.compile(r"\s+[|–—·»-]\s+$")
_LONGEST = 500
_LONGEST_URL = 2000
_EARLIEST = 1990


def read_metadata(
    tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle, *, url: str | None
) -> PageMetadata:
    """Title, authors, time, language, canonical URL and site; `url` is where the page was found.

    `named` are the tree's `named_contents`. A time without a zone is taken as UTC. The language is a bare ISO 639 code.
    """
    site = _clean(named.get("og:site_name") or article.publisher or named.get("application-name"))
    return PageMetadata(
        title=_title(tree, named, article, site),
        author=_author(named, article),
        published_at=_published(tree, named, article),
        language=_language(tree, named, article),
        url=_canonical(tree, named, article, url),
        site=site,
    )


def description(named: Mapping[str, str], article: LinkedArticle) -> str | None:
    """What the page gives as its summary."""
    return _clean(_first(named, _DESCRIPTIONS) or article.description)


def named_contents(tree: HtmlElement) -> Mapping[str, str]:
    """The `meta` elements by lower-case name; the first of each name with a content."""
    named: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        content = (meta.get("content") or "").strip()
        if name and content:
            named.setdefault(name.lower(), content)
    return named


def _first(named: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((named[name] for name in names if name in named), None)


def _clean(text: str | None) -> str | None:
    return " ".join(text.split())[:_LONGEST] or None if text else None


def _title(tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle, site: str | None) -> str | None:
    if given := _clean(_first(named, _TITLES) or article.headline):
        return _without_site(given, site) if site else given
    for tag in ("h1", "title"):
        element = next(tree.iter(tag), None)
        if element is not None and (text := _clean(text_of(element))):
            return _SITE_IN_TITLE.sub("", text) if tag == "title" else text
    return None


def _without_site(title: str, site: str) -> str:
    """`title` without the name of its site at its end, if that is divided off."""
    start, end = title[: -len(site)], title[-len(site) :]
    divided = _DIVIDED.search(start)
    return start[: divided.start()] if divided and end.lower() == site.lower() else title


def _author(named: Mapping[str, str], article: LinkedArticle) -> str | None:
    names = article.authors or tuple(named[name] for name in _AUTHORS if name in named)[:1]
    people = [name for name in names if "//" not in name]
    return _clean(", ".join(dict.fromkeys(people)))


def _published(tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle) -> datetime | None:
    candidates = [article.published, *(named.get(name) for name in _DATES)]
    candidates += [element.get("datetime") for element in tree.iter("time") if _tells_publication(element)]
    return next((time for time in map(_time, candidates) if time is not None), None)


def _tells_publication(element: HtmlElement) -> bool:
    return "pubdate" in element.attrib or "published" in (element.get("itemprop") or element.get("class") or "").lower()


def _time(written: str | None) -> datetime | None:
    if not written or len(written) > 60:
        return None
    try:
        time = datetime.fromisoformat(written.strip())
    except ValueError:
        try:
            time = parsedate_to_datetime(written)
        except (ValueError, TypeError, IndexError):
            return None
    try:
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if time.year >= _EARLIEST else None


def _language(tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle) -> str | None:
    root = tree if tree.tag == "html" else next(tree.iter("html"), tree)
    candidates = (root.get("lang"), named.get("content-language"), named.get("og:locale"), article.language)
    for written in candidates:
        if written and (code := _LANGUAGE.fullmatch(written.strip())):
            return code[1].lower()
    return None


def _canonical(tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle, url: str | None) -> str | None:
    links = (link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    for written in (next(links, None), named.get("og:url"), article.url):
        if not written:
            continue
        try:
            whole: str = urljoin(url or "", written.strip())
            parts = urlsplit(whole)
            # A canonical URL that is the front page says that its template is broken.
            front = (
                parts.path in {"", "/"} and not parts.query and url is not None and urlsplit(url).path not in {"", "/"}
            )
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.hostname and not front and len(whole) <= _LONGEST_URL:
            return whole
    return url
