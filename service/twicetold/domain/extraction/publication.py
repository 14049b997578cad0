"""When a page's story was published and last changed, by the kinds of evidence a page gives.

The kinds are those of htmldate (Barbaresi 2020, https://doi.org/10.21105/joss.02439), in order of what they proved to
be worth. A date counts only where it is told to be the story's: copyright years and dates of other stories are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal, NamedTuple

from lxml.etree import XPath
from lxml.html import HtmlElement

from twicetold.domain.extraction.dates import LONGEST, WrittenTime, find_time, read_time
from twicetold.domain.extraction.headline import NearText, name_words
from twicetold.domain.extraction.jsonld import LinkedArticle, first_text
from twicetold.domain.extraction.page import text_of

_PUBLISHED_NAMES = (
    "article:published_time", "article:published", "og:article:published_time", "og:published_time", "og:publish_date",
    "datepublished", "date.published", "parsely-pub-date", "dc.date.issued", "dcterms.issued", "dc.date.created",
    "dcterms.created", "dc.created", "citation_publication_date", "citation_date", "pubdate", "publishdate",
    "publish-date", "publish_date", "published_date", "published-date", "published", "publication_date",
    "publication-date", "originalpublicationdate", "sailthru.date", "cxenseparse:recs:publishtime",
    "rnews:datepublished",
    "date_published", "article_date_original", "article.published", "article.created", "bt:pubdate", "ptime",
    "dc.date", "dcterms.date", "datecreated", "date",
)  # fmt: skip
_MODIFIED_NAMES = (
    "article:modified_time", "article:modified", "og:article:modified_time", "og:modified_time", "og:updated_time",
    "datemodified", "dcterms.modified", "dc.modified", "dc.date.modified", "lastmod", "last-modified", "changed",
    "modificationdate", "bt:moddate",
)  # fmt: skip

_CHANGED_CLASS = frozenset({"updated", "modified", "modify", "lastmod", "reviewed", "edited"})
_PUBLISHED_CLASS = frozenset({"published", "publish", "pubdate", "publication", "posted", "created"})

_CHANGE = re.compile(
    r"""updat|modif|revis|review|edited|corrected|received|accepted|aktualisier|geändert|bearbeitet|mis\ à\ jour|maj\b
        |actualiz|atualiz|aggiorn|bijgewerkt|gewijzigd|uppdater|ändrad|oppdater|opdater|päivite|aktualizac|zaktualiz
        |aktualizov|upraveno|frissít|обновлен|измен|оновлен|ažurir|güncel|ενημέρωσ|تحديث|به[\s\u200c]?روز|עודכן
        |diperbarui|dikemas\ ?kini|cập\ nhật|更新|修改|수정|업데이트|अपडेट|আপডেট|อัปเดต""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words that label a time as that of a change, a review or a manuscript, in the languages of the press; stems, as
endings vary."""

_PUBLISHED = re.compile(
    r"""publi[sckq]|post(?:ed|ado)\b|created|veröffentl|erschienen|geplaatst|gepubliceerd|julkaistu|opubliko|objavljen
        |опублик|yayın|δημοσ|نشر|انتشار|פורסם|diterbitkan|đăng|发布|發布|公開|입력|등록""",
    re.IGNORECASE | re.VERBOSE,
)
_LABEL_REACH = 40
"""Characters before a date, in the text before its own, that may label it."""

_URL_DAY = re.compile(
    r"(?<!\d)(?:19|20)\d{2}([/_-])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)|(?<=/)(?:19|20)\d{6}(?=[/_-])"
)
_LONGEST_LINE = 160
_MOST_WORDS = 12
"""Words a line may have around its date: "By Ann Lee, reporter, in Politics, published at"."""

_A_DAY = timedelta(hours=36)
"""Two times are of different days if they are further apart: zones shift a day's date by up to fourteen hours."""

_AHEAD = timedelta(days=1)


_ITEMS = XPath("//*[@itemprop]")
_NAMED_PUBLISHED = XPath(
    "//meta[contains(@name, 'publi') and (contains(@name, 'date') or contains(@name, 'time'))]"
    " | //*[contains(@class, 'publi') and (contains(@class, 'date') or contains(@class, 'time'))]"
)
_MOST_ITEMS = 20


class Publication(NamedTuple):
    """When the story was published, and when it was last changed."""

    published: WrittenTime | None
    modified: WrittenTime | None


class _Shown(NamedTuple):
    """A date that readers see, and what it says it is the date of."""

    time: WrittenTime
    label: Literal["published", "changed"] | None


