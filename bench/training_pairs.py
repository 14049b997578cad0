"""Pairs of texts whose relation is known because they were made so, to fit the model of relations on.

Labelled pairs of real news are few, and each set of them lacks some kind. These fill in what edits, forms and pages do:
copies with words changed, cut, extended or moved; texts reworked sentence by sentence; passages quoted or shared as
background; one body under foreign titles; forms of one day and another.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bench.forms import FORMS, fill

SAME, REWRITE, TEMPLATE, OTHER = range(4)
"""Kinds of pairs, as `Kinship` counts them."""

_UNSPACED = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u4e00-\u9fff"
_PIECES = re.compile(rf"\s+|[^\s{_UNSPACED}]+|.")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？۔।])\s*(?=\S)|\n+")
_SOON = (None, 0.0, 0.05, 0.1, 0.2)
_ANY_TIME = (None, 0.0, 0.1, 1.0, 3.0, 10.0)
_ANOTHER_DAY = (0.8, 1.0, 1.0, 2.0, 5.0, 14.0, 30.0)


class Told(NamedTuple):
    """A text and the title it stands under."""

    text: str
    title: str | None


class MadePair(NamedTuple):
    """Two texts of a known kind; days between them, None if they are not dated."""

    kind: int
    a: Told
    b: Told
    same_source: bool
    days: float | None


def edited(stories: Sequence[Told], count: int, draw: random.Random) -> Iterator[MadePair]:
    """Make about `count` pairs from stories of one language, from 60 to 1,500 words long."""
    usable = [one for one in stories if 60 <= _length(one.text) <= 1500]
    makers = (
        _reworded, _reworded, _cut, _thinned, _interspersed, _corrected, _updated, _quoted, _on_background,
        _on_background, _under_foreign_titles, _under_foreign_titles, _under_one_footer, _extended, _moved, _reworked,
        _reworked,
    )  # fmt: skip
    for _ in range(count):
        story, other, third = draw.sample(usable, 3)
        made = draw.choice(makers)(story, other, third, draw)
        if made:
            kind, a, b = made
            yield MadePair(kind, a, b, draw.random() < (0.8 if kind == OTHER else 0.3), draw.choice(_ANY_TIME))


def filled(names: Sequence[str], count: int, draw: random.Random) -> Iterator[MadePair]:
    """Make pairs of notices: of one form, of another day with few figures changed, and corrected."""
    for number in range(count):
        form = FORMS[number % len(FORMS)]
        known = draw.sample(names, 4) if draw.random() < 0.4 else names
        a, b = fill(form, known, draw), fill(form, known, draw)
        days = draw.choice((None, None, None, None, 0.0, *_ANOTHER_DAY))
        yield MadePair(TEMPLATE, Told(a, None), Told(b, None), draw.random() < 0.6, days)
        if number % 2 or not re.search(r"\d", a):
            continue
        closing = " " + fill(draw.choice(FORMS), names, draw) if draw.random() < 0.5 else ""
        title = " ".join(a.split()[:5]) if draw.random() < 0.6 else None
        before = Told(a + closing, title)
        later = Told(_renumbered(a, draw.uniform(0.1, 0.7), draw) + closing, title)
        yield MadePair(TEMPLATE, before, later, same_source=True, days=draw.choice(_ANOTHER_DAY))
        corrected = Told(_renumbered(a, draw.uniform(0.05, 0.3), draw) + closing, title)
        yield MadePair(SAME, before, corrected, draw.random() < 0.6, draw.choice(_SOON[1:]))


Made = tuple[int, Told, Told] | None


def _reworded(story: Told, other: Told, _: Told, draw: random.Random) -> Made:
    return (
        SAME,
        story,
        Told(_changed(story.text, other.text, draw.uniform(0.01, 0.33), draw), _retitled(story, other, draw)),
    )


def _cut(story: Told, other: Told, _: Told, draw: random.Random) -> Made:
    parts = sentences(story.text)
    kept = " ".join(parts[: max(1, int(len(parts) * draw.uniform(0.2, 0.9)))])
    changed = _changed(kept, other.text, draw.choice((0, 0, 0.05, 0.1)), draw)
    return SAME, story, Told(changed, _retitled(story, other, draw))


def _thinned(story: Told, other: Told, _: Told, draw: random.Random) -> Made:
    share = draw.uniform(0.5, 0.95)
    kept = [sentence for sentence in sentences(story.text) if draw.random() < share]
    if len(kept) < 3:
        return None
    changed = _changed(" ".join(kept), other.text, draw.choice((0, 0.03, 0.1)), draw)
    return SAME, story, Told(changed, _retitled(story, other, draw))


def _interspersed(story: Told, other: Told, _: Told, draw: random.Random) -> Made:
    own = sentences(other.text)
    text = " ".join(
        part
        for sentence in sentences(story.text)
        for part in ([sentence, draw.choice(own)] if draw.random() < 0.1 else [sentence])
    )
    return SAME, story, Told(text, _retitled(story, other, draw))


def _corrected(story: Told, other: Told, _: Told, draw: random.Random) -> Made:
    brief = " ".join(sentences(story.text)[: draw.randint(2, 5)])
    if _length(brief) < 25:
        return None
    return (
        SAME,
        Told(brief, story.title),
        Told(_changed(brief, other.text, draw.uniform(0.01, 0.05), draw), story.title),
    )


def _updated(story: Told, _: Told, __: Told, draw: random.Random) -> Made:
    if _length(story.text) < 120 or not re.search(r"\d", story.text):
        return None
    return SAME, story, Told(_renumbered(story.text, draw.uniform(0.1, 0.6), draw), story.title)


def _quoted(story: Told, other: Told, _: Told, draw: random.Random) -> Made:
    words, host, length = _PIECES.findall(story.text), _PIECES.findall(other.text), draw.randint(40, 240)
    if len(words) <= length:
        return None
    start, place = draw.randrange(len(words) - length), draw.randrange(len(host))
    return OTHER, story, Told("".join((*host[:place], " ", *words[start : start + length], *host[place:])), other.title)


def _on_background(story: Told, other: Told, third: Told, draw: random.Random) -> Made:
    """Two news over one background, or a background used again."""
    parts = sentences(story.text)
    shared = parts[-max(1, int(len(parts) * draw.uniform(0.25, 0.8))) :]
    length = max(2, int(len(parts) * draw.uniform(0.2, 0.6)))
    own, earlier = sentences(other.text)[:length], sentences(third.text)[:length]
    if len(shared) < 2 or _length(" ".join(own)) < 25:
        return None
    text = " ".join((*own, *shared) if draw.random() < 0.7 else (*shared, *own))
    before = story if draw.random() < 0.5 else Told(" ".join((*earlier, *shared)), third.title)
    changed = _changed(text, third.text, draw.choice((0, draw.uniform(0, 0.05))), draw)
    return OTHER, before, Told(changed, other.title)


def _under_foreign_titles(story: Told, other: Told, third: Told, draw: random.Random) -> Made:
    """What stands around stories taken for their text."""
    if not other.title or not third.title:
        return None
    parts = sentences(story.text)
    text = story.text
    if draw.random() < 0.4:
        text = " ".join(parts[: max(1, int(len(parts) * draw.uniform(0.5, 0.95)))])
    if draw.random() < 0.3:
        text += " " + " ".join(sentences(other.text)[: draw.randint(1, 5)])
    title = third.title
    if draw.random() < 0.4:  # a series whose titles differ in one word
        words = other.title.split()
        words[draw.randrange(len(words))] = draw.choice(third.title.split())
        title = " ".join(words)
    return OTHER, Told(story.text, other.title), Told(text, title)


def _under_one_footer(story: Told, other: Told, third: Told, draw: random.Random) -> Made:
    footer = " ".join(sentences(story.text)[: draw.randint(4, 12)])
    one, two = (" ".join(sentences(each.text)[: draw.randint(2, 8)]) for each in (other, third))
    return OTHER, Told(f"{one} {footer}", other.title), Told(f"{two} {footer}", third.title)


def _extended(story: Told, other: Told, _: Told, draw: random.Random) -> Made:
    own = sentences(other.text)
    added = " ".join(own[: draw.randint(1, len(own))])
    text = f"{story.text} {added}" if draw.random() < 0.9 else f"{own[0]} {story.text}"
    return SAME, story, Told(text, _retitled(story, other, draw))


def _moved(story: Told, other: Told, _: Told, draw: random.Random) -> Made:
    return SAME, story, Told(_shuffled(sentences(story.text), 3, draw), _retitled(story, other, draw))


def _reworked(story: Told, other: Told, _: Told, draw: random.Random) -> Made:
    """Sentences kept, recast, dropped and added, often under a new lead."""
    parts, own = sentences(story.text), sentences(other.text)
    keep, recast = draw.uniform(0.25, 0.6), draw.uniform(0.2, 0.45)
    text = own[: draw.randint(1, max(1, len(parts) // 5))] if draw.random() < 0.5 else []
    for sentence in parts:
        lot = draw.random()
        if lot < keep:
            text.append(
                sentence if draw.random() < 0.6 else _changed(sentence, other.text, draw.uniform(0.05, 0.2), draw)
            )
        elif lot < keep + recast:
            text.append(_changed(sentence, other.text, draw.uniform(0.3, 0.6), draw))
        elif draw.random() < 0.4:
            text.append(draw.choice(own))
    if _length(" ".join(text)) <= 40:
        return None
    told = _shuffled(text, 2, draw) if draw.random() < 0.3 else " ".join(text)
    return REWRITE, story, Told(told, _retitled(story, other, draw))


def sentences(text: str) -> list[str]:
    """Split a text after marks that end a sentence, and at line breaks."""
    return [part for part in _SENTENCE_END.split(text) if part.strip()]


def _shuffled(parts: Sequence[str], size: int, draw: random.Random) -> str:
    groups = [parts[start : start + size] for start in range(0, len(parts), size)]
    draw.shuffle(groups)
    return " ".join(part for group in groups for part in group)


def _length(text: str) -> int:
    """Count the words of a text, or the letters of scripts without blanks."""
    return sum(not piece.isspace() for piece in _PIECES.findall(text))


def _changed(text: str, other: str, share: float, draw: random.Random) -> str:
    """Put words of another text, or letters of scripts without blanks, in place of a share of a text's."""
    words = [piece for piece in _PIECES.findall(other) if piece.strip()]
    return "".join(
        draw.choice(words) if piece.strip() and draw.random() < share else piece for piece in _PIECES.findall(text)
    )


def _renumbered(text: str, share: float, draw: random.Random) -> str:
    """Put other digits into a share of a text's numbers, and at least into one."""
    numbers = len(re.findall(r"\d+", text))
    chosen = {draw.randrange(numbers)} | {at for at in range(numbers) if draw.random() < share}
    at = iter(range(numbers))

    def anew(number: re.Match[str]) -> str:
        digits = len(number[0])
        return str(draw.randint(10 ** (digits - 1), 10**digits - 1)) if next(at) in chosen else number[0]

    return re.sub(r"\d+", anew, text)


def _retitled(story: Told, other: Told, draw: random.Random) -> str | None:
    """The title of a copy: the same, with words changed, or none."""
    lot = draw.random()
    if not story.title or lot < 0.5:
        return story.title
    if lot < 0.8:
        words = (other.title or story.title).split()
        return " ".join(draw.choice(words) if draw.random() < 0.4 else word for word in story.title.split())
    return None
