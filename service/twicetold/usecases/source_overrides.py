"""What the operator wants cut or kept of a source, whatever the service would do."""

from __future__ import annotations

from collections.abc import Sequence

from twicetold.domain.model import Override
from twicetold.usecases.ports import Store


class SourceOverrides:
    """Keeps the overrides of sources. They count for what comes from now on, and for `twicetold reclean`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, source: str) -> Sequence[Override]:
        """The overrides of a source, which need not have stories yet."""
        with self._store.reading() as reading:
            return reading.overrides([source]).get(source, ())

    def put(self, source: str, overrides: Sequence[Override]) -> None:
        """Put these in place of all overrides of a source."""
        self._store.put_overrides(source, overrides)
