"""The WSGI application of one worker process, built after the fork."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from twicetold.bootstrap import build
from twicetold.domain.errors import Unauthorised
from twicetold.observability.logs import log_request
from twicetold.observability.metrics import CONTENT_TYPE, Metrics
from twicetold.observability.traces import Traces
from twicetold.server.admission import Head
from twicetold.server.housekeeping import Housekeeper
from twicetold.server.receiving import leaving, stopping
from twicetold.settings import Settings
from twicetold.web.app import create_app
from twicetold.web.keys import Keys, plain_keys, read_keys
from twicetold.web.options import RequestSummary, WebHooks, WebOptions


class Service:
    """Everything one worker holds: the use cases, the web application over them, the log around it, housekeeping."""

    def __init__(self, settings: Settings, traces: Traces | None = None) -> None:
        listed = tuple(read_keys(Path(settings.keys_file))) if settings.keys_file else ()
        self._keys = Keys([*plain_keys(settings.api_keys), *listed])
        self._metrics = Metrics()
        shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")  # of all workers of a server
        self._traces = traces or Traces.of_environment()
        self._application = build(settings, self._traces.observer(self._metrics), watching=self._traces.watched)
        app = create_app(
            self._application,
            options=WebOptions(
                api_keys=settings.api_keys,
                keys=listed,
                rates=Path(shared) if shared else None,
                max_body=settings.max_body,
                max_batch_body=settings.max_batch_body,
                max_spool=settings.spool,
                body_silence=settings.body_seconds,
                batch_chunk=settings.batch_chunk,
                ui=settings.ui == "on",
                trusted_proxies=settings.trusted_proxies,
                cors_origins=settings.cors_origins,
            ),
            hooks=WebHooks(
                observe=self._observe, stopping=stopping.is_set, leaving=leaving.is_set, metrics=self._exposition
            ),
        )
        self._answer = self._traces.around(app)
        self._housekeeper = Housekeeper(
            self._application,
            Path(shared or tempfile.gettempdir()) / "housekeeping.lock",
            seconds=settings.housekeeping_seconds,
            retention=timedelta(days=settings.retention_days) if settings.retention_days else None,
            changes_kept=timedelta(days=settings.changes_days),
        )
        self._housekeeper.start()
        self._application.readiness.start()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        return self._answer(environ, start_response)

    def admits(self, head: Head) -> bool:
        """Whether a request that has a body is served, going by its key; people send theirs in a form."""
        if head.form:
            return True
        try:
            self._keys.find(head.authorization.decode("latin-1"))
        except Unauthorised:
            return False
        return True

    def _observe(self, request: RequestSummary) -> None:
        self._metrics.served(request)
        self._traces.served(request)
        log_request(request)

    def _exposition(self) -> tuple[bytes, str]:
        return self._metrics.exposition(self._application.store.stats), CONTENT_TYPE

    def close(self) -> None:
        """End threads, extraction processes and store connections."""
        self._housekeeper.stop()
        self._application.close()
        self._traces.close()


def load() -> Service:
    """Build the service from the settings in the environment."""
    return Service(Settings.load(os.environ))
