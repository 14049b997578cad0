"""How PostgreSQL keeps columns of a few kilobytes; engines that only speak its language keep them their own way."""

from __future__ import annotations

import contextlib

import psycopg
from psycopg import errors

from twicetold.store.port import Row

_WIDE = {"bodies": ("body",), "evidence": ("words", "kinds"), "story_postings": ("postings",),
         "pages": ("page",), "posting_blocks": ("packed",), "index_filters": ("bits",)}  # fmt: skip
"""Compressed or random bytes: to be kept in the row, neither squeezed again nor cut into slices."""
_UNKNOWN = (errors.FeatureNotSupported, errors.SyntaxError, errors.InvalidParameterValue, errors.UndefinedObject)


def keep_wide_columns_in_rows(connection: psycopg.Connection[Row]) -> None:
    """Set the storage of wide columns where the engine has such a thing; elsewhere nothing happens."""
    for table, columns in _WIDE.items():
        kept = ", ".join(f"ALTER {column} SET STORAGE EXTERNAL" for column in columns)
        with contextlib.suppress(*_UNKNOWN), connection.transaction():
            connection.execute(f"ALTER TABLE IF EXISTS {table} {kept}, SET (toast_tuple_target = 8160)")
