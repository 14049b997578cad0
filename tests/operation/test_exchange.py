"""What the server tells an application of the client that waits."""

from __future__ import annotations

import select
import socket
from types import SimpleNamespace
from typing import Any

import pytest
from twicetold.server.exchange import Exchange


@pytest.fixture
def ends() -> Any:
    """Two ends of a connection: the server's, and the client's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    with server, client:
        yield server, client


def exchange_over(server: socket.socket) -> Exchange:
    return Exchange(SimpleNamespace(_expected_100_continue=False), server, SimpleNamespace(), waited=0.0)


def test_a_client_that_has_left_is_missed_once_something_was_sent(ends: tuple[socket.socket, socket.socket]):
    server, client = ends
    exchange = exchange_over(server)
    exchange.require_client()
    client.close()
    server.sendall(b"a part of the answer")
    reset = select.poll()
    reset.register(server, 0)
    assert reset.poll(10_000)
    with pytest.raises(ConnectionResetError):
        exchange.require_client()


def test_a_client_that_closed_its_own_side_still_waits(ends: tuple[socket.socket, socket.socket]):
    server, client = ends
    client.shutdown(socket.SHUT_WR)
    exchange_over(server).require_client()
    server.sendall(b"the answer")
    assert client.recv(100) == b"the answer"
