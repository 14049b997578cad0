"""The pages that are kept with stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twicetold.store.port import Session
from twicetold.store.queries.listing import Queries
from twicetold.usecases.pipeline import Draft


def add_pages(session: Session, drafts: Mapping[int, Draft]) -> None:
    """Keep the pages of stories that have none."""
    session.insert("pages", "key, page", [(key, draft.page) for key, draft in drafts.items() if draft.page])


def drop_pages(session: Session, keys: Sequence[int]) -> None:
    """Delete the pages of stories."""
    session.run("DELETE FROM pages WHERE key IN (SELECT value FROM each(:keys))", keys=keys)


class PageQueries(Queries):
    """The part of `ports.Reading` about kept pages."""

    def pages(self, keys: Sequence[int]) -> dict[int, bytes]:
        sql = "SELECT key, page FROM pages WHERE key IN (SELECT value FROM each(:keys))"
        return {key: bytes(page) for key, page in self._session.rows(sql, keys=keys)}
