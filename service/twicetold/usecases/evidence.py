"""The words that prove a match: shared passages with their places in both texts, as many as an answer has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from msgspec import structs

from twicetold.domain.analysis import Unlocated
from twicetold.domain.fingerprint.tokens import Spans
from twicetold.domain.matching.alignments import align_each
from twicetold.domain.matching.passages import Seeded, offsets
from twicetold.domain.model import Passage
from twicetold.usecases.pipeline import Draft
from twicetold.usecases.ports import Analyser, Store
from twicetold.usecases.processor_slots import ProcessorSlots
from twicetold.usecases.read_models import MatchedStory, Page, Wording
from twicetold.usecases.results import MatchAnswer, SharedPassage, TextSpan
from twicetold.usecases.steps import Pair, Step, steps

CHARACTERS = 2**18
"""Characters that the passages of one answer may have: fifty whole copies of a story of usual length, and few enough
for the answers to a hundred stories to be in memory together."""
PLACES = 100
"""What a passage counts beside its text: about as many characters tell where it stands."""
LEFT_OUT = (
    f"shared passages are given up to {CHARACTERS:,} characters in all: a text was cut there, what follows left out; "
    "compare the two stories with passages_after for the rest"
)

AsGiven = Callable[[SharedPassage], SharedPassage]


class Room:
    """What one answer may still hold of passages. `exceeded` tells whether there were more."""

    def __init__(self) -> None:
        self._left = CHARACTERS
        self.exceeded = False

    @property
    def full(self) -> bool:
        """Whether no more text goes in."""
        return self._left <= PLACES

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to say of passages that are not there."""
        return (LEFT_OUT,) if self.exceeded else ()

    def take(self, passages: Iterable[SharedPassage]) -> tuple[list[SharedPassage], bool]:
        """As many of the first as go in, and whether there are more; the text of the last may be cut."""
        taken: list[SharedPassage] = []
        for passage in passages:
            if self.full:
                self.exceeded = True
                return taken, True
            room = self._left - PLACES
            self.exceeded = self.exceeded or len(passage.text) > room
            taken.append(structs.replace(passage, text=passage.text[:room]) if len(passage.text) > room else passage)
            self._left -= PLACES + len(passage.text)
        return taken, False


class Shown(NamedTuple):
    """The matches of one story as they are answered, and warnings about what is not there."""

    matches: list[MatchAnswer]
    warnings: tuple[str, ...] = ()


def without_passages(page: Page[MatchedStory]) -> Shown:
    """Matches for who did not ask for passages."""
    return Shown([MatchAnswer(matched=one) for one in page.items])


class Evidence:
    """Finds passages; texts of much length are read and compared few at a time (`steps`)."""

    def __init__(self, store: Store, analyser: Analyser) -> None:
        self._store = store
        self._analyser = analyser
        self._slots = ProcessorSlots()  # of its own: here one waits for children, as those who only compute must not

    def shown(
        self,
        matches: Mapping[int, Page[MatchedStory]],
        wordings: Mapping[int, Wording],
        *,
        as_given: AsGiven | None = None,
    ) -> dict[int, Shown]:
        """The matches of each story with their passages, the strongest first; each story is an answer of its own.

        `wordings` holds each story asked about. `as_given` tells a passage in the places of another text.
        """
        pages, asked = list(matches.values()), [wordings[key] for key in matches]
        rooms = [Room() for _ in pages]
        found: dict[Pair, tuple[list[SharedPassage], bool]] = {}
        for step in self._steps(pages, asked):
            wanted = [pair for pair in step.pairs if not rooms[pair.text].full]
            if wanted:
                with self._slots.of(step.words):
                    for pair, passages in self._passages(wanted, asked):
                        found[pair] = rooms[pair.text].take(map(as_given, passages) if as_given else passages)
        return {key: _answered(pages[number], number, rooms[number], found) for number, key in enumerate(matches)}

    def between(self, a: Draft, b: Draft) -> list[SharedPassage]:
        """All passages that two texts share."""
        with self._slots.of(len(a.fingerprint.words) + len(b.fingerprint.words)):
            (passages,) = _Reader(self._analyser).passages(a.wording, [b.wording])
        return passages

    def with_each(self, text: Wording, others: Sequence[Wording]) -> list[list[SharedPassage]]:
        """All passages that a text shares with each of others; who asks has bounded how much text these are."""
        with self._slots.of(_words(text) + sum(map(_words, others))):
            return _Reader(self._analyser).passages(text, others) if others else []

    def _steps(self, pages: Sequence[Page[MatchedStory]], wordings: Sequence[Wording]) -> Iterable[Step]:
        pairs = [Pair(number, one.match.b) for number, page in enumerate(pages) for one in page.items]
        with self._store.reading() as reading:
            sizes = reading.word_counts(sorted({pair.key for pair in pairs}))
        return steps([pair for pair in pairs if pair.key in sizes], [_words(one) for one in wordings], sizes)

    def _passages(
        self, pairs: Sequence[Pair], wordings: Sequence[Wording]
    ) -> Iterable[tuple[Pair, Sequence[SharedPassage]]]:
        with self._store.reading() as reading:
            others = reading.wordings(sorted({pair.key for pair in pairs}))
        reader = _Reader(self._analyser)
        for number, group in groupby(pairs, key=lambda pair: pair.text):
            held = [pair for pair in group if pair.key in others]
            yield from zip(held, reader.passages(wordings[number], [others[pair.key] for pair in held]), strict=True)


def _answered(
    page: Page[MatchedStory], number: int, room: Room, found: Mapping[Pair, tuple[list[SharedPassage], bool]]
) -> Shown:
    """Put passages to their matches; of a story deleted meanwhile there are none."""
    answers = []
    for one in page.items:
        passages, more = found.get(Pair(number, one.match.b), ([], room.full))
        room.exceeded = room.exceeded or more
        answers.append(MatchAnswer(matched=one, passages=passages, more_passages=more))
    return Shown(answers, room.warnings)


def _words(wording: Wording) -> int:
    """How many words a text has, or about so many."""
    return len(wording.text) // 6 if wording.words is None else len(wording.words)


class _Reader:
    """Finds passages, reading each text once however many others it is compared with."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser
        self._read: dict[str, tuple[Seeded, Spans]] = {}

    def passages(self, a: Wording, others: Sequence[Wording]) -> list[list[SharedPassage]]:
        """The passages that text a shares with each of others, in the order of a."""
        (seeded, spans), *located = self._located([a, *others])
        aligned = align_each(seeded, [words for words, _ in located])
        places = offsets(aligned, spans, [spans_b for _, spans_b in located])
        return [_told(a.text, found, at) for found, at in zip(aligned, places, strict=True)]

    def _located(self, wordings: Sequence[Wording]) -> list[tuple[Seeded, Spans]]:
        unread = {one.text: one.words for one in wordings if one.text not in self._read}
        sent = [Unlocated(text, None if words is None else len(words)) for text, words in unread.items()]
        for (text, words), located in zip(unread.items(), self._analyser.locate(sent), strict=True):
            known = located.words if words is None else words
            if known is not None:
                self._read[text] = Seeded(known), located.places
        return [self._read[one.text] for one in wordings]


def _told(text: str, found: Sequence[Passage], places: Sequence[Sequence[int]]) -> list[SharedPassage]:
    return [
        SharedPassage(a=TextSpan(start, end), b=TextSpan(*in_b), words=passage.words, text=text[start:end])
        for passage, (start, end, *in_b) in zip(found, places, strict=True)
    ]
