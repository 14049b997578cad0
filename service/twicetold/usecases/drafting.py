"""Drafts: what a sender says of a story, what its page says, and what became of its text, in one value."""

from __future__ import annotations

from datetime import datetime

import msgspec

from twicetold.domain.analysis import Analysis, Indexable
from twicetold.domain.cleaning.clean import CLEANER_VERSION
from twicetold.domain.model import Credits, PageMetadata, Story, Submission
from twicetold.domain.urls import page_key
from twicetold.usecases.kept_pages import packed
from twicetold.usecases.pipeline import Draft


def draft(submission: Submission, analysis: Analysis, *, now: datetime) -> Draft:
    """The draft of a submission received `now`; the sender's word goes before the page's."""
    cleaned, page = analysis.cleaned, analysis.metadata
    url, url_key, doubts = _address(submission, page)
    story = Story(
        id=submission.id,
        url=url,
        source=submission.source,
        title=submission.title or page.title,
        published_at=submission.published_at or page.published_at,
        received_at=now,
        language=page.language,
        version=1,
        words=len(analysis.indexable.fingerprint.words),
        text=cleaned.text,
        removed=cleaned.removed,
        credits=_credits(cleaned.credits, page),
        thin=cleaned.thin,
        warnings=(*submission.warnings, *cleaned.warnings, *doubts),
        metadata=submission.metadata,
        language_from=page.language_from,
        cleaner_version=CLEANER_VERSION,
    )
    return Draft(
        story=story,
        url_key=url_key,
        input_digest=analysis.input_digest,
        fingerprint=analysis.indexable.fingerprint,
        searchable=analysis.indexable.searchable,
    )


def with_page(draft: Draft, page: bytes, *, most: int) -> Draft:
    """A draft with the page that it was read from, unless that takes more than `most` bytes; then with a warning."""
    kept = packed(page)
    if len(kept) <= most:
        return msgspec.structs.replace(draft, page=kept)
    doubt = f"its page was not kept: it takes {len(kept):,} bytes compressed, and up to {most:,} are kept"
    story = msgspec.structs.replace(draft.story, warnings=(*draft.story.warnings, doubt))
    return msgspec.structs.replace(draft, story=story)


def read_again(story: Story, analysis: Analysis) -> Draft:
    """The draft of a stored story whose page was read again: text and credits are new, what was said of it stays."""
    cleaned = analysis.cleaned
    again = msgspec.structs.replace(
        story,
        text=cleaned.text,
        removed=cleaned.removed,
        credits=_credits(cleaned.credits, analysis.metadata),
        thin=cleaned.thin,
        cleaner_version=CLEANER_VERSION,
    )
    return redraft(again, analysis.indexable)


def redraft(story: Story, made: Indexable) -> Draft:
    """The draft of a stored story, with what was made again of its text."""
    return Draft(
        story=msgspec.structs.replace(story, words=len(made.fingerprint.words)),
        url_key=page_key(story.url) if story.url else None,
        input_digest=b"",
        fingerprint=made.fingerprint,
        searchable=made.searchable,
    )


def _address(submission: Submission, page: PageMetadata) -> tuple[str | None, str | None, tuple[str, ...]]:
    """The URL of a story, its canonical form, and a warning about what its page gave for one."""
    if submission.url is not None or page.url is None:
        return submission.url, submission.url_key, ()
    try:
        return page.url, page_key(page.url), ()
    except ValueError as error:
        return None, None, (f"the URL that the page gives as its own was ignored: it {error}",)


def _credits(cut: Credits, page: PageMetadata) -> Credits:
    """What was cut, with the page's author and origin where its text names none."""
    return msgspec.structs.replace(cut, byline=cut.byline or page.author, origin=cut.origin or page.origin)
