"""All work on an untrusted text between extraction and the store: cleaning and fingerprinting, without state."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
import numpy as np
from msgspec import Struct

from twicetold.domain.cleaning.clean import clean
from twicetold.domain.extraction.language import settle
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Cleaned, Extracted, Fingerprint, PageMetadata, Submission


class PreparedText(Struct, frozen=True, kw_only=True):
    """A submission's text, cleaned and fingerprinted; `input_digest` is 16 bytes over the text before cleaning."""

    cleaned: Cleaned
    metadata: PageMetadata
    input_digest: bytes
    fingerprint: Fingerprint


def prepare_text(
    submission: Submission, page: Extracted, learned: Mapping[int, int], parameters: FingerprintParameters
) -> PreparedText:
    """Clean and fingerprint what was extracted. `learned` gives the support of each active learned block by hash."""
    page = with_language(submission, page)
    cleaned = clean_text(submission, page, learned)
    return PreparedText(
        cleaned=cleaned,
        metadata=page.metadata,
        input_digest=hashlib.blake2b(page.text.encode("utf-8", "replace"), digest_size=16).digest(),
        fingerprint=fingerprint_text(cleaned.text, parameters, language=page.metadata.language, thin=cleaned.thin),
    )


def with_language(submission: Submission, page: Extracted) -> Extracted:
    """What was extracted, with the language that its sender, its page and its text tell."""
    declared = submission.language or page.metadata.language
    language, told = settle(declared, page.detected)
    return msgspec.structs.replace(
        page, metadata=msgspec.structs.replace(page.metadata, language=language, language_from=told)
    )


def clean_text(
    submission: Submission, page: Extracted, learned: Mapping[int, int], *, explain: bool = False
) -> Cleaned:
    """Clean what was extracted `with_language`, with the warnings of all steps.

    `explain` adds the blocks that were nearly cut.
    """
    cleaned = clean(
        page.text,
        title=submission.title or page.metadata.title,
        language=page.metadata.language,
        removed=page.removed,
        learned=learned,
        whole=submission.html is None,
        explain=explain,
    )
    return msgspec.structs.replace(cleaned, warnings=(*submission.warnings, *page.warnings, *cleaned.warnings))


def fingerprint_text(text: str, parameters: FingerprintParameters, *, language: str | None, thin: bool) -> Fingerprint:
    """The fingerprint of a cleaned text; a `thin` one keeps only its digest, for it must not match by likeness."""
    made = fingerprint(text, parameters, language=language)
    if not thin:
        return made
    return msgspec.structs.replace(
        made, signature=np.empty(0, np.uint32), bands=np.empty(0, np.int64), passages=np.empty(0, np.int64)
    )
