"""A linear look at a page before any parser sees it.

Parsers and extractors go quadratic, or fail without a word, on pages no newsroom ever wrote: 40,000 attributes on a
tag, 100,000 paragraphs, a thousand nested elements. One pass of a regular expression in which no character is read
twice finds them in milliseconds.
"""

from __future__ import annotations

import re

from msgspec import Struct

from service.domain.errors import ExtractionFailed


class PageLimits(Struct, frozen=True, kw_only=True):
    """The largest page that is parsed: size in characters, number of start tags, attributes on one tag, nesting depth.

    The largest of 243 news pages measured had 2.2 million characters and 3,300 tags. Parsers give up at depth 256.
    """

    size: int = 8_000_000
    tags: int = 20_000
    attributes: int = 512
    depth: int = 240


# Every quantifier is possessive and every opening may end with the page, so a match never fails after having read far.
# A quotation mark opens a value only after "=": elsewhere (<a title=Don't>) it is a character like any other.
_ATTRIBUTES = r"""(?:[^>=]++|=\s*+(?:"[^"]*+"?+|'[^']*+'?+)?+)*+"""
_TAG = re.compile(
    rf"""
      <!--(?:[^-]++|-(?!->))*+
    | <(?P<raw>script|style|textarea|title|iframe|xmp|noembed|noframes|plaintext)(?=[\s/>])
      (?P<raw_attributes>{_ATTRIBUTES})>?+ (?:[^<]++|<(?!/(?P=raw)))*+
    | <(?P<end>/?)(?P<name>[a-z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""[^\s"'>/=]++(?:\s*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>]*+))?+""")

# Elements that add no depth: they cannot have children, or pages may leave out their end tags (the lists and tables
# around them count).
_FLAT = frozenset(
    {
        "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
        "meta", "param", "source", "track", "wbr",
        "body", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rp", "rt", "tbody", "td",
        "tfoot", "th", "thead", "tr",
    }
)  # fmt: skip


def prescan(html: str, limits: PageLimits) -> None:
    """Refuse a page that is over a limit, in time linear in its length.

    Raises `ExtractionFailed`, naming the limit.
    """
    if len(html) > limits.size:
        raise _refused(f"{len(html):,} characters", f"{limits.size:,}")
    if html.count("<") <= min(limits.tags, limits.depth) and len(html) <= 2 * limits.attributes:
        return
    tags = _TAG.findall(html)
    if sum(1 for tag in tags if tag[0] or (tag[3] and not tag[2])) > limits.tags:
        raise _refused(f"more than {limits.tags:,} tags", f"{limits.tags:,}")
    _check_attributes(tags, limits)
    _check_depth(tags, limits)


def _check_attributes(tags: list[tuple[str, ...]], limits: PageLimits) -> None:
    shortest = 2 * limits.attributes  # an attribute takes at least two characters
    for _, raw_attributes, _, _, attributes in tags:
        written = attributes or raw_attributes
        if len(written) > shortest and sum(1 for _ in _ATTRIBUTE.finditer(written)) > limits.attributes:
            raise _refused(f"a tag with more than {limits.attributes:,} attributes", f"{limits.attributes:,}")


def _check_depth(tags: list[tuple[str, ...]], limits: PageLimits) -> None:
    open_tags: list[str] = []
    for _, _, end, written, attributes in tags:
        name = written.lower()
        if not name or name in _FLAT or attributes.endswith("/"):
            continue
        if end:
            if name in open_tags:
                while open_tags.pop() != name:
                    pass
        else:
            open_tags.append(name)
            if len(open_tags) > limits.depth:
                raise _refused(f"elements nested more than {limits.depth} deep", f"{limits.depth}")


def _refused(found: str, limit: str) -> ExtractionFailed:
    return ExtractionFailed(
        f"The page was not read: it has {found}, the limit is {limit}. Send the story's text instead.", field="html"
    )
