"""gunicorn as the command `twicetold serve` runs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gunicorn.app.wsgiapp import WSGIApplication

import twicetold

CONFIGURATION = "python:twicetold.server.gunicorn_conf"


class Server(WSGIApplication):  # type: ignore[misc]  # gunicorn ships no type information
    """gunicorn, but for its habit to import from the working directory, into which anybody may have put files."""

    def chdir(self) -> None:
        """Leave the directory as it is, and out of where modules are found: workers and children inherit that."""
        here, own = Path.cwd(), Path(twicetold.__file__).parents[1]
        sys.path[:] = [entry for entry in sys.path if Path(os.path.realpath(entry)) != here or here == own]


def run() -> None:
    """Serve until stopped."""
    sys.argv[1:] = ["--config", CONFIGURATION]
    Server("%(prog)s", prog="twicetold serve").run()
