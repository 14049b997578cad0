"""Broken pages: made-up ones, mutated, through real extraction children and the cleaning that follows.

    python -m bench.fuzz [--pages 20000] [--seed 1] [--only SEED] [--seconds 10]

Each page must end in a text or in a problem of its own, within the limits, and the pool must go on: a page known to be
good is read between them. Prints what became of the pages, how many children were killed, and the slowest pages with
the seeds that make them again (`--only SEED`).
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import nlargest

from twicetold.domain.analysis import Analysis, AnalysisInput
from twicetold.domain.errors import TwicetoldError
from twicetold.domain.extraction.prescan import encoded
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.sandbox.analyser import SandboxedAnalyser
from twicetold.sandbox.pool import PoolLimits

from bench.extraction import made_up_pages
from bench.generated_text import TextGenerator

Draw = random.Random
LARGE = 0.02
"""The share of pages as heavy as a newsroom's."""
BETWEEN = 500
"""After so many pages a good one is read again."""

TAGS = (
    "p", "div", "span", "table", "tr", "td", "th", "ul", "ol", "li", "a", "b", "i", "em", "h1", "h2", "h3",
    "blockquote", "pre", "code", "article", "section", "main", "aside", "nav", "form", "select", "option", "script",
    "style", "template", "noscript", "iframe", "svg", "math", "textarea", "title", "head", "body", "html", "frameset",
    "noframes", "br", "hr", "img", "input", "figure", "details", "dl", "dt", "dd", "q", "sub", "sup", "font",
    "center", "marquee", "ruby", "rt", "canvas", "video", "audio", "source", "object", "param", "base", "link",
    "meta",
)  # fmt: skip
BITS = (
    "<!--", "-->", "--!>", "<!", "<![CDATA[", "]]>", "<?php", "?>", "</", "<", ">", "&", "&#", "&#x", "&#0;", "&amp",
    "&#xD800;", "&#x110000;", "&nbsp;", "&lt;script&gt;", "<script>", "</script>", "<script/>", "<style>", "</style",
    "<title>", "<plaintext>", "<textarea>", "<noscript>", "<svg><p>", "<math><mtext>", "<table><a>", "<a><table>",
    "<b><p></b>", "\x00", "\x0b", "\x1b[2J", "\ufeff", "\ufffe", "\u202e", "\u2066", "\u200b" * 50, "\ud800", "\udfff",
    "\udcff", "\U0010ffff", "İ" * 30, "ß" * 30, "\u0301" * 200, "a" * 5000, "( " * 500, "'\"" * 40, "=" * 80, "%00",
    "\\u0000", "\r", "\r\r\n", "\u2028", "\u0085", "http://", "javascript:alert(1)", "{{", "<%=", "@",
    "Share Facebook Twitter ", "<p>" * 30, "</div>" * 40, "<div>" * 60, "<li>" * 40, "<b>" * 90, "<font>" * 30,
    "<q>" * 20, "<table><tr><td>" * 12,
)  # fmt: skip
ENCODINGS = ("latin-1", "cp1252", "utf-16", "utf-16-le", "koi8-r", "shift_jis", "gb18030", "big5", "utf-7", "cp037")


def mutated(page: str, draw: Draw) -> str:
    """The page after one to eight changes."""
    for _ in range(draw.choice((1, 1, 2, 3, 5, 8))):
        page = draw.choice(CHANGES)(page, draw)[:9_000_000]
    return page


def _place(page: str, draw: Draw) -> int:
    return draw.randrange(len(page) + 1)


def _bit(page: str, draw: Draw) -> str:
    for _ in range(draw.choice((1, 3, 20))):
        at = _place(page, draw)
        page = page[:at] + draw.choice(BITS) + page[at:]
    return page


def _drop_tags(page: str, draw: Draw) -> str:
    pieces = page.split("<")
    return "<".join(piece for piece in pieces if draw.random() > 0.1)


