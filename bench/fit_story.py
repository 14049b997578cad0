"""Fitting the model that tells a story's blocks from the rest of a page (`domain/extraction/story_model.json`).

    pip install lightgbm
    python -m bench.fit_story FOLDER... [--folds 10] [--write]

A FOLDER holds `index.jsonl`, one page a line: `html` (a path to a gzip file in it), `reference` (the body as people
read it), `url`, `title`. A block is story by the share of its word 4-grams that stand in the reference; one of fewer
than six words if the reference has it between what stands around it. Each page is shown three times: as it is, with
most of its story taken out (so that short stories are learned beside as much chrome as long ones), and without any
names and with parts taken out at random. A word weighs the more, the shorter its page's story is.

Folds are grouped by host; the figures are those of pages whose host was left out: each fold's pages are read and
cleaned as the service does it, by trees that were fitted to the others, and scored as `bench/extraction.py` does.
Without `--write` the data file stays.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import lightgbm
import numpy as np
from lxml.html import HtmlElement
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.extraction.blocks import PageBlock
from twicetold.domain.extraction.extract import by_the_library
from twicetold.domain.extraction.features import NAMES, Matrix, features
from twicetold.domain.extraction.jsonld import linked_article
from twicetold.domain.extraction.language import detect, settle
from twicetold.domain.extraction.metadata import description, named_contents, read_metadata
from twicetold.domain.extraction.page import parse
from twicetold.domain.extraction.prescan import encoded
from twicetold.domain.extraction.region import find_region
from twicetold.domain.extraction.walk import page_blocks
from twicetold.domain.model import PageMetadata

from bench.extraction import Page, quality

TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|[^\W_]+")
STORY_FROM = 0.3
"""Of likelihoods from .25 to .45 that with the best F1 on both sets of pages, hosts left out."""
TREES = 60
LONG = 6
"""Words from which a block is looked for in the reference by itself."""
EASY_KEPT = 0.2
"""Of links and labels that are plainly no story, the share that is learned from, each weighing so much more."""
PARAMETERS = {
    "objective": "cross_entropy", "num_leaves": 40, "min_data_in_leaf": 60, "learning_rate": 0.08,
    "feature_fraction": 0.4, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5, "max_depth": 8,
    "max_bin": 63, "verbose": -1, "num_threads": 1, "force_col_wise": True, "seed": 1,
}  # fmt: skip
DATA = Path(__file__).parent.parent / "service/twicetold/domain/extraction/story_model.json"


class Labelled(Protocol):
    """A block or line: its text, and how many words that has."""

    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def words(self) -> int: ...  # noqa: D102


class Shown(NamedTuple):
    """A page as it is shown to the model: its folder and host, blocks, columns and labels.

    `whole` is the page as it was, with what is needed to read it; None of a page that was changed.
    """

    whole: Whole | None
    folder: str
    host: str
    blocks: list[PageBlock]
    columns: Matrix
    story: np.ndarray
    weight: np.ndarray


class Whole(NamedTuple):
    """What reading a page takes beside its blocks: the page itself, what it says of itself, and how it is scored."""

    written: bytes
    metadata: PageMetadata
    description: str | None
    page: Page


def tokens(text: str | None) -> list[str]:
    """The words of a text; letters of scripts without blanks count as one each."""
    return [word.lower() for word in TOKEN.findall(text or "")]


def shown_pages(folder: Path) -> Iterator[Shown]:
    """The pages of a folder, three times each."""
    # Not `splitlines`: a reference may hold the separators of Unicode.
    for line in (folder / "index.jsonl").read_text("utf-8").split("\n"):
        row = json.loads(line or "{}")
        if not row.get("html") or not row.get("reference"):
            continue
        html = gzip.decompress((folder / row["html"]).read_bytes()).decode("utf-8", "replace")
        written = encoded(html)[0]
        for change in (None, without_story, without_names):
            tree = parse(written)
            if tree is None:
                continue
            if change is not None:
                change(tree, random.Random(row["id"]), row["reference"])
            article, named = linked_article(tree), named_contents(tree)
            metadata = read_metadata(tree, named, article, url=row["url"])
            blocks = page_blocks(tree)
            if blocks:
                summary = description(named, article)
                columns = features(blocks, title=metadata.title, description=summary)
                story, weight = labels(blocks, row["reference"], row.get("title"))
                neutral = (*(row.get("neutral") or ()), row.get("title") or "")
                page = Page(html, row["url"], row["reference"], neutral)
                whole = None if change else Whole(written, metadata, summary, page)
                yield Shown(whole, folder.name, host(row["url"]), blocks, columns, story, weight)


def host(url: str) -> str:
    """The last parts of a host's name, by which folds are grouped."""
    parts = (urlsplit(url).hostname or "").split(".")
    second = len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in {"co", "com", "org", "net", "gov", "ac", "edu"}
    return ".".join(parts[-3:] if second else parts[-2:])


