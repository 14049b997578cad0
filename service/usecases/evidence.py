"""The words that prove a match: shared passages with their places in both texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.domain.fingerprint.make import located_words
from service.domain.fingerprint.parameters import FingerprintParameters
from service.domain.fingerprint.tokens import Spans
from service.domain.matching.passages import align, offsets
from service.domain.model import Passage, Words
from service.usecases.answers import MatchAnswer, SharedPassage, TextSpan
from service.usecases.ports import Store
from service.usecases.stored import MatchedStory, Page


def with_passages(
    store: Store,
    matches: Mapping[int, Page[MatchedStory]],
    texts: Mapping[int, str],
    parameters: FingerprintParameters,
    *,
    wanted: bool,
) -> dict[int, list[MatchAnswer]]:
    """The matches of each story, with passages where `wanted`. `texts` holds the text of each story asked about."""
    if not wanted:
        return {key: [MatchAnswer(matched=one) for one in page.items] for key, page in matches.items()}
    others = store.texts(sorted({one.match.b for page in matches.values() for one in page.items}))
    reader = Reader(parameters)
    return {
        key: [
            MatchAnswer(matched=one, passages=reader.passages(texts[key], others.get(one.match.b, "")))
            for one in page.items
        ]
        for key, page in matches.items()
    }


class Reader:
    """Finds passages, reading each text once however many others it is compared with; keep it for one answer only."""

    def __init__(self, parameters: FingerprintParameters) -> None:
        self._parameters = parameters
        self._read: dict[str, tuple[Words, Spans]] = {}

    def passages(self, a: str, b: str) -> Sequence[SharedPassage]:
        """The passages that texts a and b share, in the order of a."""
        words_a, places_a = self._located(a)
        words_b, places_b = self._located(b)
        return [_placed(passage, offsets(passage, places_a, places_b), a) for passage in align(words_a, words_b)]

    def _located(self, text: str) -> tuple[Words, Spans]:
        if text not in self._read:
            self._read[text] = located_words(text, self._parameters)
        return self._read[text]


def _placed(passage: Passage, places: tuple[int, int, int, int], a: str) -> SharedPassage:
    a_start, a_end, b_start, b_end = places
    return SharedPassage(
        a=TextSpan(a_start, a_end), b=TextSpan(b_start, b_end), words=passage.words, text=a[a_start:a_end]
    )
