"""The words that prove a match: shared passages with their places in both texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from twicetold.domain.analysis import Unlocated
from twicetold.domain.fingerprint.tokens import Spans
from twicetold.domain.matching.alignments import align_each
from twicetold.domain.matching.passages import Seeded, offsets
from twicetold.domain.model import Passage
from twicetold.usecases.ports import Analyser, Reading
from twicetold.usecases.read_models import MatchedStory, Page, Wording
from twicetold.usecases.results import MatchAnswer, SharedPassage, TextSpan

_DELETED = Wording(text="")
"""A story deleted since its match was read."""


def other_wordings(reading: Reading, pages: Iterable[Page[MatchedStory]]) -> dict[int, Wording]:
    """The texts on the other side of matches, by key: what `with_passages` needs."""
    return reading.wordings(sorted({one.match.b for page in pages for one in page.items}))


def with_passages(
    matches: Mapping[int, Page[MatchedStory]],
    wordings: Mapping[int, Wording],
    others: Mapping[int, Wording] | None,
    analyser: Analyser,
) -> dict[int, list[MatchAnswer]]:
    """The matches of each story, with passages unless `others` is None. `wordings` holds each story asked about."""
    if others is None:
        return {key: [MatchAnswer(matched=one) for one in page.items] for key, page in matches.items()}
    reader = PassageReader(analyser)
    shown = {}
    for key, page in matches.items():
        passages = reader.passages(wordings[key], [others.get(one.match.b, _DELETED) for one in page.items])
        shown[key] = [
            MatchAnswer(matched=one, passages=shared) for one, shared in zip(page.items, passages, strict=True)
        ]
    return shown


class PassageReader:
    """Finds passages, reading each text once however many others it is compared with; keep it for one answer only."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser
        self._read: dict[str, tuple[Seeded, Spans]] = {}

    def passages(self, a: Wording, others: Sequence[Wording]) -> list[list[SharedPassage]]:
        """The passages that text a shares with each of others, in the order of a."""
        (seeded, spans), *located = self._located([a, *others])
        aligned = align_each(seeded, [words for words, _ in located])
        places = offsets(aligned, spans, [spans_b for _, spans_b in located])
        return [_shown(a.text, found, at) for found, at in zip(aligned, places, strict=True)]

    def _located(self, wordings: Sequence[Wording]) -> list[tuple[Seeded, Spans]]:
        unread = {one.text: one.words for one in wordings if one.text not in self._read}
        sent = [Unlocated(text, None if words is None else len(words)) for text, words in unread.items()]
        for (text, words), located in zip(unread.items(), self._analyser.locate(sent), strict=True):
            known = located.words if words is None else words
            if known is not None:
                self._read[text] = Seeded(known), located.places
        return [self._read[one.text] for one in wordings]


def _shown(text: str, found: Sequence[Passage], places: Sequence[Sequence[int]]) -> list[SharedPassage]:
    return [
        SharedPassage(a=TextSpan(start, end), b=TextSpan(*in_b), words=passage.words, text=text[start:end])
        for passage, (start, end, *in_b) in zip(found, places, strict=True)
    ]
