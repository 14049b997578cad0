"""What one client sends stops no other, and is answered: a real server with few threads."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bench.server import Server
from tests.operation.conftest import story

KEY = {"Authorization": "Bearer a-key"}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server"), workers=1, threads=4, api_keys="a-key", max_body="1MB") as server:
        yield server


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def head(path: str = "/v1/stories", media_type: str = "application/json", **fields: object) -> bytes:
    named = {"Host": "here", "Content-Type": media_type, "Authorization": "Bearer a-key"}
    named |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value is not None)
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode()


def answer(client: socket.socket) -> tuple[int, bytes]:
    """The status of what a client is answered, and all of it."""
    received = client.recv(65536)
    return int(received.split(b" ", 2)[1]), received


HELD = {
    "one byte": b"G",
    "half a head": b"GET /livez HTTP/1.1\r\nHost: he",
    "a body that never comes": head(Content_Length=1000),
    "a body without a key that never comes": head(Content_Length=1000, Authorization=None),
    "chunks that never come": head(Transfer_Encoding="chunked"),
    "a batch that never comes": head("/v1/stories/batch", "application/x-ndjson", Content_Length=10**8),
    "a client that wants to be let go on": head(Content_Length=1000, Expect="100-continue"),
}


@pytest.mark.parametrize("begun", HELD.values(), ids=HELD)
def test_clients_that_stop_half_way_hold_up_neither_probes_nor_others(server, begun):
    with ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(connect(server)).sendall(begun)
        time.sleep(0.2)
        assert server.ask("GET", "/livez")[0] == 200
        assert server.ask("GET", "/readyz")[0] == 200
        assert server.ask("POST", "/v1/stories", story("other"), **KEY)[0] in {200, 201}


def test_a_body_over_the_limit_is_answered_however_large_it_is(server):
    size = 40_000_000
    with connect(server) as client:
        client.sendall(head(Content_Length=size))
        for _ in range(size // 100_000):
            client.sendall(b"x" * 100_000)
        assert answer(client)[0] == 413


def test_a_request_without_a_key_is_refused_before_its_body_comes(server):
    with connect(server) as client:
        client.sendall(head(Content_Length=1000, Authorization=None))
        assert answer(client)[0] == 401


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"Content_Length": 3}, 100),
        ({"Content_Length": 3, "Authorization": None}, 401),
        ({"Content_Length": 2**24}, 413),
        ({"Content_Length": 3, "media_type": "text/plain"}, 415),
    ],
)
def test_a_client_that_asks_is_let_go_on_when_key_size_and_type_are_right(server, fields, status):
    with connect(server) as client:
        client.sendall(head(Expect="100-continue", **fields))
        told, received = answer(client)
        assert told == status
        if status == 100:
            client.sendall(b"{}x")
            assert (received + client.recv(65536)).split(b"HTTP/1.1 ")[2].startswith(b"400 ")


def test_of_a_batch_that_is_cut_off_nothing_is_stored(server):
    lines = b"".join(json.dumps(story(f"cut-{number}")).encode() + b"\n" for number in range(3))
    with connect(server) as client:
        client.sendall(head("/v1/stories/batch", "application/x-ndjson", Content_Length=len(lines) + 5) + lines)
        client.shutdown(socket.SHUT_WR)
        assert answer(client)[0] == 400
    assert server.ask("GET", "/v1/stories/cut-0", **KEY)[0] == 404


def test_a_path_is_what_it_says(server):
    for path in ("//metrics", "//v1/stories", "/v1//stories"):
        assert server.ask("GET", path, **KEY)[0] == 404
    assert server.ask("GET", "/livez?x=1")[0] == 422


def test_the_log_names_the_key_that_was_used_and_not_the_key(server):
    server.ask("GET", "/v1/stories", **KEY)
    deadline = time.monotonic() + 20
    while '"key":"key 1"' not in server.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "a-key" not in server.log.read_text()


def test_a_port_that_is_taken_is_told_in_one_line(server):
    told = server.command("serve")
    assert told.returncode == 1
    assert told.stderr.startswith(f"twicetold: port {server.port} is taken on 127.0.0.1; ")
    assert told.stderr.count("\n") == 1
