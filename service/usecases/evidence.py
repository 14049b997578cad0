"""The words that prove a match: shared passages with their places in both texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.domain.fingerprint.make import fingerprint, token_spans
from service.domain.fingerprint.parameters import FingerprintParameters
from service.domain.matching.passages import align, offsets
from service.domain.model import Passage
from service.usecases.answers import MatchAnswer, SharedPassage, TextSpan
from service.usecases.ports import MatchedStory, Page, Store


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
    return {
        key: [
            MatchAnswer(matched=one, passages=passages(texts[key], others.get(one.match.b, ""), parameters))
            for one in page.items
        ]
        for key, page in matches.items()
    }


def passages(a: str, b: str, parameters: FingerprintParameters) -> Sequence[SharedPassage]:
    """The passages that texts a and b share, in the order of a."""
    shared = align(fingerprint(a, parameters).words, fingerprint(b, parameters).words)
    spans_a, spans_b = token_spans(a, parameters), token_spans(b, parameters)
    return [_placed(passage, offsets(passage, spans_a, spans_b), a) for passage in shared]


def _placed(passage: Passage, places: tuple[int, int, int, int], a: str) -> SharedPassage:
    a_start, a_end, b_start, b_end = places
    return SharedPassage(
        a=TextSpan(a_start, a_end), b=TextSpan(b_start, b_end), words=passage.words, text=a[a_start:a_end]
    )
