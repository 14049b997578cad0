"""Fits the model of relations, and judges it by leaving whole sets of labelled pairs out.

    python -m bench.fit_relations SET… [--labels FILE] [--made 450] [--seed 3] [--leave-out SET] [--write FILE]
        [--plot SVG]

A SET is a folder with stories.jsonl[.xz] {id, text, source, title, date} and labelled_pairs.jsonl {a, b, label, kind}:
label 1 is one report, 2 a rewrite, 0 neither (kind template or another). Beside them it takes the pairs that
`bench.training_pairs` makes of the stories of each set, and of forms; FILE holds what `twicetold labels` prints.
Prints, with each set judged by a model fitted without it, F1, the calibration in five equal bins and what rewrites and
templates are named; then the same in sample, and for the pairs of `bench.prose`, which nothing is fitted to.
Needs LightGBM: `pip install --group fit`.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import lightgbm
import numpy as np
from numpy.typing import NDArray
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.fingerprint.make import fingerprint, hashed_words
from twicetold.domain.matching.features import Context, Features, features, table
from twicetold.domain.matching.measure import compare_each
from twicetold.domain.matching.relation_model import Estimate, Kinship, RelationModel
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.matching.trees import DEPTH

from bench.generated_text import TextGenerator
from bench.prose import labelled_prose
from bench.reliability import Bin, reliability_svg
from bench.training_pairs import OTHER, REWRITE, SAME, TEMPLATE, MadePair, Told, edited, filled

RISING = {
    "jaccard", "short_covered", "long_covered", "short_in_long", "short_bag", "long_bag", "numbers_kept",
    "numbers_covered", "names_kept", "names_covered", "title_kept", "title_jaccard", "title_cross_least", "lead_least",
}  # fmt: skip
FALLING = {"short_new", "numbers_new"}
"""What can only speak for one report, and only against it."""
MADE_WEIGHT = 0.2
"""Of a made pair beside a labelled one."""
REWRITE_WEIGHT = 1.5
"""Of a labelled rewrite, of which there are few."""
ROUNDS, REST_ROUNDS, SEEDS = 90, 45, 2
SETTINGS = {
    "learning_rate": 0.08, "num_leaves": 6, "max_depth": DEPTH, "min_data_in_leaf": 8, "lambda_l2": 3,
    "feature_fraction": 0.4, "bagging_fraction": 0.8, "bagging_freq": 1, "deterministic": True, "num_threads": 1,
    "verbose": -1,
}  # fmt: skip

Trained = tuple[list[Any], list[Any]]


class Row(NamedTuple):
    """A pair with what is known of it; pair None where texts are too short or share too little to be judged."""

    group: str
    kinship: Kinship
    kind: str
    made: bool
    pair: Features | None


class Story(NamedTuple):
    """A cleaned story of a set."""

    told: Told
    features: TextFeatures
    source: str
    at: datetime | None
    thin: bool


def labelled(folder: Path) -> tuple[list[Row], list[Told]]:
    """The labelled pairs of a set, and the stories in them."""
    pairs = [json.loads(line) for line in (folder / "labelled_pairs.jsonl").open(encoding="utf8")]
    wanted = {name for pair in pairs for name in (pair["a"], pair["b"])}
    stories = {each["id"]: _story(each) for each in _lines(folder) if each["id"] in wanted}
    rows = []
    for pair in pairs:
        a, b = stories[pair["a"]], stories[pair["b"]]
        found = None if a.thin or b.thin else _pair(a.features, b.features, _context(a, b))
        rows.append(Row(folder.name, _kinship(pair), pair.get("kind") or "", made=False, pair=found))
    return rows, [story.told for story in stories.values() if not story.thin]


def people(file: Path) -> list[Row]:
    """The pairs that people judged, as `twicetold labels` prints them: a JSON line each."""
    rows = []
    for label in map(json.loads, file.open(encoding="utf8")):
        a, b = (_story({**label[side], "date": label[side]["published_at"]}) for side in "ab")
        kinship = Kinship.REPORT if label["same"] else Kinship.OTHER
        found = None if a.thin or b.thin else _pair(a.features, b.features, _context(a, b))
        rows.append(Row("people", kinship, "person", made=False, pair=found))
    return rows


def prose() -> list[Row]:
    """The labelled pairs of `bench.prose`; copies come the same day, later stories days after."""
    days = {SAME: 0.1, REWRITE: 0.1, TEMPLATE: 2.0, OTHER: 9.0}
    return [
        Row("prose", Kinship(each.kind), each.name, made=False,
            pair=_pair(_text(each.a), _text(each.b), Context(each.kind == TEMPLATE, days[each.kind])))
        for each in labelled_prose()
    ]  # fmt: skip


def made(name: str, pairs: Iterable[MadePair]) -> list[Row]:
    """Rows of pairs that were made."""
    rows = []
    for kind, a, b, same_source, days in pairs:
        one, other = _text(a), _text(b)
        if found := _pair(one, other, Context(same_source, days)):
            rows.append(Row(name, Kinship(kind), "made", made=True, pair=found))
    return rows


def _lines(folder: Path) -> Iterable[dict[str, Any]]:
    packed = folder / "stories.jsonl.xz"
    with lzma.open(packed, "rt") if packed.exists() else (folder / "stories.jsonl").open() as file:
        yield from map(json.loads, file)


def _story(given: Mapping[str, Any]) -> Story:
    cleaned = clean(given["text"], title=given.get("title"))
    told = Told(cleaned.text, given.get("title"))
    dated = re.match(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d))?", str(given.get("date") or ""))
    at = datetime.fromisoformat(f"{dated[1]}T{dated[2] or '00:00:00'}").replace(tzinfo=UTC) if dated else None
    return Story(told, _text(told), given.get("source") or given["id"], at, cleaned.thin)


def _text(told: Told) -> TextFeatures:
    return TextFeatures(fingerprint(told.text), hashed_words(told.title or ""))


def _context(a: Story, b: Story) -> Context:
    days = abs((a.at - b.at).total_seconds()) / 86400 if a.at and b.at else None
    return Context(a.source == b.source, days)


def _pair(a: TextFeatures, b: TextFeatures, context: Context) -> Features | None:
    (found,) = compare_each(a, [b])
    return features(found, context) if found.judged else None


def _kinship(pair: Mapping[str, Any]) -> Kinship:
    if pair["label"]:
        return Kinship.REPORT if pair["label"] == 1 else Kinship.REWRITE
    return Kinship.TEMPLATE if pair.get("kind") == "template" else Kinship.OTHER


def fit(rows: Sequence[Row]) -> Trained:
    """Fit trees that tell reports, and trees that divide the rest."""
    judged = [row for row in rows if row.pair is not None]
    x = table([row.pair for row in judged if row.pair is not None])
    kinship = np.array([row.kinship for row in judged])
    weight = np.array([MADE_WEIGHT if row.made else REWRITE_WEIGHT if row.kinship == Kinship.REWRITE else 1.0
                       for row in judged])  # fmt: skip
    rest = kinship != Kinship.REPORT
    shape = [(name in RISING) - (name in FALLING) for name in Features._fields]
    report = [
        lightgbm.train(
            {**SETTINGS, "objective": "binary", "monotone_constraints": shape, "seed": seed},
            lightgbm.Dataset(x, (~rest).astype(int), weight=weight), ROUNDS,
        )
        for seed in range(SEEDS)
    ]  # fmt: skip
    others = [
        lightgbm.train(
            {**SETTINGS, "objective": "multiclass", "num_class": 3, "seed": seed},
            lightgbm.Dataset(x[rest], kinship[rest] - 1, weight=weight[rest]), REST_ROUNDS,
        )
        for seed in range(SEEDS)
    ]  # fmt: skip
    return report, others


def calibrated(told: Sequence[tuple[Row, Estimate | None]]) -> tuple[float, float]:
    """Fit scale and shift of the log odds of one report to what came true (Platt, 1999), by Newton's method.

    `told` has estimates of pairs that were left out, by models that were not calibrated; a rewrite counts as
    a quarter: some would call it one report.
    """
    known = [(estimate.chances[0], row.kinship) for row, estimate in told if estimate]
    chances = np.array([chance for chance, _ in known])
    true = np.array([{Kinship.REPORT: 1.0, Kinship.REWRITE: 0.25}.get(kinship, 0.0) for _, kinship in known])
    x = np.column_stack((np.log(chances / (1 - chances)), np.ones(len(chances))))
    at = np.array([1.0, 0.0])
    for _ in range(25):
        said = 1 / (1 + np.exp(-x @ at))
        at += np.linalg.solve((x.T * (said * (1 - said))) @ x, x.T @ (true - said))
    return round(float(at[0]), 4), round(float(at[1]), 4)


def exported(trained: Trained, how: str, calibration: tuple[float, float] = (1.0, 0.0)) -> str:
    """The weights file."""
    report, rest = trained
    return json.dumps(
        {
            "made": how,
            "features": Features._fields,
            "calibration": calibration,
            "report": _trees(report, 1),
            "rest": _trees(rest, 3),
        }
    )


def _trees(boosters: Sequence[Any], outputs: int) -> dict[str, Any]:
    whole: dict[str, Any] = {"outputs": outputs, "feature": [], "threshold": [], "left_if_unknown": [], "value": []}
    for booster in boosters:
        for tree in booster.dump_model()["tree_info"]:
            splits, values = _complete(tree["tree_structure"])
            for name, of in zip(("feature", "threshold", "left_if_unknown"), zip(*splits, strict=True), strict=True):
                whole[name].append(of)
            whole["value"].append([round(value / len(boosters), 5) for value in values])
    return whole


def _complete(root: dict[str, Any]) -> tuple[list[tuple[int, float, int]], list[float]]:
    """A tree as a complete one in heap order; a leaf above the last level goes on to the left for ever."""
    nodes: list[dict[str, Any]] = [root]
    splits = []
    for at in range((1 << DEPTH) - 1):
        node = nodes[at]
        if "split_feature" not in node:
            splits.append((0, 1e9, 1))
            nodes += [node, node]
            continue
        cut = _rounded(node["threshold"])
        unknown = node["default_left"] if node["missing_type"] == "NaN" else cut >= 0
        splits.append((node["split_feature"], cut, int(unknown)))
        nodes += [node["left_child"], node["right_child"]]
    return splits, [_mean(node) for node in nodes]


def _rounded(threshold: float) -> float:
    return float(f"{threshold:.5g}")


def _mean(node: dict[str, Any]) -> float:
    """The mean value of a node's leaves, by the rows in them."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    weights = [child.get("leaf_count", child.get("internal_count", 1)) for child in (left, right)]
    return float(np.average([_mean(left), _mean(right)], weights=weights))


