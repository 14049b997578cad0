"""The lexicon as look-up tables: which rules can fire on a block is found by its words, and only those are tried."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from typing import NamedTuple

from twicetold.domain.cleaning.credits.names import HEADLINE_END, reads_like_names
from twicetold.domain.cleaning.lexicon.rule import NEUTRAL, Rule, compiled, languages, rules
from twicetold.domain.cleaning.paragraphs import WORD, lower, words
from twicetold.domain.cleaning.rules.invitations import Invitation
from twicetold.domain.cleaning.rules.phrases import FEWEST_WORDS, phrase_end
from twicetold.domain.cleaning.rules.reporting import addresses, reports, speaks_of_itself
from twicetold.domain.cleaning.rules.sharebar import LINKERS

Phrase = tuple[str, ...]

ALONE_MAX_WORDS = 40
NEXT_SENTENCE = re.compile(r"[.!?…。！？][\"”’»)\]]*\s+(?=[A-ZÀ-ÖØ-ÞΑ-ΩА-Я])")
INVITATION_MAX_WORDS = 14
"""Longer sentences have room for somebody else's app."""
CLOSED_MAX_WORDS = 12
LABEL_CHARACTERS = 60
LABEL_WORDS = 5
GLUED_MAX_WORDS = 12
SEPARATOR = re.compile(r"\s*(?:[:：=＝|│•·»›>→►▸▶➜]|[-–—]{1,3}(?=\s)|\.\.\.|…)\s*")
GLUED = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
"""Where a flattener ran two labels into one word: "ShareComments"."""
QUOTES = frozenset('"“”„‟«»‹›「『‘')
CLOSING_QUOTES = frozenset('"”“»«’」』')
"""What opens and closes speech: a sentence in quotes is a person's, not the outlet's."""
OPENING = re.compile(r"[\W_]{1,8}")
CLAUSE_END = re.compile(r"[.!?…:|。！？؟।]+[\"”»)\]]*\s*")
HOOK_WORDS = 24
SHORT_HOOK_WORDS = 6
MOST_OPENINGS = 12
"""More sentences than this before an invitation are no hook; without a bound, dots alone would be."""
MORE_WORDS = 12
"""How much may stand before and after an invitation that takes the whole block with it."""
VOICED = frozenset({"ad", "app", "comments", "consent", "contact", "copyright", "newsletter", "paywall", "share"})
"""Kinds in which the outlet speaks of itself; what others said or did is no such clutter."""
PARAGRAPH = 500
"""Characters of a paragraph in which who speaks in one sentence speaks in the next. In a whole story that was run
together into one block somebody always said something: there a sentence is judged by itself."""
OTHERS = "it tells what someone else said or did"
NEAR = "it holds {!r} but reads like a sentence of the story"
ABBREVIATION_END = re.compile(r"(?:\b\w|\.\w|\.\.)\.$")
FIGURE = re.compile(r"\W?\d[\d.,:/]*\s?(?:%.*|percent\b.*|per cent\b.*|\S{0,12}\W*)$")
"""A figure with its unit is what a label tells, no headline: "Video: 8K", "Opinion: 45% in favour"."""


class Finding(NamedTuple):
    """What a rule says of a block: cut it, or (with `why`) that it came close and what saved it."""

    rule: Rule
    why: str | None = None
    part: tuple[int, int] | None = None
    """Where what goes begins and ends, if the rule need not take the whole."""


class Matcher(NamedTuple):
    """A rule with its pattern and how it is looked for."""

    rule: Rule
    pattern: re.Pattern[str]
    find: Callable[[str], re.Match[str] | None]


class Opening(NamedTuple):
    """Where a sentence begins in a block, how many words come before it, and whether they ask or announce."""

    start: int
    hook: int
    asks: bool


