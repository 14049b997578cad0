"""Which story of a cluster stands for it, and whom its stories credit with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

CONSIDERED = 200
"""Members of a cluster that are looked at, those told earliest: who copies later is neither first nor credited more."""


class Choice(StrEnum):
    """What makes a story canonical; `source` takes the name of one."""

    EARLIEST = "earliest"
    LONGEST = "longest"
    AGENCY = "agency"
    SOURCE = "source"


class CanonicalPolicy(Struct, frozen=True):
    """How the canonical story of a cluster is chosen: `source` is named where the choice is by source."""

    choice: Choice = Choice.EARLIEST
    source: str = ""

    @classmethod
    def parse(cls, text: str) -> CanonicalPolicy:
        """Read `earliest`, `longest`, `agency` or `source:NAME`. Raises `ValueError` saying what is allowed."""
        name, _, source = text.partition(":")
        if name not in set(Choice) or bool(source.strip()) != (name == Choice.SOURCE):
            raise ValueError("earliest, longest, agency or source:NAME")
        return cls(Choice(name), source.strip())

    def __str__(self) -> str:
        return f"{self.choice}:{self.source}" if self.source else str(self.choice)


class Claimant(Struct, frozen=True, kw_only=True):
    """A member of a cluster: its length in words, and the agencies and outlets that it names as its origin."""

    key: int
    source: str
    words: int
    credits: tuple[str, ...] = ()
    story_id: str = ""
    title: str | None = None
    told_at: datetime | None = None


class Credited(Struct, frozen=True, kw_only=True):
    """Whom most members name as the origin, how many do, and the first story that is this one's own or names it."""

    name: str
    members: int
    first: int


def canonical(members: Sequence[Claimant], policy: CanonicalPolicy) -> int:
    """Choose the canonical story of members that are given by time, earliest first; where none fits, the earliest.

    By agency it is the earliest story of the agency or outlet that most members credit, else the earliest that credits
    it.
    """
    first = members[0].key
    match policy.choice:
        case Choice.LONGEST:
            return max(members, key=lambda one: one.words).key
        case Choice.SOURCE:
            return next((one.key for one in members if one.source == policy.source), first)
        case Choice.AGENCY:
            found = credited(members)
            own = () if found is None else (one.key for one in members if is_of(one.source, found.name))
            return next(iter(own), first if found is None else found.first)
        case _:
            return first


def credited(members: Sequence[Claimant]) -> Credited | None:
    """Tell whom most members credit; None where none credits anybody. Of several the first by name."""
    named = Counter(name for one in members for name in dict.fromkeys(one.credits))
    if not named:
        return None
    name = min(named, key=lambda each: (-named[each], each))
    first = next(one.key for one in members if name in one.credits or is_of(one.source, name))
    return Credited(name=name, members=named[name], first=first)


def is_of(source: str, name: str) -> bool:
    """Whether a source is an agency or outlet of that name: by its letters, of a domain by those before a dot."""
    own, wanted = _letters(source), _letters(name)
    return bool(wanted) and wanted in {own, *map(_letters, source.split("."))}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