def _double_tags(page: str, draw: Draw) -> str:
    return "<".join(piece for piece in page.split("<") for _ in range(1 + (draw.random() < 0.1)))


def _rename_tags(page: str, draw: Draw) -> str:
    pieces = page.split("<")
    for _ in range(min(30, len(pieces))):
        at = draw.randrange(len(pieces))
        head, _, rest = pieces[at].partition(">")
        pieces[at] = f"{'/' * head.startswith('/')}{draw.choice(TAGS)}>{rest}"
    return "<".join(pieces)


def _shuffle(page: str, draw: Draw) -> str:
    pieces = page.split("<")
    draw.shuffle(pieces)
    return "<".join(pieces)


def _truncate(page: str, draw: Draw) -> str:
    return page[: _place(page, draw)] if draw.random() < 0.7 else page[_place(page, draw) :]


def _attributes(page: str, draw: Draw) -> str:
    count = draw.choice((3, 50, 400, 600, 5000))
    names = ("a", "class", "style", "onclick", "data-x")
    bomb = " ".join(f"{draw.choice(names)}{number}={draw.choice(BITS)!r}" for number in range(count))
    at = page.find("<p", _place(page, draw))
    return page if at < 0 else f"{page[: at + 2]} {bomb}{page[at + 2 :]}"


def _nest(page: str, draw: Draw) -> str:
    tag, depth, at = draw.choice(TAGS), draw.choice((10, 100, 230, 400, 3000)), _place(page, draw)
    return page[:at] + f"<{tag}>" * depth + page[at:] + f"</{tag}>" * draw.choice((0, depth))


def _repeat(page: str, draw: Draw) -> str:
    at = _place(page, draw)
    return page[:at] + page[at : at + draw.choice((10, 200, 2000))] * draw.choice((5, 50, 500)) + page[at:]


def _entities(page: str, draw: Draw) -> str:
    at = _place(page, draw)
    entity = draw.choice(("&amp;", "&a", "&#60;", "&#x3c;p&#x3e;", "&notin", "&#99999999;"))
    return page[:at] + entity * draw.choice((10, 5000)) + page[at:]


def _reencode(page: str, draw: Draw) -> str:
    written = page[:200_000].encode(draw.choice(ENCODINGS), "replace")
    return written.decode(draw.choice(("utf-8", "latin-1")), draw.choice(("replace", "surrogateescape")))


def _table(page: str, draw: Draw) -> str:
    at, rows = _place(page, draw), draw.choice((2, 30, 120))
    cell = f"<td colspan={draw.choice((1, 9, 1000))} rowspan={draw.choice((1, 9, 65534))}>x</td>"
    return f"{page[:at]}<table>{('<tr>' + cell * draw.choice((1, 12, 60))) * rows}</table>{page[at:]}"


def _linked_data(page: str, draw: Draw) -> str:
    data = draw.choice(LINKED_DATA)
    return f"<script type='application/ld+json'>{data}</script>{page}"


LINKED_DATA = (
    "[" * 5000,
    '{"@type":"NewsArticle","articleBody":' + "[" * 300,
    '{"@type":"Article","articleBody":"\\ud800' + "x" * 900 + '"}',
    '{"@type":["Article"],"author":{"name":{"name":1}},"datePublished":"99999-99-99","articleBody":null}',
    '{"@type":"Article","headline":"' + "\\u0000" * 300 + '","articleBody":"' + "word " * 500 + '"}',
    "nul",
    "1e9999",
)
CHANGES: tuple[Callable[[str, Draw], str], ...] = (
    _bit, _bit, _bit, _drop_tags, _double_tags, _rename_tags, _shuffle, _truncate, _attributes, _nest, _repeat,
    _entities, _reencode, _table, _linked_data,
)  # fmt: skip


