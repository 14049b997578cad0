"""Constants of structure in relations and clusters, each with how it was found; what is weighed is in the model."""

from __future__ import annotations

from datetime import UTC, datetime

# --- relations -------------------------------------------------------------------------------------------------------

ALIKE = 0.1
ALIKE_COVERED = 0.62
"""Texts of a smaller Jaccard, neither covered by so much, are no versions of one report and no fillings of one form:
they are not judged by the model, and what only it asks is not measured. 98 of 100 pairs that meet as candidates on web
news; of 395 labelled copies and rewrites one rewrite."""
NEW_STRETCH = 12
"""Words without a shared shingle that count as a passage of a text's own, and not as scattered edits. Changes of 20 %
of the words leave .02 of a text in such stretches; labelled follow-ups that repeat background had .14 to .54."""
EVEN = 0.5
"""A text is called a rewrite if it is more likely one than not; to be the likeliest kinship is not enough."""
EXCERPT_SIZE = 0.8
"""A copy of at most this length of the other is an excerpt of it; above, it is a reprint."""
FORM_MASKED = 0.05
FORM_SLOTS = 0.2
"""Two fillings of one form differ in numbers and names (this share of what differs at least) or in gaps of few words
(this share of the words that differ). Two short news that share a paragraph of background do not."""
RESPELLED = 0.5
"""Texts whose numbers and names are all the same, however they are spelled, and make up so much of the difference fill
in no form anew."""
RENEWED_KEPT = 0.2
RENEWED_NUMBERS = 3
RENEWED_DENSITY = 1 / 16
"""Texts that have at most this share of their numbers in common, so many new ones each, one word in sixteen a number,
and of whose difference numbers and names make up RESPELLED, are one form filled in anew, however likely a copy."""
PASSAGE_RUN = 20
"""Words of a run that count as a quotation; also what the winnowed keys promise to find."""
PASSAGE_PARTS = 32
"""The same where both texts are cut into pairs of letters: 33 letters are about 20 words of Chinese and fewer of
Japanese or Thai, whose formulas reach 20 to 25."""
SHARED_RUN = 8
"""Words of a run that is shown as a shared passage of two texts."""

# --- clusters --------------------------------------------------------------------------------------------------------

CROWD = 48
"""Stories whose clusters are made anew together, all their ties known. A larger crowd takes stories in one by one, by
its leaders, or the next copy of a story would cost more the more there are (`python -m bench.crowd`)."""
REPRESENTATIVES = 5
"""A story joins a cluster when tied to its leader, or to most of its first so many members."""
EPOCH_DAYS = 2
"""Publication times within so many days of 1970-01-01 are a missing date that software filled in; so are these, the
zeros of Windows, SQL Server, spreadsheets, the Macintosh, FAT and content systems:"""
_ZEROS = (
    (1601, 1, 1),
    (1753, 1, 1),
    (1899, 12, 30),
    (1899, 12, 31),
    (1900, 1, 1),
    (1904, 1, 1),
    (1980, 1, 1),
    (2000, 1, 1),
)
PLACEHOLDERS = frozenset(datetime(*day, tzinfo=UTC) for day in _ZEROS)
FUTURE_HOURS = 26
"""A publication time so far after reception is wrong: further ahead than a mix-up of time zones explains."""