def without_story(tree: HtmlElement, rng: random.Random, reference: str) -> None:
    """Take most paragraphs of the story out of a page."""
    known = grams(tokens(reference))
    share = rng.choice([0.5, 0.7, 0.85, 0.93])
    for element in list(tree.iter("p", "li", "h2", "h3", "h4", "blockquote")):
        found = grams(tokens(element.text_content()))
        if found and sum(gram in known for gram in found) > 0.7 * len(found) and rng.random() < share:
            element.drop_tree()


def without_names(tree: HtmlElement, rng: random.Random, _reference: str) -> None:
    """Take all names out of a page, and small parts of it at random."""
    for element in tree.iter():
        for name in ("class", "id"):
            element.attrib.pop(name, None)
    whole = len(tree.text_content())
    kept = rng.choice([0.15, 0.3, 0.5])
    parts = ("p", "li", "div", "section", "aside", "nav", "footer", "header", "h2", "h3")
    for element in list(tree.iter(*parts)):
        length = len(element.text_content())
        often = kept if length < 0.02 * whole else kept**0.5
        if length < 0.25 * whole and rng.random() > often and element.getparent() is not None:
            element.drop_tree()


def grams(words: list[str]) -> Counter[tuple[str, ...]]:
    """The 4-grams of a text."""
    return Counter(tuple(words[at : at + 4]) for at in range(len(words) - 3))


def labels(blocks: Sequence[Labelled], reference: str, title: str | None) -> tuple[np.ndarray, np.ndarray]:
    """For each block how much of it is story, and its weight; the title, which may or may not be, weighs nothing."""
    told = tokens(reference)
    lines = {tuple(tokens(line)) for line in reference.splitlines()}
    joined = f" {' '.join(told)} "
    places: dict[tuple[str, ...], int] = {}
    for at in range(len(told) - 4, -1, -1):
        places[tuple(told[at : at + 4])] = at
    texts = [tokens(block.text) for block in blocks]
    story, anchors = _told(texts, places, grams(told))
    for number, text in enumerate(texts):
        if 0 < len(text) < LONG and anchors and f" {' '.join(text)} " in joined:
            story[number] = _is_between(number, text, anchors, told, lines)
    words = np.array([block.words for block in blocks], float)
    weight = words / max(50.0, float(words[story > 0.5].sum())) * 100 + 0.3 * np.sqrt(np.minimum(words, 10))
    weight[[tuple(text) == tuple(tokens(title)) and told < 0.5 for text, told in zip(texts, story, strict=True)]] = 0
    return story, weight