def small_pages(writer: TextGenerator, count: int) -> list[str]:
    """Made-up pages of a few kilobytes: most mutants should be quick, so that there can be many."""
    pages = []
    for number in range(count):
        paragraphs = writer.story(60 + 40 * number).split("\n\n")
        story = "".join(f"<p class=x{n}>{text}</p>" for n, text in enumerate(paragraphs))
        head = f"<head><meta charset=utf-8><title>Page {number}</title><script>var a = '<p>';</script></head>"
        lists = "<ul>" + "".join(f"<li><a href='/{n}'>{writer.story(5)[:40]}</a></li>" for n in range(9)) + "</ul>"
        bar = "<div class=share>Share Facebook Twitter Whatsapp Email Permalink https://example.org/p</div>"
        quote = f"<blockquote>{writer.story(20)}</blockquote><table><tr><th>a<td>b</table><!-- note -->"
        pages.append(
            f"<!doctype html><html lang=en>{head}<body><nav>{lists}</nav><article><h1>Page {number}</h1>{bar}{story}"
            f"{quote}</article><aside>{lists}</aside><footer>© 2019</footer></body></html>"
        )
    return pages


@dataclass
class Outcome:
    """What became of the pages: how many ended how, seconds and seeds, and what should not have happened."""

    ends: Counter[str] = field(default_factory=Counter)
    spent: list[tuple[float, int]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def analysed(analyser: SandboxedAnalyser, page: str, *, url: str | None) -> Analysis:
    """Read a page as the service does. Raises what comes of it otherwise."""
    (outcome,) = analyser.analyse([AnalysisInput(html=encoded(page)[0], url=url)])
    if isinstance(outcome, TwicetoldError):
        raise outcome
    return outcome


def feed(analyser: SandboxedAnalyser, originals: list[str], large: list[str], seed: int, outcome: Outcome) -> None:
    """Make the page of a seed, read and clean it, and note how that ended."""
    draw = random.Random(seed)
    page = mutated(draw.choice(large if draw.random() < LARGE else originals), draw)
    started = time.perf_counter()
    try:
        cleaned = analysed(analyser, page, url=draw.choice((None, "https://example.org/a", "http://[", "x:y"))).cleaned
        cleaned.text.encode()
        outcome.ends["thin" if cleaned.thin else "read"] += 1
    except TwicetoldError as problem:
        outcome.ends[f"{type(problem).__name__}: {problem.detail.split(', the limit')[0][:70]}"] += 1
    except Exception as failure:
        outcome.wrong.append(f"seed {seed}: {failure!r:.200}")
    outcome.spent.append((time.perf_counter() - started, seed))


def main() -> None:
    """Mutate, read, and print what became of the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="one page, by its seed")
    parser.add_argument("--seconds", type=float, default=10.0)
    asked = parser.parse_args()
    originals, large = small_pages(TextGenerator(1), 12), [page.html for page in made_up_pages(2)]
    analyser = SandboxedAnalyser(FingerprintParameters(), PoolLimits(seconds=asked.seconds), children=1)
    good = analysed(analyser, originals[5], url=None).cleaned
    outcome = Outcome()
    first = asked.seed * 1_000_000
    for seed in [asked.only] if asked.only is not None else range(first, first + asked.pages):
        feed(analyser, originals, large, seed, outcome)
        if len(outcome.spent) % BETWEEN == 0:
            if analysed(analyser, originals[5], url=None).cleaned != good:
                outcome.wrong.append(f"after seed {seed} a good page was read otherwise")
            print(f"{len(outcome.spent)} pages, {len(outcome.wrong)} wrong", flush=True)
    analyser.close()
    for end, count in outcome.ends.most_common():
        print(f"{count:7} {end}")
    print("slowest: " + ", ".join(f"{seconds:.2f} s (seed {seed})" for seconds, seed in nlargest(5, outcome.spent)))
    print(f"{len(outcome.spent)} pages, {len(outcome.wrong)} wrong", *outcome.wrong[:20], sep="\n")


if __name__ == "__main__":
    main()
