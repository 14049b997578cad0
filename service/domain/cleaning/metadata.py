"""What a page says about itself."""

from __future__ import annotations

from lxml.html import HtmlElement

from service.domain.model import PageMetadata


def read_metadata(tree: HtmlElement, *, url: str | None) -> PageMetadata:
    """Title, author, time, language, canonical URL and site from the head of a page."""
    found = {
        (meta.get("property") or meta.get("name") or "").lower(): (meta.get("content") or "").strip()
        for meta in tree.iter("meta")
    }
    title = tree.find(".//head/title")
    canonical = tree.find(".//link[@rel='canonical']")
    return PageMetadata(
        title=found.get("og:title") or (title.text_content().strip() if title is not None else None) or None,
        author=found.get("author") or None,
        language=(tree.get("lang") or "").strip() or None,
        url=(canonical.get("href") if canonical is not None else None) or url,
        site=found.get("og:site_name") or None,
    )
