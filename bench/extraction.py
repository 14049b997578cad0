"""Reading pages: processor time and pages a second beside trafilatura's default in one run, and quality.

    python -m bench.extraction [FOLDER] [--pages 200] [--workers 2] [--rounds 3]

Pages a second are those of the whole service over HTTP, beside twice what trafilatura reads in one process: of a
service that has just started, and of one that has read the pages before, as trafilatura has by then; to it they come
under other ids, so each matches its first copy. FOLDER
holds `index.jsonl`, one page a line: `html` (a path to a gzip file in it), `reference` (the body as people read it),
`title` and `neutral` (texts that may or may not be in the answer), `url`. Without one, pages are made up, which tells
about speed only. Quality is the measure of the article extraction benchmark: multisets of word 4-grams per page,
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
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from statistics import mean

import trafilatura
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.extraction.extract import extract_encoded
from twicetold.domain.extraction.prescan import PageLimits, encoded, prescan

from bench.generated_text import TextGenerator
from bench.ingest import served
from bench.paired_runs import Measured, Rate, Ticks, in_turn, rate

BATCH, CLIENTS = 12, 4
"""Two clients for each worker: while the pages of one are stored, those of the other are read."""
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
    written, _ = encoded(page.html)
    prescan(written, PageLimits())
    read = extract_encoded(written, url=page.url)
    said = read.metadata
    return clean(read.text, title=said.title, language=said.language, removed=read.removed).text


def read_pages(folder: Path) -> Iterator[Page]:
    """The pages of a folder that come as HTML."""
    # Not `splitlines`: a reference may hold the separators of Unicode.
    for line in (folder / "index.jsonl").read_text("utf-8").split("\n"):
        row = json.loads(line or "{}")
        if row.get("html"):
            neutral = (*(row.get("neutral") or ()), row.get("title") or "")
            html = gzip.decompress((folder / row["html"]).read_bytes()).decode("utf-8", "replace")
            yield Page(html, row.get("url"), row.get("reference") or "", neutral)


def made_up_pages(count: int, *, seed: int = 1) -> Iterator[Page]:
    """Pages about as heavy as a newsroom's: the story is a tenth of the markup."""
    writer = TextGenerator(seed)
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


def headline(writer: TextGenerator, words: int) -> str:
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


def in_library(pages: list[Page]) -> Rate:
    """Pages a second that two processes of trafilatura would read: twice what one does."""
    return rate(lambda: [library(page) for page in pages], len(pages)).times(2)


def over_http(pages: list[Page], *, workers: int, before: bool = False) -> Rate:
    """Pages a second in batches into a fresh SQLite store, after some others have started what pages need.

    These are all of them, under other ids, if it is to have read the pages `before`.
    """
    started = [submissions([page]) for page in made_up_pages(6 * workers, seed=2)]
    if before:
        started += batches(pages, salt=b"before")
    return served("", batches(pages), len(pages), workers=workers, clients=CLIENTS, warm_up=started)


def batches(pages: list[Page], *, salt: bytes = b"") -> list[bytes]:
    """All pages, in batches."""
    return [submissions(pages[start : start + BATCH], salt=salt) for start in range(0, len(pages), BATCH)]


def submissions(pages: list[Page], *, salt: bytes = b"") -> bytes:
    """A batch, as a crawler sends it."""
    ids = [blake2b(page.html.encode(), digest_size=16, salt=salt).hexdigest() for page in pages]
    told = [{"id": id_, "url": page.url, "html": page.html} for id_, page in zip(ids, pages, strict=True)]
    return b"".join(json.dumps(page).encode() + b"\n" for page in told)


def beside_library(pages: list[Page], *, workers: int, rounds: int) -> list[Measured]:
    """Pages a second of both, trafilatura first."""
    ways = {
        "two processes of trafilatura": lambda: in_library(pages),
        "pages over HTTP, sqlite": lambda: over_http(pages, workers=workers),
        "pages over HTTP, sqlite, read before": lambda: over_http(pages, workers=workers, before=True),
    }
    return in_turn(ways, rounds=rounds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    pages = list(read_pages(asked.folder) if asked.folder else made_up_pages(asked.pages))
    theirs, ours = cpu_ms(pages, library), cpu_ms(pages, service)
    print(f"{len(pages)} pages of {mean(len(page.html) for page in pages) / 1000:.0f} kB")
    print(f"CPU a page: trafilatura {theirs:.1f} ms, service {ours:.1f} ms, ratio {ours / theirs:.2f}")
    before = Ticks.now()
    for way in beside_library(pages, workers=asked.workers, rounds=asked.rounds):
        print(way.told())
    print(Ticks.now().since(before).told())
    scored = [page for page in pages if page.reference]
    if scored:
        print(f"trafilatura: {quality(scored, library)}")
        print(f"service:     {quality(scored, service)}")


if __name__ == "__main__":
    main()
