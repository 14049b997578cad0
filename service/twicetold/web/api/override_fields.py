"""Checking what an operator wants of a source."""

from __future__ import annotations

from collections.abc import Sequence

from twicetold.domain.cleaning.overrides import LONGEST_BLOCK
from twicetold.domain.cleaning.paragraphs import words
from twicetold.domain.errors import Invalid
from twicetold.domain.extraction.selectors import parse
from twicetold.domain.model import Override

MOST = 50
"""Overrides of a source; each page is looked through for all of them at once."""


def checked(overrides: Sequence[Override]) -> tuple[Override, ...]:
    """Overrides as they were sent. Raises `Invalid` naming the one that cannot be."""
    if len(overrides) > MOST:
        raise Invalid(f"overrides must be at most {MOST}", field="overrides")
    for number, override in enumerate(overrides):
        field = f"overrides[{number}]"
        if (override.selector is None) == (override.block is None):
            raise Invalid("an override has either a selector or a block", field=field)
        if override.selector is not None:
            try:
                parse(override.selector)
            except ValueError as error:
                raise Invalid(f"selector {error}", field=f"{field}.selector") from None
        elif len(override.block or "") > LONGEST_BLOCK or not words(override.block or ""):
            raise Invalid(f"block must hold words, and at most {LONGEST_BLOCK:,} characters", field=f"{field}.block")
        elif "\n" in (override.block or "").strip():
            raise Invalid("block must be one line; send an override for each", field=f"{field}.block")
    return tuple(overrides)
