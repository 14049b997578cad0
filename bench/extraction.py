"""Reading pages: CPU beside trafilatura's default in one run, pages a second through the pool, and quality.

    python -m bench.extraction [FOLDER] [--pages 200] [--children 2]

FOLDER holds `index.jsonl`, one page a line: `html` (a path to a gzip file in it), `reference` (the body as people read
it), `title` and `neutral` (texts that may or may not be in the answer), `url`. Without one, pages are made up, which
tells about speed only. Quality is the measure of the article extraction benchmark: multisets of word 4-grams per page,
precision and recall averaged over pages, F1 of the two means (https://github.com/scrapinghub/article-extraction-benchmark).
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import trafilatura

from bench.prose import Writer
from service.domain.cleaning.clean import clean
from service.domain.cleaning.extract import extract
from service.domain.cleaning.prescan import PageLimits, prescan
from service.extraction.pool import ChildExtractor, ExtractionLimits

TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|[^\W_]+")


@dataclass(frozen=True)
class Page:
    """A page with what a reader takes for its story (empty where unknown)."""

    html: str
    url: str | None
    reference: str = ""
    neutral: tuple[str, ...] = ()


def library(page: Page) -> str:
    """What trafilatura answers by default, comments left out."""
    return trafilatura.extract(page.html, include_comments=False) or ""


def service(page: Page) -> str:
    """What the service answers: scan, extraction, all cleaning."""
    prescan(page.html, PageLimits())
    read = extract(page.html, url=page.url)
    said = read.metadata
    return clean(read.text, title=said.title, language=said.language, removed=read.removed).text


def read_pages(folder: Path) -> Iterator[Page]:
    """The pages of a folder that come as HTML."""
    for line in (folder / "index.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row.get("html"):
            neutral = (*(row.get("neutral") or ()), row.get("title") or "")
            html = gzip.decompress((folder / row["html"]).read_bytes()).decode("utf-8", "replace")
            yield Page(html, row.get("url"), row.get("reference") or "", neutral)


def made_up_pages(count: int) -> Iterator[Page]:
    """Pages about as heavy as a newsroom's: the story is a tenth of the markup."""
    writer = Writer(1)
    script = "<script>" + "var a = {b: 'c'};" * 4000 + "</script>"
    menu = "".join(f"<li class='nav-item n{n}'><a href='/s/{n}'>{headline(writer, 2)}</a></li>" for n in range(150))
    for number in range(count):
        story = "".join(f"<p class='x y-{number}'>{text}</p>" for text in writer.story(600).split("\n\n"))
        teasers = "".join(
            f"<div class='card c{n}'><h3><a href=/{n}>{headline(writer, 8)}</a></h3><p>{headline(writer, 14)}</p></div>"
            for n in range(60)
        )
        yield Page(
            f"<html lang=en><head><title>{headline(writer, 6)}</title>{script}</head><body><nav><ul>{menu}</ul></nav>"
            f"<main><article><h1>{headline(writer, 6)}</h1><div class='article-body'>{story}</div></article>"
            f"<aside>{teasers}</aside></main><footer><ul>{menu}</ul></footer>{script}</body></html>",
            None,
        )


def headline(writer: Writer, words: int) -> str:
    """So many words without a full stop."""
    return " ".join(writer.story(words).split()[:words]).strip(".")


def cpu_ms(pages: list[Page], read: Callable[[Page], str]) -> float:
    """Milliseconds of CPU a page, the best of two runs."""
    runs = []
    for _ in range(2):
        started = time.process_time()
        for page in pages:
            read(page)
        runs.append(time.process_time() - started)
    return 1000 * min(runs) / len(pages)


def quality(pages: list[Page], read: Callable[[Page], str]) -> str:
    """F1, precision, recall, and the share of reference words that are lost."""
    precisions, recalls, lost, words = [], [], 0, 0
    for page in pages:
        answer, reference = tokens(read(page)), tokens(page.reference)
        found, wanted = grams(answer), grams(reference)
        allowed = sum((grams(tokens(text)) for text in page.neutral), Counter())
        right, wrong = (found & wanted).total(), (found - wanted - allowed).total()
        precisions.append(right / max(1, right + wrong))
        recalls.append(right / max(1, wanted.total()))
        lost += (Counter(reference) - Counter(answer)).total()
        words += len(reference)
    precision, recall = mean(precisions), mean(recalls)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return f"F1 {f1:.4f} (precision {precision:.4f}, recall {recall:.4f}), words lost {100 * lost / words:.2f} %"


def tokens(text: str) -> list[str]:
    """Words in lower case; a letter each where words are not divided."""
    return [token.lower() for token in TOKEN.findall(text)]


def grams(words: list[str]) -> Counter[tuple[str, ...]]:
    """The 4-grams of a text, or all of it when shorter."""
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3)) if words)


def pages_per_second(pages: list[Page], children: int) -> float:
    """Pages a second through the pool, by the clock, from as many threads as there are children."""
    with ThreadPoolExecutor(children) as threads:
        extractor = ChildExtractor(ExtractionLimits(), children=children)
        list(threads.map(lambda page: extractor.extract(page.html, url=page.url), pages[: 2 * children]))
        started = time.perf_counter()
        list(threads.map(lambda page: extractor.extract(page.html, url=page.url), pages))
        spent = time.perf_counter() - started
        extractor.close()
    return len(pages) / spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--children", type=int, default=2)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    pages = list(read_pages(asked.folder) if asked.folder else made_up_pages(asked.pages))
    theirs, ours = cpu_ms(pages, library), cpu_ms(pages, service)
    print(f"{len(pages)} pages of {mean(len(page.html) for page in pages) / 1000:.0f} kB")
    print(f"CPU a page: trafilatura {theirs:.1f} ms, service {ours:.1f} ms, ratio {ours / theirs:.2f}")
    print(f"through {asked.children} children: {pages_per_second(pages, asked.children):.0f} pages/s")
    scored = [page for page in pages if page.reference]
    if scored:
        print(f"trafilatura: {quality(scored, library)}")
        print(f"service:     {quality(scored, service)}")


if __name__ == "__main__":
    main()
