"""A page turned into text: its blocks, those of the story among them, and a record of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lxml.etree import strip_elements
from lxml.html import HtmlElement
from msgspec import structs
from trafilatura import bare_extraction

from twicetold.domain.extraction.appdata import app_paragraphs
from twicetold.domain.extraction.jsonld import LinkedArticle, linked_article, paragraphs
from twicetold.domain.extraction.language import detect
from twicetold.domain.extraction.markdown import parts
from twicetold.domain.extraction.metadata import description, named_contents, read_metadata
from twicetold.domain.extraction.mojibake import lost_text, may_be_misread, repair
from twicetold.domain.extraction.page import ODD_NAME, parse
from twicetold.domain.extraction.prescan import encoded
from twicetold.domain.extraction.region import find_region
from twicetold.domain.extraction.selectors import marked
from twicetold.domain.extraction.storymodel import story_model
from twicetold.domain.extraction.walk import page_blocks
from twicetold.domain.model import Extracted, Override

_FROM_LINKED_DATA = "the text was taken from the page's JSON-LD, because the page itself shows little of it"
_FROM_APP_DATA = "the text was taken from the data of the page's script, because the page itself shows little of it"
_NO_TEXT = "no story was found in the page"

SHARE_OF_DATA = 0.5
"""Below this share of the article that a page gives as data, its own text is taken for an excerpt of it."""
LITTLE_SHOWN = 3000
"""Characters: excerpts are shorter. A page that shows as many tells its story itself, however much its data holds."""


def extract(html: str, *, url: str | None, now: datetime | None = None) -> Extracted:
    """The story text of a page, with what the page says about itself.

    Blocks of the text are divided by blank lines, lines within a block by a line break. Plain text and fragments are
    taken as the body of a page. A page without any text gives an empty text and a warning. Nothing was published after
    `now`, if that is given.
    """
    written, warnings = encoded(html)
    extracted = extract_encoded(written, url=url, now=now)
    return structs.replace(extracted, warnings=(*warnings, *extracted.warnings))


def extract_encoded(
    written: bytes,
    *,
    url: str | None,
    now: datetime | None = None,
    markdown: bool = False,
    overrides: Sequence[Override] = (),
) -> Extracted:
    """The same of a page that is `encoded` already, with the parts for Markdown if these are wanted.

    `overrides` are what the operator wants of the pages of this source.
    """
    try:
        return _extract(written, url, now, overrides, markdown=markdown)
    except ValueError:
        return _extract(ODD_NAME.sub(b"<span", written), url, now, overrides, markdown=markdown)


def _extract(
    written: bytes, url: str | None, now: datetime | None, overrides: Sequence[Override], *, markdown: bool
) -> Extracted:
    tree = parse(written)
    if tree is None:
        return Extracted(text="", warnings=(_NO_TEXT,))
    warnings = []
    if may_be_misread(written) and (repaired := repair(tree)):
        warnings.append(repaired)
    article = linked_article(tree)
    named = named_contents(tree)
    metadata = read_metadata(tree, named, article, url=url, now=now)
    marks = marked(tree, overrides)
    summary = description(named, article)
    blocks = page_blocks(tree, anchored=markdown, marks=marks)
    model = story_model()
    region = find_region(
        blocks,
        model.likelihood(blocks, title=metadata.title, description=summary),
        story_from=model.story_from,
        title=metadata.title,
        description=summary,
        second=lambda: by_the_library(written),
    )
    told, why = ("", "") if marks else _told_as_data(tree, article, shown=region.story)
    if told:
        region = structs.replace(region, text=told, removed=(), blocks=(), warnings=(why,))
    warnings += region.warnings
    if not region.text:
        warnings.append(_NO_TEXT)
    if lost := lost_text(region.text):
        warnings.append(lost)
    return Extracted(
        text=region.text,
        removed=region.removed,
        chrome=region.chrome,
        metadata=metadata,
        detected=detect(region.text),
        warnings=tuple(warnings),
        parts=parts(region.blocks, url=url or metadata.url) if markdown else (),
    )


def _told_as_data(tree: HtmlElement, article: LinkedArticle, *, shown: Sequence[str]) -> tuple[str, str]:
    """The story as the page's data tells it, where the page shows an excerpt of it, and a warning that says so."""
    length = sum(map(len, shown))
    if length >= LITTLE_SHOWN:
        return "", ""
    for told, why in (
        (paragraphs(article.body or ""), _FROM_LINKED_DATA),
        (app_paragraphs(tree, shown), _FROM_APP_DATA),
    ):
        if length < SHARE_OF_DATA * sum(map(len, told)):
            return "\n\n".join(told), why
    return "", ""


def by_the_library(written: bytes) -> str:
    """What trafilatura (Barbaresi, ACL 2021, https://aclanthology.org/2021.acl-demo.15) takes for the story."""
    tree = parse(written)
    if tree is not None:
        # It would take a body in the JSON-LD that is none of this page's.
        strip_elements(tree, "script", with_tail=False)
    return getattr(bare_extraction(tree, include_comments=False), "text", None) or ""
