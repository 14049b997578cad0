"""Tuned constants of relations and clusters, each with how it was measured."""

from __future__ import annotations

from datetime import UTC, datetime

# --- relations -------------------------------------------------------------------------------------------------------

COVERED = 0.78
"""A reprint shares this much of the words of both. Random changes of 10 % of the words leave .87 covered (Jaccard
.57); follow-ups that repeat background paragraphs had at most .75 of the less covered one (17 labelled pairs of web
news)."""
EDITED_COVERED = 0.62
EDITED_NEW = 0.1
NEW_STRETCH = 12
"""With less covered, the rest must be scattered: at most EDITED_NEW in stretches of NEW_STRETCH words. Changes of 20
% of the words leave .72 covered and .02 in such stretches; the labelled follow-ups had .14 to .54 there, rewritten
copies at most .06."""
EDITED_WORDS = 150
EDITED_SPECIFICS = 0.5
"""Such edits replace no more than this share of the numbers and leave as much of the names. In texts under EDITED_WORDS
they are believed under stricter terms only, for short market reports of different days look just so:"""
EDITED_SHORT_COVERED = 0.68
EDITED_NUMBERS = 0.75
EDITED_NAMES = 0.65
EDITED_FORM = 0.1
"""they cover EDITED_SHORT_COVERED, keep EDITED_NUMBERS of the numbers and EDITED_NAMES of the names, and masking these
raises their Jaccard by EDITED_FORM at most. Of 19,043 wire stories 5 more pairs are reprints so, one of them two
reports; of 25 stories of our own in 16 languages, 15 % of the words changed, 47 of 50 are found (40 without)."""
SHORT_WORDS = 50
SHORT_JACCARD = 0.8
SHORT_NUMBERS = 0.75
SHORTEST_EDITED = 25
"""Texts under SHORT_WORDS share half of their shingles by form alone, so they need SHORT_JACCARD; or, from
SHORTEST_EDITED words on, COVERED with SHORT_NUMBERS of the numbers the same, as two rounds of one earnings
notice have."""
CONTAINED = 0.88
CONTAINED_RUN = 25
EXCERPT_SIZE = 0.8
"""An excerpt has CONTAINED of its words in the longer text, CONTAINED_RUN (or half of them) in one run, and at most
EXCERPT_SIZE of its length; above, it is a reprint. Updates of running stories reached .86, shortened copies .95 and
more."""
EXCERPT_WORDS = 40
EXCERPT_RUN = 12
EXCERPT_NEW = 0.03
"""With less covered, an excerpt of EXCERPT_WORDS is edited as a reprint is, has EXCERPT_RUN words in one run, and says
nothing of its own: at most EXCERPT_NEW in stretches of NEW_STRETCH words. Of 41 such pairs of wire stories 40 tell the
same news; an update that is another report had .05. Cut to 40 % and 10 % of the words changed, 43 of 50 of our own are
found (15 without). Texts of 25 to 40 words added 3 true pairs and 3 of one form, runs of 8 words 4 and 2."""
FORM_JACCARD = 0.6
FORM_FILLED = 0.15
"""A form filled in anew has FORM_JACCARD with numbers and names masked, and scores FORM_FILLED in `form_filled`:
notices of dividends, reserves, prices and shipments of other days scored .17 to .67, corrected and rewritten copies
under .1 (52 labelled pairs of wire news)."""
FORM_NAMES = 4
"""Different names that differ where there are no numbers to speak: two people and their company are five (three
notices of appointments of our own), one respelled person one or two."""
CORRECTED_JACCARD = 0.75
"""A story of SHORT_WORDS with so much the same and no name changed is corrected: two numbers changed in 50 words leave
.78, one in 25 words of longer texts as much. Of 24 corrected tolls and polls of 50 to 130 words in ten languages none
had less than .77; bulletins of one town's weather or pollen had at most .72. A notice of 73 words on one fund's value,
two figures changed, had .84: only NOTICE_HOURS tell it from a correction."""
CORRECTED_WORDS = 40
WORDS_A_NUMBER = 20
"""So is, with SHORT_JACCARD, a text from CORRECTED_WORDS on with so many words to a number. A notice of that length is
denser: 21 pairs of repurchase notices of different days, one figure in 48 words changed, had 16 words to a number."""
FORM_NUMBERS = 6
FORM_NUMBERS_KEPT = 0.25
"""But so many changed numbers, with no more than this share kept, are a form filled in anew (a table of prices)."""
NOTICE_EXPLAINED = 0.5
NOTICE_HOURS = 16
"""Two texts under STORY_WORDS that one source published so long after each other are a notice of two days if a number
differs and NOTICE_EXPLAINED of their difference is numbers and names: so were all 34 such pairs of wire stories with
.06 and more. Without the times no measure tells a notice with one new figure from a correction."""
SAME_NUMBERS = 2
RESPELLED = 0.9
"""From SHORT_WORDS on, a text with so many numbers, all the same, is no form whatever its names; with RESPELLED of its
shingles the same once they are masked, a reprint that spells them another way (two of two of our own had 1.0 at .39
and .73 plain). Of 1158 pairs of wire templates 8 had no changed number, of which 7 under 30 words."""
ALIKE = 0.1
"""Texts of a smaller Jaccard, neither covered by EDITED_COVERED, are no versions of one report and no fillings of one
form: what only those rules ask is not measured between them. 98 of 100 pairs that meet as candidates on web news."""
STORY_WORDS = 150
STORY_JACCARD = 0.7
STORY_NUMBERS = 12
"""Texts of STORY_WORDS that share so much are one story even if every number was updated: up to STORY_NUMBERS, or to
FORM_NUMBERS if a name (most often the day's) changed, too. A council story of our own with every figure updated had 9
new ones and the same names, a gauge bulletin of another day 6 and a new name."""
PASSAGE_RUN = 20
"""Words of a run that count as a quotation; also what the winnowed keys promise to find."""
PASSAGE_PARTS = 32
"""The same where both texts are cut into pairs of letters: 33 letters are about 20 words of Chinese and fewer of
Japanese or Thai, whose formulas reach 20 to 25."""
SHARED_RUN = 8
"""Words of a run that is shown as a shared passage of two texts."""
REWRITTEN_COVERED = 0.6
"""A text of EXCERPT_WORDS that shares so much with a longer one, SHARED_RUN in one run, is told as a passage, too, if
its numbers and names agree as those of an edited copy do: 39 pairs of 19,043 wire stories, of which 30 within days, and
none of 1,895 stories of web news."""

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
