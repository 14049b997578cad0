"""What the names (class, id, role) that authors gave an element say it is, read as words.

A name is split at hyphens, underscores and capitals (kebab, snake, BEM, camel case). Hashes, state and layout classes
say nothing: `css-9barq1`, `no-scrollbar`, `with-sidebar`. A compound is what its last word is, so one whose last word
is neither of layout nor of a role (`social-housing`, `author-notebook`) names its subject and no role.
"""

from __future__ import annotations

import re
import tomllib
from enum import IntEnum
from importlib.resources import files

from twicetold.domain.extraction.remembering import remembered


class Role(IntEnum):
    """What a part of a page may be; the value is the number of its bit."""

    NAVIGATION = 0
    FOOTER = 1
    HEADER = 2
    SIDE = 3
    ADVERTISEMENT = 4
    RELATED = 5
    SHARE = 6
    COMMENTS = 7
    NEWSLETTER = 8
    AUTHOR = 9
    META = 10
    CAPTION = 11
    MEDIA = 12
    HIDDEN = 13
    NOTICE = 14
    LEAD = 15
    STORY = 16
    WIDGET = 17
    QUOTE = 18
    FOLDED = 19


_WORDS = tomllib.loads(files("twicetold.domain.extraction").joinpath("roles.toml").read_text("utf-8"))
_ROLE_OF = {word: role for role in Role for word in _WORDS[role.name.lower()].split()}
_LAYOUT = frozenset(_WORDS["layout"].split())
_MODIFIED = frozenset({"with", "without", "no", "has", "not", "is", "non"})
_SPLIT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_A-Za-z]+|\d+")
_HASHED = re.compile(r"(?=[a-zA-Z]*\d)(?=\d*[a-zA-Z])[a-zA-Z\d]{4,}")
_PARTS = re.compile(r"[-_]+|[^\w-]+")
_LONGEST = 1000
"""Characters of names that are read."""


@remembered
def roles(names: str) -> int:
    """The bits of all roles that an element's class or id tell."""
    found = 0
    for name in names[:_LONGEST].split():
        if ":" not in name:
            found |= _roles_of_name(name)
    return found


@remembered
def _roles_of_name(name: str) -> int:
    words: list[str] = []
    for part in _PARTS.split(name):
        if not part or _HASHED.fullmatch(part):
            continue
        words += (word.lower() for word in _SPLIT.findall(part) if not word.isdigit())
    for place, word in enumerate(words):
        if word in _MODIFIED:
            if word == "is":
                continue
            words = words[:place]
            break
    if not words or (words[-1] not in _ROLE_OF and words[-1] not in _LAYOUT):
        return 0
    found = 0
    for place, word in enumerate(words):
        role = _ROLE_OF.get(word)
        if place + 1 < len(words) and (pair := _ROLE_OF.get(word + words[place + 1])) is not None:
            found |= 1 << pair
        if role is not None:
            found |= 1 << role
    return found
