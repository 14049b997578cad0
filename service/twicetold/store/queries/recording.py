"""The write transaction that puts matches on record: matches, clusters, learned boilerplate, deletion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from twicetold.domain.model import Match
from twicetold.store.port import Engine, Session
from twicetold.store.queries import boilerplate, candidates, components, placing
from twicetold.store.queries.publishing import drop_contents
from twicetold.store.queries.rows import MEMBER_COLUMNS, member
from twicetold.usecases.pipeline import BlockOccurrence, Component, Member, Neighbourhood, Placement, StoredFeatures

_MATCH_COLUMNS = "a, b, relation, why, strength, jaccard, a_in_b, b_in_a, longest_run"
_REPLACE_MATCH = "ON CONFLICT (a, b) DO UPDATE SET " + ", ".join(
    f"{column} = excluded.{column}" for column in _MATCH_COLUMNS.split(", ")[2:]
)


class SqlRecording:
    """Implements `ports.Recording` on one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def current(self, texts: Mapping[int, bytes]) -> set[int]:
        """Which stories still have their text."""
        rows = self._session.rows(
            "SELECT key, digest FROM stories WHERE key IN (SELECT value FROM each(:keys))", keys=sorted(texts)
        )
        return {key for key, digest in rows if digest == texts[key]}

    def save(self, matches: Sequence[Match]) -> None:
        """Store matches, from both sides."""
        if not matches:
            return
        both = {
            (seen.a, seen.b): seen
            for match in matches
            if match.a != match.b
            for seen in (match, match.seen_from(match.b))
        }
        self._session.insert("matches", _MATCH_COLUMNS, [
            (a, b, str(match.relation), match.why, match.strength, match.jaccard, match.a_in_b, match.b_in_a,
             match.longest_run)
            for (a, b), match in sorted(both.items(), key=lambda item: item[0])
        ], _REPLACE_MATCH)  # fmt: skip

    def tied(self, keys: Sequence[int], *, limit: int) -> dict[int, list[int]]:
        """What stories have matches with."""
        found: dict[int, list[int]] = {key: [] for key in keys}
        for key, other in self._session.rows(
            "SELECT a, b FROM (SELECT a, b, ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC) AS place FROM matches "
            "WHERE a IN (SELECT value FROM each(:keys))) AS ranked WHERE place <= :limit ORDER BY a, b",
            keys=keys, limit=limit,
        ):  # fmt: skip
            found[key].append(other)
        return found

    def drop_matches(self, keys: Sequence[int]) -> None:
        """Forget all matches of stories, from both sides."""
        self._session.run(
            "DELETE FROM matches WHERE b IN (SELECT value FROM each(:keys)) "
            "AND a IN (SELECT b FROM matches WHERE a IN (SELECT value FROM each(:keys)))",
            keys=keys,
        )
        self._session.run("DELETE FROM matches WHERE a IN (SELECT value FROM each(:keys))", keys=keys)

    def components(self, keys: Sequence[int], *, limit: int, unclustered: Sequence[int] = ()) -> list[Component]:
        """What hangs together around stories."""
        return components.components(self._session, keys, limit=limit, unclustered=unclustered)

    def neighbourhood(self, key: int, *, limit: int) -> Neighbourhood | None:
        """A story with its own ties and the clusters of those it is tied to."""
        return components.neighbourhood(self._session, key, limit=limit)

    def features(self, keys: Sequence[int]) -> dict[int, StoredFeatures]:
        """What verification needs of stories."""
        return candidates.features_of(self._session, keys)

    def cluster_members(self, cluster_ids: Sequence[str], *, limit: int) -> Sequence[Member]:
        """Canonical first, then the earliest, of each cluster."""
        found: list[Member] = []
        for cluster_id in dict.fromkeys(cluster_ids):
            rows = self._session.rows(
                f"SELECT {MEMBER_COLUMNS} FROM stories s JOIN clusters c ON c.canonical = s.key WHERE c.id = :id "
                "AND s.cluster_id = c.id",
                id=cluster_id,
            )
            canonical = rows[0][0] if rows else 0
            rows += self._session.rows(
                f"SELECT {MEMBER_COLUMNS} FROM stories s WHERE s.cluster_id = :id AND s.key <> :canonical "
                "ORDER BY s.seen_at, s.key LIMIT :limit",
                id=cluster_id, canonical=canonical, limit=limit - len(rows),
            )  # fmt: skip
            found += map(member, rows)
        return found

    def place(self, placement: Placement) -> None:
        """Apply a change of clusters."""
        placing.place(self._session, placement)

    def count_blocks(self, occurrences: Sequence[BlockOccurrence]) -> None:
        """Count blocks towards learned boilerplate."""
        boilerplate.count_blocks(self._session, occurrences)

    def finish(self, keys: Sequence[int]) -> None:
        """Mark stories as matched."""
        self._session.run("DELETE FROM unprobed WHERE key IN (SELECT value FROM each(:keys))", keys=keys)

    def lock(self, story_ids: Sequence[str]) -> list[int]:
        """Keys of stories, locked where that is needed; in the order of ids, as publishing locks them."""
        rows = self._session.rows(
            "SELECT key FROM story_ids WHERE id IN (SELECT value FROM each_text(:ids)) "
            f"ORDER BY id {self._session.for_update}",
            ids=list(story_ids),
        )
        return [key for (key,) in rows]

    def delete(self, keys: Sequence[int], *, now: datetime) -> None:
        """Remove stories with all their traces."""
        placing.leave(self._session, keys, at=now)
        self.drop_matches(keys)
        drop_contents(self._session, keys, for_good=True)
        chosen = "IN (SELECT value FROM each(:keys))"
        ids = [story_id for (story_id,) in self._session.rows(f"SELECT id FROM stories WHERE key {chosen}", keys=keys)]
        for table in ("revisions", "unprobed", "stories"):
            self._session.run(f"DELETE FROM {table} WHERE key {chosen}", keys=keys)
        self._session.run("DELETE FROM story_ids WHERE id IN (SELECT value FROM each_text(:ids))", ids=ids)


@contextmanager
def recording(engine: Engine) -> Iterator[SqlRecording]:
    """See `ports.Store.recording`."""
    with engine.recording() as session:
        yield SqlRecording(session)
