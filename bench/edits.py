"""What edits of a story are found, and under which relation, beside datasketch's MinHashLSH.

    python -m bench.edits [--stories FILE.jsonl] [--count 300] [--seed 1]

Takes stories (one JSON object with `text` a line) or writes its own, edits each in every way below and looks the edit
up among all originals, as the service would. Prints, per edit, how often the original was found at all and how often
the answer was right (an expected relation, or none where none is), and per relation how many of the reports were right.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from datasketch import MinHash, MinHashLSH
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Fingerprint, Relation

from bench.changes import EDITS, Expected
from bench.generated_text import FORMS, TextGenerator, filled


class Index:
    """The look-ups of a store, in memory: postings by band and passage key, the earliest hundred of each."""

    POSTINGS = 100
    HITS = 64

    def __init__(self) -> None:
        self.texts: list[TextFeatures] = []
        self._postings: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, found: Fingerprint) -> None:
        """Enter a text."""
        for key in self._keys(found):
            self._postings[key].append(len(self.texts))
        self.texts.append(TextFeatures(found))

    def relations(self, found: Fingerprint) -> dict[int, Relation]:
        """The relation of a text to each story that it matches."""
        shared: Counter[int] = Counter()
        for key in self._keys(found):
            shared.update(self._postings.get(key, ())[: self.POSTINGS])
        text = TextFeatures(found)
        judged = {hit: decide(text, self.texts[hit]).relation for hit, _ in shared.most_common(self.HITS)}
        return {hit: relation for hit, relation in judged.items() if relation}

    @staticmethod
    def _keys(found: Fingerprint) -> Iterable[int]:
        yield from found.bands.tolist()
        yield from found.passages.tolist()
        yield int.from_bytes(found.digest, "little")


class Library:
    """MinHashLSH as its documentation uses it, with the better of its settings for news."""

    def __init__(self, threshold: float = 0.5) -> None:
        self._threshold = threshold
        self._lsh = MinHashLSH(threshold=threshold, num_perm=128)
        self._signatures: dict[int, MinHash] = {}

    def add(self, text: str) -> None:
        """Sign and enter a text."""
        self._signatures[len(self._signatures)] = signature = self._sign(text)
        self._lsh.insert(len(self._signatures) - 1, signature)

    def found(self, text: str) -> set[int]:
        """The texts that are estimated to be similar enough."""
        signature = self._sign(text)
        hits = self._lsh.query(signature)
        return {hit for hit in hits if signature.jaccard(self._signatures[hit]) >= self._threshold}

    @staticmethod
    def _sign(text: str) -> MinHash:
        words = re.findall(r"\w+", text.lower())
        signature = MinHash(128)
        signature.update_batch([" ".join(words[i : i + 3]).encode() for i in range(max(1, len(words) - 2))])
        return signature


@dataclass
class Tally:
    """What came of one edit."""

    cases: int = 0
    found: int = 0
    right: int = 0
    library: int = 0
    given: Counter[str] = field(default_factory=Counter)


def evaluate(
    stories: list[str], hosts: list[str], seed: int, writer: TextGenerator | None
) -> tuple[dict[str, Tally], Counter[tuple[str, bool]]]:
    """Index `stories`, look up every edit of each, with `hosts` as the other texts that edits need."""
    draw = random.Random(seed)
    index, library = Index(), Library()
    for text in stories:
        index.add(fingerprint(text))
        library.add(text)
    tallies = {edit.name: Tally() for edit in EDITS}
    reports: Counter[tuple[str, bool]] = Counter()
    for number, text in enumerate(stories):
        for edit in EDITS:
            other = hosts[draw.randrange(len(hosts))]
            changed = edit.change(text, other, draw)
            record(tallies[edit.name], reports, index, library, text=changed, original=number, expected=edit.expected)
    if writer:
        told_apart(writer, draw, len(stories), tallies, reports)
    return tallies, reports


def told_apart(
    writer: TextGenerator,
    draw: random.Random,
    count: int,
    tallies: dict[str, Tally],
    reports: Counter[tuple[str, bool]],
) -> None:
    """Pairs that are no copies: two stories of one event, and two fillings of one form."""
    for name, expected in (
        ("own story of one event", frozenset({None})),
        ("form filled anew", frozenset({Relation.TEMPLATE, None})),
    ):
        tallies[name] = Tally()
        for number in range(count):
            if Relation.TEMPLATE in expected:
                form = FORMS[number % len(FORMS)]
                pair = filled(form, writer, draw), filled(form, writer, draw)
            else:
                event = writer.event()
                pair = writer.story(400, event), writer.story(400, event)
            index, library = Index(), Library()
            index.add(fingerprint(pair[0]))
            library.add(pair[0])
            record(tallies[name], reports, index, library, text=pair[1], original=0, expected=expected)


def record(
    tally: Tally,
    reports: Counter[tuple[str, bool]],
    index: Index,
    library: Library,
    *,
    text: str,
    original: int,
    expected: Expected,
) -> None:
    """Look one edit up and count what came."""
    relations = index.relations(fingerprint(text))
    given = relations.get(original)
    tally.cases += 1
    tally.found += given is not None
    tally.right += given in expected
    tally.given[given.value if given else "-"] += 1
    tally.library += original in library.found(text)
    for hit, relation in relations.items():
        reports[relation.value, hit == original and relation in expected] += 1


def load(path: Path, count: int) -> tuple[list[str], list[str]]:
    """Texts of 150 words and more: `count` to edit, and the rest as other texts."""
    with path.open(encoding="utf-8") as lines:
        texts = [text for line in lines if len((text := json.loads(line)["text"]).split()) >= 150]
    random.Random(0).shuffle(texts)
    return texts[:count], texts[count:] or texts


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=Path, help="JSON lines with a text each; without it stories are made up")
    parser.add_argument("--count", type=int, default=300, help="how many stories to edit")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    writer = TextGenerator(asked.seed)
    if asked.stories:
        stories, hosts = load(asked.stories, asked.count)
    else:
        sizes = random.Random(asked.seed)
        stories = [writer.story(sizes.randint(150, 700)) for _ in range(asked.count)]
        hosts = [writer.story(500) for _ in range(asked.count)]
    tallies, reports = evaluate(stories, hosts, asked.seed, writer)
    print(f"{'edit':28} cases  MinHashLSH   found   right   given")
    for name, tally in tallies.items():
        shares = [f"{part / tally.cases:7.1%}" for part in (tally.library, tally.found, tally.right)]
        print(f"{name:28} {tally.cases:5}     {'  '.join(shares)}   {dict(tally.given.most_common(4))}")
    print("\nrelation     reports   expected")
    for relation in sorted({name for name, _ in reports}):
        right, wrong = reports[relation, True], reports[relation, False]
        print(f"{relation:12} {right + wrong:7}   {right / (right + wrong):8.1%}")


if __name__ == "__main__":
    main()