def _told(
    texts: list[list[str]], places: dict[tuple[str, ...], int], left: Counter[tuple[str, ...]]
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """How much of each long block the reference tells, and where it begins there, by number, of those it tells.

    What a page says more often than the reference is the story's where most of it stands around.
    """
    story = np.zeros(len(texts))
    own = {number: grams(text) for number, text in enumerate(texts) if len(text) >= LONG}
    for number, found in own.items():
        story[number] = sum(gram in places for gram in found) / len(found)
    around = {number: round(float((story[max(0, number - 6) : number + 7] > 0.5).sum()), 1) for number in own}
    anchors = []
    for number in sorted(own, key=lambda number: (-around[number], number)):
        taken = own[number] & left
        story[number] = taken.total() / own[number].total()
        if story[number] > 0.5:
            anchors.append((number, min(places[gram] for gram in taken)))
        left -= taken
    return story, sorted(anchors)


def _is_between(
    number: int, text: list[str], anchors: list[tuple[int, int]], told: list[str], lines: set[tuple[str, ...]]
) -> bool:
    """Whether the reference has a short block between the longer ones around it, or as a line of its own near them."""
    after = bisect(anchors, (number, 0))
    near = 8
    if after == 0:
        return tuple(text) in lines and anchors[0][0] - number <= near
    if after == len(anchors) and number - anchors[-1][0] > near:
        return False
    if tuple(text) in lines:
        return True
    start = anchors[after - 1][1]
    end = anchors[after][1] if after < len(anchors) else len(told)
    between = f" {' '.join(told[start : end + len(text) + 12])} "
    return (len(text) > 1 or after < len(anchors)) and f" {' '.join(text)} " in between


def fit(columns: Matrix, story: np.ndarray, weight: np.ndarray) -> Any:  # noqa: ANN401 - a type of an optional package
    """Boosted trees for the likelihood that a row is story."""
    easy = (story < 0.1) & ((columns[:, NAMES.index("linked")] > 0.8) | (columns[:, 0] < np.log1p(5)))
    kept = ~easy | (np.random.default_rng(1).random(len(story)) < EASY_KEPT)
    weighed = np.where(easy, weight / EASY_KEPT, weight)
    return lightgbm.train(PARAMETERS, lightgbm.Dataset(columns[kept], story[kept], weight=weighed[kept]), TREES)


def told_without(columns: Matrix, story: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """The likelihood of each row by trees fitted to the other folds."""
    told = np.zeros(len(story))
    for number in np.unique(fold):
        rest = fold != number
        told[~rest] = fit(columns[rest], story[rest], weight[rest]).predict(columns[~rest])
    return told


def read(whole: Whole, blocks: list[PageBlock], likelihood: np.ndarray) -> str:
    """The text of a whole page by the likelihood of its blocks, cleaned; without what its data may tell."""
    region = find_region(
        blocks,
        likelihood,
        story_from=STORY_FROM,
        title=whole.metadata.title,
        description=whole.description,
        second=lambda: by_the_library(whole.written),
    )
    language, _ = settle(whole.metadata.language, detect(region.text))
    return clean(region.text, title=whole.metadata.title, language=language, removed=region.removed).text


def forest(model: Any, names: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401
    """Fitted trees as the data file holds them."""
    trees = []
    deepest = 0
    for fitted in model.dump_model()["tree_info"]:
        tree: dict[str, list[Any]] = {name: [] for name in ("column", "most", "low", "high", "adds")}
        waiting: list[tuple[Any, int, str, int]] = [(fitted["tree_structure"], 0, "", 0)]
        while waiting:
            node, above, side, depth = waiting.pop()
            number = len(tree["most"])
            if side:
                tree[side][above] = number
            leaf = "split_feature" not in node
            tree["column"].append(names[0 if leaf else node["split_feature"]])
            tree["most"].append(0.0 if leaf else float(f"{node['threshold']:.6g}"))
            tree["adds"].append(round(node["leaf_value"], 5) if leaf else 0.0)
            tree["low"].append(number)
            tree["high"].append(number)
            deepest = max(deepest, depth)
            if not leaf:
                waiting += [
                    (node[f"{way}_child"], number, to, depth + 1) for way, to in (("left", "low"), ("right", "high"))
                ]
        trees.append(tree)
    return {"depth": deepest, "trees": trees}


def main() -> None:
    """Fit, tell the figures of hosts left out, and write the data file if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    shown = [page for folder in arguments.folders for page in shown_pages(folder)]
    story = np.concatenate([page.story for page in shown])
    weight = np.concatenate([page.weight * (1 if page.whole else 0.4) for page in shown])
    fold = np.concatenate(
        [np.full(len(page.story), int(blake2b(page.host.encode()).hexdigest(), 16) % arguments.folds) for page in shown]
    )
    columns = np.vstack([page.columns for page in shown])
    told = told_without(columns, story, weight, fold)
    ends = np.cumsum([len(page.story) for page in shown])
    for folder in dict.fromkeys(page.folder for page in shown):
        texts = {
            page.whole.page: read(page.whole, page.blocks, likelihood)
            for page, likelihood in zip(shown, np.split(told, ends[:-1]), strict=True)
            if page.whole and page.folder == folder
        }
        print(f"{folder}, hosts left out: {quality(list(texts), texts.__getitem__)}")
    if arguments.write:
        hosts = len({page.host for page in shown})
        file = {
            "made": f"bench/fit_story.py: {sum(page.whole is not None for page in shown)} pages of {hosts} hosts",
            "story_from": STORY_FROM,
            "forest": forest(fit(columns, story, weight), NAMES),
        }
        DATA.write_text(json.dumps(file, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
