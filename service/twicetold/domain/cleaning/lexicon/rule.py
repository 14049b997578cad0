"""A rule of the lexicon and how the data files are read."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from twicetold.domain.cleaning.paragraphs import lower

FOLDER = Path(__file__).parent
NEUTRAL = "any"

Kind = Literal[
    "ad", "agency", "app", "boilerplate", "byline", "comments", "consent", "contact", "copyright", "date", "embed",
    "interface", "newsletter", "paywall", "photo", "read_time", "share", "teaser",
]  # fmt: skip


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way in which outlets write one kind of clutter, in exactly one of seven forms.

    alone: phrases; a block that consists of such phrases (of any rules), numbers aside, goes.
    lead: phrases; a block that opens with one goes, if a separator (colon, bar, arrow, dash) follows, or nothing. With
        `bare` the separator may be missing where the rest reads like a headline; with `names` the rest must read like
        names ("Photo: Ann Lee/AFP").
    tail: headings of link lists; one that stands alone goes, with the list below it.
    block: a pattern for a whole block, tried if one of `words` (the sign © counts as one) is in the block. With
        `sentence` it is tried on the sentences of longer blocks too, with `opens` it must match where a sentence
        begins: outlets ask their readers in the first words ("Sign up for ..."), stories tell of it further in
        ("Parents who sign up for ..."). What its group `names` holds, if it has one, must read like names; of a block
        that ends with its group `link` no more than that goes, unless such blocks stand together.
    asks, things: beginnings of words; a block or sentence of at most `max_words` in which the outlet speaks of itself
        goes if it holds one of each (see `rules.invitations`).
    only: words; a block of `fewest` to `max_words` words that consists of them, numbers aside, goes if one of `words`
        is among them.
    span: a pattern for a part of the text inside a block, searched if one of `hints` is in the text.

    All is lower-cased before it is compared, so phrases and patterns are written in lower case. `edge` limits a rule to
    the first and last so many blocks, `max_words` to blocks of that length. `drop` and `keep` are examples that a test
    runs: a block that goes by this rule, and a similar one that stays.
    """

    id: str
    kind: Kind
    alone: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    block: str | None = None
    span: str | None = None
    asks: str = ""
    things: str = ""
    only: str = ""
    words: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    bare: bool = False
    names: bool = False
    sentence: bool = False
    opens: bool = False
    edge: int | None = None
    fewest: int = 1
    max_words: int = 60
    drop: str
    keep: str

    @property
    def anchored(self) -> bool:
        """Whether the pattern for a block can match nowhere but at its beginning."""
        return self.block is not None and self.block.startswith("^") and not _has_choice(self.block)

    @property
    def links(self) -> bool:
        """Whether the pattern for a block finds a link at its end."""
        return self.block is not None and "(?P<link>" in self.block

    def link(self, text: str) -> int | None:
        """Where the link begins that ends a block; None without one."""
        found = compiled(self.block).search(lower(text)) if self.block is not None and self.links else None
        return found.start("link") if found else None


@cache
def _has_choice(pattern: str) -> bool:
    """Whether a regular expression is a choice of several, outside all brackets."""
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "", pattern, flags=re.DOTALL)
    while (inner := re.sub(r"\([^()]*\)", "", bare)) != bare:
        bare = inner
    return "|" in bare


class RuleFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The content of one data file; rule ids are unique in it."""

    rule: tuple[Rule, ...]


@cache
def languages() -> frozenset[str]:
    """The ISO 639-1 codes of the languages that have a file."""
    return frozenset(path.stem for path in FOLDER.glob("*.toml")) - {NEUTRAL}


@cache
def rules(language: str) -> tuple[Rule, ...]:
    """The rules of one language (or `NEUTRAL`), each with the language put before its id: `de.teaser`."""
    read = msgspec.toml.decode((FOLDER / f"{language}.toml").read_bytes(), type=RuleFile)
    return tuple(msgspec.structs.replace(rule, id=f"{language}.{rule.id}") for rule in read.rule)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A rule's pattern, compiled."""
    return re.compile(pattern, re.DOTALL)
