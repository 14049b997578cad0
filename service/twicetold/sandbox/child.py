"""The process that children are forked from, and what a child does.

A worker has threads, so it must not fork; and to load what children need takes long. So a worker starts one process
that has loaded everything, runs a single thread and does nothing but fork, which is quick.

`python -m twicetold.sandbox.child FD` is started by `forkserver.ForkServer` with one end of a socket, and told its
`Setup` there. Each byte that follows carries one end of another socket: the connection of a new child. When the worker
dies, its end closes: the forkserver ends, and the kernel ends the children with it.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import importlib
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from lxml.etree import ErrorTypes, LxmlError

from twicetold.domain.errors import ExtractionFailed
from twicetold.sandbox import protocol, work
from twicetold.sandbox.protocol import Done, Ended, Refused, Reply, Setup, Task

Target = Callable[[Task, Setup], Done]
_PR_SET_PDEATHSIG = 1


def main(fd: int) -> None:
    """Fork a child for every socket that arrives, until the worker's end closes."""
    # A worker that is asked to stop finishes what it has; its children end when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _reap)
    logging.disable(logging.CRITICAL)  # extractors log parts of pages
    with socket.socket(fileno=fd) as control:
        setup = protocol.decode_setup(protocol.receive(control))
        module, _, name = setup.target.partition(":")
        target: Target = getattr(importlib.import_module(module), name)
        work.prepare(setup)
        _warm_up(target, setup)
        gc.collect()
        gc.freeze()
        control.send(b"1")
        forkserver = os.getpid()
        while (connection := _next_connection(control)) is not None:
            if os.fork() == 0:
                control.close()
                _confine(forkserver, setup.memory)
                _serve(connection, target, setup)
                os._exit(0)
            connection.close()


def _reap(*_: object) -> None:
    """Let ended children go, whose processor time is counted as this process's from then on (wait(2))."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _warm_up(target: Target, setup: Setup) -> None:
    """Load what children will share. A target that hangs ends this process, as no child of it could do better."""
    # What fails here fails where a page is asked for, and is told there.
    for task in work.WARM_UP:
        with _bounded(setup), contextlib.suppress(Exception):
            target(task, setup)


@contextlib.contextmanager
def _bounded(setup: Setup) -> Iterator[None]:
    """The kernel ends this process after so much processor time, whatever C code it is in: no signal is handled."""
    signal.setitimer(signal.ITIMER_PROF, setup.seconds)
    signal.setitimer(signal.ITIMER_REAL, setup.clock_seconds)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)


def _next_connection(control: socket.socket) -> socket.socket | None:
    message, ancillary, _, _ = control.recvmsg(1, socket.CMSG_SPACE(array.array("i").itemsize))
    if not message:
        return None
    fds = array.array("i")
    fds.frombytes(ancillary[0][2])
    return socket.socket(fileno=fds[0])


def _confine(forkserver: int, memory: int) -> None:
    """Bind a new child's life and memory, and silence it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != forkserver:
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    allowed = _address_space() + memory
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))


def _address_space() -> int:
    """The bytes mapped so far; the limit counts what a task adds to them."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30  # no Linux: a guess well above what this process takes


def _serve(connection: socket.socket, target: Target, setup: Setup) -> None:
    """Answer tasks until the worker closes the connection, memory runs out or time does."""
    while True:
        try:
            tasks = protocol.decode_tasks(protocol.receive(connection))
        except EOFError:
            return
        for task in tasks:
            with _bounded(setup):
                reply = _reply(task, target, setup)
            protocol.send(connection, protocol.encode(reply))
            if isinstance(reply, Ended):
                return


def _reply(task: Task, target: Target, setup: Setup) -> Reply:
    try:
        return target(task, setup)
    except ExtractionFailed as refused:
        return Refused(detail=refused.detail)
    except MemoryError:
        return Ended(limit="memory")
    except Exception as error:
        if isinstance(error, LxmlError) and error.error_log.filter_types(ErrorTypes.ERR_NO_MEMORY):
            return Ended(limit="memory")
        return Refused(detail="")


if __name__ == "__main__":
    main(int(sys.argv[1]))
