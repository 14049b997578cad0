"""What operators want of sources."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from twicetold.domain.model import Override
from twicetold.store.port import Session
from twicetold.store.queries.listing import Queries

_decode = msgspec.json.Decoder(tuple[Override, ...]).decode


def put_overrides(session: Session, source: str, overrides: Sequence[Override]) -> None:
    """What `ports.Store.put_overrides` does, in the caller's write transaction."""
    if not overrides:
        session.run("DELETE FROM overrides WHERE source = :source", source=source)
        return
    again = "ON CONFLICT (source) DO UPDATE SET rules = excluded.rules"  # two people may put some at once
    session.insert("overrides", "source, rules", [(source, msgspec.json.encode(overrides).decode())], again)


class OverrideQueries(Queries):
    """The part of `ports.Reading` about what operators want."""

    def overrides(self, sources: Sequence[str]) -> dict[str, tuple[Override, ...]]:
        sql = "SELECT source, rules FROM overrides WHERE source IN (SELECT value FROM each_text(:sources))"
        return {source: _decode(rules) for source, rules in self._session.rows(sql, sources=list(sources))}
