"""What a story costs the store at ten thousand, a hundred thousand and a million stored.

    python -m bench.lookup [--url sqlite:///…] [--sizes 10000,100000,1000000] [--chunk 500]

Fills a store with made-up stories of 540 words (three in ten tell a text that was told before, in families of up to ten
thousand) and measures at each size, through the store's own methods: processor and wall time a story for chunks and for
single stories, bytes a story, memory of the process. Everything before the store (cleaning, fingerprints) and the exact
verification are left out: they cost the same at any size. The last column is a ratio within this one run.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from service.domain.model import Credits, Fingerprint, Match, Relation, Story
from service.store.open import migrate, open_store
from service.usecases.ports import Draft, Probe, Store

SCHEME = "bench"
WORDS, BANDS, PASSAGES = 540, 32, 64
START = datetime(2024, 1, 1, tzinfo=UTC)
FILL_CHUNK, MEASURED_CHUNKS, MEASURED_SINGLES = 1000, 8, 200


class Press:
    """Makes stories, new ones and retellings, from one seed."""

    def __init__(self, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        alphabet = np.array(list("abcdefghijklmnopqrstuvwxyz"))
        lengths = self._random.integers(2, 11, 30_000)
        self._vocabulary = ["".join(self._random.choice(alphabet, length)) for length in lengths]
        self._originals: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._made = 0

    def drafts(self, count: int) -> list[Draft]:
        return [self._draft() for _ in range(count)]

    def _draft(self) -> Draft:
        random = self._random
        if self._originals and random.random() < 0.3:
            # An old favourite or something recent: families from two to thousands.
            at = int(len(self._originals) * random.random() ** (4 if random.random() < 0.5 else 0.1))
            words, bands, passages = (part.copy() for part in self._originals[at])
            changed = random.integers(0, WORDS, 12)
            words[changed] = self._tokens(12)
            for keys, share in ((bands, 0.25), (passages, 0.15)):
                fresh = random.random(len(keys)) < share
                keys[fresh] = self._keys(int(fresh.sum()))
        else:
            words, bands, passages = self._tokens(WORDS), self._keys(BANDS), self._keys(PASSAGES)
            if len(self._originals) < 20_000:
                self._originals.append((words.astype(np.uint16), bands, passages))
        self._made += 1
        number, at = self._made, START + timedelta(seconds=self._made)
        source = f"source{int(1000 * random.random() ** 2)}.example"
        text = " ".join([self._vocabulary[token] for token in words.tolist()])
        return Draft(
            story=Story(
                id=f"{source}:{number:x}{int(random.integers(2**32)):x}", url=f"https://{source}/news/{number}",
                source=source, title=text[:60], published_at=at, received_at=at, language="en", version=1, words=WORDS,
                text=text, removed=(), credits=Credits(),
            ),
            url_key=f"{source}/news/{number}", input_digest=random.bytes(16),
            fingerprint=Fingerprint(
                words=words.astype(np.uint32) * np.uint32(2654435761), kinds=np.zeros(WORDS, np.uint8),
                digest=random.bytes(16), signature=np.empty(0, np.uint32), bands=bands, passages=np.unique(passages),
            ),
        )  # fmt: skip

    def _tokens(self, count: int) -> np.ndarray:
        return (len(self._vocabulary) * self._random.random(count) ** 3).astype(np.int64)

    def _keys(self, count: int) -> np.ndarray:
        return self._random.integers(-(2**63), 2**63, count)


def submit(store: Store, drafts: list[Draft]) -> None:
    """What a chunk does to the store, in the order of the use case."""
    published = store.publish(drafts, now=drafts[-1].story.received_at)
    probes = [
        Probe(key=publication.key, digest=draft.fingerprint.digest, url_key=draft.url_key,
              bands=draft.fingerprint.bands, passages=draft.fingerprint.passages)
        for draft, publication in zip(drafts, published, strict=True)
    ]  # fmt: skip
    hits = store.candidates(probes, limit=64)
    store.evidence(sorted({hit.key for found in hits for hit in found}))
    matches = [
        Match(a=probe.key or 0, b=hit.key, relation=Relation.REPRINT, why="J 0.86", jaccard=0.86, a_in_b=0.9,
              b_in_a=0.9, longest_run=80)
        for probe, found in zip(probes, hits, strict=True) for hit in found[:8]
    ]  # fmt: skip
    keys = [publication.key for publication in published]
    with store.recording() as recording:
        recording.save(matches)
        recording.finish(keys)
    store.matches_of(keys, limit=50)
    store.clusters_of(keys)


def fill(store: Store, drafts: list[Draft]) -> None:
    """Store stories without looking for their matches: what is measured next costs the same, the way there less."""
    published = store.publish(drafts, now=drafts[-1].story.received_at)
    with store.recording() as recording:
        recording.finish([publication.key for publication in published])


def measured(store: Store, chunks: Iterator[list[Draft]]) -> tuple[float, float, list[float]]:
    """Processor and wall milliseconds a story, and the wall times of each chunk."""
    walls, stories, processor = [], 0, 0.0
    for drafts in chunks:
        began, used = time.perf_counter(), time.process_time()
        submit(store, drafts)
        processor += time.process_time() - used
        walls.append(time.perf_counter() - began)
        stories += len(drafts)
    return 1000 * processor / stories, 1000 * sum(walls) / stories, walls


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--url", help="an empty store (default: SQLite in a temporary directory)")
    arguments.add_argument("--sizes", default="10000,100000")
    arguments.add_argument("--chunk", type=int, default=500)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        url = given.url or f"sqlite:///{directory}/store.db"
        migrate(url, scheme=SCHEME)
        store = open_store(url, scheme=SCHEME)
        press = Press()
        stored, first = 0, 0.0
        print("stored      ms/story cpu  ms/story wall  one story p50 / p99 ms  bytes/story  RSS MB  to the first size")
        for size in map(int, given.sizes.split(",")):
            began = time.perf_counter()
            while stored < size - MEASURED_CHUNKS * given.chunk:
                fill(store, press.drafts(FILL_CHUNK))
                stored += FILL_CHUNK
            filled = time.perf_counter() - began
            chunks = (press.drafts(given.chunk) for _ in range(MEASURED_CHUNKS))
            processor, wall, _ = measured(store, chunks)
            _, _, singles = measured(store, (press.drafts(1) for _ in range(MEASURED_SINGLES)))
            stored += MEASURED_CHUNKS * given.chunk + MEASURED_SINGLES
            first = first or processor
            p50, p99 = (1000 * float(np.quantile(singles, at)) for at in (0.5, 0.99))
            rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{stored:<11} {processor:12.3f}  {wall:13.3f}  {p50:11.1f} / {p99:8.1f}  "
                f"{store.stats().bytes / stored:11.0f}  {rss:6.0f}  {processor / first:8.2f}   "
                f"(filled in {filled:.0f} s)",
                flush=True,
            )
        store.close()


if __name__ == "__main__":
    main()
