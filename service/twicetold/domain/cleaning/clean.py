"""Cleans a story's text: every cut is on record, and kept and removed text together are the input.

Order: spans inside blocks (share bars, embeds), blocks by the lexicon, link lists, credits and dates near the ends,
lines of a flattened text by a model, boilerplate learned at the source. See the modules of the same names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from twicetold.domain.cleaning.credits.credit_lines import combine
from twicetold.domain.cleaning.credits.origins import origin_of
from twicetold.domain.cleaning.judging import Judge
from twicetold.domain.cleaning.learned import learned_cuts
from twicetold.domain.cleaning.lexicon.index import index
from twicetold.domain.cleaning.lines.model import line_model
from twicetold.domain.cleaning.overrides import override
from twicetold.domain.cleaning.paragraphs import lower
from twicetold.domain.cleaning.rules.sharebar import share_bars
from twicetold.domain.cleaning.spans import Cut, absorb, mask, settle, without
from twicetold.domain.cleaning.thin import why_thin
from twicetold.domain.model import Cleaned, Override, RemovedSpan

CLEANER_VERSION = 4
"""To be raised with every change of extraction or cleaning after which pages give other texts; stories keep theirs."""

NOTHING_LEARNED: Mapping[int, int] = {}


def clean(
    text: str,
    *,
    title: str | None = None,
    language: str | None = None,
    removed: Sequence[RemovedSpan] = (),
    learned: Mapping[int, int] = NOTHING_LEARNED,
    whole: bool = False,
    flat: bool = False,
    overrides: Sequence[Override] = (),
    explain: bool = False,
) -> Cleaned:
    """Cuts boilerplate, embed clutter and credits from a story's text.

    Args:
        text: the story, flattened; blocks are divided by line breaks, though all may be one line.
        title: the story's headline, which players and share bars repeat.
        language: ISO 639-1 code; with it only the rules of that language and of English apply, else those of all.
        removed: spans cut from `text` before, in text order; what they hold is not looked at again.
        learned: the source's learned boilerplate: block hash (see `learned.blocks`) to the number of its stories.
        whole: whether `text` was sent as one, and is not what was taken from a page.
        flat: whether chrome may stand between the lines of `text`, as a page was flattened by somebody else.
        overrides: what the operator wants of blocks of this source.
        explain: whether to tell which blocks came near a cut and what saved them (`Cleaned.kept`).

    Returns:
        `Cleaned.text` is `text` without the characters of `Cleaned.removed`. The same arguments give the same answer,
        in any thread. A cleaned text is mostly, though not always, left as it is when cleaned again.

    """
    rules = index(language)
    before = [Cut(span.start, span.end, span.kind, span.rule, span.support) for span in removed]
    working = mask(text, ((cut.start, cut.end) for cut in before))
    lowered = lower(working)
    spans = settle(
        [
            *share_bars(working, lowered, title),
            *(Cut(start, end, rule.kind, rule.id) for start, end, rule in rules.spans(lowered)),
        ]
    )
    working = mask(working, ((cut.start, cut.end) for cut in spans))
    known = settle(learned_cuts(working, learned))
    working = mask(working, ((cut.start, cut.end) for cut in known))
    judge = Judge(working, rules, explain=explain)
    cuts = settle([*before, *spans, *known, *judge.cuts()])
    if flat:
        cuts = settle([*cuts, *line_model().cuts(text, cuts, rules, title=title, language=language)])
    late = learned_cuts(mask(text, ((cut.start, cut.end) for cut in cuts)), learned)
    final = absorb(text, override(text, settle([*cuts, *late]), overrides))
    spans_out = tuple(
        RemovedSpan(kind=c.kind, rule=c.rule, start=c.start, end=c.end, text=text[c.start : c.end], support=c.support)
        for c in final
    )
    left = without(text, spans_out)
    warning = why_thin(left, title=title, whole=whole and not spans_out and any(map(str.isalpha, left)))
    return Cleaned(
        text=left,
        removed=spans_out,
        credits=msgspec.structs.replace(combine(judge.credits), origin=origin_of(text)),
        thin=warning is not None,
        warnings=(warning,) if warning else (),
        kept=tuple(judge.kept),
    )
