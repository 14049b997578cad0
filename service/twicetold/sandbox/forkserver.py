"""Starting the forkserver and getting children from it."""

from __future__ import annotations

import array
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import twicetold
from twicetold.domain.errors import Unavailable
from twicetold.sandbox import protocol
from twicetold.sandbox.protocol import Setup

_START_SECONDS = 60.0


@dataclass(slots=True)
class Child:
    """A child, known by the connection to it, and how many bytes it has read. It ends when the connection closes."""

    connection: socket.socket
    read: int = 0

    def close(self) -> None:
        """Let the child end."""
        self.connection.close()


class ForkServer:
    """Starts the process that children are forked from (`sandbox.child`) when one is wanted, and anew if it died."""

    def __init__(self, setup: Callable[[], Setup]) -> None:
        self._setup = setup
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = threading.Lock()

    def new_child(self) -> Child:
        """A new child. Raises `Unavailable` when no process can be started."""
        ours, theirs = socket.socketpair()
        try:
            with self._lock, theirs:
                try:
                    self._hand_over(theirs)
                except OSError:
                    # The forkserver died (the system was out of memory, say): once more with a new one.
                    self._stop()
                    self._hand_over(theirs)
        except OSError as failure:
            ours.close()
            raise Unavailable("texts cannot be read just now; send this again later") from failure
        return Child(ours)

    def close(self) -> None:
        """End the forkserver, and with it every child."""
        with self._lock:
            self._stop()

    def _hand_over(self, connection: socket.socket) -> None:
        control = self._control or self._start()
        fds = array.array("i", [connection.fileno()])
        control.sendmsg([b"1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])

    def _start(self) -> socket.socket:
        control, theirs = socket.socketpair()
        # Nothing of the worker's environment: no API key or password is where strangers' bytes are parsed.
        # NumPy's threads would make forking unsafe.
        environment = {
            "PYTHONPATH": os.pathsep.join(filter(None, (str(Path(twicetold.__file__).parents[1]), *sys.path))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "LC_ALL": "C.UTF-8",
        }
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- every argument is ours
                [sys.executable, "-P", "-m", "twicetold.sandbox.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control = control
        control.settimeout(_START_SECONDS)
        try:
            protocol.send(control, protocol.encode(self._setup()))
            if control.recv(1):
                return control
            raise OSError("the forkserver did not start")
        except OSError:
            self._stop()
            raise

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._control = None
