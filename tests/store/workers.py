"""What the processes of the concurrency tests do."""

from __future__ import annotations

import resource
import signal

from twicetold.domain.errors import Unavailable
from twicetold.store.open import migrate, open_store

from tests.store.samples import asked, draft, probe, publish

SCHEME = "affine32/128/seed 1/k 3/normaliser 2"


def publish_then_probe(url, name, numbers, barrier):
    """Publish one half of each pair at the same moment as the other process, then look for the other half."""
    store = open_store(url, scheme=SCHEME)
    found = []
    for number in numbers:
        text = f"pair {number} tells {number} things"
        barrier.wait()
        (publication,) = publish(store, draft(f"{name}:{number}", text))
        (hits,) = asked(store).candidates([probe(text, key=publication.key)], limit=200)
        found.append(any(hit.same_digest for hit in hits))
    store.close()
    return found


def publish_same_id(url, name, numbers, barrier):
    """Publish the same ids in another order than the other process."""
    store = open_store(url, scheme=SCHEME)
    barrier.wait()
    outcomes = [published.outcome for published in publish(store, *(draft(f"same:{number}") for number in numbers))]
    store.close()
    return outcomes


def migrate_together(url, barrier):
    barrier.wait()
    return migrate(url, scheme=SCHEME)


def publish_for_ever(url, acknowledged, name=""):
    """Tell each chunk of three stories that the store has acknowledged."""
    store = open_store(url, scheme=SCHEME)
    for number in range(10**6):
        publish(store, *(draft(f"{name}{number}:{part}", f"text {number} part {part}") for part in range(3)))
        acknowledged.send(number)


def publish_until_full(url, answers):
    """Run out of file size, then get more: as on a full disk, a write fails in the middle of a transaction."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = open_store(url, scheme=SCHEME)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    kept, refused = [], None
    for number in range(2000):
        try:
            publish(store, draft(f"a:{number}", f"story {number} " * 300, raw=str(number)))
        except Unavailable as error:
            refused = error.detail
            break
        kept.append(f"a:{number}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    publish(store, draft("after", "there is room again"))
    present = [story_id for story_id in [*kept, "after"] if asked(store).story(story_id) is not None]
    answers.send(
        (refused, len(kept), len(present), store.stats().stories, asked(store).story(f"a:{len(kept)}") is None)
    )
    store.close()


def take_turns(path, name, turns, log, barrier):
    """Hold the writer lock `turns` times without a pause between."""
    from pathlib import Path

    from twicetold.store.sqlite.lock import WriterLock

    lock = WriterLock(Path(path), timeout=60)
    barrier.wait()
    for _ in range(turns):
        with lock.held(), Path(log).open("a") as file:
            file.write(name)


def count_without_losing_any(path, counter, times):
    from pathlib import Path

    from twicetold.store.sqlite.lock import WriterLock

    lock = WriterLock(Path(path), timeout=60)
    for _ in range(times):
        with lock.held():
            Path(counter).write_text(str(int(Path(counter).read_text()) + 1))


def hold_for_ever(path, held):
    """Take the writer lock and tell so."""
    import time
    from pathlib import Path

    from twicetold.store.sqlite.lock import WriterLock

    with WriterLock(Path(path), timeout=60).held():
        held.send(True)
        while True:
            time.sleep(0.01)


def compact_and_stop(url, stage, told):
    """Flush the index of a PostgreSQL store until some stage, tell so and go no further."""
    import threading

    import psycopg
    from twicetold.store.postgres.arrays import adapters
    from twicetold.store.postgres.index import compaction

    def stop(*_, **__):
        told.send(True)
        threading.Event().wait()

    made = compaction.Compaction(lambda: psycopg.connect(url, context=adapters()))
    if stage == "blocks":
        copy, copied = compaction._copy, []

        def second(*values):
            if copied:
                stop()
            copied.append(copy(*values))

        compaction._WRITTEN_AT_ONCE = 2
        compaction._copy = second
    else:
        made._list = stop
    made.run(flush_at=1)
