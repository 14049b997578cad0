"""Which parts of a page are what, by the names their authors gave them: comments, furniture, the frame.

Names that mean no text of the story at all, and those of the frame, are trafilatura's (Apache-2.0, `trafilatura.xpaths`
of version 2.3.1), as regular expressions over one walk of the tree instead of XPath over thirty.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from twicetold.domain.extraction.page import text_of
from twicetold.domain.extraction.remembering import remembered

_COMMENT_ID = re.compile(r"^(?:[Cc]omment(?!ary)|comol|disqus_thread|dsq-comments)")
_COMMENT_CLASS = re.compile(r"^[Cc]omment(?!ary)|(?:article|post)-comments")
_APPENDED = re.compile(r"mvp-post-add-(?:box|wrap)|infinite-?scroll")
_APPENDED_ALWAYS = re.compile(r"mvp-post-add-(?:box|wrap)")
_HINTS = ("omment", "comol", "disqus", "elementor-share", "infinite", "mvp-post-add")
"""Names that hold none of these fit none of the above; most hold none, and this is seen in a third of the time."""

_FURNITURE_TAGS = frozenset({"div", "item", "list", "p", "section", "span"})
_FURNITURE_ID = re.compile(
    """^(?:shar|ad-|jp-|dpsp-content)|social|viral|newsletter|syndication|tags|sidebar|banner|bread-?crumb|button|author
    |[fF]ooter|[sS]hare|[nN]av|menu|related|message-container|premium|[tT]easer|caption""",
    re.VERBOSE,
)
_FURNITURE_CLASS = re.compile(
    r"""^(?:shar|nav|post-nav|ZendeskForm)|social|viral|newsletter|syndication|tags|sidebar|banner|bread-?crumb|button
    |author|subnav|avigation|navbar|navbox|menu|bar|[ ]ad[ ]|-ad-|(?:^|[ ])ad-|dfp[Aa]d|outbrain|taboola|criteo
    |paid-?content|widget|[fF]ooter|[bB]yline|share-|sociable|embed|tag-list|consent|modal-content|permission|elated|next-|-stories
    |most-popular|more-on|meta|rating|attachment|timestamp|user-info|user-profile|-icon|article-infos|message-container|slide
    |viewport|overlay|options|expand|obfuscated|blurred|mol-factbox|[tT]easer|caption
    |tooltip|popover|hover-?card|rollover[\w-]*block""",
    re.VERBOSE,
)
_HIDDEN_ID = re.compile("hidden|reader-comments|akismet")
_HIDDEN_CLASS = re.compile(
    """^hide-|comments-title|nocomments|-reply-|message|akismet|suggest-links|-hide-|hide-print|[ ]hidden|[ ]hide
    |noprint|notloaded""",
    re.VERBOSE,
)
_HIDDEN_STYLE = re.compile("hidden|display: ?none")

_SHORTEST_PARAGRAPH = 25


def comment_sections(tree: HtmlElement) -> list[HtmlElement]:
    """Readers' comments, further articles appended for endless scrolling, share buttons of page builders."""
    return [
        element
        for element in tree.iter("div", "section", "aside", "details", "ol", "ul")
        if _is_comment_section(element) and element.getparent() is not None
    ]


def furniture(frame: HtmlElement) -> list[HtmlElement]:
    """What a frame holds besides the story, and what is hidden in it.

    A part with half the text is the story whatever its name ("content-with-sidebar"), and so are several parts of
    paragraphs, of one name and side by side, that have half of it together; nothing goes if nearly all would.
    """
    found = {element for element in frame.iterdescendants() if element.attrib and _is_furniture(element)}
    if not found:
        return []
    whole = len(text_of(frame))
    lengths = {element: len(text_of(element)) for element in found}
    sums: Counter[tuple[HtmlElement | None, str]] = Counter()
    for element in found:
        if _has_paragraphs(element):
            sums[_place(element)] += lengths[element]
    small = {element for element in found if 2 * max(lengths[element], sums[_place(element)]) <= whole}
    outer = [element for element in small if not any(above in small for above in element.iterancestors())]
    return outer if whole - sum(lengths[element] for element in outer) > whole / 7 else []


