"""The stories that hold a key of the index, where very many do.

A key of more than CROWD stories is a text with many copies, a form, a famous quotation or boilerplate. Two stories are
candidates of each other by such a key only if one of them represents it: it is among the first that were told of those
that hold it. Which these are follows from the stories, not from when they came. Where a story changes it, or a key
comes to be held by very many or ceases to be, all that hold the key are matched anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from twicetold.domain.fingerprint.shingles import distinct, leading
from twicetold.domain.matching.clusters import told_before
from twicetold.domain.matching.parameters import CROWD, REPRESENTATIVES
from twicetold.domain.model import Keys
from twicetold.store.port import Session
from twicetold.store.queries.indexing import stored_postings
from twicetold.store.queries.rows import MEMBER_COLUMNS, member, stamp

POSTINGS_READ = 256
"""Postings read of one key, the earliest by reception: beyond so many it is told from these who represents a key."""


class Holders(NamedTuple):
    """Who holds keys: a row for each key and story, in the order of the keys.

    positions: places of the keys among those asked for. counts: by key, how many stories hold it, up to POSTINGS_READ.
    standing: whether the story counts for the key: all do of a key of few, of others those that represent it.
    """

    positions: NDArray[np.intp]
    stories: Keys
    counts: NDArray[np.intp]
    standing: NDArray[np.bool_]


class Findable(Protocol):
    """What of `store.port.Postings` finds."""

    def find(self, keys: Keys, *, cap: int) -> tuple[NDArray[np.intp], Keys]:
        """See `store.port.Postings.find`."""


Ranks = Callable[[Keys], NDArray[np.int64]]
"""Gives each of some stories its place among them by when they were told."""


def holders(postings: Findable, keys: Keys, ranks: Ranks | None) -> Holders:
    """The stories under `keys` (sorted, unique); without `ranks` all count."""
    positions, stories = postings.find(keys, cap=POSTINGS_READ)
    counts = np.bincount(positions, minlength=len(keys))
    standing = np.ones(len(stories), dtype=np.bool_)
    crowded = (counts > CROWD)[positions].nonzero()[0]
    if ranks is not None and len(crowded):
        order = np.lexsort((ranks(stories[crowded]), positions[crowded]))
        first = leading(positions[crowded][order], REPRESENTATIVES)
        standing[crowded[order[~first]]] = False
    return Holders(positions, stories, counts, standing)


def ranks(session: Session, stories: Keys) -> NDArray[np.int64]:
    """The place of each story among all of them by when they were told."""
    different = distinct(stories)
    rows = session.rows(
        f"SELECT {MEMBER_COLUMNS} FROM stories s WHERE s.key IN (SELECT value FROM each(:keys))", keys=different
    )
    told = sorted(map(member, rows), key=told_before)
    places = np.full(len(different), len(different), dtype=np.int64)
    places[np.searchsorted(different, [one.key for one in told])] = np.arange(len(told))
    return places[np.searchsorted(different, stories)]


def sharers(session: Session, changing: Sequence[int]) -> Keys:
    """All whose candidates change with stories that came, or are about to go or to change.

    Nothing may have been entered into the index or taken from it in this transaction.
    """
    none = np.empty(0, np.int64)
    if not changing:
        return none
    sql = "SELECT key, postings FROM story_postings WHERE key IN (SELECT value FROM each(:keys))"
    keys, stories = stored_postings(session.rows(sql, keys=changing))
    asked = distinct(keys)
    positions, _ = session.postings.find(asked, cap=CROWD + 1)
    crowded = asked[np.bincount(positions, minlength=len(asked)) > CROWD]
    if not len(crowded):
        return none
    held = holders(session.postings, crowded, partial(ranks, session))
    moved = np.isin(held.stories, stories)
    without = held.counts - np.bincount(held.positions[moved], minlength=len(crowded))
    represented = np.bincount(held.positions[moved & held.standing], minlength=len(crowded)) > 0
    affected = (represented | (without <= CROWD))[held.positions]
    return distinct(held.stories[affected])


def enter_anew(session: Session, *, since: datetime) -> None:
    """Enter all stories that came or changed since then into the index once more, and have them matched anew."""
    rows = session.rows(
        "SELECT key FROM stories WHERE received_at >= :since OR version > 1 AND changed_at >= :since ORDER BY key",
        since=stamp(since),
    )
    stories = np.array([key for (key,) in rows], np.int64)
    session.run(
        "INSERT INTO outdated (key) SELECT value FROM each(:keys) ON CONFLICT (key) DO NOTHING", keys=stories.tolist()
    )
    session.postings.remove(stories)
    session.postings.add(stories)


def candidates_among(session: Session, story: int, others: Sequence[int]) -> set[int]:
    """Which of others are candidates of a story by the keys that they share."""
    rows = session.rows(
        "SELECT key, postings FROM story_postings WHERE key IN (SELECT value FROM each(:keys))", keys=[story, *others]
    )
    keys, stories = stored_postings(rows)
    own = distinct(keys[stories == story])
    held, open_to_all = _held(session, own, story)
    found = set(stories[np.isin(keys, own[open_to_all])].tolist())
    return (found | set(held.stories[held.standing].tolist())).intersection(others) - {story}


def passed_over(session: Session, story: int) -> int:
    """How many stories share a key with one and are no candidates of it; of each key POSTINGS_READ are seen."""
    rows = session.rows("SELECT key, postings FROM story_postings WHERE key = :key", key=story)
    held, open_to_all = _held(session, distinct(stored_postings(rows)[0]), story)
    candidates = held.stories[held.standing | open_to_all[held.positions]]
    return len(np.setdiff1d(held.stories, np.append(candidates, story)))


def _held(session: Session, keys: Keys, story: int) -> tuple[Holders, NDArray[np.bool_]]:
    """Who holds a story's keys, and which of these make candidates of all that hold them."""
    held = holders(session.postings, keys, partial(ranks, session))
    represents = np.zeros(len(keys), dtype=np.bool_)
    represents[held.positions[held.standing & (held.stories == story)]] = True
    return held, (held.counts <= CROWD) | represents
