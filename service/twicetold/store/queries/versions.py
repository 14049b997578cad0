"""The texts a story had: its revisions and the current one."""

from __future__ import annotations

from typing import NamedTuple

from twicetold.store.queries.listing import Queries, columns, page
from twicetold.store.queries.rows import moment, text_of
from twicetold.usecases.read_models import Page, Position, StoredVersion, VersionFace


class _FaceRow(NamedTuple):
    version: int
    received_at: int
    title: str | None
    word_count: int


class _VersionRow(NamedTuple):
    version: int
    received_at: int
    title: str | None
    word_count: int
    body: bytes


_EACH_FACE = (
    f"(SELECT {columns(_FaceRow)} FROM revisions WHERE key = :key UNION ALL "
    f"SELECT {columns(_FaceRow, received_at='changed_at', word_count='words')} FROM stories WHERE key = :key) each_one"
)
_EACH = (
    f"(SELECT {columns(_VersionRow)} FROM revisions WHERE key = :key UNION ALL "
    f"SELECT {columns(_VersionRow, 's', received_at='s.changed_at', word_count='s.words', body='b.body')} "
    "FROM stories s JOIN bodies b ON b.key = s.key WHERE s.key = :key) each_one"
)


class VersionQueries(Queries):
    """The part of `ports.Reading` about versions."""

    def versions(self, key: int, *, limit: int) -> list[StoredVersion]:
        rows = self._session.rows(
            f"SELECT {columns(_VersionRow)} FROM {_EACH} ORDER BY version DESC LIMIT :limit", key=key, limit=limit
        )
        return [_version(_VersionRow._make(row)) for row in reversed(rows)]

    def version(self, key: int, number: int) -> StoredVersion | None:
        sql = f"SELECT {columns(_VersionRow)} FROM {_EACH} WHERE version = :number"
        rows = self._session.rows(sql, key=key, number=number)
        return next((_version(_VersionRow._make(row)) for row in rows), None)

    def history(self, key: int, *, after: Position | None, limit: int) -> Page[VersionFace]:
        earlier = "" if after is None else "WHERE version < :before"
        rows = self._session.rows(
            f"SELECT {columns(_FaceRow)} FROM {_EACH_FACE} {earlier} ORDER BY version DESC LIMIT :limit",
            key=key,
            limit=limit + 1,
            **({} if after is None else {"before": after[0]}),
        )
        return page([_FaceRow._make(row) for row in rows], limit, _face, lambda row: (row.version,))


def _face(row: _FaceRow) -> VersionFace:
    return VersionFace(version=row.version, received_at=moment(row.received_at), title=row.title, words=row.word_count)


def _version(row: _VersionRow) -> StoredVersion:
    return StoredVersion(
        version=row.version,
        received_at=moment(row.received_at),
        title=row.title,
        words=row.word_count,
        text=text_of(row.body),
    )
