"""Where a page's story stands, read with trafilatura's own building blocks: the one place that touches the library.

trafilatura (Barbaresi, ACL 2021, https://aclanthology.org/2021.acl-demo.15) walks the tree some thirty times, runs two
more extractors to compare with, and calls Python from XPath for every class it looks at. Here its main extractor runs
alone, on a tree pruned beforehand, with its XPath expressions as regular expressions; only a page where that finds too
little goes through the whole library. Tests pin the parts used and the equality of the expressions.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy

from lxml.etree import Element, XPath, _Element, strip_elements, strip_tags
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.htmlprocessing import (
    convert_tags,
    delete_by_link_density,
    link_density_test_tables,
    process_node,
    tree_cleaning,
)
from trafilatura.main_extractor import handle_textelem
from trafilatura.settings import MANUALLY_CLEANED, TAG_CATALOG, Extractor
from trafilatura.xml import delete_element

from twicetold.domain.extraction.blocks import body_of, mark_links, without_marks
from twicetold.domain.extraction.jsonld import LinkedArticle, paragraphs
from twicetold.domain.extraction.lead import find_lead
from twicetold.domain.extraction.namedclutter import named_clutter
from twicetold.domain.extraction.page import drop_unseen, parse, text_of
from twicetold.domain.extraction.sections import comment_sections, frames, furniture
from twicetold.domain.extraction.titles import head_titles
from twicetold.domain.scripts import UNSPACED

_OPTIONS = Extractor(comments=False)
_TAGS = frozenset(TAG_CATALOG) | {"table", "td", "th", "tr"}
# Figures and formulas are handled by `tree_cleaning`, as are forms that hold the whole page.
_CLEANED = tuple(tag for tag in MANUALLY_CLEANED if tag not in {"form", "figure", "math"})
_REBUILT = frozenset({"code", "quote", "list", "table"})
_COUNT = XPath("count(descendant::*)")
_CONTAINERS = ("div", "section", "article", "main")
_INLINE = frozenset({"hi", "ref", "del", "code", "lb"})
_BARE = _INLINE | {"span"}

# What is enough, in characters and as a share of all paragraphs of the page. Of 243 pages only a few below these gained
# from a second look by the whole library, and several above would have lost. A lone block needs more: where every
# paragraph has a container of its own, the first of them is a frame.
_SHORTEST = 250
_SHORT = 600
_SHARE = 0.5
_SMALL_SHARE = 0.2
_LONE_SHARE = 0.8

SHARE_OF_LINKED_BODY = 0.5
"""Below this share of the article that a page gives in its JSON-LD, its own text is taken for an excerpt of it."""


def content(
    tree: HtmlElement, written: bytes, article: LinkedArticle, *, description: str | None
) -> tuple[_Element, bool]:
    """The body of a page: `p`, `head`, `list`, `quote`, `table` and `code` elements, with link text marked.

    `tree` is `written` parsed; it is consumed. `article` and `description` are what the page says of itself. Also
    answers whether the text is that of `article`, for want of one on the page.
    """
    drop_unseen(tree)
    lead = find_lead(tree, description)
    for section in comment_sections(tree):  # while its headline, which tells it from the story, is there
        delete_element(section)
    strip_elements(tree, *_CLEANED, with_tail=False)
    # As long as Python holds the elements, no walk over the tree has to make them anew.
    held = list(tree.iter())
    body, enough = _read(tree)
    if article.body is not None and _length(body) < SHARE_OF_LINKED_BODY * _written(article.body):
        return body_of(paragraphs(article.body)), True
    if not enough:
        body = _whole_library(written, body, linked=article.body is not None)
    if lead is not None:
        _put_first(body, lead)
    held.clear()
    return body, False


def _whole_library(written: bytes, body: _Element, *, linked: bool) -> _Element:
    tree = parse(written)
    if tree is not None and not linked:
        # It would take a body in the JSON-LD that is none of this page's.
        strip_elements(tree, "script", with_tail=False)
    document = bare_extraction(tree, include_comments=False, include_links=True)
    found = getattr(document, "body", None)
    if found is None or _length(found) <= _length(body):
        return body
    mark_links(found)
    return found


def _put_first(body: _Element, lead: str) -> None:
    """Put a lead under the headings that begin a body, unless the body has it."""
    if "".join(lead.split())[:40] in "".join(without_marks(text_of(body)).split()):
        return
    paragraph = Element("p")
    paragraph.text = lead
    place = next((index for index, element in enumerate(body) if element.tag != "head"), len(body))
    body.insert(place, paragraph)


def _read(tree: HtmlElement) -> tuple[_Element, bool]:
    """The story from the first frame that holds enough, or the longest text found, and whether it is enough."""
    for centred in tree.iter("center"):
        centred.tag = "div"
    tree = tree_cleaning(tree, _OPTIONS)
    prose = sum(_written(text_of(paragraph)) for paragraph in tree.iter("p"))
    tree = convert_tags(tree, _OPTIONS, None)
    tags = _TAGS if prose >= 3 * _SHORTEST else _TAGS | {"div"}
    read: dict[HtmlElement, _Element] = {}
    best: dict[HtmlElement, _Element] = {}
    for frame in frames(tree):
        if frame in read:
            continue
        # Reading uses up what it reads, and a wider frame has to be read whole.
        read[frame] = _extract(deepcopy(frame), set(tags))
        pieces = _pieces(frame, read)
        if _is_enough(pieces.values(), prose):
            return _joined(tree, pieces), True
        if sum(map(_length, pieces.values())) > sum(map(_length, best.values())):
            best = pieces
    return _joined(tree, best), False


def _is_enough(texts: Collection[_Element], prose: int) -> bool:
    """Whether texts are the story of a page that has so many characters of `prose` in paragraphs."""
    length = sum(map(_length, texts))
    share = length / max(1, prose)
    lone = sum(map(len, texts)) < 2 and not any(text.find(".//lb") is not None for text in texts)
    if lone and share < _LONE_SHARE:
        return False
    return (length >= _SHORT and share >= _SMALL_SHARE) or (length >= _SHORTEST and share >= _SHARE)


def _pieces(frame: HtmlElement, read: dict[HtmlElement, _Element]) -> dict[HtmlElement, _Element]:
    """The text of a frame, and of those read before that stand apart from it and are parts of the same story."""
    pieces = {frame: read[frame]}
    for other in reversed(read):
        if all(_apart(other, piece) for piece in pieces) and _of_one_story(other, frame):
            pieces[other] = read[other]
    return pieces


def _apart(one: HtmlElement, other: HtmlElement) -> bool:
    return one is not other and one not in other.iterancestors() and other not in one.iterancestors()


def _of_one_story(other: HtmlElement, frame: HtmlElement) -> bool:
    """Whether frames that stand apart are of one story: side by side, the headline in one, or containers alike."""
    headings = {heading.get("rend") for heading in other.iter("head")}
    if "h1" in headings or other.getparent() is frame.getparent():
        return True
    classes = other.get("class")
    return bool(classes and not headings) and any(above.get("class") == classes for above in frame.iterancestors())


def _joined(tree: HtmlElement, pieces: dict[HtmlElement, _Element]) -> _Element:
    """The texts of frames as one, in the order of the page."""
    body = Element("body")
    for element in tree.iter() if len(pieces) > 1 else pieces:
        if element in pieces:
            body.extend(list(pieces[element]))
    return body


def _length(body: _Element) -> int:
    return sum(map(_written, body.itertext()))


def _written(text: str) -> int:
    """Characters of a text without the blanks around it; one of a script without blanks counts as two."""
    stripped = text.strip()
    return len(stripped) + (0 if stripped.isascii() else len(UNSPACED.findall(stripped)))


def _extract(frame: HtmlElement, tags: set[str]) -> _Element:
    """The text of a frame (trafilatura's `_extract`)."""
    body = Element("body")
    if "div" in tags:
        frame.tag = "div"
        for container in [frame, *frame.iterdescendants(*_CONTAINERS)]:
            _wrap_bare_text(container)
    _prune(frame)
    if len(frame) > 0 or _has_text(frame.text):
        _collect(frame, body, tags)
        while len(body) > 0 and body[-1].tag in {"head", "ref"}:
            delete_element(body[-1], keep_tail=False)
        _finish(body)
    return body


def _wrap_bare_text(container: HtmlElement) -> None:
    """Make paragraphs of the text that stands in a container beside its paragraphs, with line breaks or without."""
    written = [container.text, *(child.tail for child in container)]
    if not any(map(_has_text, written)) or all(child.tag in _BARE for child in container):
        return
    run = Element("p")
    run.text, container.text = container.text, None
    for child in list(container):
        if child.tag in _BARE:
            run.append(child)
            continue
        if _says_something(run):
            child.addprevious(run)
        run = Element("p")
        run.text, child.tail = child.tail, None
    if _says_something(run):
        container.append(run)


def _says_something(run: _Element) -> bool:
    return _has_text(text_of(run))


def _prune(frame: HtmlElement) -> None:
    for section in furniture(frame):
        delete_element(section)
    head_titles(frame)
    headed = [(heading, heading.getnext()) for heading in frame.iter("head")]
    for _ in range(2):
        before = _elements(frame)
        delete_by_link_density(frame, "div", backtracking=True)
        delete_by_link_density(frame, "list")
        delete_by_link_density(frame, "p")
        if _elements(frame) == before:
            break
    for heading, below in headed:
        if below is not None and below.getparent() is None and _heads_nothing(heading, below):
            delete_element(heading)
    for table in [table for table in frame.iter("table") if link_density_test_tables(table)]:
        delete_element(table, keep_tail=False)
    mark_links(frame)
    strip_tags(frame, "span")


def _heads_nothing(heading: HtmlElement, gone: HtmlElement) -> bool:
    """Whether a heading was that of the links that stood below it; a box of links may be put under one of the story."""
    left = heading.getnext()
    return gone.tag == "list" or (gone.tag == "div" and (left is None or left.tag == "head"))


def _elements(frame: HtmlElement) -> int:
    return int(_COUNT(frame))


def _collect(frame: HtmlElement, body: _Element, tags: set[str]) -> None:
    elements = frame.xpath(".//*")
    inner = {element.tag for element in elements}
    if inner == {"lb"} or (frame.tag == "div" and "div" in tags and inner <= _INLINE):
        elements = [frame]
    elif _has_text(frame.text):
        lead = Element("p")
        lead.text = frame.text
        if process_node(lead, _OPTIONS) is not None:
            body.append(lead)
    clutter = named_clutter(frame)
    for element in elements:
        if element.getroottree().getroot() is body:
            continue
        tag, tail = element.tag, element.tail
        rule = _rule(element, clutter)
        block = handle_textelem(element, tags, _OPTIONS)
        if block is not None:
            if rule is not None:
                block.set("rule", rule)
            body.append(block)
            if element.getroottree().getroot() is not body:
                element.tag = "done"
        if tag in _REBUILT and _has_text(tail) and (block is None or block.tail is None):
            after = Element("p")
            after.text = tail
            if process_node(after, _OPTIONS) is not None:
                body.append(after)


def _rule(element: _Element, clutter: dict[HtmlElement, str]) -> str | None:
    if not clutter:
        return None
    return next((clutter[above] for above in (element, *element.iterancestors()) if above in clutter), None)


def _finish(body: _Element) -> None:
    previous = None
    for element in list(body):
        text = " ".join(text_of(element).split())
        if text and text == previous and len(text) > 50:
            delete_element(element, keep_tail=False)
        else:
            previous = text
    strip_elements(body, "done")
    strip_tags(body, "div")


def _has_text(text: str | None) -> bool:
    return bool(text and not text.isspace())
