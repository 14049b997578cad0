"""How long `/livez` and `/readyz` take while hostile clients hold sockets, by what these do.

    python -m bench.probes [--sockets 64] [--times 40] [--workers 2]

Each kind of client keeps its sockets busy from the first to the last of the probes, each of which is asked over a new
connection. The longest of all answers is told beside the median, and beside both as they are without such clients.
"""

from __future__ import annotations

import argparse
import multiprocessing
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

from bench.server import Server

KEY = "a-key-of-the-bench"
SPAWN = multiprocessing.get_context("spawn")
PAUSE = 0.01
"""Seconds between two attempts of one hostile client."""

Hostile = Callable[[int], None]
"""What one client does to the server on a port, for ever."""


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def _head(path: str, *, length: int, key: str | None = KEY) -> bytes:
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return (
        f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n{authorization}"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def one_byte(port: int) -> None:
    """Send one byte, hang up, and come again."""
    while True:
        time.sleep(PAUSE)
        with suppress(OSError), _connected(port) as client:
            client.sendall(b"G")


def half_a_head(port: int) -> None:
    """Send half a head, and another byte of it now and then."""
    while True:
        with suppress(OSError), _connected(port) as client:
            client.sendall(b"GET /v1/stories HTTP/1.1\r\nX-Slow: ")
            while True:
                time.sleep(0.5)
                client.sendall(b"x")


def no_body(port: int) -> None:
    """Announce a body that never comes."""
    _hold(port, _head("/v1/stories", length=1000))


def no_long_body(port: int) -> None:
    """Announce a batch of 100 MB, and send a megabyte and a half of it."""
    _hold(port, _head("/v1/stories/batch", length=10**8) + b" " * 1_500_000)


def no_key(port: int) -> None:
    """Send a body without a key, read no answer, and come again."""
    while True:
        time.sleep(PAUSE)
        with suppress(OSError), _connected(port) as client:
            client.sendall(_head("/v1/stories", length=10**6, key=None) + b"x" * 50_000)
            time.sleep(0.2)


def lingering(port: int) -> None:
    """Go on sending after a 401."""
    while True:
        with suppress(OSError), _connected(port) as client:
            client.sendall(_head("/v1/stories", length=10**9, key=None))
            while True:
                time.sleep(PAUSE)
                client.sendall(b"x" * 10_000)


def deaf(port: int) -> None:
    """Ask for the contract again and again, and take no answer."""
    while True:
        with suppress(OSError), _connected(port) as client:
            while True:
                client.sendall(b"GET /openapi.yaml HTTP/1.1\r\nHost: here\r\n\r\n")
                time.sleep(PAUSE)


def _hold(port: int, sent: bytes) -> None:
    while True:
        time.sleep(PAUSE)
        with suppress(OSError), _connected(port) as client:
            client.sendall(sent)
            client.settimeout(None)
            while client.recv(65536):
                pass


KINDS: dict[str, Hostile | None] = {
    "nobody": None,
    "one byte, and reopen": one_byte,
    "half a head, byte by byte": half_a_head,
    "a body that never comes": no_body,
    "a batch that stops after 1.5 MB": no_long_body,
    "401, and reopen": no_key,
    "401, and goes on sending": lingering,
    "asks, and takes no answer": deaf,
}


def clients(kind: str, port: int, sockets: int) -> None:
    """Be so many hostile clients."""
    hostile = KINDS[kind]
    for _ in range(sockets if hostile else 0):
        threading.Thread(target=hostile, args=(port,), daemon=True).start()
    time.sleep(3600)


@contextmanager
def busy(server: Server, kind: str, sockets: int) -> Iterator[None]:
    """Hostile clients of one kind while the block runs, in a process of their own so that they slow no probe here."""
    process = SPAWN.Process(target=clients, args=(kind, server.port, sockets))
    process.start()
    try:
        time.sleep(2)
        yield
    finally:
        process.kill()
        process.join()


def probed(server: Server, path: str, times: int) -> list[float]:
    """Milliseconds until each probe was answered with 200."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        status, _ = server.ask("GET", path)
        took.append(1000 * (time.perf_counter() - began))
        if status != 200:
            raise RuntimeError(f"{path} was answered {status}")
        time.sleep(0.05)
    return took


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sockets", type=int, default=64)
    options.add_argument("--times", type=int, default=40)
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    print(f"{given.sockets} sockets, {given.times} probes each, {given.workers} workers; milliseconds\n")
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), workers=given.workers, api_keys=KEY) as server:
        for name in KINDS:
            with busy(server, name, given.sockets):
                live, ready = (probed(server, path, given.times) for path in ("/livez", "/readyz"))
            print(
                f"{name:34} livez {median(live):6.1f}, at most {max(live):6.1f}   "
                f"readyz {median(ready):6.1f}, at most {max(ready):6.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
