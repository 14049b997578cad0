"""What was edited between two short stretches of text, word by word, for people to read."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from twicetold.domain.scripts import UNSPACED

CELLS = 40_000
"""Words of one stretch times words of the other, at most."""


class Edit(Struct, frozen=True):
    """A stretch as each of two texts has it: `kept` by both, or edited; empty where one of them has nothing there."""

    a: str
    b: str
    kept: bool


def word_diff(a: str, b: str, *, cells: int = CELLS) -> list[Edit] | None:
    """Both texts as edits in order; kept are the longest common subsequence of words (Wagner and Fischer, 1974).

    None where that would take more than `cells` steps. White space belongs to the word before it.
    """
    left, right = _words(a), _words(b)
    if len(left) * len(right) > cells:
        return None
    edits: list[Edit] = []
    i = j = 0
    for at_a, at_b in [*_common(left, right), (len(left), len(right))]:
        if at_a > i or at_b > j:
            edits.append(Edit("".join(left[i:at_a]), "".join(right[j:at_b]), kept=False))
        if at_a < len(left):
            _keep(edits, left[at_a], right[at_b])
        i, j = at_a + 1, at_b + 1
    return edits


def steps(a: str, b: str) -> int:
    """How many steps a `word_diff` of these takes."""
    return len(_words(a)) * len(_words(b))


def _keep(edits: list[Edit], a: str, b: str) -> None:
    last = edits.pop() if edits and edits[-1].kept else Edit("", "", kept=True)
    edits.append(Edit(last.a + a, last.b + b, kept=True))


def _words(text: str) -> list[str]:
    """The words of a text, each with the white space behind it; letters of scripts without blanks one by one."""
    words: list[str] = []
    ended = True
    for character in text:
        single = UNSPACED.match(character) is not None
        if character.isspace() and words:
            words[-1] += character
            ended = True
        elif ended or single:
            words.append(character)
            ended = single or character.isspace()
        else:
            words[-1] += character
    return words


def _common(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Places of the words that both keep."""
    left, right = [word.strip() for word in a], [word.strip() for word in b]
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        row, below = lengths[i], lengths[i + 1]
        for j in range(len(right) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if left[i] == right[j] else max(below[j], row[j + 1])
    pairs, i, j = list[tuple[int, int]](), 0, 0
    while i < len(left) and j < len(right):
        if left[i] == right[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
