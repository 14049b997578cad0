"""Numbers written in words, to ten thousand and scaled: what they come to, in en de fr es it pt nl ru.

Words are folded as `normalise.fold` does it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from twicetold.domain.fingerprint.written_numbers import SCALES

LONGEST = 12
"""Words of one number at most; as many do for 9,999 in any of the languages."""


class _Language(NamedTuple):
    """The words that numbers are made of: values under 100, hundreds (100 to 900), thousand, and what joins them.

    weak: words that mean something else when they stand alone. twenties: whether 60 and 80 take 10 to 19 after them.
    """

    values: Mapping[str, int]
    hundreds: Mapping[str, int]
    thousand: frozenset[str]
    joins: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    twenties: bool = False


def _values(words: str, start: int = 0, step: int = 1) -> dict[str, int]:
    """Number words in order; those of one number are divided by bars."""
    return {
        word: start + step * at for at, group in enumerate(words.split()) for word in group.split("|") if word != "-"
    }


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENGLISH = _Language(
    values=_values(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen"
    )
    | _values("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
    hundreds={"hundred": 100},
    thousand=_set("thousand"),
    joins=_set("and"),
    weak=_set("zero"),
)
_FRENCH = _Language(
    values=_values(
        "zero un|une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dixsept "
        "dixhuit dixneuf"
    )
    | _values("vingt|vingts trente quarante cinquante soixante septante|- huitante|octante nonante", 20, 10),
    hundreds={"cent": 100, "cents": 100},
    thousand=_set("mille"),
    joins=_set("et"),
    weak=_set("un une six dix neuf cent cents"),
    twenties=True,
)
_SPANISH = _Language(
    values=_values(
        "cero uno|un|una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
        "diecisiete dieciocho diecinueve veinte veintiuno|veintiun|veintiuna veintidos veintitres veinticuatro "
        "veinticinco veintiseis veintisiete veintiocho veintinueve"
    )
    | _values("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10),
    hundreds={"cien": 100, "ciento": 100}
    | _values(
        "doscientos|doscientas trescientos|trescientas cuatrocientos|cuatrocientas quinientos|quinientas "
        "seiscientos|seiscientas setecientos|setecientas ochocientos|ochocientas novecientos|novecientas",
        200,
        100,
    ),
    thousand=_set("mil"),
    joins=_set("y"),
    weak=_set("cero uno un una once mil"),
)
_PORTUGUESE = _Language(
    values=_values(
        "zero um|uma dois|duas tres quatro cinco seis sete oito nove dez onze doze treze catorze|quatorze quinze "
        "dezesseis|dezasseis dezessete|dezassete dezoito dezenove|dezanove"
    )
    | _values("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 20, 10),
    hundreds={"cem": 100, "cento": 100}
    | _values(
        "duzentos|duzentas trezentos|trezentas quatrocentos|quatrocentas quinhentos|quinhentas seiscentos|seiscentas "
        "setecentos|setecentas oitocentos|oitocentas novecentos|novecentas",
        200,
        100,
    ),
    thousand=_set("mil"),
    joins=_set("e"),
    weak=_set("zero um uma mil"),
)
_RUSSIAN = _Language(
    values=_values(
        "ноль один|одна|одно|одного два|две|двух|двум три|трех|трем четыре|четырех|четырем пять|пяти шесть|шести "
        "семь|семи восемь|восьми девять|девяти десять|десяти одиннадцать|одиннадцати двенадцать|двенадцати "
        "тринадцать|тринадцати четырнадцать|четырнадцати пятнадцать|пятнадцати шестнадцать|шестнадцати "
        "семнадцать|семнадцати восемнадцать|восемнадцати девятнадцать|девятнадцати"
    )
    | _values(
        "двадцать|двадцати тридцать|тридцати сорок|сорока пятьдесят|пятидесяти шестьдесят|шестидесяти "
        "семьдесят|семидесяти восемьдесят|восьмидесяти девяносто|девяноста",
        20,
        10,
    ),
    hundreds=_values(
        "сто|ста двести|двухсот триста|трехсот четыреста|четырехсот пятьсот|пятисот шестьсот|шестисот семьсот|семисот "
        "восемьсот|восьмисот девятьсот|девятисот",
        100,
        100,
    ),
    thousand=_set("тысяча тысячи тысяч тысячу"),
    weak=_set("ноль один одна одно одного"),
)
_SEPARATE = (_ENGLISH, _FRENCH, _SPANISH, _PORTUGUESE, _RUSSIAN)

_GERMAN_UNITS = _values("ein|eins zwei drei vier fuenf|funf sechs sieben acht neun", 1)
_GERMAN_VALUES = _values(
    "null ein|eins|eine zwei drei vier fuenf|funf sechs sieben acht neun zehn elf zwoelf|zwolf dreizehn vierzehn "
    "fuenfzehn|funfzehn sechzehn siebzehn achtzehn neunzehn"
) | _values("zwanzig dreissig|dreizig vierzig fuenfzig|funfzig sechzig siebzig achtzig neunzig", 20, 10)
_DUTCH_UNITS = _values("een twee drie vier vijf zes zeven acht negen", 1)
_DUTCH_VALUES = _values(
    "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
    "achttien negentien"
) | _values("twintig dertig veertig vijftig zestig zeventig tachtig negentig", 20, 10)
_ITALIAN_UNITS = _values("uno|un due tre quattro cinque sei sette otto nove", 1)
_ITALIAN_VALUES = _values(
    "zero uno|un|una due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici "
    "sedici diciassette diciotto diciannove"
) | _values("venti trenta quaranta cinquanta sessanta settanta ottanta novanta", 20, 10)
_COMPOUND_WEAK = _set("null ein eins eine nul een uno un una due sei zero otto")


def _under_100(values: Mapping[str, int], units: Mapping[str, int], *, units_first: str | None) -> dict[str, int]:
    """All words for numbers under 100 of a language that writes them as one: einundzwanzig, ventuno."""
    tens = {word: number for word, number in values.items() if number >= 20}
    words = dict(values)
    for ten, number in tens.items():
        for unit, small in units.items():
            if units_first is not None:
                words[unit + units_first + ten] = number + small
            else:
                stem = ten[:-1] if unit[0] in "uo" else ten
                words[stem + unit] = number + small
    return words


class _Compound(NamedTuple):
    """A language that writes numbers as one word: (unit) thousand (unit) hundred rest."""

    pattern: re.Pattern[str]
    small: Mapping[str, int]

    @classmethod
    def of(cls, small: Mapping[str, int], *, hundred: str, thousand: str, join: str) -> _Compound:
        known = "|".join(sorted(small, key=len, reverse=True))
        return cls(
            re.compile(
                rf"(?:(?P<thousands>{known})?(?P<thousand>{thousand}))?(?:{join})?"
                rf"(?:(?P<hundreds>{known})?(?P<hundred>{hundred}))?(?:{join})?(?P<rest>{known})?"
            ),
            small,
        )

    def value(self, word: str) -> int | None:
        """What a word comes to; None if it is no number."""
        found = self.pattern.fullmatch(word)
        if found is None:
            return None
        total = self.small[found["rest"]] if found["rest"] else 0
        for power, times, said in ((100, "hundreds", "hundred"), (1000, "thousands", "thousand")):
            if found[said]:
                total += power * (self.small[found[times]] if found[times] else 1)
        return total


_COMPOUND = (
    _Compound.of(
        _under_100(_GERMAN_VALUES, _GERMAN_UNITS, units_first="und"), hundred="hundert", thousand="tausend", join="und"
    ),
    _Compound.of(
        _under_100(_DUTCH_VALUES, _DUTCH_UNITS, units_first="en"), hundred="honderd", thousand="duizend", join="en"
    ),
    _Compound.of(
        _under_100(_ITALIAN_VALUES, _ITALIAN_UNITS, units_first=None), hundred="cento", thousand="mill?[ea]", join="e"
    ),
)
_MORPHEMES = re.compile(
    "(?:ein|zwei|zwo|drei|vier|f(?:ue|u)nf|sech|sieb|acht|neun|zehn|elf|hundert|tausend|een|twee|drie|vijf|zes|zeven|"
    "negen|tien|twaalf|der|veer|tacht|twin|honderd|duizend|undici|dodici|tre|quat|quin|sedici|dici|venti?|quar|cinq|"
    "sess|sett|ott|nov|due|sei|cento|mill?[ea]|dieci|uno)"
)
"""What compound number words begin with: spares all others the patterns."""
_LONGEST_COMPOUND = 48


def value(word: str) -> int | None:
    """What one word comes to when it stands alone; None if it is no number, or as likely something else."""
    if word in _ALONE:
        return _ALONE[word]
    return None if word in _COMPOUND_WEAK else _compound(word)


def may_be_compound(word: str) -> bool:
    """Whether a word begins as numbers do that are written as one word."""
    return _MORPHEMES.match(word) is not None


def _compound(word: str) -> int | None:
    if len(word) > _LONGEST_COMPOUND or not may_be_compound(word):
        return None
    for language in _COMPOUND:
        if (found := language.value(word)) is not None:
            return found
    return None


def _alone(language: _Language) -> dict[str, int | None]:
    known = {**language.values, **language.hundreds, **dict.fromkeys(language.thousand, 1000)}
    return {word: None if word in language.weak else number for word, number in known.items()}


_ALONE = {word: number for each in reversed(_SEPARATE) for word, number in _alone(each).items()}
PARTS = frozenset(_ALONE)
"""Words that may be one of several that a number is written in."""


CONNECTORS = frozenset(word for language in _SEPARATE for word in language.joins)
"""Words that may stand between such."""


def read(words: Sequence[str]) -> tuple[int, int]:
    """Read the longest number that some words begin with: how many words it takes and its value; 0, 0 if none."""
    best = max(_read(words[:LONGEST], language) for language in _SEPARATE)
    if not best[0] and words and (alone := _compound(words[0])) is not None:
        best = (1, alone)
    count, number = best
    power = SCALES.get(words[count], 0) if 0 < count < len(words) and len(words[count]) > _ABBREVIATION else 0
    return (count + 1, number * 10**power) if power >= _MILLIONS else best


_ABBREVIATION = 3
_MILLIONS = 6


def _read(words: Sequence[str], language: _Language) -> tuple[int, int]:
    sum_ = _Sum(language)
    best = (0, 0)
    for at, word in enumerate(words):
        if word in language.joins and at:
            continue
        if not sum_.add(word):
            break
        best = (at + 1, sum_.total + sum_.current)
    return best


class _Sum:
    """A number while its words are read: `total` in thousands, `current` under that, `room` for what may follow."""

    def __init__(self, language: _Language) -> None:
        self.language = language
        self.total = self.current = 0
        self.room = 1000

    def add(self, word: str) -> bool:
        """Take one more word; tells whether the number goes on with it."""
        language = self.language
        if (number := language.values.get(word)) is not None:
            return self._add_small(number)
        if (hundreds := language.hundreds.get(word)) is not None:
            return self._add_hundreds(hundreds)
        if word not in language.thousand or self.total:
            return False
        self.total, self.current, self.room = max(self.current, 1) * 1000, 0, 1000
        return True

    def _add_small(self, number: int) -> bool:
        french = self.language.twenties
        if french and number == 20 and self.current % 100 == 4:  # quatre-vingts
            self.current += 76
        elif number < self.room:
            self.current += number
        else:
            return False
        if french and self.current % 100 in {60, 80}:  # soixante-dix
            self.room = 20
        else:
            self.room = 10 if number >= 20 or (french and number == 10) else 0  # dix-sept
        return True

    def _add_hundreds(self, hundreds: int) -> bool:
        if self.room == 100 or (self.current and hundreds > 100):
            return False
        self.current = self.current * 100 if self.current else hundreds
        self.room = 100
        return True
