"""The lexicon as look-up tables: which rules can fire on a block is found by its words, and only those are tried."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice

from twicetold.domain.cleaning.lexicon.findings import OTHERS, VOICED, Finding, Matcher, Phrase, lead_saved, match
from twicetold.domain.cleaning.lexicon.rule import NEUTRAL, Rule, compiled, languages, rules
from twicetold.domain.cleaning.paragraphs import WORD, lower, words
from twicetold.domain.cleaning.rules.invitations import Invitation
from twicetold.domain.cleaning.rules.phrases import phrase_end
from twicetold.domain.cleaning.rules.reporting import reports, speaks_of_itself
from twicetold.domain.cleaning.rules.sharebar import LINKERS

ALONE_MAX_WORDS = 40
INVITATION_MAX_WORDS = 14
"""Longer sentences have room for somebody else's app."""
CLOSED_MAX_WORDS = 12
LABEL_CHARACTERS = 60
LABEL_FEWEST = 2
"""Words of a label within a paragraph: "Home" and "More" begin sentences, too; "Advertisement" does not."""
SENTENCE_ENDS = frozenset(".!?…。！？।۔")
LABEL_WORDS = 5
GLUED_MAX_WORDS = 12
GLUED = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
"""Where a flattener ran two labels into one word: "ShareComments"."""
PARAGRAPH = 500
"""Characters of a paragraph in which who speaks in one sentence speaks in the next. In a whole story that was run
together into one block somebody always said something: there a sentence is judged by itself."""
QUOTES = frozenset('"“”„‟«»‹›「『‘')
CLOSING_QUOTES = frozenset('"”“»«’」』')
"""What opens and closes speech: a sentence in quotes is a person's, not the outlet's."""


