"""Builds the service from its settings; the only place that knows every part."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec.structs import replace

from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.matching.canonical import CanonicalPolicy
from twicetold.domain.urls import canonical_url
from twicetold.encoder import ModelEncoder
from twicetold.sandbox.analyser import SandboxedAnalyser
from twicetold.sandbox.permutations import drawn_apart
from twicetold.sandbox.pool import PoolLimits
from twicetold.settings import Settings
from twicetold.store.importing import Importing
from twicetold.store.open import begin_import as begin_store_import
from twicetold.store.open import distribute as distribute_store
from twicetold.store.open import migrate as migrate_store
from twicetold.store.open import open_store
from twicetold.store.open import restore as restore_store
from twicetold.store.port import Connections
from twicetold.usecases.application import Application, assemble
from twicetold.usecases.ports import Observer, Store

T = TypeVar("T")

_log = logging.getLogger(__name__)

_BESIDE_THREADS = 2
"""Connections to a database server for what is no request: housekeeping, and the check of readiness."""
_PATIENCE = 86_400.0
"""Seconds that work waits for a free child, and for its answer, where nobody waits for the work."""


class Watching(Protocol):
    """Gives what does as something does while its calls are watched; `name` says what it is."""

    def __call__(self, name: str, watched: T, /) -> T:
        """The same, watched."""


def unwatched(name: str, watched: T, /) -> T:  # noqa: ARG001  # nobody asks
    """The thing itself."""
    return watched


def build(
    settings: Settings, observer: Observer, *, any_settings: bool = False, watching: Watching = unwatched
) -> Application:
    """The use cases over the store and the limits that the settings name.

    Nothing is opened or started before first use, so a server may build before it forks. `any_settings` takes a store
    that was made with another seed or secret, to change that. `watching` looks at the calls of the store and of the
    sandbox.
    """
    parameters = fingerprint_parameters(settings)
    return assemble(
        watching("store", _store(settings, parameters, any_settings=any_settings)),
        watching("sandbox", _analyser(settings, children=settings.extraction_children, limits=PoolLimits())),
        parameters,
        now,
        observer,
        keep_pages=settings.keep_pages,
        encoder=ModelEncoder(Path(settings.encoder)) if settings.encoder else None,
    )


def _store(settings: Settings, parameters: FingerprintParameters, *, any_settings: bool) -> Store:
    return open_store(
        settings.store_url,
        scheme=parameters.identity,
        policy=CanonicalPolicy.parse(settings.canonical),
        connections=Connections(
            most=settings.store_connections or settings.threads + _BESIDE_THREADS, prepare=settings.store_prepare
        ),
        any_settings=any_settings,
    )


def analyser(settings: Settings, *, children: int) -> AbstractContextManager[SandboxedAnalyser]:
    """What looks at texts, for work without a store that can wait; ends its processes with the block."""
    patient = PoolLimits(wait=_PATIENCE, clock_seconds=_PATIENCE)
    return closing(_analyser(settings, children=children, limits=patient))


def _analyser(settings: Settings, *, children: int, limits: PoolLimits) -> SandboxedAnalyser:
    limits = replace(limits, seconds=settings.extraction_seconds, memory=settings.extraction_memory)
    return SandboxedAnalyser(fingerprint_parameters(settings), limits, children=children)


def preload(settings: Settings) -> None:
    """Load what is otherwise loaded with the first story: permutations and public suffixes.

    A server does so before it forks, so that workers share it.
    """
    with drawn_apart(fingerprint_parameters(settings)):
        canonical_url("https://www.example.org/")


def migrate(settings: Settings, tell: Callable[[str], None] = _log.info, *, any_settings: bool = False) -> list[str]:
    """Create the store or bring it up to date; returns the names of the steps that ran. Raises `IncompatibleStore`."""
    scheme = fingerprint_parameters(settings).identity
    return migrate_store(settings.store_url, scheme=scheme, tell=tell, any_settings=any_settings)


def distribute(settings: Settings) -> list[str]:
    """Spread a store over the nodes of Citus; returns the tables that were moved. Raises `IncompatibleStore`."""
    return distribute_store(settings.store_url, scheme=fingerprint_parameters(settings).identity)


def restore(settings: Settings, backup: Path) -> None:
    """Fill a new store from a backup. Raises `Invalid` or `IncompatibleStore` where that cannot be."""
    restore_store(backup, settings.store_url, scheme=fingerprint_parameters(settings).identity)


def begin_import(settings: Settings, run: str) -> Importing:
    """Begin to fill an empty store from a bulk run, or go on; see `store.open.begin_import`."""
    scheme = fingerprint_parameters(settings).identity
    return begin_store_import(run, settings.store_url, scheme=scheme, policy=CanonicalPolicy.parse(settings.canonical))


def fingerprint_parameters(settings: Settings) -> FingerprintParameters:
    """What signatures are made with."""
    return FingerprintParameters(seed=settings.signature_seed, secret=settings.signature_secret.encode())


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
