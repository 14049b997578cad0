"""The words that prove a match: shared passages with their places in both texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from twicetold.domain.fingerprint.make import hashed_words, word_spans
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.tokens import Spans
from twicetold.domain.matching.alignments import align_each
from twicetold.domain.matching.passages import Seeded, offsets
from twicetold.domain.model import Passage, Words
from twicetold.usecases.ports import Reading
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
    parameters: FingerprintParameters,
) -> dict[int, list[MatchAnswer]]:
    """The matches of each story, with passages unless `others` is None. `wordings` holds each story asked about."""
    if others is None:
        return {key: [MatchAnswer(matched=one) for one in page.items] for key, page in matches.items()}
    reader = PassageReader(parameters)
    shown = {}
    for key, page in matches.items():
        passages = reader.passages(wordings[key], [others.get(one.match.b, _DELETED) for one in page.items])
        shown[key] = [
            MatchAnswer(matched=one, passages=shared) for one, shared in zip(page.items, passages, strict=True)
        ]
    return shown


class PassageReader:
    """Finds passages, reading each text once however many others it is compared with; keep it for one answer only."""

    def __init__(self, parameters: FingerprintParameters) -> None:
        self._parameters = parameters
        self._read: dict[str, tuple[Seeded, Spans]] = {}

    def passages(self, a: Wording, others: Sequence[Wording]) -> list[list[SharedPassage]]:
        """The passages that text a shares with each of others, in the order of a."""
        (seeded, spans), *located = self._located([a, *others])
        aligned = align_each(seeded, [words for words, _ in located])
        places = offsets(aligned, spans, [spans_b for _, spans_b in located])
        return [_shown(a.text, found, at) for found, at in zip(aligned, places, strict=True)]

    def _located(self, wordings: Sequence[Wording]) -> list[tuple[Seeded, Spans]]:
        unread = list({one.text: self._words(one) for one in wordings if one.text not in self._read}.items())
        for (text, words), spans in zip(unread, word_spans(unread, self._parameters), strict=True):
            self._read[text] = Seeded(words), spans
        return [self._read[one.text] for one in wordings]

    def _words(self, wording: Wording) -> Words:
        return hashed_words(wording.text, self._parameters) if wording.words is None else wording.words


def _shown(text: str, found: Sequence[Passage], places: Sequence[Sequence[int]]) -> list[SharedPassage]:
    return [
        SharedPassage(a=TextSpan(start, end), b=TextSpan(*in_b), words=passage.words, text=text[start:end])
        for passage, (start, end, *in_b) in zip(found, places, strict=True)
    ]
