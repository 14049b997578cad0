"""What can break under a running server: little room on its disk, clients that stall, children killed."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.server import Server

SMALL_DISK, LARGER_DISK = 24, 256
"""Megabytes."""


class SmallDisk:
    """A folder with little room."""

    kind = "tmpfs"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fits(self, server: Server) -> None:
        """Apply the limit to a running server."""

    def give_room(self, server: Server) -> None:
        """Lift it."""
        del server
        subprocess.run(["mount", "-o", f"remount,size={LARGER_DISK}m", self._folder], check=True)


class SmallFiles(SmallDisk):
    """For machines where nothing can be mounted: no file of the server's processes grows beyond a size."""

    kind = "file size limit"

    def fits(self, server: Server) -> None:
        """Apply the limit to the workers that run now."""
        self._limit(server, SMALL_DISK * 2**20)

    def give_room(self, server: Server) -> None:
        """Lift it to a size that is enough."""
        self._limit(server, LARGER_DISK * 2**20)

    @staticmethod
    def _limit(server: Server, size: int) -> None:
        for worker in server.workers():
            hard = resource.prlimit(worker, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, hard))


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Little room in an empty folder, while the block runs."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}m", "twicetold-bench", folder], check=False,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if mounted.returncode:
        yield SmallFiles(folder)
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def half_a_request(server: Server) -> socket.socket:
    """A client that stops in the middle of a body."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    client.sendall(
        b"POST /v1/stories HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b'Content-Length: 5000\r\n\r\n{"id": "stalled", "source": "a.example", "text": "On Monday'
    )
    return client


def status_of(client: socket.socket) -> int:
    """What a client is answered in the end, 0 for nothing."""
    with client:
        head = client.recv(65536).split(b" ", 2)
    return int(head[1]) if len(head) > 1 else 0


def kill_extraction(server: Server) -> None:
    """Kill every process below the workers: those that read pages, and those that these are forked from."""
    below = [child for worker in server.workers() for child in _children(worker)]
    for process in [*below, *(child for parent in below for child in _children(parent))]:
        with contextlib.suppress(ProcessLookupError):  # ended by itself
            os.kill(process, signal.SIGKILL)


def _children(process: int) -> list[int]:
    try:
        found = [path.read_text("ascii") for path in Path(f"/proc/{process}/task").glob("*/children")]
    except FileNotFoundError:  # ended meanwhile
        return []
    return [int(pid) for pids in found for pid in pids.split()]
