"""Who wrote a page's story, by the kinds of evidence a page gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from twicetold.domain.extraction.author_names import BY, LONGEST, is_name, names_in
from twicetold.domain.extraction.dates import find_time
from twicetold.domain.extraction.headline import NearText, name_words
from twicetold.domain.extraction.jsonld import LinkedArticle, first_text
from twicetold.domain.extraction.page import text_of
from twicetold.domain.extraction.sitename import name_key

MOST = 20

_META_NAMES = frozenset({
    "author", "authors", "article:author", "og:author", "og:article:author", "article:author_name", "parsely-author",
    "sailthru.author", "dc.creator", "dc.creator.aut", "dcterms.creator", "dc.contributor.author", "byl", "bt:author",
    "shareaholic:article_author_name", "rbauthors", "author_name", "article.author", "creator",
})  # fmt: skip
_ORGANISATIONS = frozenset({"Organization", "NewsMediaOrganization", "Corporation"})

_BYLINE_WORDS = frozenset({
    "author", "authors", "authored", "byline", "bylines", "autor", "autorin", "autoren", "autore", "auteur", "auteurs",
    "writer", "contributor", "contributors", "journalist", "reporter", "redakteur", "penulis", "yazar", "skribent",
    "forfatter", "författare", "fn", "by", "verfasser", "firma",
})  # fmt: skip
_ABOUT_WORDS = frozenset({
    "bio", "biography", "description", "avatar", "image", "img", "photo", "social", "date", "time", "title", "role",
    "job", "position", "comment", "comments", "related", "latest", "card", "cards", "count", "reviewer", "reviewed",
})  # fmt: skip
"""Names of elements in a byline that hold something else than a name."""

_ENDING_BY = re.compile(r"\b(?:written|posted|published|reported)\s+by\s*:?$", re.IGNORECASE)
_OTHER_CREDIT = re.compile(
    r"\b(?:review|edit|fact|check|photo|image|illustrat|translat|sponsor|present|powered|produced|compiled)\w*"
    r"\s+(?:\w+\s+)?by\b",
    re.IGNORECASE,
)
_AND_WORDS = frozenset({"", "and", "und", "et", "y", "e", "og", "och", "en", "и"})
_PROFILE = re.compile(
    r"/(?:authors?|profiles?|people|person|contributors?|journalists?|writers?|staff|team|by|autor(?:es|en)?|auteurs?)"
    r"/[^/?#]{2,}",
    re.IGNORECASE,
)
_REACH, _MOST_CHILDREN = 3, 8
"""Elements whose names are looked at for a text: the name's own, a link around it, the byline; and the children that
these may have, for the frame of a page is no byline."""
_FRAMES = frozenset({"html", "body", "main", "article"})

_MARKED = XPath("//a[@rel] | //*[@itemprop]")
_MOST_MARKED = 3
"""Different names marked as authors that a page may have: more are the authors of a list of stories."""


def authors(
    tree: HtmlElement,
    contents: Sequence[tuple[str, str]],
    article: LinkedArticle,
    near: list[NearText],
    *,
    own: frozenset[str],
) -> tuple[str, ...]:
    """The story's authors, at most `MOST`; empty where the page names none.

    `contents` are the page's `meta` elements by name. Told by the first that names anybody: people in JSON-LD, `meta`
    elements, the byline near the headline, elements marked as authors anywhere, organisations in JSON-LD. The site
    itself (`own` are its `site_keys`) is an author only where nobody else is, and where JSON-LD takes it for a person
    or a byline shows it.
    """
    people, organisations = _in_json(article)
    shown: list[str] = []

    def claims() -> Iterator[list[str]]:
        yield people
        yield _in_meta(contents)
        for names in (*_bylines(near), _marked(tree)):
            shown.extend(names)
            yield names
        yield organisations

    for names in claims():
        if others := [name for name in names if name_key(name) not in own]:
            return tuple(dict.fromkeys(others))[:MOST]
    return tuple((people or shown)[:1])


def _in_json(article: LinkedArticle) -> tuple[list[str], list[str]]:
    """The people and the organisations that JSON-LD gives as authors of the article, or else of its page."""
    people: list[str] = []
    organisations: list[str] = []
    for node in (article.node, article.page):
        for author in _listed(node.get("author")) or _listed(node.get("creator")):
            if isinstance(author, str):
                people += names_in(author)
            elif isinstance(author, dict):
                whole = author if author.get("name") else article.nodes.get(str(author.get("@id")), author)
                if first_text(whole.get("@type")) in _ORGANISATIONS:
                    organisations += filter(None, [first_text(whole.get("name"))])
                else:
                    people += names_in(_full_name(whole))
        if people or organisations:
            break
    return people, organisations


def _full_name(person: Mapping[str, object]) -> str:
    parts = (first_text(person.get(name)) for name in ("givenName", "additionalName", "familyName"))
    whole = person.get("name")
    return whole if isinstance(whole, str) else " ".join(part for part in parts if part)


def _listed(value: object) -> list[object]:
    return value[:MOST] if isinstance(value, list) else [value] if value else []


def _in_meta(contents: Sequence[tuple[str, str]]) -> list[str]:
    names: list[str] = []
    for name, content in contents:
        if len(names) >= MOST:
            break
        if name == "citation_author":
            names += filter(None, [_forename_first(content)])
        elif name in _META_NAMES:
            names += names_in(content)
    return names


def _forename_first(name: str) -> str:
    """A name as citations have it, "Lee, Ann", as people say it."""
    family, _, given = name.strip()[:LONGEST].partition(",")
    return f"{given.strip()} {family}".strip()


def _bylines(near: list[NearText]) -> Iterator[list[str]]:
    """The names of bylines near the headline: after a "by", in elements named so, or linked to a profile."""
    for place, line in enumerate(near):
        if names := _after_by(near, place) or _named_byline(line):
            yield names


def _after_by(near: list[NearText], place: int) -> list[str]:
    """The names that follow a "by", in its own text or in the texts after it."""
    line = near[place]
    by = BY.match(line.text) or _ENDING_BY.search(line.text)
    if by is None or _OTHER_CREDIT.search(f"{near[place - 1].text[-30:] if place else ''} {line.text[: by.end()]}"):
        return []
    if rest := line.text[by.end() :]:
        return _names_before_date(rest)
    names: list[str] = []
    for after in _after(near, place):
        if after.text.strip(",&|· ").lower() in _AND_WORDS:
            continue
        found = _names_before_date(after.text, linked=after.element.tag == "a")
        if not found or (names and after.element.tag != "a"):
            break
        names += found
    return names


def _after(near: list[NearText], place: int) -> list[NearText]:
    """The next texts of the page; those before the headline are listed backwards."""
    if near[place].distance >= 0:
        return near[place + 1 : place + 1 + MOST]
    return [line for line in near[max(0, place - MOST) : place] if line.distance < 0][::-1]


def _names_before_date(text: str, *, linked: bool = False) -> list[str]:
    """The names in a line that may go on with a date; a linked account may be written small."""
    if len(text) > LONGEST:
        return []
    date = find_time(text)
    names = names_in(text if date is None else text[: date.start])
    return [name for name in names if is_name(name) or (linked and name.count(" ") < 3)]


def _named_byline(line: NearText) -> list[str]:
    """The names in a text whose element, or one close above, is named as a byline or leads to a profile."""
    if len(line.text) > LONGEST or _OTHER_CREDIT.search(line.text):
        return []
    element: HtmlElement | None = line.element
    for _ in range(_REACH):
        if element is None or element.tag in _FRAMES or len(element) > _MOST_CHILDREN:
            return []
        words = name_words(element)
        if words & _ABOUT_WORDS and "name" not in words:
            return []
        if words & _BYLINE_WORDS or (element.tag == "a" and _PROFILE.search(element.get("href") or "")):
            return _names_before_date(line.text)
        element = element.getparent()
    return []


def _marked(tree: HtmlElement) -> list[str]:
    """The names in elements marked as authors by `rel` or microdata, wherever they stand, if these are few."""
    names: dict[str, None] = {}
    marked = (
        element
        for element in _MARKED(tree)
        if "author" in f"{element.get('rel') or ''} {element.get('itemprop') or ''}".lower().split()
    )
    for element in islice(marked, MOST):
        holder = next((inner for inner in element.iter() if (inner.get("itemprop") or "").lower() == "name"), element)
        text = holder.get("content") or text_of(holder)
        if len(text) <= LONGEST:
            names |= dict.fromkeys(filter(is_name, names_in(text)))
        if len(names) > _MOST_MARKED:
            return []
    return list(names)
