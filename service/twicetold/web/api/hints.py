"""What somebody meant who used a name that is none here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

LOOKED_AT = 100
"""Characters of a name that are compared: the rest costs time and helps nobody."""

OTHER_NAMES = {
    "text": ("content", "body", "article", "article_body", "maintext", "plain_text", "full_text", "raw_text",
             "message"),
    "html": ("raw_html", "html_content", "page", "source_code", "markup"),
    "url": ("link", "uri", "href", "address", "permalink", "canonical", "canonical_url", "source_url"),
    "source": ("site", "domain", "source_domain", "outlet", "publisher", "publication", "host", "sitename", "feed"),
    "title": ("headline", "head", "name", "heading"),
    "language": ("lang", "locale"),
    "published_at": ("date", "published", "pubdate", "pub_date", "date_publish", "publish_date", "published_date",
                     "publication_date", "published_time", "timestamp", "created_at"),
    "id": ("guid", "uuid", "_id", "doc_id", "document_id", "story_id", "article_id"),
    "metadata": ("meta", "extra", "tags", "attributes"),
    "story_id": ("id",),
}  # fmt: skip
"""What feeds, crawlers and extractors call the fields of a story (RSS, Atom, news-please, newspaper, trafilatura …)."""


def meant(name: str, known: Sequence[str]) -> str:
    """What to add to the message on an unknown name: the nearest of the known ones, or all of them."""
    written = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name[:LOOKED_AT]).lower()).strip("_")
    other = [field for field in known if written in OTHER_NAMES.get(field, ())]
    close = other[0] if other else nearest(written, known)
    if close:
        return f": did you mean {close}?"
    return f"; it takes {', '.join(known)}" if known else "; remove it or correct its name"


def nearest(name: str, known: Sequence[str], *, least: float = 0.6) -> str | None:
    """The known name that comes nearest to one, if any does: `least` is how much of both has to be the same."""
    return next(iter(difflib.get_close_matches(name[:LOOKED_AT], known, n=1, cutoff=least)), None)
