"""A server of its own for a measurement, a test or the demo: fresh store, free port, real worker processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

START_SECONDS = 120
TWICETOLD = (sys.executable, "-P", "-m", "twicetold.cli")
"""The command as it is installed: nothing is imported from the working directory."""


class Server:
    """`twicetold serve` on a free port. Further settings are given by their names in lower case.

    `log` holds what it wrote to standard error, `greeting` what it wrote to standard output.
    """

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.port = _free_port()
        self.log = folder / "server.log"
        self.greeting = folder / "greeting.txt"
        given = {"port": self.port, "workers": 2, "store_url": f"sqlite:///{folder}/stories.db"} | settings
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("TWICETOLD_")}
        self._environment |= {f"TWICETOLD_{name.upper()}": str(value) for name, value in given.items()}
        # A server that is installed starts from compiled code; what developers set for themselves is no part of that.
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start, or start again over the same store; returns when it is ready."""
        with self.log.open("ab") as log, self.greeting.open("ab") as greeting:
            self._process = subprocess.Popen(
                [*TWICETOLD, "serve"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=greeting,
                stderr=log,
                start_new_session=True,  # so that `kill` reaches every process of it
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process

    def ready(self) -> bool:
        """Whether it answers, and finds its store in order."""
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except (OSError, HTTPException):
            return False

    def command(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run another command of `twicetold` with the same settings, and further environment variables."""
        return subprocess.run(
            [*TWICETOLD, *arguments],
            env=self._environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    @property
    def pid(self) -> int:
        """Process id of the arbiter."""
        return self._running.pid

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        return [int(pid) for pid in children.split()]

    def stop(self) -> int:
        """Ask it to stop, as an operator does, and wait; the exit status."""
        self._running.send_signal(signal.SIGTERM)
        return self._running.wait(timeout=90)

    def terminate(self) -> None:
        """Ask it to stop without waiting."""
        self._running.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill every process of it at once, with no chance to finish anything."""
        if self._process:
            with contextlib.suppress(ProcessLookupError):  # has ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def connect(self, *, timeout: float = 60) -> HTTPConnection:
        """A connection to it."""
        return HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """One request on a connection of its own; its status, and its answer decoded if it is JSON."""
        connection = self.connect()
        try:
            content = None if body is None else json.dumps(body)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, content, {"Content-Type": "application/json"} | named)
            answer = connection.getresponse()
            text = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(text) if is_json else text.decode()
        finally:
            connection.close()

    def batch(self, stories: Iterable[object]) -> Iterator[dict[str, Any]]:
        """Post a batch; its lines as they arrive, until the server ends it or dies."""
        connection = self.connect()
        lines = b"".join(json.dumps(story).encode() + b"\n" for story in stories)
        headers = {"Content-Type": "application/x-ndjson", "Prefer": "return=minimal"}
        try:
            connection.request("POST", "/v1/stories/batch", lines, headers)
            for line in connection.getresponse():
                if line.endswith(b"\n"):
                    yield json.loads(line)
        except (OSError, HTTPException):
            return
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
