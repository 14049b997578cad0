"""gunicorn as the command `twicetold serve` runs it."""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path

from gunicorn.app.wsgiapp import WSGIApplication

import twicetold
from twicetold.domain.errors import TwicetoldError
from twicetold.settings import Settings

CONFIGURATION = "python:twicetold.server.gunicorn_conf"


class Server(WSGIApplication):  # type: ignore[misc]  # gunicorn ships no type information
    """gunicorn, but for its habit to import from the working directory, into which anybody may have put files."""

    def chdir(self) -> None:
        """Leave the directory as it is, and out of where modules are found: workers and children inherit that."""
        here, own = Path.cwd(), Path(twicetold.__file__).parents[1]
        sys.path[:] = [entry for entry in sys.path if Path(os.path.realpath(entry)) != here or here == own]


def run(settings: Settings) -> None:
    """Serve until stopped. Raises `PortTaken`."""
    _check_port(settings.host, settings.port)
    sys.argv[1:] = ["--config", CONFIGURATION]
    Server("%(prog)s", prog="twicetold serve").run()


class PortTaken(TwicetoldError):
    """Something else listens where the service was to."""


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(
                    f"port {port} is taken on {host}; stop what listens there, or set another --port"
                ) from None
            raise PortTaken(f"the service cannot listen on {host}, port {port}: {error.strerror}") from None
