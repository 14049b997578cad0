"""The gunicorn worker: no client holds a thread by being slow, and what is not HTTP gets a problem."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event, Semaphore
from types import SimpleNamespace

import pytest
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker
from twicetold.server.worker import Worker, stopping
from twicetold.web.bodies import READ

APPLICATION = """
from twicetold.server.worker import stopping

def answered(environ):
    if environ["PATH_INFO"] == "/unread":
        return b"unread"
    try:
        return b"read %d bytes" % len(environ["wsgi.input"].read())
    except ConnectionResetError:
        return b"lost"

def application(environ, start_response):
    answer = answered(environ)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
"""
CONFIGURATION = """
from twicetold.server.worker import Worker

worker_class = Worker
workers = 1
threads = 2
keepalive = 30
control_socket_disable = True

def post_fork(server, worker):
    worker.patience = 0.5
    worker.silence = 0.5
    worker.following = 0.3
"""
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    folder: Path = tmp_path_factory.mktemp("worker")
    (folder / "trivial.py").write_text(APPLICATION)
    (folder / "conf.py").write_text(CONFIGURATION)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()[:2]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            str(folder / "conf.py"),
            "--bind",
            f"fd://{listener.fileno()}",
        ]
        with subprocess.Popen(
            [*command, "--pythonpath", str(folder), "trivial:application"],
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        ) as server:
            yield address
            server.terminate()


def everything(client: socket.socket) -> bytes:
    client.settimeout(20)
    return b"".join(iter(lambda: client.recv(65536), b""))


def ask(address: tuple[str, int], request: bytes) -> bytes:
    with socket.create_connection(address) as client:
        client.sendall(request)
        return everything(client)


def test_connections_that_send_nothing_hold_no_thread(address):
    silent = [socket.create_connection(address) for _ in range(10)]
    try:
        assert ask(address, REQUEST).endswith(b"read 0 bytes")
    finally:
        for client in silent:
            client.close()


def test_a_head_that_does_not_end_is_hung_up_on(address):
    slow = [socket.create_connection(address) for _ in range(4)]
    try:
        for client in slow:
            client.sendall(b"GET / HTTP/1.1\r\nHost: he")
        assert ask(address, REQUEST).endswith(b"read 0 bytes")
        assert [everything(client) for client in slow] == [b""] * 4
    finally:
        for client in slow:
            client.close()


def test_a_body_that_stops_coming_ends_the_request(address):
    with socket.create_connection(address) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhalf")
        assert b"read" not in everything(client)
    assert ask(address, REQUEST).endswith(b"read 0 bytes")


@pytest.mark.parametrize("body", [b"nonsense\r\n", b"1\r\n{THE TEXT", b"3\r\n{TH\r\n0\r\nTrailer: x\r\n\r\n"])
def test_chunks_that_are_not_http_look_to_an_application_like_a_lost_connection(address, body):
    answer = ask(address, CHUNKED + body)
    assert answer.endswith(b"lost")
    assert answer.count(b"HTTP/1.1") == 1


def test_chunks_that_are_not_http_and_nobody_reads_end_the_connection_quietly(address):
    answer = ask(address, CHUNKED.replace(b"POST /", b"POST /unread") + b"nonsense\r\n\r\n" + REQUEST)
    assert answer.endswith(b"unread")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_kept_connection_serves_again_after_a_pause(address):
    with socket.create_connection(address) as client:
        client.sendall(REQUEST.replace(b"close", b"keep-alive"))
        client.settimeout(10)
        first = client.recv(65536)
        while not first.endswith(b"bytes"):
            first += client.recv(65536)
        time.sleep(0.7)  # longer than a head may take
        client.sendall(REQUEST)
        assert everything(client).endswith(b"read 0 bytes")


def test_clients_that_never_pause_leave_others_a_turn(address):
    going, served = Semaphore(0), Event()

    def never_pause() -> None:
        with socket.create_connection(address) as client:
            for number in count(1):
                client.sendall(REQUEST.replace(b"close", b"keep-alive"))
                answer = client.recv(65536)
                while not answer.endswith(b"bytes"):
                    answer += client.recv(65536)
                if number == 5:
                    going.release()
                if served.is_set():
                    return

    with ThreadPoolExecutor(2) as pool:
        greedy = [pool.submit(never_pause) for _ in range(2)]  # as many as the worker has threads
        try:
            assert all(going.acquire(timeout=10) for _ in greedy)
            assert ask(address, REQUEST).endswith(b"read 0 bytes")
        finally:
            served.set()
    assert [client.exception() for client in greedy] == [None, None]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost here\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", 431),
    ],
)
def test_what_is_not_http_gets_a_problem(address, request_, status):
    head, _, body = ask(address, request_).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/problem+json" in head
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["detail"]


def test_gunicorn_reads_no_further_ahead_than_bodies_are_read(monkeypatch):
    served = []
    monkeypatch.setattr(ThreadWorker, "handle_request", lambda _self, request, _conn: served.append(request))
    worker = Worker.__new__(Worker)
    worker._heads = {}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        request = SimpleNamespace(path="/", body=SimpleNamespace(reader=None), unreader=SocketUnreader(ours))
        worker.handle_request(request, SimpleNamespace(sock=ours))
    assert SocketUnreader.max_body_chunk > READ
    assert [request.unreader.max_body_chunk for request in served] == [READ]


def test_batches_in_flight_get_half_of_the_graceful_time(monkeypatch):
    monkeypatch.setattr(ThreadWorker, "handle_exit", lambda *_: None)
    monkeypatch.setattr(ThreadWorker, "murder_pending", lambda _: None)
    moments = iter([100.0, 109.9, 110.1])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    worker = Worker.__new__(Worker)
    worker._heads, worker._give_up_at, worker.cfg = {}, None, SimpleNamespace(graceful_timeout=20)
    told = []
    try:
        worker.handle_exit(signal.SIGTERM, None)
        for _ in range(2):
            worker.murder_pending()
            told.append(stopping.is_set())
    finally:
        stopping.clear()
    assert told == [False, True]
