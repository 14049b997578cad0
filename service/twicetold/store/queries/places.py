"""What a writer holds while it decides where stories belong, so that several may at once.

The *place* of a story is the cluster it is in, or the story itself if it is in none. A place is held by locking its
row. Whoever reads ties, clusters or derivations of a story to decide by them, or writes them, holds its place, until
the transaction ends. To write a tie is to hold both its ends; to move a story is to hold the place it leaves and the
one it comes to; to say what derives from what is to hold both.

Two transactions that tie stories of one cluster never miss each other's ties. Each holds that cluster when it reads
the ties of its members, or the story that is about to come in, and holds it still when its own ties are committed. So
one of them holds it first; the other takes it after the first has committed, and reads after it has taken it, for each
statement sees what was committed when it began. What was read of a story before its place was held is read again
(`hold` says so). A tie that leads further is read on the side of a held story, and the story at its other end is held
before its own ties are: so the argument goes along every path.

Nothing locks each other out. What is known from the start (new stories and those they match) is taken first, waiting,
in one order for everybody: clusters by id, then stories by key. Whatever comes to light later is only taken if that
needs no waiting; else all is given back, and the work begins anew with the larger set taken first. After some tries
one transaction works alone (`postgres.locks`). Rows that recordings of unrelated stories share are written last, in one
order (`late_writes`). Publishing takes ids first, then clusters, then stories, and writes the same rows last.

The rows themselves are locked rather than numbers that stand for them: the server keeps a bounded table of advisory
locks for all connections, and with so few numbers that they fit (say 4096) two batches of 150 places meet by chance
150 · 150 / 4096 = 5 times. Locks on rows lie in the rows.
"""

from __future__ import annotations

from collections.abc import Iterable

from twicetold.store.port import Session


def hold(session: Session, stories: Iterable[int]) -> bool:
    """Hold the places of stories; returns whether any was not held before, so that what was read may be outdated."""
    locks = session.locks
    if locks is None:
        return False
    unknown = sorted(set(stories) - locks.places)
    taken = False
    while unknown:
        rows = session.rows(
            "SELECT key, cluster_id FROM stories WHERE key IN (SELECT value FROM each(:keys))", keys=unknown
        )
        clusters = {cluster_id for _, cluster_id in rows if cluster_id is not None}
        if not locks.take(clusters=clusters, stories=[key for key, cluster_id in rows if cluster_id is None]):
            break
        taken = True  # read again: one may have been moved by who held it before
    locks.places.update(unknown)
    return taken


def hold_rows(session: Session, stories: Iterable[int]) -> None:
    """Hold stories themselves, wherever they are, to write their rows: publishing does so, too."""
    if session.locks is not None:
        session.locks.take(stories=set(stories))


def hold_clusters(session: Session, clusters: Iterable[str]) -> None:
    """Hold clusters, to write of them what follows from their members."""
    if session.locks is not None:
        session.locks.take(clusters=set(clusters))


def made_clusters(session: Session, clusters: Iterable[str]) -> None:
    """Say that this transaction makes these clusters, or holds them already: nobody else sees them yet."""
    if session.locks is not None:
        for cluster_id in clusters:
            session.locks.made(cluster_id)
