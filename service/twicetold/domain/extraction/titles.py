"""Linked titles of what a story lists: books, walks or films, each with a paragraph about it."""

from __future__ import annotations

from itertools import pairwise

from lxml.html import HtmlElement

from twicetold.domain.extraction.page import text_of

FEWEST = 4
"""Of 243 pages none had so many links to other stories with just one paragraph of its own between."""


def head_titles(frame: HtmlElement) -> None:
    """Make headings of paragraphs that are linked titles; as links alone they would be cut."""
    titles: dict[HtmlElement, list[HtmlElement]] = {}
    for link in frame.iter("ref"):
        paragraph = _paragraph_of(link)
        place = None if paragraph is None else paragraph.getparent()
        if paragraph is not None and place is not None and _is_title(paragraph, link):
            titles.setdefault(place, []).append(paragraph)
    for found in titles.values():
        if len(found) >= FEWEST and all(_after_next(one) is other for one, other in pairwise(found)):
            for title in found:
                title.tag = "head"
                title.set("rend", "h3")


def _paragraph_of(link: HtmlElement) -> HtmlElement | None:
    """The paragraph that has the link, or emphasis around it, as its only element."""
    holder = link.getparent()
    if holder is not None and holder.tag == "hi" and len(holder) == 1:
        holder = holder.getparent()
    return holder if holder is not None and holder.tag == "p" and len(holder) == 1 else None


def _is_title(paragraph: HtmlElement, link: HtmlElement) -> bool:
    """Whether the link is all that its paragraph says, and shorter than the next paragraph."""
    below, text = paragraph.getnext(), text_of(link).strip()
    if below is None or below.tag != "p" or text_of(paragraph).strip() != text:
        return False
    return 0 < len(text) < len(text_of(below).strip())


def _after_next(element: HtmlElement) -> HtmlElement | None:
    following = element.getnext()
    return None if following is None else following.getnext()
