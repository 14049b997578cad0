"""Made-up news stories in made-up English: as varied as prose, with no sentence pattern that returns."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

_FUNCTION_WORDS = (
    "the of to and in a is that for it was on with as by at from be has had were are which an this but not they his "
    "her their been its who after would will more when than there about one out up into over could so two also new "
    "some first before where while most only because"
)
_ONSETS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sh sk sl sp st str t th tr v w"
_VOWELS = "a ai e ea ee i ie o oa oo ou u"
_CODAS = " b ck d ft g ld ll lt m mp n nd nk nt p r rd rk rn s sh sk st t th x"
_SUFFIXES = "    s s ed ing er or ize our tion al ly"
FUNCTION_WORDS, ONSETS, VOWELS, CODAS, SUFFIXES = (
    tuple(words.split(" ")) for words in (_FUNCTION_WORDS, _ONSETS, _VOWELS, _CODAS, _SUFFIXES)
)


@dataclass(frozen=True)
class Event:
    """What several stories can be about: the same names, figures and favourite words, each telling it in its own."""

    names: tuple[str, ...]
    figures: tuple[str, ...]
    words: tuple[str, ...]


class TextGenerator:
    """Writes stories of paragraphs; the same seed writes the same."""

    def __init__(self, seed: int, vocabulary: int = 6000) -> None:
        self._draw = random.Random(seed)
        self.vocabulary = tuple({self._word(): None for _ in range(vocabulary)})
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(len(self.vocabulary))))

    def event(self) -> Event:
        """What a story is to be about."""
        names = tuple(self._word().capitalize() for _ in range(self._draw.randint(4, 12)))
        figures = tuple(self.figure() for _ in range(self._draw.randint(3, 12)))
        return Event(names, figures, tuple(self._draw.sample(self.vocabulary, 60)))

    def figure(self) -> str:
        """A number as news has them."""
        value = self._draw.choice(
            (self._draw.randint(2, 99), self._draw.randint(100, 9999), self._draw.randint(1990, 2030))
        )
        return self._draw.choice((f"{value}", f"{value:,}", f"{value / 10}"))

    def story(self, words: int, event: Event | None = None) -> str:
        """Write about `words` words in paragraphs of one to four sentences."""
        event = event or self.event()
        paragraphs: list[str] = []
        written = 0
        while written < words:
            sentences = [self.sentence(event) for _ in range(self._draw.randint(1, 4))]
            written += sum(len(sentence.split()) for sentence in sentences)
            paragraphs.append(" ".join(sentences))
        return "\n\n".join(paragraphs)

    def family(self, name: str, *, copies: int, words: int = 120) -> Iterator[dict[str, str]]:
        """One story told by `copies` sources, each with a sentence of its own at the end, ready to be posted."""
        event = self.event()
        text = self.story(words, event)
        for copy in range(copies):
            own = self.sentence(event)
            yield {"id": f"{name}.{copy}", "source": f"outlet-{copy}.example", "text": f"{text}\n\n{own}"}

    def sentence(self, event: Event) -> str:
        """Write a sentence about an event."""
        words = [self._next(event) for _ in range(self._draw.randint(6, 30))]
        if len(words) > 14:
            words[len(words) // 2] += ","
        sentence = " ".join(words)
        sentence = f"{sentence[0].upper()}{sentence[1:]}."
        return f"“{sentence}” {event.names[0]} said." if self._draw.random() < 0.15 else sentence

    def _next(self, event: Event) -> str:
        lot = self._draw.random()
        if lot < 0.42:
            return self._draw.choice(FUNCTION_WORDS)
        if lot < 0.50:
            return self._draw.choice(event.names)
        if lot < 0.53:
            return self._draw.choice(event.figures)
        if lot < 0.68:
            return self._draw.choice(event.words)
        return self._draw.choices(self.vocabulary, cum_weights=self._weights)[0]

    def _word(self) -> str:
        pick = self._draw.choice
        syllables = (pick(ONSETS) + pick(VOWELS) + pick(CODAS) for _ in range(self._draw.choice((1, 1, 2, 2, 3))))
        return "".join(syllables) + pick(SUFFIXES)


_FORMS = """
{Name} Inc said its board declared a quarterly dividend of {n} cents a share, against {n} cents a year ago, payable on
{Month} {d} to holders of record on {Month} {d}.

Weather for {Name}: mostly cloudy in the morning with a {n} percent chance of rain. Highs near {d} degrees, lows
around {d}. Winds from the west at {d} kilometres an hour. The sun rises at {d}:{d} and sets at {d}:{d}.

{Name} shares closed at {n}.{d}, up {d}.{d} percent, with {n},{n} traded. The index stood at {n},{n} points after
{n},{n} on the day before. {Name} rose {d}.{d} percent and {Name} fell {d}.{d} percent. Analysts at {Name} expect {n}
to {n} points by the end of {Month}.

{Name} beat {Name} {d}-{d} on {Month} {d}. {Name} scored after {d} minutes and {Name} after {d}. {Name} have {d}
points from {d} games; {Name} have {d}. The crowd was {n},{n}. They meet again on {Month} {d}.

{Name} {Name}, {d}, of {Name}, died on {Month} {d}. Services will be held at {d}:{d} on {Month} {d} at the {Name}
Chapel in {Name}. The family receives friends from {d} to {d}. Memorials may be made to the {Name} Fund.

{Name} Corp results for the quarter: share profit {d} cents against {d} cents. Net {n},{n} against {n},{n}. Sales
{n}.{d} million against {n}.{d} million. Average shares {n},{n}. Nine months: share {d}.{d} dollars against {d}.{d}
dollars. Net {n},{n} against {n},{n}.
"""
FORMS = tuple(form.strip() for form in _FORMS.split("\n\n"))
"""Forms that recur with other names and numbers: dividend, weather, market, match, obituary, earnings."""


def filled(form: str, writer: TextGenerator, draw: random.Random) -> str:
    """Fill a form once."""
    months = ("January", "March", "April", "June", "July", "October", "December")
    parts = (
        form.replace("{Name}", "\0N").replace("{Month}", "\0M").replace("{n}", "\0n").replace("{d}", "\0d").split("\0")
    )
    makers = {
        "N": lambda: draw.choice(writer.vocabulary).capitalize(),
        "M": lambda: draw.choice(months),
        "n": lambda: str(draw.randint(100, 999)),
        "d": lambda: str(draw.randint(10, 59)),
    }
    return parts[0] + "".join(makers[part[0]]() + part[1:] for part in parts[1:])
