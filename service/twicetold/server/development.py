"""The service in one process that starts anew when its code changes: `twicetold serve --reload`.

For developers alone: none of the bounds that `server.worker` sets for clients hold here.
"""

from __future__ import annotations

import sys
from logging.config import dictConfig

from werkzeug.exceptions import NotFound
from werkzeug.serving import WSGIRequestHandler, is_running_from_reloader, run_simple

from twicetold import bootstrap
from twicetold.observability.logs import configuration
from twicetold.server.wsgi import Service
from twicetold.settings import Settings


class _Quiet(WSGIRequestHandler):
    """Leaves the line of a request to the service's own log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


def run(settings: Settings) -> None:
    """Serve until stopped."""
    # The process that watches the files answers nothing; it starts this command once more for that.
    application = _service(settings) if is_running_from_reloader() else NotFound()
    run_simple(settings.host, settings.port, application, use_reloader=True, threaded=True, request_handler=_Quiet)


def _service(settings: Settings) -> Service:
    dictConfig(configuration(settings.log_level, terminal=sys.stderr.isatty()))
    bootstrap.migrate(settings)
    bootstrap.preload(settings)
    return Service(settings)
