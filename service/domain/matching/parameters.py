"""Tuned constants of fingerprints and relations, each with how it was measured."""

from __future__ import annotations

# --- fingerprint -----------------------------------------------------------------------------------------------------

SHINGLE = 3
"""Words in a shingle. Of 3, 4 and 5 the one whose Jaccard still tells a reprint with 10 % of the words changed."""
PERMUTATIONS = 128
BANDS = 32
ROWS = 4
"""A pair becomes a candidate with probability 1 - (1 - J^4)^32: .87 at J .5, .988 at .6, .9998 at .7."""
PASSAGE_GRAM = 5
PASSAGE_WINDOW = 16
"""Any shared run of PASSAGE_GRAM + PASSAGE_WINDOW - 1 = 20 words shares a key, at about 2/17 keys a word."""
FEWEST_WORDS = 12
"""Shorter texts get no signature, bands or passages: they match only exactly."""

# --- relations -------------------------------------------------------------------------------------------------------

COVERED = 0.78
"""Share of the words of both texts in shared shingles that makes a reprint."""
SHORT_WORDS = 50
SHORT_JACCARD = 0.8
SHORT_COVERED = 0.8
SHORT_NUMBERS = 0.75
SHORTEST_EDITED = 25
CONTAINED = 0.88
CONTAINED_RUN = 25
EXCERPT_SIZE = 0.8
"""A contained text at most this much of the size of the other is an excerpt; a longer one is a reprint."""
FORM_FILLED = 0.15
FORM_JACCARD = 0.6
STORY_WORDS = 150
STORY_JACCARD = 0.7
PASSAGE_RUN = 20
"""Words of a run that count as a quotation; also what the winnowed keys promise to find."""
SHARED_RUN = 8
"""Words of a run that count as shared text at all, when shared words are summed and passages are shown."""

# --- clusters --------------------------------------------------------------------------------------------------------

REPRESENTATIVES = 5
"""A story joins a cluster when tied to its leader, or to most of its first so many members."""
EPOCH_DAYS = 2
"""Publication times within so many days of 1970-01-01 are a missing date that software filled in."""
FUTURE_HOURS = 26
"""A publication time so far after reception is wrong: further ahead than a mix-up of time zones explains."""
