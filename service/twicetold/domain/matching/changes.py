"""What a new version of a story says that the one before did not, and the other way round."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

# Possessive, and a run of marks is tried from its first one only: linear whatever the text repeats.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s|[。！？]++[」』）]*+|\n")


class Changes(Struct, frozen=True, kw_only=True):
    """Sentences that came and went; one that only moved did neither."""

    added: Sequence[str]
    removed: Sequence[str]


def changes(before: str, after: str) -> Changes:
    """Compare two versions sentence by sentence, in time linear in both."""
    old, new = sentences(before), sentences(after)
    return Changes(added=_beyond(new, old), removed=_beyond(old, new))


def sentences(text: str) -> list[str]:
    """The sentences of a text, without the white space around them; a line is at least one."""
    starts = [0, *(found.end() for found in _END.finditer(text))]
    parts = (text[start:end].strip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True))
    return [part for part in parts if part]


def _beyond(these: Sequence[str], those: Sequence[str]) -> list[str]:
    """These sentences, in order, less as many of each as stand in those."""
    spare = Counter(those)
    left = []
    for sentence in these:
        if spare[sentence]:
            spare[sentence] -= 1
        else:
            left.append(sentence)
    return left