def judged(rows: Sequence[Row], model: RelationModel) -> list[Estimate | None]:
    """What a model says of labelled pairs; None of those that it is not asked about."""
    estimates = iter(model.estimate([row.pair for row in rows if row.pair is not None]))
    return [None if row.pair is None else next(estimates) for row in rows]


def _told(rows: Sequence[Row], model: RelationModel) -> list[tuple[Row, Estimate | None]]:
    return list(zip(rows, judged(rows, model), strict=True))


def report(rows: Sequence[Row], estimates: Sequence[Estimate | None], show: Callable[[str], None] = print) -> None:
    """Print F1 of each set and of all, what rewrites and templates are named, and the calibration."""
    said = [estimate.likeliest if estimate else Kinship.OTHER for estimate in estimates]
    total: Counter[str] = Counter()
    for group in dict.fromkeys(row.group for row in rows):
        counts = _counts([(row, name) for row, name in zip(rows, said, strict=True) if row.group == group])
        total.update(counts)
        show(f"  {group:16} {_line(counts)}")
    show(f"  {'all':16} {_line(total)}")
    for name in ("rewrite", "template"):
        show(f"  {name}s: {total[name]}, named so {total[name + ' right']}, one report {total[name + ' same']}; "
             f"others named so {total['other as ' + name]} of {total['negatives']}")  # fmt: skip
    found = bins(rows, estimates)
    for each in found:
        show(f"  said {each.said:.2f}: {each.true:.2f} of {each.pairs}")
    pairs = sum(each.pairs for each in found)
    error = sum(each.pairs * abs(each.said - each.true) for each in found) / pairs
    show(f"  expected calibration error {error:.3f}")


