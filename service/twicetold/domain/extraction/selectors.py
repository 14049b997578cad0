"""Selectors by which operators name parts of a source's pages: a small subset of CSS, bounded in time.

A selector is one to four steps, each within the one before: `aside.author-box p`. A step is a tag, `#id` or `.class`,
or several of these in one word. Nothing else of CSS is understood, so that no selector costs more than one look at
each element and those around it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lxml.html import HtmlElement

from twicetold.domain.model import Override, OverrideAction

LONGEST, MOST_STEPS, MOST_NAMES = 200, 4, 6
_NAME = r"[A-Za-z_\-\u0080-\uffff][\w\-]*"
_STEP = re.compile(rf"(?P<tag>[A-Za-z][A-Za-z0-9-]*)?(?P<names>(?:[.#]{_NAME}){{0,{MOST_NAMES}}})")
_NAMES = re.compile(rf"([.#])({_NAME})")

Marks = Mapping[HtmlElement, OverrideAction]
NO_MARKS: Marks = {}


class Step(NamedTuple):
    """What an element must be: a tag (None: any), an id, and classes."""

    tag: str | None
    id: str | None
    classes: frozenset[str]

    def fits(self, element: HtmlElement) -> bool:
        """Whether an element is that."""
        if self.tag is not None and element.tag != self.tag:
            return False
        if self.id is not None and element.get("id") != self.id:
            return False
        return not self.classes or self.classes.issubset((element.get("class") or "").split())


def parse(selector: str) -> tuple[Step, ...]:
    """The steps of a selector, outermost first. Raises `ValueError` that says what is understood."""
    steps = [_STEP.fullmatch(written) for written in selector.split()] if len(selector) <= LONGEST else []
    if not 1 <= len(steps) <= MOST_STEPS or not all(steps):
        raise ValueError(
            f"is not understood; write up to {MOST_STEPS} steps of tag, .class or #id with blanks between, "
            f"such as 'aside.author-box p', in at most {LONGEST} characters"
        )
    return tuple(_step(found) for found in steps if found)


def _step(found: re.Match[str]) -> Step:
    names = _NAMES.findall(found["names"])
    ids = [name for sign, name in names if sign == "#"]
    tag = found["tag"].lower() if found["tag"] else None
    return Step(tag, ids[0] if ids else None, frozenset(name for sign, name in names if sign == "."))


def marked(tree: HtmlElement, overrides: Iterable[Override]) -> Marks:
    """The elements of a tree that overrides name; of several that name one the last counts."""
    wanted: dict[str, list[tuple[int, tuple[Step, ...], OverrideAction]]] = defaultdict(list)
    for number, override in enumerate(overrides):
        if override.selector is not None:
            steps = parse(override.selector)
            wanted[_key(steps[-1])].append((number, steps, override.action))
    found: dict[HtmlElement, OverrideAction] = {}
    for element in tree.iter() if wanted else ():
        if isinstance(element.tag, str):
            named = [
                (number, action)
                for key in _keys(element)
                for number, steps, action in wanted.get(key, ())
                if _matches(element, steps)
            ]
            if named:
                found[element] = max(named)[1]
    return found


def _key(step: Step) -> str:
    """What a step is looked up by: its rarest name."""
    if step.id is not None:
        return f"#{step.id}"
    return f".{min(step.classes)}" if step.classes else step.tag or ""


def _keys(element: HtmlElement) -> Iterator[str]:
    identity, classes = element.get("id"), element.get("class")
    yield element.tag
    if classes:
        yield from (f".{name}" for name in set(classes.split()))
    if identity:
        yield f"#{identity}"


def _matches(element: HtmlElement, steps: tuple[Step, ...]) -> bool:
    if not steps[-1].fits(element):
        return False
    rest = list(steps[:-1])
    above = element.getparent()
    while rest and above is not None:
        if rest[-1].fits(above):
            rest.pop()
        above = above.getparent()
    return not rest
