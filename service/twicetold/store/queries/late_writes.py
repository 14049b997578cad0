"""What a transaction writes last: rows that transactions about unrelated stories write, too.

Counters of sources and hours, queues of housekeeping: a row is held from when it is written until the commit. So it is
all collected and written at the end, in one order for everybody, tables as below and rows by key.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from twicetold.store.port import Session
from twicetold.store.queries.counting import Counts
from twicetold.store.queries.rows import SEASON_BITS


class LateWrites:
    """Collects until `write`."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._matched: set[int] = set()
        self._outdated: set[int] = set()
        self._settled: set[int] = set()
        self._unsettled: set[int] = set()
        self._unlearned: set[tuple[str, int]] = set()
        self._learned: set[tuple[str, int, int]] = set()

    def receive(self, session: Session, keys: Sequence[int]) -> None:
        """Stories were matched: those that are for the first time are counted, and all may have more to teach."""
        rows = session.rows(
            "SELECT s.source, s.received_at, s.draw >> :bits, COALESCE(u.counted, 1) FROM stories s "
            "LEFT JOIN unprobed u ON u.key = s.key WHERE s.key IN (SELECT value FROM each(:keys))",
            bits=SEASON_BITS,
            keys=keys,
        )
        for source, received_at, season, counted in rows:
            self._unlearned.add((source, season))
            if not counted:
                self.counts.of_reception(source, received_at, 1)
        self.matched(keys)

    def matched(self, keys: Iterable[int]) -> None:
        """Stories wait for matching no more."""
        self._matched.update(keys)

    def outdate(self, keys: Iterable[int]) -> None:
        """Have stories matched anew by housekeeping."""
        self._outdated.update(map(int, keys))

    def settled(self, keys: Iterable[int]) -> None:
        """The clusters around stories were made anew."""
        self._settled.update(keys)

    def unsettle(self, keys: Iterable[int]) -> None:
        """Have the clusters around stories made anew by housekeeping."""
        self._unsettled.update(keys)

    def unlearn(self, session: Session, keys: Sequence[int]) -> None:
        """Say that the seasons of stories have others by now than they were learned from, or will have."""
        self._unlearned.update(
            session.rows(
                "SELECT DISTINCT source, draw >> :bits FROM stories WHERE key IN (SELECT value FROM each(:keys))",
                bits=SEASON_BITS,
                keys=keys,
            )
        )

    def learned(self, source: str, season: int, note: int) -> None:
        """What a season teaches is on record, of the stories it had when this note of it was read."""
        self._learned.add((source, season, note))

    def write(self, session: Session) -> None:
        """Write all of it; but for the log of changes nothing comes after."""
        if self._matched:
            session.run("DELETE FROM unprobed WHERE key IN (SELECT value FROM each(:keys))", keys=sorted(self._matched))
        if self._outdated:
            session.run(_NOTED.format("outdated"), keys=sorted(self._outdated))
        if self._settled:
            session.run(
                "DELETE FROM unsettled WHERE key IN (SELECT value FROM each(:keys))", keys=sorted(self._settled)
            )
        if self._unsettled:
            session.run(_NOTED.format("unsettled"), keys=sorted(self._unsettled))
        note = secrets.randbits(62)  # tells these notes from all others
        session.insert(
            "unlearned",
            "source, season, noted",
            [(*season, note) for season in sorted(self._unlearned)],
            "ON CONFLICT (source, season) DO UPDATE SET noted = excluded.noted",
        )
        for source, season, note in sorted(self._learned):
            session.run(
                "DELETE FROM unlearned WHERE source = :source AND season = :season AND noted = :note",
                source=source,
                season=season,
                note=note,
            )
        self.counts.write(session)


_NOTED = (
    "INSERT INTO {} (key) SELECT key FROM stories WHERE key IN (SELECT value FROM each(:keys)) "
    "ORDER BY key ON CONFLICT (key) DO NOTHING"
)
"""Notes stories in a queue, those that are there."""