class Index:
    """The rules of some languages, ready to be applied. Immutable after it is made, so threads may share it."""

    def __init__(self, chosen: Iterable[Rule]) -> None:
        self._leads: dict[str, list[tuple[Phrase, Rule]]] = defaultdict(list)
        self._phrases: dict[str, list[tuple[Phrase, Rule]]] = defaultdict(list)
        self._patterns: dict[str, list[Matcher]] = defaultdict(list)
        self._sentence_patterns: dict[str, list[Matcher]] = defaultdict(list)
        self._spans: dict[str, list[tuple[re.Pattern[str], Rule]]] = defaultdict(list)
        self._tails: dict[Phrase, Rule] = {}
        self._closed: dict[str, list[tuple[frozenset[str], Rule]]] = defaultdict(list)
        self._labels: dict[str, Rule] = {}
        self._invitations: list[tuple[Invitation, Rule]] = []
        for rule in chosen:
            self._add(rule)
        for entries in self._phrases.values():
            entries.sort(key=lambda entry: -len(entry[0]))
        for leads in self._leads.values():
            leads.sort(key=lambda entry: -len(entry[0]))
        self._pattern_words = frozenset(self._patterns)
        self.sentence_words = frozenset(self._sentence_patterns)

    def _add(self, rule: Rule) -> None:
        for phrase in _phrases(rule.lead):
            self._leads[phrase[0]].append((phrase, rule))
            if rule.kind == "teaser" and not rule.bare:
                self._labels.update(dict.fromkeys(phrase, rule))
        if rule.only:
            known = frozenset(words(rule.only))
            for word in rule.words:
                self._closed[word].append((known, rule))
        for phrase in chain(_phrases(rule.alone), _phrases(rule.lead), _phrases(rule.tail)):
            self._phrases[phrase[0]].append((phrase, rule))
        for phrase in _phrases(rule.tail):
            self._tails[phrase] = rule
        if rule.block:
            pattern = compiled(rule.block)
            matcher = Matcher(rule, pattern, pattern.match if rule.anchored else pattern.search)
            for word in rule.words:
                self._patterns[word].append(matcher)
                if rule.sentence:
                    self._sentence_patterns[word].append(matcher)
        if rule.asks:
            self._invitations.append((Invitation(rule.asks, rule.things), rule))
        if rule.span:
            for hint in rule.hints:
                self._spans[hint].append((compiled(rule.span), rule))

    def spans(self, lowered: str) -> Iterator[tuple[int, int, Rule]]:
        """Parts of the lower-cased text that a span rule finds (the group `cut` of its pattern, if it has one)."""
        for hint, entries in self._spans.items():
            if hint in lowered:
                for pattern, rule in entries:
                    for match in pattern.finditer(lowered):
                        start, end = match.span("cut" if "cut" in pattern.groupindex else 0)
                        yield start, end, rule

    def tail(self, tokens: list[str]) -> Rule | None:
        """The rule by which a block of these words heads a list of links to other stories."""
        return self._tails.get(tuple(tokens)) if len(tokens) < 12 else None

    def judge(self, text: str, tokens: list[str], *, explain: bool) -> Iterator[Finding]:
        """What the rules say of a block with these words, surest first; it ends after the first that cuts."""
        spoken = text[0] in QUOTES and text[-1] in CLOSING_QUOTES
        if len(tokens) == 1:  # a question, or the last word of a sentence on a line of its own
            spoken = spoken or text[-1] in "?？؟" or (text[-1] == "." and text[0].islower())
        if len(tokens) <= ALONE_MAX_WORDS and not spoken and (rule := self._covers(text, tokens)):
            yield Finding(rule)
        for word in self._closed.keys() & set(tokens) if len(tokens) <= CLOSED_MAX_WORDS else ():
            for known, rule in self._closed[word]:
                numbers = sum(token[0].isdigit() for token in tokens)
                fits = rule.fewest <= len(tokens) <= rule.max_words and numbers < len(tokens)
                if fits and numbers + sum(token in known for token in tokens if not token[0].isdigit()) == len(tokens):
                    yield Finding(rule)
        if not spoken and (label := self._label(text)):
            phrase, rule = label
            yield Finding(rule, _lead_saved(text, tokens[len(phrase) :], phrase, rule))
        first = tokens[0]
        if first in self._leads and not spoken:
            for phrase, rule in self._leads[first]:
                if tuple(tokens[: len(phrase)]) == phrase:
                    yield Finding(rule, _lead_saved(text, tokens[len(phrase) :], phrase, rule))
        hits = self._pattern_words.intersection(tokens)
        if "©" in text or "ⓒ" in text:
            hits |= {"©"}
        if hits and text[0] not in QUOTES:
            yield from _match(text, tokens, self._patterns, hits, whole=True, explain=explain)
        if not spoken:
            yield from self._invited(text, tokens)

    def _label(self, text: str) -> tuple[Phrase, Rule] | None:
        """The words before a colon, if all of them are such as lead to other stories: "See also the video: …"."""
        before, colon, _ = text[:LABEL_CHARACTERS].partition(":")
        phrase = tuple(words(before)) if colon else ()
        if not 2 <= len(phrase) <= LABEL_WORDS or not all(word in self._labels for word in phrase):
            return None
        return phrase, self._labels[phrase[0]]

    def _invited(self, text: str, tokens: list[str]) -> Iterator[Finding]:
        """The rule by which a sentence asks something of the readers."""
        if not speaks_of_itself(tokens[:INVITATION_MAX_WORDS]):
            return
        for invitation, rule in self._invitations:
            count = invitation.end(tokens)
            if count is None:
                continue
            end = phrase_end(text, _word_end(text, count))
            told = tokens if end == len(text) else words(text[:end])
            if len(told) <= rule.max_words and not reports(lower(text[:end]), told):
                yield Finding(rule, part=(0, end))

    def invites(self, tokens: list[str]) -> list[str]:
        """The words of a block about which its readers may be asked in one of its sentences."""
        if not speaks_of_itself(tokens):
            return []
        return [token for invitation, _ in self._invitations for token in invitation.told(tokens)]

    def sentence(self, text: str, tokens: list[str], around: str) -> Iterator[Finding]:
        """What the rules for sentences say of one, which stands in the block `around`."""
        if text[0] in QUOTES:
            return
        yield from self._invited(text, tokens)
        hits = self.sentence_words.intersection(tokens)
        for finding in _match(text, tokens, self._sentence_patterns, hits, whole=False, explain=False):
            voiced = finding.why is None and finding.rule.kind in VOICED and not speaks_of_itself(tokens)
            told = voiced and len(around) <= PARAGRAPH and reports(lower(around), words(around))
            yield Finding(finding.rule, OTHERS) if told else finding

    def _covers(self, text: str, tokens: list[str]) -> Rule | None:
        """The rule of the longest phrase, if the block consists of phrases, and of numbers, from end to end."""
        rule = self._cover(tokens) if "%" not in text else None
        return (
            self._cover(words(GLUED.sub(" ", text)))
            if rule is None and len(tokens) <= GLUED_MAX_WORDS and GLUED.search(text)
            else rule
        )

    def _cover(self, tokens: list[str]) -> Rule | None:
        longest: tuple[int, Rule] | None = None
        at = covered = pieces = 0
        last = False
        while at < len(tokens):
            length, rule = self._phrase_at(tokens, at)
            if rule is not None:
                pieces += 1
                covered += length
                if longest is None or length > longest[0]:
                    longest = length, rule
            elif (tokens[at].isdigit() and len(tokens[at]) < 7) or (last and tokens[at] in LINKERS):
                covered += 1
            elif at == 0:
                return None
            last = rule is not None
            at += length
        if longest is None:
            return None
        gap = len(tokens) - covered
        return longest[1] if gap == 0 or (gap <= 3 and last and pieces > 1 and longest[0] > 2) else None

    def _phrase_at(self, tokens: list[str], at: int) -> tuple[int, Rule | None]:
        """The length and rule of the longest phrase at a place among the words; (1, None) without one."""
        for phrase, rule in self._phrases.get(tokens[at], ()):
            if tuple(tokens[at : at + len(phrase)]) == phrase:
                return len(phrase), rule
        return 1, None


