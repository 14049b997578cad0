"""What a page's site calls itself: so that its name is no author and no part of a title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_DIVIDER = re.compile(r"\s+[|–—·•»«:‹›~-]+\s+|\s*[|»]\s*|(?<=\w):\s+")
_BAR = frozenset("|»«‹›")
_MOST_SITE_WORDS = 6
_SHORTEST_KEY = 3


def site_keys(site: str | None, url: str | None) -> frozenset[str]:
    """The names of a site in letters and digits alone: as it calls itself, its host, and the host's labels."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        host = ""
    labels = host.removeprefix("www.").split(".")
    names: Iterable[str] = (site or "", ".".join(labels), *labels[:-1], ".".join(labels[:-1]))
    return frozenset(key for name in names if len(key := name_key(name)) >= _SHORTEST_KEY)


def name_key(name: str) -> str:
    """A name in small letters and digits alone, as hosts spell it: "Harbour Post" and `harbour-post` are one."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def without_site(title: str, keys: frozenset[str]) -> str:
    """A title without its site's name at its start or end, if that is divided off.

    What stands behind a bar at the end is the site's, even if the page does not tell its name; behind a dash it may be
    the title's own.
    """
    for _ in range(2):
        dividers = list(_DIVIDER.finditer(title))
        if not dividers:
            break
        first, last = dividers[0], dividers[-1]
        if _is_site(title[last.end() :], keys, barred=bool(_BAR & set(last[0]))) and title[: last.start()].strip():
            title = title[: last.start()].rstrip()
        elif _is_site(title[: first.start()], keys, barred=False) and title[first.end() :].strip():
            title = title[first.end() :].lstrip()
        else:
            break
    return title


def _is_site(part: str, keys: frozenset[str], *, barred: bool) -> bool:
    key = name_key(part)
    if not key or key in keys or (barred and len(part.split()) <= _MOST_SITE_WORDS):
        return True
    return len(key) > _SHORTEST_KEY and any(_is_part(key, each) for each in keys if len(each) > _SHORTEST_KEY)


def _is_part(key: str, site: str) -> bool:
    """Whether one of two names is the other with more to it: "The Harbour Post" of "Harbour Post"."""
    return key in site or (site in key and 2 * len(site) >= len(key))
