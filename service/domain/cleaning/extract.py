"""A page turned into text: what trafilatura takes for content, block by block, with link lists marked as clutter."""

from __future__ import annotations

import re

from service.domain.cleaning.blocks import Block, render
from service.domain.cleaning.links import link_blocks
from service.domain.cleaning.metadata import read_metadata
from service.domain.cleaning.page import content, parse
from service.domain.model import Extracted

_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_TEXT = "The page holds no story text."
_SURROGATES_REPLACED = "Characters that are no Unicode text (lone surrogates) were replaced."


def extract(html: str, *, url: str | None) -> Extracted:
    """The story text of a page, with what the page says about itself.

    Blocks of the text are divided by blank lines, lines within a block by a line break. Plain text and fragments are
    taken as the body of a page. A page without any text gives an empty text and a warning.
    """
    warnings = []
    html, replaced = _SURROGATE.subn("\ufffd", html)
    if replaced:
        warnings.append(_SURROGATES_REPLACED)
    tree = parse(html)
    if tree is None:
        return Extracted(text="", warnings=(*warnings, _NO_TEXT))
    metadata = read_metadata(tree, url=url)
    blocks: list[Block] = render(content(tree))
    text = "\n\n".join(block.text for block in blocks)
    if not text:
        warnings.append(_NO_TEXT)
    return Extracted(text=text, removed=tuple(link_blocks(blocks)), metadata=metadata, warnings=tuple(warnings))