@cache
def _phrases(written: tuple[str, ...]) -> tuple[Phrase, ...]:
    """The words of phrases. Those of English and the neutral ones stand in the index of every language."""
    return tuple(tuple(words(phrase)) for phrase in written)


def _match(
    text: str,
    tokens: list[str],
    patterns: Mapping[str, list[Matcher]],
    hits: frozenset[str],
    *,
    whole: bool,
    explain: bool,
) -> Iterator[Finding]:
    """What the pattern rules of the words `hits` say of a block or sentence, to `explain` also why not."""
    lowered = ""
    openings: list[Opening] = []
    tried = set()
    for word in sorted(hits):
        for matcher in patterns[word]:
            rule = matcher.rule
            if len(tokens) > rule.max_words or rule.id in tried:
                continue
            tried.add(rule.id)
            lowered = lowered or lower(text)
            if rule.opens:
                openings = openings or _openings(lowered)
                found = _opening(matcher.pattern, lowered, openings, rule, whole=whole)
            else:
                found = matcher.find(lowered)
            why = _saved(text, lowered, tokens, matcher, found) if found else NEAR.format(word) if explain else ""
            if why is None or explain:
                yield Finding(rule, why, _part(text, lowered, found, rule) if found else None)


def _saved(text: str, lowered: str, tokens: list[str], matcher: Matcher, found: re.Match[str]) -> str | None:
    """Why a block that a pattern fits stays; None if nothing saves it."""
    rule = matcher.rule
    if rule.kind == "photo" and len(NEXT_SENTENCE.findall(text)) > 1:
        return "a caption has no three sentences"
    if "names" in matcher.pattern.groupindex and found["names"]:
        return None if reads_like_names(text[slice(*found.span("names"))]) else "it names no one"
    if rule.kind in VOICED and reports(lowered, tokens):
        return OTHERS
    return None


@cache
def _opening_with(phrase: Phrase) -> re.Pattern[str]:
    """A text that opens with these words, whatever signs stand before and between them."""
    return re.compile(r"[\W_]*" + r"[\W_]*".join(map(re.escape, phrase)))


