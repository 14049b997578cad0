"""A page turned into text: what trafilatura takes for content, block by block, with link lists marked as clutter."""

from __future__ import annotations

from datetime import datetime

from msgspec import structs

from twicetold.domain.extraction.blocks import render
from twicetold.domain.extraction.content import content
from twicetold.domain.extraction.jsonld import linked_article
from twicetold.domain.extraction.language import detect
from twicetold.domain.extraction.links import structural_clutter
from twicetold.domain.extraction.metadata import description, named_contents, read_metadata
from twicetold.domain.extraction.mojibake import lost_text, may_be_misread, repair
from twicetold.domain.extraction.page import ODD_NAME, parse
from twicetold.domain.extraction.prescan import encoded
from twicetold.domain.model import Extracted

_FROM_LINKED_DATA = "the text was taken from the page's JSON-LD, because the page itself shows little of it"
_NO_TEXT = "no story was found in the page"


def extract(html: str, *, url: str | None, now: datetime | None = None) -> Extracted:
    """The story text of a page, with what the page says about itself.

    Blocks of the text are divided by blank lines, lines within a block by a line break. Plain text and fragments are
    taken as the body of a page. A page without any text gives an empty text and a warning. Nothing was published after
    `now`, if that is given.
    """
    written, warnings = encoded(html)
    extracted = extract_encoded(written, url=url, now=now)
    return structs.replace(extracted, warnings=(*warnings, *extracted.warnings))


def extract_encoded(written: bytes, *, url: str | None, now: datetime | None = None) -> Extracted:
    """The same of a page that is `encoded` already."""
    try:
        return _extract(written, url=url, now=now)
    except ValueError:
        return _extract(ODD_NAME.sub(b"<span", written), url=url, now=now)


def _extract(written: bytes, *, url: str | None, now: datetime | None) -> Extracted:
    tree = parse(written)
    if tree is None:
        return Extracted(text="", warnings=(_NO_TEXT,))
    warnings = []
    if may_be_misread(written) and (repaired := repair(tree)):
        warnings.append(repaired)
    article = linked_article(tree)
    named = named_contents(tree)
    metadata = read_metadata(tree, named, article, url=url, now=now)
    body, linked = content(tree, written, article, description=description(named, article))
    if linked:
        warnings.append(_FROM_LINKED_DATA)
    blocks = render(body)
    text = "\n\n".join(block.text for block in blocks)
    if not text:
        warnings.append(_NO_TEXT)
    if lost := lost_text(text):
        warnings.append(lost)
    removed = tuple(structural_clutter(blocks, title=metadata.title))
    return Extracted(text=text, removed=removed, metadata=metadata, detected=detect(text), warnings=tuple(warnings))
