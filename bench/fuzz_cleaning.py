"""Texts made up against the rules of cleaning: words that rules look for, signs, digits, scripts, in any order.

    python -m bench.fuzz_cleaning [--minutes 10]

Each text must come back whole, as what was kept and what was cut, in a time that its length accounts for. Hypothesis
makes the texts, and shrinks one that fails before it is printed.
"""

from __future__ import annotations

import argparse
import time

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.lexicon.rule import NEUTRAL, languages, rules
from twicetold.domain.cleaning.offsets import restored
from twicetold.domain.cleaning.paragraphs import lower

ROUND = 500
"""Examples after which the clock is looked at."""
LONGEST = 64_000
SECONDS = 0.5
"""Processor time that a text of the longest size may take: ten times what news takes."""

EVERY_RULE = [rule for language in (NEUTRAL, *sorted(languages())) for rule in rules(language)]
PIECES = [
    *(word for rule in EVERY_RULE for word in (*rule.words, *rule.hints)),
    *(rule.drop for rule in EVERY_RULE),
    *(lower(rule.keep) for rule in EVERY_RULE),
]
SIGNS = [*" \n\t.,:;!?…-–—/|()[]\"'“”«»。、·•©@#%&*_=<>", "\n\n", "\u00a0", "\u200b", "\u202e", "\u0301", "...", "- "]

PIECE = st.sampled_from(PIECES) | st.sampled_from(SIGNS) | st.text(max_size=12) | st.integers(0, 10**9).map(str)
REPEATED = st.tuples(st.lists(PIECE, min_size=1, max_size=4).map("".join), st.integers(1, LONGEST)).map(
    lambda drawn: (drawn[0] * drawn[1])[:LONGEST]
)
TEXTS = st.lists(st.lists(PIECE, max_size=40).map(" ".join) | REPEATED, max_size=6).map("\n".join)


class Found(AssertionError):
    """A text that cleaning does not bear."""


def check(text: str, title: str, language: str | None) -> None:
    """Clean a text, and see that nothing got lost and no time was."""
    text = text[:LONGEST]
    started = time.process_time()
    cleaned = clean(text, title=title, language=language)
    spent = time.process_time() - started
    if spent > SECONDS:
        raise Found(f"{spent:.2f} s for {len(text)} characters")
    if restored(cleaned.text, cleaned.removed) != text:
        raise Found("what was kept and what was cut are not the text")


def main() -> None:
    """Go on until the time is up or a text fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    end = time.monotonic() + 60 * parser.parse_args().minutes
    clean("The harbour froze on Monday.")
    rounds = 0
    while time.monotonic() < end:
        rounds += 1
        run = settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )(given(TEXTS, st.text(max_size=60), st.sampled_from([None, *sorted(languages())]))(check))
        seed(time.time_ns())(run)()
        print(f"{rounds * ROUND:,} texts", flush=True)


if __name__ == "__main__":
    main()