def _lead_saved(text: str, rest: list[str], phrase: Phrase, rule: Rule) -> str | None:
    """Why a block that opens with a rule's phrase stays; None if nothing saves it.

    A phrase of one word is weak: "Background: The wall was built in 1901." is a sentence of the story.
    """
    weak = len(phrase) == 1
    match = _opening_with(phrase).match(lower(text))
    if match is None:
        return "the phrase is part of a longer word"
    if not rest:
        return None
    after = text[match.end() :].lstrip("\"”»'’)]")
    separator = SEPARATOR.match(after)
    headline = after[separator.end() :] if separator else after.lstrip()
    ends = HEADLINE_END.search(headline) is not None and not ABBREVIATION_END.search(headline)
    shouted = len(phrase) > 1 and text[: match.end()].isupper() and not after.isupper()
    why = None
    if len(rest) > rule.max_words:
        why = f"it goes on for {len(rest)} words"
    elif separator and FIGURE.match(headline) and (weak or len(phrase[0]) == 1):
        why = "what follows is a figure"
    elif rule.names:
        why = None if separator and reads_like_names(headline) else "what follows does not read like names"
    elif separator is None and not rule.bare and not shouted:
        why = "no separator follows the phrase"
    elif separator is None and (ends or not _is_upper(headline)):
        why = "what follows reads on like a sentence"
    elif separator and ends and (weak or len(rest) > 25):
        why = "what follows reads like a sentence of the story"
    return why


def _openings(lowered: str) -> list[Opening]:
    """Where sentences begin in a text, as far in as a hook reaches and no further than the first few."""
    found: list[Opening] = []
    at = 0
    asks = True
    while len(found) < MOST_OPENINGS:
        hook = len(words(lowered[:at]))
        if hook > HOOK_WORDS:
            break
        signs = OPENING.match(lowered, at)
        found.append(Opening(signs.end() if signs else at, hook, asks))
        following = CLAUSE_END.search(lowered, at)
        if following is None:
            break
        at = following.end()
        asks = following[0][0] in "?:؟？"
    return found


def _opening(
    pattern: re.Pattern[str], lowered: str, openings: Sequence[Opening], rule: Rule, *, whole: bool
) -> re.Match[str] | None:
    """The pattern's match where a sentence begins: the first one, or one after no more than a hook.

    Of a whole block, a rule for sentences takes the others along only if they are short or ask: "Enjoying this? Sign
    up ..."; the sentence alone can still go.
    """
    careful = rule.sentence and whole
    for opening in openings:
        if careful and not opening.asks and opening.hook > SHORT_HOOK_WORDS:
            return None
        found = pattern.match(lowered, opening.start)
        if found is None:
            continue
        following = CLAUSE_END.search(lowered, found.end()) if careful else None
        if following is None:
            return found
        rest = words(lowered[following.end() :])
        return found if len(rest) <= MORE_WORDS and (not rest or addresses(lowered, words(lowered))) else None
    return None


def _part(text: str, lowered: str, found: re.Match[str], rule: Rule) -> tuple[int, int] | None:
    """What goes of a block with the phrase that a rule found there; None if the rule is for whole blocks.

    Sentences beside it go along if they are short or the outlet speaks to its readers in them.
    """
    if not (rule.opens or rule.sentence):
        return None
    end = phrase_end(text, found.end(), capital_nouns=rule.id.startswith("de."))
    if end < len(text):
        return 0, end
    start = 0
    if rule.opens and _tells(lowered[: found.start()]):
        start = found.start()
    following = NEXT_SENTENCE.search(text, found.end())
    if following and _tells(lowered[following.end() :]):
        end = following.end()
    return start, end


def _tells(lowered: str) -> bool:
    """Whether a sentence or several tell something, and not of the outlet or its readers."""
    tokens = words(lowered)
    return len(tokens) >= FEWEST_WORDS and not addresses(f"{lowered}a", tokens)


def _word_end(text: str, count: int) -> int:
    """Where the word of this number ends."""
    return next(islice(WORD.finditer(lower(text)), count - 1, None)).end()


def _is_upper(text: str) -> bool:
    """Whether the first letter is no lower-case one (scripts without case count as upper)."""
    letter = next((c for c in text if c.isalnum()), "")
    return not letter.islower()


def index(language: str | None = None) -> Index:
    """The index for one language, its own rules with English and the neutral ones; for an unknown one, all rules."""
    code = (language or "").replace("_", "-").split("-")[0].lower()
    code = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "sr": "hr", "bs": "hr", "sh": "hr"}.get(code, code)
    return _index_of(code if code in languages() else None)


@cache
def _index_of(code: str | None) -> Index:
    """By language, not by what callers write for it, which has no bound."""
    names = {code, "en"} if code else languages()
    return Index(rule for name in (NEUTRAL, *sorted(names)) for rule in rules(name))