def publication(
    tree: HtmlElement,
    named: Mapping[str, str],
    article: LinkedArticle,
    near: list[NearText],
    *,
    url: str | None,
    language: str | None,
    now: datetime | None,
) -> Publication:
    """The times of a story; what lies ahead of `now` by more than a day is no time of a story that is out."""
    latest = None if now is None else now + _AHEAD

    def read(written: str | None) -> WrittenTime | None:
        time = read_time(written, language=language)
        return None if time is None or _is_later(time, latest) else time

    shown = [each for each in _shown(near, language) if not _is_later(each.time, latest)]
    declared = _first(map(read, _declared(tree, named, article)))
    modified = _first(map(read, _declared_changes(tree, named, article)))
    visible = next((each for each in shown if each.label != "changed"), None)
    published = declared or read(_day_of(url)) or (_first(map(read, _elsewhere(tree))) if visible is None else None)
    if visible is not None and (published is None or visible.time.at < published.at - _A_DAY):
        published = visible.time
    if modified is None:
        modified = next((each.time for each in shown if each.label == "changed"), None)
    return Publication(published, modified)


def _is_later(time: WrittenTime, latest: datetime | None) -> bool:
    return latest is not None and time.at > latest


def _first(times: Iterator[WrittenTime | None]) -> WrittenTime | None:
    return next((time for time in times if time is not None), None)


def _declared(tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle) -> Iterator[str | None]:
    yield article.published
    for name in _PUBLISHED_NAMES:
        yield named.get(name)
    for element in _items(tree, "datepublished"):
        yield _value(element)
    yield first_text(article.page.get("datePublished"))
    yield first_text(article.node.get("dateCreated"))
    for element in islice((time for time in tree.iter("time") if "pubdate" in time.attrib), _MOST_ITEMS):
        yield _value(element)


def _elsewhere(tree: HtmlElement) -> Iterator[str | None]:
    """Dates far from the headline whose names say what they are."""
    for element in islice(_NAMED_PUBLISHED(tree), _MOST_ITEMS):
        if element.tag == "meta":
            yield element.get("content")
        elif (names := name_words(element)) & _PUBLISHED_CLASS and not names & _CHANGED_CLASS:
            yield element.get("datetime") or text_of(element)[:LONGEST]


def _declared_changes(tree: HtmlElement, named: Mapping[str, str], article: LinkedArticle) -> Iterator[str | None]:
    yield first_text(article.node.get("dateModified"))
    for name in _MODIFIED_NAMES:
        yield named.get(name)
    for element in _items(tree, "datemodified"):
        yield _value(element)
    yield first_text(article.page.get("dateModified"))


def _items(tree: HtmlElement, name: str) -> Iterator[HtmlElement]:
    """The elements of the page's microdata with a property of that name."""
    items = (element for element in _ITEMS(tree) if name in element.get("itemprop", "").lower().split())
    return islice(items, _MOST_ITEMS)


def _value(element: HtmlElement) -> str | None:
    written: str | None = element.get("content") or element.get("datetime") or element.get("title") or element.text
    return written


def _shown(near: list[NearText], language: str | None) -> Iterator[_Shown]:
    """The dates near the headline, first those after it, each group nearest first."""
    before = ""
    for line in near:
        if (time := _shown_time(line, language)) is not None:
            yield _Shown(time, _label(line, before, time))
        before = line.text


def _shown_time(line: NearText, language: str | None) -> WrittenTime | None:
    if len(line.text) > _LONGEST_LINE:
        return None
    if line.element.tag == "time" and (time := read_time(line.element.get("datetime"), language=language)) is not None:
        return time
    if not any(letter.isdecimal() for letter in line.text):
        return None
    time = find_time(line.text, language=language)
    if time is None or len(line.text[: time.start].split()) + len(line.text[time.end :].split()) > _MOST_WORDS:
        return None
    return time


def _label(line: NearText, before: str, time: WrittenTime) -> Literal["published", "changed"] | None:
    """What a date says it is of: in its own line, in the one before, or in the names of its elements."""
    own = line.text[: time.start]
    for said in (own, before[-_LABEL_REACH:] if len(own.split()) < 3 else ""):
        if _CHANGE.search(said):
            return "changed"
        if _PUBLISHED.search(said):
            return "published"
    for element in (line.element, line.element.getparent()):
        names = set() if element is None else name_words(element)
        if names & _PUBLISHED_CLASS:
            return "published"
        if names & _CHANGED_CLASS:
            return "changed"
    return None


def _day_of(url: str | None) -> str | None:
    found = _URL_DAY.search(url or "")
    return found[0].replace("_", "-").replace("/", "-") if found else None
