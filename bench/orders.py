"""Whether answers follow from the stories alone: the same stories in many orders, compared.

    python -m bench.orders [--orders 20] [--postgres] [--seed 1]

Made-up stories with trusted dates: a crowd of 100 copies with up to a fifth of the words changed, a wire with its
versions and reprints, furniture and footers of sources, a running subject with its background, quotations and excerpts.
Each order comes in other chunks; some stories are deleted on the way and posted again. When the backlog is empty and
housekeeping has nothing left to do, texts, matches, clusters and canonical stories are held against those of the first.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from twicetold import bootstrap
from twicetold.domain.model import Submission
from twicetold.domain.urls import canonical_url
from twicetold.observability.metrics import Metrics
from twicetold.settings import Settings
from twicetold.usecases.application import Application

from bench.generated_text import TextGenerator
from bench.ingest import fresh
from bench.postgres_server import PostgresServer

FIRST = datetime(2026, 3, 2, 6, tzinfo=UTC)


class State(NamedTuple):
    """What a store answers: texts and canonical stories by story id, matches by pair, clusters as sets of members."""

    texts: dict[str, str]
    matches: dict[tuple[str, str], str]
    clusters: dict[frozenset[str], str]


class MixedStories:
    """Stories of many kinds, the same for the same seed."""

    def __init__(self, seed: int, *, copies: int = 100) -> None:
        self._draw = random.Random(seed)
        self._writer = TextGenerator(seed=seed)
        self._copies = copies
        self._made = 0

    def __iter__(self) -> Iterator[Submission]:
        yield from self._crowd()
        yield from self._wire()
        yield from self._furnished()
        yield from self._running_subject()
        yield from self._quoted()

    def _crowd(self) -> Iterator[Submission]:
        words = self._writer.story(220).split(" ")
        for number in range(self._copies):
            changed = self._draw.uniform(0, 0.2)
            copy = [self._draw.choice(self._writer.vocabulary) if self._draw.random() < changed else w for w in words]
            yield self._story(f"crowd-{number}", " ".join(copy), f"outlet-{number % 40}.example")

    def _wire(self) -> Iterator[Submission]:
        event = self._writer.event()
        first, second, third = (self._writer.story(90, event) for _ in range(3))
        told = [f"{first}\n\n{second}", f"{first}\n\n{second}\n\n{third}", f"{first}\n\n{third}"]
        for number, text in enumerate(told):
            yield self._story(f"wire-{number}", text, "wire.example", url="https://wire.example/story")
        for number in range(4):
            own = self._writer.sentence(event)
            yield self._story(f"reprint-{number}", f"{told[number % 3]}\n\n{own}", f"paper-{number}.example")

    def _furnished(self) -> Iterator[Submission]:
        sentence = " ".join(self._writer.sentence(self._writer.event()) for _ in range(2))
        footer = self._writer.story(80)
        for number in range(7):
            within, below = self._writer.story(130), self._writer.story(130)
            yield self._story(f"within-{number}", f"{within} {sentence}", "gazette.example")
            yield self._story(f"below-{number}", f"{below}\n\n{footer}", "courier.example")

    def _running_subject(self) -> Iterator[Submission]:
        trial = self._writer.event()
        background = " ".join(self._writer.sentence(trial) for _ in range(3))
        for number in range(5):
            about = f"Lawyers told {' and '.join(trial.names[:4])} of it. {self._writer.story(120, trial)}"
            yield self._story(f"trial-{number}", f"{about}\n\n{background}", "courier.example")
        yield self._story("trial-copy", f"{about}\n\n{background}", "herald.example")

    def _quoted(self) -> Iterator[Submission]:
        whole = self._writer.story(200)
        quotation = " ".join(whole.split()[60:110])
        yield self._story("whole", whole, "herald.example")
        yield self._story("excerpt", whole[: len(whole) // 2], "paper-1.example")
        yield self._story("quoting", f"{self._writer.story(150)}\n\n{quotation}", "paper-2.example")

    def _story(self, story_id: str, text: str, source: str, url: str | None = None) -> Submission:
        self._made += 1
        published = FIRST + timedelta(minutes=self._draw.randrange(20 * 24 * 60))
        key = canonical_url(url) if url else None
        return Submission(id=story_id, text=text, source=source, url=url, url_key=key, published_at=published)


def post(application: Application, stories: Sequence[Submission], order: random.Random) -> None:
    """Submit stories in some order, in chunks of some size, and a sixth of them again after they were deleted."""
    stories = order.sample(stories, len(stories))
    again = order.sample(stories, len(stories) // 6)
    at = 0
    while at < len(stories):
        size = order.choice((1, 1, 2, 5, 20, 60))
        application.submit.submit(stories[at : at + size], passages=False)
        at += size
        if order.random() < 0.1:
            application.settling.round()
    for story in again:
        application.forgetting.delete(story.id or "")
    application.submit.submit(again, passages=False)


def settle(application: Application) -> None:
    """Let housekeeping do all that is left to do."""
    application.submit.match_backlog(patience=timedelta(0))
    application.settling.all()


def state(application: Application, stories: Sequence[Submission]) -> State:
    """What a store answers of stories."""
    texts: dict[str, str] = {}
    matches: dict[tuple[str, str], str] = {}
    members: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    with application.store.reading() as reading:
        for submission in stories:
            stored = reading.story(submission.id or "")
            if stored is None:
                continue
            texts[stored.story.id] = stored.story.text
            for one in reading.matches(stored.key, limit=1000).items:
                matches[stored.story.id, one.story_id] = f"{one.match.relation} {one.match.jaccard:.3f}"
            if stored.cluster:
                members[stored.cluster.id, stored.cluster.canonical_id].add(stored.story.id)
    return State(texts, matches, {frozenset(ids): canonical for (_, canonical), ids in members.items()})


def differences(one: State, other: State) -> list[str]:
    """What two stores answer differently, in sentences."""
    found = [f"text of {story}" for story in sorted(one.texts.keys() | other.texts.keys())
             if one.texts.get(story) != other.texts.get(story)]  # fmt: skip
    found += [
        f"match {a} {b}: {one.matches.get((a, b))} and {other.matches.get((a, b))}"
        for a, b in sorted(one.matches.keys() | other.matches.keys())
        if a < b and one.matches.get((a, b)) != other.matches.get((a, b))
    ]
    clusters = one.clusters.keys() | other.clusters.keys()
    found += [
        f"cluster of {len(ids)} {sorted(ids)[:8]}: {one.clusters.get(ids)} and {other.clusters.get(ids)}"
        for ids in sorted(clusters, key=sorted)
        if one.clusters.get(ids) != other.clusters.get(ids)
    ]
    return found


def main() -> None:
    """Compare orders."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--copies", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    stories = list(MixedStories(given.seed, copies=given.copies))
    print(f"{len(stories)} stories")
    first: State | None = None
    changed = 0
    with ExitStack() as opened:
        server = PostgresServer() if given.postgres else None
        if server:
            opened.callback(server.remove)
        for number in range(given.orders):
            folder = opened.enter_context(tempfile.TemporaryDirectory())
            url = fresh(server) if server else f"sqlite:///{folder}/stories.db"
            settings = Settings.load({"TWICETOLD_STORE_URL": url})
            bootstrap.migrate(settings)
            application = bootstrap.build(settings, Metrics())
            with closing(application):
                post(application, stories, random.Random(number))
                settle(application)
                now = state(application, stories)
            first = first or now
            found = differences(first, now)
            changed += bool(found)
            sizes = sorted(map(len, now.clusters))
            print(f"order {number}: {len(now.matches) // 2} matches, {sizes}; {len(found)} differences", flush=True)
            for sentence in found[:12]:
                print(f"    {sentence}")
    print(f"{changed} of {given.orders} orders change an answer")


if __name__ == "__main__":
    main()
