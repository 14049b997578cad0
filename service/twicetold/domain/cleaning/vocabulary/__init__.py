"""Words that the span rules and credits are made of, as data: one TOML file each, read once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


def load(name: str, shape: type[T]) -> T:
    """The data file of this name, decoded to a Struct."""
    return msgspec.toml.decode((Path(__file__).parent / f"{name}.toml").read_bytes(), type=shape)


def alternation(alternatives: str) -> str:
    """A regular expression for alternatives given with bars or line breaks between, longest first.

    They are regular expressions themselves; where one is the beginning of another the longer one must be tried first.
    """
    found = {each.strip() for each in re.split(r"[|\n]", alternatives)} - {""}
    return "|".join(sorted(found, key=lambda each: (-len(each), each)))