def _counts(told: Sequence[tuple[Row, Kinship]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row, said in told:
        same = said is Kinship.REPORT
        if row.kinship is Kinship.REPORT:
            counts.update(positives=1, found=same)
        elif row.kinship is Kinship.REWRITE:
            counts.update({"rewrite": 1, "rewrite right": said is Kinship.REWRITE, "rewrite same": same})
        else:
            counts.update({"negatives": 1, "false": same, "other as rewrite": said is Kinship.REWRITE})
        if row.kinship is Kinship.TEMPLATE:
            counts.update({"template": 1, "template right": said is Kinship.TEMPLATE, "template same": same})
        elif row.kinship is Kinship.OTHER:
            counts.update({"other as template": said is Kinship.TEMPLATE})
    return counts


def _line(counts: Counter[str]) -> str:
    found, false, positives = counts["found"], counts["false"], counts["positives"]
    f1 = 2 * found / (found + false + positives) if positives else math.nan
    return f"found {found}/{positives} false {false}/{counts['negatives']} F1 {f1:.3f}"


def bins(rows: Sequence[Row], estimates: Sequence[Estimate | None], count: int = 5) -> list[Bin]:
    """Equal bins of the probability of one report, without rewrites, which some would call one report."""
    pairs = [(estimate.chances[Kinship.REPORT], row.kinship is Kinship.REPORT)
             for row, estimate in zip(rows, estimates, strict=True)
             if estimate is not None and row.kinship is not Kinship.REWRITE]  # fmt: skip
    chances, true = np.array(pairs, dtype=np.float64).T
    at: NDArray[np.intp] = np.minimum((chances * count).astype(np.intp), count - 1)
    filled_bins = [each for each in range(count) if (at == each).any()]
    return [
        Bin(float(chances[at == each].mean()), float(true[at == each].mean()), int((at == each).sum()))
        for each in filled_bins
    ]


def main() -> None:
    """Fit, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--made", type=int, default=450)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--leave-out")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    rows: list[Row] = []
    for folder in given.sets:
        own, stories = labelled(folder)
        rows += [*own, *made(folder.name, edited(stories, given.made, draw))]
    if given.labels:
        rows += people(given.labels)
    names = [word.capitalize() for word in TextGenerator(7).vocabulary]
    rows += made("forms", filled(names, 2 * given.made, draw))
    real = [row for row in rows if not row.made]
    how = (
        f"bench.fit_relations on {len(real)} labelled pairs of {len(given.sets)} sets and {len(rows) - len(real)} made "
        f"ones; {SEEDS} fits of {ROUNDS} and {REST_ROUNDS} rounds by LightGBM {lightgbm.__version__}"
    )
    if given.leave_out:
        trained = fit([row for row in rows if row.group != given.leave_out])
        given.write.write_text(exported(trained, f"{how}, without {given.leave_out}"), encoding="utf8")
        return
    groups = list(dict.fromkeys(row.group for row in real))
    fits = {group: fit([row for row in rows if row.group != group]) for group in groups}
    of = {group: [row for row in real if row.group == group] for group in groups}
    raw = {group: _told(of[group], RelationModel(exported(fits[group], how))) for group in groups}
    print("each set judged by a model fitted, and calibrated, without it:")
    told = []
    for group in groups:
        calibration = calibrated([pair for other in groups if other != group for pair in raw[other]])
        told += _told(of[group], RelationModel(exported(fits[group], how, calibration)))
    report([row for row, _ in told], [estimate for _, estimate in told])
    if given.plot:
        found = bins([row for row, _ in told], [estimate for _, estimate in told], count=10)
        given.plot.write_text(reliability_svg(found, "Probability of one report, sets left out"), encoding="utf8")
    weights = exported(fit(rows), how, calibrated([pair for group in groups for pair in raw[group]]))
    print("in sample:")
    report(real, judged(real, RelationModel(weights)))
    print("own prose, which nothing was fitted to:")
    report(prose(), judged(prose(), RelationModel(weights)))
    if given.write:
        given.write.write_text(weights, encoding="utf8")
        print(f"{given.write}: {given.write.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