class Index:
    """The rules of some languages, ready to be applied. Immutable after it is made, so threads may share it."""

    def __init__(self, chosen: Iterable[Rule]) -> None:
        self._leads: dict[str, list[tuple[Phrase, Rule]]] = defaultdict(list)
        self._phrases: dict[str, list[tuple[Phrase, Rule]]] = defaultdict(list)
        self._alone: dict[str, list[tuple[Phrase, Rule]]] = defaultdict(list)
        self._patterns: dict[str, list[Matcher]] = defaultdict(list)
        self._sentence_patterns: dict[str, list[Matcher]] = defaultdict(list)
        self._spans: dict[str, list[tuple[re.Pattern[str], Rule]]] = defaultdict(list)
        self._tails: dict[Phrase, Rule] = {}
        self._closed: dict[str, list[tuple[frozenset[str], Rule]]] = defaultdict(list)
        self._labels: dict[str, Rule] = {}
        self._invitations: list[tuple[Invitation, Rule]] = []
        for rule in chosen:
            self._add(rule)
            for phrase in _phrases(rule.alone):
                if len(phrase) >= LABEL_FEWEST or rule.kind == "ad":
                    self._alone[phrase[0]].append((phrase, rule))
        for entries in self._phrases.values():
            entries.sort(key=lambda entry: -len(entry[0]))
        for leads in self._leads.values():
            leads.sort(key=lambda entry: -len(entry[0]))
        for alone in self._alone.values():
            alone.sort(key=lambda entry: -len(entry[0]))
        self._pattern_words = frozenset(self._patterns)
        self.sentence_words = frozenset(self._sentence_patterns)
        self.hints = self._pattern_words | self._phrases.keys() | self._leads.keys()
        """Words by which rules are found."""

    def _add(self, rule: Rule) -> None:
        for phrase in _phrases(rule.lead):
            self._leads[phrase[0]].append((phrase, rule))
            if rule.kind == "teaser" and not rule.bare:
                self._labels.update(dict.fromkeys(phrase, rule))
        known = frozenset(words(rule.only))
        for word in rule.words if known else ():
            self._closed[word].append((known, rule))
        for phrase in chain(_phrases(rule.alone), _phrases(rule.lead), _phrases(rule.tail)):
            self._phrases[phrase[0]].append((phrase, rule))
        for phrase in _phrases(rule.tail):
            self._tails[phrase] = rule
        if rule.asks:
            self._invitations.append((Invitation(rule.asks, rule.things), rule))
        if rule.block:
            pattern = compiled(rule.block)
            matcher = Matcher(rule, pattern, pattern.match if rule.anchored else pattern.search)
            for word in rule.words:
                self._patterns[word].append(matcher)
                if rule.sentence:
                    self._sentence_patterns[word].append(matcher)
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
        spoken = _spoken(text, tokens)
        if len(tokens) <= ALONE_MAX_WORDS and not spoken and (rule := self._covers(text, tokens)):
            yield Finding(rule)
        yield from self._consists(tokens)
        if not spoken and (label := self._label(text)):
            phrase, rule = label
            yield Finding(rule, lead_saved(text, tokens[len(phrase) :], phrase, rule, weak=True))
        first = tokens[0]
        if first in self._leads and not spoken:
            for phrase, rule in self._leads[first]:
                if tuple(tokens[: len(phrase)]) == phrase:
                    yield Finding(rule, lead_saved(text, tokens[len(phrase) :], phrase, rule))
        hits = self._pattern_words.intersection(tokens)
        if "©" in text or "ⓒ" in text:
            hits |= {"©"}
        if hits and text[0] not in QUOTES:
            yield from match(text, tokens, self._patterns, hits, whole=True, explain=explain)
        if not spoken:
            yield from self._invited(text, tokens)

    def _consists(self, tokens: list[str]) -> Iterator[Finding]:
        """The rule whose words, and numbers, are all that a line holds."""
        if len(tokens) > CLOSED_MAX_WORDS:
            return
        written = [token for token in tokens if not token[0].isdigit()]
        for word in self._closed.keys() & set(written):
            for known, rule in self._closed[word]:
                if rule.fewest <= len(tokens) <= rule.max_words and known.issuperset(written):
                    yield Finding(rule)

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
        for finding in match(text, tokens, self._sentence_patterns, hits, whole=False, explain=False):
            voiced = finding.why is None and finding.rule.kind in VOICED and not speaks_of_itself(tokens)
            told = voiced and len(around) <= PARAGRAPH and reports(lower(around), words(around))
            yield Finding(finding.rule, OTHERS) if told else finding

    def may_begin(self, word: str) -> bool:
        """Whether a label may begin with a word, as `label` finds it."""
        return word in self._alone

    def label(self, text: str, tokens: list[str]) -> Finding | None:
        """The label, like a button's, that was run together with the sentence after it, or is all of a sentence.

        "Share this article The mayor said that …": nothing ends the label, and a sentence of its own follows.
        """
        for phrase, rule in self._alone.get(tokens[0], ()):
            if tuple(tokens[: len(phrase)]) != phrase:
                continue
            end = _word_end(text, len(phrase))
            if len(tokens) == len(phrase):
                return None if text[-1] in SENTENCE_ENDS else Finding(rule)
            begins = end + len(text[end:]) - len(text[end:].lstrip())
            if begins > end and phrase_end(text, end, capital_nouns=rule.id.startswith("de.")) == begins:
                return Finding(rule, part=(0, begins))
            return None
        return None

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


def _spoken(text: str, tokens: list[str]) -> bool:
    """Whether a block is what somebody says: in quotes, one word that asks, or the last word of a sentence."""
    if len(tokens) == 1 and (text[-1] in "?？؟" or (text[-1] == "." and text[0].islower())):
        return True
    return text[0] in QUOTES and text[-1] in CLOSING_QUOTES


@cache
def _phrases(written: tuple[str, ...]) -> tuple[Phrase, ...]:
    """The words of phrases. Those of English and the neutral ones stand in the index of every language."""
    return tuple(tuple(words(phrase)) for phrase in written)


def _word_end(text: str, count: int) -> int:
    """Where the word of this number ends."""
    return next(islice(WORD.finditer(lower(text)), count - 1, None)).end()


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
