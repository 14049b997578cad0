"""The process that extraction children are forked from, and what a child does.

A worker has threads, so it must not fork; and to load the extractor takes long. So a worker starts one process that has
loaded everything, runs a single thread and does nothing but fork, which is quick.

`python -m twicetold.sandbox.child FD MODULE:FUNCTION SECONDS MEMORY` is started by `forkserver.ForkServer` with one end
of a socket. Each message on it carries one end of another socket: the connection of a new child. When the worker dies,
its end closes: the forkserver ends, and the kernel ends the children with it.
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
from twicetold.domain.extraction.prescan import prescan
from twicetold.domain.model import Extracted
from twicetold.sandbox import protocol

Target = Callable[..., Extracted]
_FIRST_PAGE = b"<html><body><p>A short page</p></body></html>"
"""It needs all that extractors load late, such as trafilatura's word lists of a hundred languages, for all children."""
_PR_SET_PDEATHSIG = 1


def main(fd: int, target: str, seconds: float, memory: int) -> None:
    """Fork a child for every socket that arrives, until the worker's end closes."""
    module, _, name = target.partition(":")
    extract: Target = getattr(importlib.import_module(module), name)
    logging.disable(logging.CRITICAL)  # the extractor logs parts of pages
    # A worker that is asked to stop finishes what it has; its children end when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    _warm_up(extract, seconds)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=fd) as control:
        control.send(b"1")
        forkserver = os.getpid()
        while (connection := _next_connection(control)) is not None:
            if os.fork() == 0:
                control.close()
                _confine(forkserver, memory)
                _serve(connection, extract, seconds)
                os._exit(0)
            connection.close()


def _warm_up(extract: Target, seconds: float) -> None:
    """Load what children will share. An extractor that hangs ends this process, as no child of it could do better."""
    # What fails here fails where a page is asked for, and is told there.
    with _bounded(seconds), contextlib.suppress(Exception):
        extract(_FIRST_PAGE, url=None)


@contextlib.contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """The kernel ends this process after so long, whatever C code it is in, for the signal is not handled."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
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
    """The bytes mapped so far; the limit counts what a page adds to them."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30  # no Linux: a guess well above what this process takes


def _serve(connection: socket.socket, extract: Target, seconds: float) -> None:
    """Answer pages until the worker closes the connection, memory runs out or time does."""
    while True:
        try:
            message, page = protocol.receive(connection)
        except EOFError:
            return
        task = protocol.decode_task(message)
        with _bounded(seconds):
            reply = _answer(page, task, extract)
        protocol.send(connection, protocol.encode(reply))
        if isinstance(reply, protocol.Ended):
            return


def _answer(page: bytes, task: protocol.Task, extract: Target) -> protocol.Reply:
    try:
        prescan(page, task.limits)
        return protocol.Done(extracted=extract(page, url=task.url, now=task.now))
    except ExtractionFailed as refused:
        return protocol.Refused(detail=refused.detail)
    except MemoryError:
        return protocol.Ended(limit="memory")
    except Exception as error:
        if isinstance(error, LxmlError) and error.error_log.filter_types(ErrorTypes.ERR_NO_MEMORY):
            return protocol.Ended(limit="memory")
        return protocol.Refused(detail="the page could not be turned into text; send the story's text instead")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