def frames(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Elements that may hold the story: most telling names first, last the one whose paragraphs hold most text.

    Each is looked up when asked for.
    """
    for fits, tags in _FRAMES:
        frame = next((element for element in tree.iterdescendants(*tags) if fits(element)), None)
        if frame is not None:
            yield _gather(frame)
    densest = _densest(tree)
    if densest is not None:
        yield _gather(densest)


def _gather(frame: HtmlElement) -> HtmlElement:
    """The first piece of a story that a page shows in pieces (between them, advertisements), with the others moved in.

    Pieces have the same tag and classes and the same place below one grandparent, several paragraphs, and no heading
    beside them: those of a list of stories have one each.
    """
    classes, parent = frame.get("class"), frame.getparent()
    place = parent.getparent() if parent is not None else None
    if not classes or place is None or parent.tag == "article" or not _has_paragraphs(frame):
        return frame
    first, *others = [
        piece
        for piece in place.iterfind(f"*/{frame.tag}")
        if piece is frame or (piece.get("class") == classes and _has_paragraphs(piece) and not _headed(piece))
    ]
    for piece in others:
        first.extend(list(piece))
    return first


def _place(element: HtmlElement) -> tuple[HtmlElement | None, str]:
    """What parts side by side of one name share: the first of their classes, as the others tell of margins."""
    return element.getparent(), element.get("class", "").strip().partition(" ")[0]


def _has_paragraphs(element: HtmlElement) -> bool:
    return len(list(islice(element.iter("p"), 2))) == 2


def _headed(piece: HtmlElement) -> bool:
    others = (beside for beside in piece.getparent() if beside is not piece)
    return any(next(beside.iter("h1", "h2", "h3", "head"), None) is not None for beside in others)


def _densest(tree: HtmlElement) -> HtmlElement | None:
    """The element with most text in its paragraphs, those of its children counting half (readability's measure)."""
    scores: dict[HtmlElement, float] = {}
    for paragraph, parent in _paragraphs(tree):
        length = len(text_of(paragraph).strip()) - sum(len(text_of(link)) for link in paragraph.iter("ref"))
        if parent is None or length < _SHORTEST_PARAGRAPH:
            continue
        scores[parent] = scores.get(parent, 0) + length
        above = parent.getparent()
        if above is not None:
            scores[above] = scores.get(above, 0) + length / 2
    return max(scores, key=lambda element: scores[element], default=None)


def _paragraphs(tree: HtmlElement) -> Iterator[tuple[HtmlElement, HtmlElement | None]]:
    """The paragraphs and what holds them; on a page without any, containers of text that hold no other container."""
    if next(tree.iter("p"), None) is not None:
        yield from ((paragraph, paragraph.getparent()) for paragraph in tree.iter("p"))
        return
    for element in tree.iter("div", "td"):
        if next(element.iterdescendants("div", element.tag), None) is None:
            yield element, element.getparent() if element.find("lb") is None else element


def _is_comment_section(element: HtmlElement) -> bool:
    identity, classes = element.get("id", ""), element.get("class", "")
    names = f"{identity} {classes}"
    for hint in _HINTS:
        if hint in names:
            break
    else:
        return False
    if _COMMENT_ID.search(identity) or _COMMENT_CLASS.search(classes) or "elementor-share-buttons" in classes:
        return True
    if not _APPENDED.search(names):
        return False
    return _APPENDED_ALWAYS.search(names) is not None or element.find(".//h1") is None


def _is_furniture(element: HtmlElement) -> bool:
    classes, identity = element.get("class", ""), element.get("id", "")
    if element.tag in _FURNITURE_TAGS:
        if classes and _furniture_class(classes):
            return True
        if identity and _FURNITURE_ID.search(identity):
            return True
        if "nav" in element.get("role", "").lower() or "cookie" in (identity or classes):
            return True
        if "data-lp-replacement-content" in element.attrib or "MostPopular" in element.get("data-component", ""):
            return True
    return _is_hidden(element, classes, identity)


_furniture_class = remembered(_FURNITURE_CLASS.search)
_hidden_class = remembered(_HIDDEN_CLASS.search)


def _is_hidden(element: HtmlElement, classes: str, identity: str) -> bool:
    return (
        element.get("aria-hidden") == "true"
        or bool(classes and _hidden_class(classes))
        or bool(identity and _HIDDEN_ID.search(identity))
        or bool(_HIDDEN_STYLE.search(element.get("style", "")))
        or (identity or classes).startswith("reply-")
    )


_CONTENT_ID = re.compile("(?:entry|article|art)-content|article__content|article(?:-|__)?body|articleBody|body-text")
_CONTENT_CLASS = re.compile(
    """post[-_]text|post-body|post-?entry|post[-_]?content|postContent|post_inner_wrapper|article-?text|articleText
    |(?:entry|page|text|article|art)-content|article__content|article(?:-|__)?body|articleBody|ArticleContent|body-text
    |article__container""",
    re.VERBOSE,
)
_STORY_ID = re.compile("^primary|story-body")
_STORY_CLASS = re.compile(
    """^article[ ]|post-bodycopy|story-?content|(?:theme|blog|section|single)-content|single-post|main-column
    |wpb_text_column|story-body|field-body|[Ff][Uu][Ll][Ll][Tt][Ee][Xx][Tt]""",
    re.VERBOSE,
)
_MAIN_ID = re.compile("content-main|content-body|contentBody|[Mm]ain-[Cc]ontent")
_MAIN_CLASS = re.compile("content[-_]main|content(?:-|__)body|[Mm]ain-[Cc]ontent|[Pp]age-[Cc]ontent")


_content_class = remembered(_CONTENT_CLASS.search)


def _is_article_content(element: HtmlElement) -> bool:
    classes, identity = element.get("class", ""), element.get("id", "")
    return (
        bool(classes and (classes in {"post", "entry"} or _content_class(classes)))
        or bool(identity and (identity == "articleContent" or _CONTENT_ID.search(identity)))
        or element.get("itemprop") == "articleBody"
    )


def _is_story(element: HtmlElement) -> bool:
    classes, identity = element.get("class", ""), element.get("id", "")
    return (
        element.get("role") == "article"
        or identity in {"article", "story"}
        or classes in {"postarea", "art-postcontent", "text", "cell", "story"}
        or bool(_STORY_ID.search(identity))
        or bool(_STORY_CLASS.search(classes))
    )


def _is_main_content(element: HtmlElement) -> bool:
    classes, identity = element.get("class", ""), element.get("id", "")
    return "content" in {identity, classes} or bool(_MAIN_ID.search(identity)) or bool(_MAIN_CLASS.search(classes))


def _is_main(element: HtmlElement) -> bool:
    if element.tag == "main":
        return True
    return any(element.get(name, "").startswith("main") for name in ("class", "id", "role"))


def _is_any(_element: HtmlElement) -> bool:
    return True


_ANY = ("article", "div", "main", "section")
_FRAMES = (
    (_is_article_content, _ANY),
    (_is_any, ("article",)),
    (_is_story, _ANY),
    (_is_main_content, _ANY),
    (_is_main, _ANY),
)
"""What a frame is known by, and the tags it may have."""
