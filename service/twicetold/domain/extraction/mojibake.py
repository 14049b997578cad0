"""Text that was decoded with a wrong charset and stored so: repaired where that is proven, told of where it is lost.

A text is proven to be mojibake when it can be encoded with the wrong charset and is then text in UTF-8, and looks the
worse of the two: ftfy's measure (Speer 2019, https://doi.org/10.5281/zenodo.2591652).
"""

from __future__ import annotations

import re

from ftfy import fix_encoding
from lxml.html import HtmlElement

_MISREAD = re.compile(
    rb"[\xc3-\xc5\xd0][\x80-\xbf](?:\xc2[\x80-\xbf]|\xe2\x80[\x93-\xba]|\xe2\x82\xac|\xe2\x84\xa2"
    rb"|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xc6\x92|\xcb[\x86\x9c])"
)
"""What UTF-8 looks like, in UTF-8, after it was taken for Windows-1252 or Latin-1: a first letter, and a mark."""

_FEWEST = 3
_LONGEST = 10_000
"""Characters of one text that are looked at: ftfy takes several passes."""

LOST = "\ufffd"
_FEWEST_LOST = 3


def may_be_misread(written: bytes) -> bool:
    """Whether a page in UTF-8 has so much as the marks of mojibake: a quick look that most pages pass."""
    return sum(1 for _, _ in zip(range(_FEWEST), _MISREAD.finditer(written), strict=False)) >= _FEWEST


def repair(tree: HtmlElement) -> str | None:
    """Repair the texts, titles and `meta` contents of a tree; what to warn of, if there were any."""
    repaired = 0
    for element in tree.iter():
        for name in ("text", "tail"):
            before = getattr(element, name)
            if (after := _repaired(before)) is not None:
                setattr(element, name, after)
                repaired += 1
        if element.tag == "meta" and (after := _repaired(element.get("content"))) is not None:
            element.set("content", after)
            repaired += 1
    return f"html: {repaired} texts had been decoded with a wrong charset, and were repaired" if repaired else None


def _repaired(text: str | None) -> str | None:
    if not text or text.isascii() or len(text) > _LONGEST:
        return None
    after = fix_encoding(text)
    return after if after != text else None


def lost_text(text: str) -> str | None:
    """A warning about a text in which characters were lost before it came here; None for a stray one."""
    lost = text.count(LOST)
    if lost < _FEWEST_LOST:
        return None
    return f"{lost} characters of the text were lost in decoding (U+FFFD); send the page's own bytes as text/html"
