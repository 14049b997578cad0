"""Says in words what weighed most in a judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import expm1, isnan

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.matching.features import LEAD, Features

MOST = 3
"""Reasons that are given."""

Said = Callable[[Features], str]


def _told(share: float) -> str:
    """A share in words: no part is told as nothing or as all, and a share beyond these as where it stops."""
    if share >= 1:
        return "all"
    return "none" if share <= 0 else f"{min(max(round(100 * share), 1), 99)}%"


def _share(share: float, what: str) -> str:
    return f"{_told(share)} of the {what}"


def _covered(f: Features) -> str:
    shorter, longer = _share(f.short_covered, "words of the shorter text"), _share(f.long_covered, "longer")
    return f"{shorter} and {longer} are shared"


def _own(f: Features) -> str:
    longest = max(expm1(f.short_log_gap), expm1(f.long_log_gap))
    return f"the longest passage that only one has is {longest:.0f} words"


def _runs(f: Features) -> str:
    return f"a run of {expm1(f.log_run):.0f} words is shared"


def _length(f: Features) -> str:
    return f"the shorter has {expm1(f.log_words):.0f} words, {_share(f.length_ratio, 'longer')}"


def _numbers(f: Features) -> str:
    return "numbers tell nothing" if isnan(f.numbers_kept) else f"{_share(f.numbers_kept, 'numbers')} agree"


def _names(f: Features) -> str:
    return "names tell nothing" if isnan(f.names_kept) else f"{_share(f.names_kept, 'names')} agree"


def _slots(f: Features) -> str:
    if isnan(f.masked_share):
        return "the texts do not differ"
    return f"numbers and names make up {_share(f.masked_share, 'difference')}"


def _wording(f: Features) -> str:
    return f"{_share(f.short_bag, 'different words of the shorter text')} stand somewhere in the longer"


def _order(f: Features) -> str:
    return "the order tells nothing" if isnan(f.order) else f"{_share(f.order, 'shared words')} come in the same order"


def _lead(f: Features) -> str:
    return f"of the first {LEAD} words {_told(f.lead_least)} and {_told(f.lead_most)} are shared"


def _spread(f: Features) -> str:
    return f"what is shared touches {_share(f.short_spread, 'shorter text')} and {_share(f.long_spread, 'longer')}"


def _titles(f: Features) -> str:
    if isnan(f.title_cross_least):
        return "titles tell nothing"
    standing = _share(f.title_cross_least, "title's words")
    if isnan(f.title_kept):
        return f"{standing} stand in the other text"
    return f"the titles share {_told(f.title_kept)} of their words, {standing} stand in the other's text"


def _time(f: Features) -> str:
    source = "one source" if f.same_source else "two sources"
    return source if isnan(f.log_days) else f"{source}, {expm1(f.log_days):.1f} days apart"


SAID: Mapping[Said, str] = {
    _covered: "jaccard short_covered long_covered short_in_long",
    _own: "short_new long_new short_log_gap long_log_gap short_gaps short_mean_gap long_mean_gap",
    _runs: "run_share run_of_covered log_run short_log_runs long_log_runs",
    _length: "log_words length_ratio",
    _numbers: "numbers_kept numbers_covered numbers_new numbers_density",
    _names: "names_kept names_covered names_new names_density without_names in_parts",
    _slots: "masked_gain masked_share short_slots long_slots",
    _wording: "short_bag long_bag short_rare long_rare short_recurring long_recurring short_outside_bag "
    "long_outside_bag",
    _order: "order",
    _lead: "lead_least lead_most short_opening long_opening",
    _spread: "short_tail long_tail short_mid long_mid short_spread long_spread short_spread_half long_spread_half",
    _titles: "title_kept title_jaccard title_own title_cross_least title_cross_most",
    _time: "same_source log_days log_days_at_source",
}
_GROUPS: list[tuple[Said, list[int]]] = [
    (said, [Features._fields.index(name) for name in names.split()]) for said, names in SAID.items()
]


def reasons(features: Features, weights: NDArray[np.float64]) -> str:
    """Name what moved a decision most, by the weight of each feature for it (float64[features])."""
    moved = sorted(((float(weights[group].sum()), said) for said, group in _GROUPS), key=lambda one: -one[0])
    told = [said(features) for weight, said in moved[:MOST] if weight > 0] or [_covered(features)]
    return "; ".join(told)
