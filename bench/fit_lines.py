"""Fitting the model that tells a story's lines from the chrome in a flattened text (`cleaning/lines/line_model.json`).

    pip install lightgbm
    python -m bench.fit_lines FOLDER... [--folds 10] [--write]

A FOLDER holds `index.jsonl`, one text a line: `flat` (a path to a text file in it), `reference` (the body as people
read it), `url`, `title`. What is story is told as in `bench.fit_story`, of lines in place of blocks. Each text is shown
three times: as it is, with nothing known of its capitals, as in scripts that have none, and with no rule that fires, as
in languages without a lexicon. A word weighs the more, the shorter its text's story is.

Folds are grouped by host; the figures are those of texts whose host was left out, once cut as the service cuts them.
Without `--write` the data file stays.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import lightgbm
import numpy as np
from msgspec import structs
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.lexicon.index import index
from twicetold.domain.cleaning.lines import model
from twicetold.domain.cleaning.lines.features import CASED, NAMES, UNKNOWN, Line, features
from twicetold.domain.cleaning.paragraphs import count_words, paragraphs
from twicetold.domain.cleaning.spans import Cut, mask
from twicetold.domain.cleaning.spans import settle as settle_cuts
from twicetold.domain.extraction.language import detect, settle
from twicetold.domain.forest import Matrix

from bench.extraction import grams, tokens
from bench.fit_story import forest, host, labels

LIMITS = model.Limits(story_from=0.35, prose_from=0.25, elsewhere_from=0.15)
"""Of the first two those that lost least where more of them gained little, hosts left out; the third is cautious."""
FEWEST_TEXTS = 40
"""Languages with so many texts are known to the model."""
TREES = 60
COPY_WEIGHT = 0.3
PARAMETERS = {
    "objective": "cross_entropy", "num_leaves": 16, "min_data_in_leaf": 40, "learning_rate": 0.08,
    "feature_fraction": 0.4, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5, "max_depth": 5,
    "max_bin": 63, "verbose": -1, "num_threads": 1, "force_col_wise": True, "seed": 1,
}  # fmt: skip
DATA = Path(__file__).parent.parent / "service/twicetold/domain/cleaning/lines/line_model.json"


class SizedLine(NamedTuple):
    """A line and how many words it has."""

    text: str
    words: int


class Shown(NamedTuple):
    """A text with its lines: what rules cut, the columns, how much of each line is story, and its weight."""

    folder: str
    row: dict[str, Any]
    text: str
    language: str | None
    before: list[Cut]
    lines: list[Line]
    columns: Matrix
    story: np.ndarray
    weight: np.ndarray


def shown_texts(folder: Path) -> Iterator[Shown]:
    """The texts of a folder."""
    for written in (folder / "index.jsonl").read_text("utf-8").strip().split("\n"):
        row = json.loads(written)
        text = (folder / row["flat"]).read_text("utf-8") if row.get("flat") and row.get("reference") else ""
        if not (blocks := paragraphs(text)):
            continue
        language, _ = settle(row.get("language"), detect(text))
        before = [
            Cut(cut.start, cut.end, cut.kind, cut.rule)
            for cut in clean(text, language=language, whole=True).removed
            if cut.rule != model.RULE
        ]
        lines = model.read_lines(text, blocks, before)
        sized = [SizedLine(line.block.text, max(1, count_words(line.block.text, line.tokens))) for line in lines]
        story, weight = labels(sized, row["reference"], row.get("title"))
        columns = features(lines, title=(), hints=index(language).hints)
        yield Shown(folder.name, row, text, language, before, lines, columns, story, weight)


def copies(shown: Shown) -> Iterator[Matrix]:
    """A text's columns without capitals, and without rules."""
    caseless = shown.columns.copy()
    caseless[:, [NAMES.index(name) for name in CASED]] = UNKNOWN
    yield caseless
    yield features([line._replace(cut={}) for line in shown.lines], title=(), hints=frozenset())


def fit(rows: Sequence[tuple[Matrix, np.ndarray, np.ndarray]]) -> Any:  # noqa: ANN401 - a type of an optional package
    """Boosted trees for the likelihood that a line is story."""
    columns, story, weight = (np.concatenate(part) for part in zip(*rows, strict=True))
    return lightgbm.train(PARAMETERS, lightgbm.Dataset(columns, story, weight=weight), TREES)


def rows_of(texts: Sequence[Shown]) -> list[tuple[Matrix, np.ndarray, np.ndarray]]:
    """What is learned from: each text and its copies."""
    plain = [(one.columns, one.story, one.weight) for one in texts]
    return plain + [(copy, one.story, one.weight * COPY_WEIGHT) for one in texts for copy in copies(one)]


def cut_text(shown: Shown, told: np.ndarray, known: set[str]) -> str:
    """The text without what the rules and the model cut."""
    found = model.chrome(shown.lines, told, LIMITS, known=shown.language in known)
    cuts = [*shown.before, *(Cut(line.block.start, line.block.end, model.KIND, model.RULE) for line in found)]
    return mask(shown.text, ((cut.start, cut.end) for cut in settle_cuts(cuts)))


def quality(texts: Sequence[Shown], answers: Sequence[str]) -> str:
    """F1, precision and recall of 4-grams as in `bench.extraction`, and the share of reference words that are lost."""
    precisions, recalls, lost, words = [], [], 0, 0
    for shown, told in zip(texts, answers, strict=True):
        answer, reference = tokens(told), tokens(shown.row["reference"])
        found, wanted, title = grams(answer), grams(reference), grams(tokens(shown.row.get("title") or ""))
        right, wrong = (found & wanted).total(), (found - wanted - title).total()
        precisions.append(right / max(1, right + wrong))
        recalls.append(right / max(1, wanted.total()))
        lost += (Counter(reference) - Counter(answer)).total()
        words += len(reference)
    precision, recall = mean(precisions), mean(recalls)
    return f"F1 {2 * precision * recall / (precision + recall):.4f}, words lost {100 * lost / words:.2f} %"


def main() -> None:
    """Fit, tell the figures of hosts left out, and write the data file if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    texts = [one for folder in arguments.folders for one in shown_texts(folder)]
    counted = Counter(one.language for one in texts)
    known = {language for language, count in counted.items() if language and count >= FEWEST_TEXTS}
    hosts = [host(one.row["url"]) for one in texts]
    folds = [int(blake2b(name.encode()).hexdigest(), 16) % arguments.folds for name in hosts]
    answers = {}
    for fold in sorted(set(folds)):
        fitted = fit(rows_of([one for one, of in zip(texts, folds, strict=True) if of != fold]))
        for number, (one, of) in enumerate(zip(texts, folds, strict=True)):
            if of == fold:
                answers[number] = cut_text(one, fitted.predict(one.columns), known)
    for name in dict.fromkeys(one.folder for one in texts):
        chosen = [number for number, one in enumerate(texts) if one.folder == name]
        without = [mask(texts[n].text, [(cut.start, cut.end) for cut in texts[n].before]) for n in chosen]
        print(f"{name}, {len(chosen)} texts: rules {quality([texts[n] for n in chosen], without)}")
        print(f"{name}, hosts left out: {quality([texts[n] for n in chosen], [answers[n] for n in chosen])}")
    if arguments.write:
        file = {
            "made": f"bench/fit_lines.py: {len(texts)} texts of {len(set(hosts))} hosts",
            "languages": sorted(known),
            "limits": structs.asdict(LIMITS),
            "trees": forest(fit(rows_of(texts)), NAMES),
        }  # fmt: skip
        DATA.write_text(json.dumps(file, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
