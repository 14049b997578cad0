"""The gunicorn worker: no client holds a thread by being slow, and what is not HTTP gets a problem."""

import json
import math
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
from twicetold.server.receiving import stopping
from twicetold.server.worker import Worker
from twicetold.web.bodies import READ

APPLICATION = """
import time
def answered(environ):
    if environ["PATH_INFO"] == "/unread":
        return b"unread"
    if environ["PATH_INFO"].endswith(("/sleep", "/batch")):
        time.sleep(3)
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
from twicetold.server.admission import Bounds
from twicetold.server.worker import Worker

worker_class = Worker
workers = 1
threads = 2
keepalive = 30
control_socket_disable = True

def post_fork(server, worker):
    worker.bounds = Bounds(patience=1, silence=1, long_bodies=1, batches=1, linger=2, per_peer=20, buffered=2**21)
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


def test_announced_bodies_that_never_come_hold_no_thread(address):
    waiting = [socket.create_connection(address) for _ in range(10)]
    try:
        for client in waiting:
            client.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n{")
        assert ask(address, REQUEST).endswith(b"read 0 bytes")
        assert all(b" 408 " in everything(client) for client in waiting)
    finally:
        for client in waiting:
            client.close()


def test_probes_are_answered_while_every_thread_is_busy(address):
    with ThreadPoolExecutor(4) as pool:
        busy = [pool.submit(ask, address, REQUEST.replace(b" / ", b" /sleep ")) for _ in range(4)]
        time.sleep(0.3)
        assert ask(address, REQUEST.replace(b" / ", b" /livez ")).endswith(b"read 0 bytes")
        assert not any(one.done() for one in busy)


def test_more_batches_than_may_be_under_way_are_told_to_come_back(address):
    batch = b"POST /v1/stories/batch HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda _: ask(address, batch).partition(b"\r\n\r\n")[0], range(2)))
    assert answers[0].startswith(b"HTTP/1.1 200")
    assert answers[1].startswith(b"HTTP/1.1 503")
    assert b"Retry-After:" in answers[1]


def test_more_long_bodies_than_threads_may_receive_are_told_to_come_back(address):
    head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 3000000\r\n\r\n"
    with socket.create_connection(address) as first:
        first.sendall(head + b"x" * 2**20)
        time.sleep(0.3)
        assert ask(address, head + b"x" * 2**20).startswith(b"HTTP/1.1 503")
        first.sendall(b"x" * (3_000_000 - 2**20))
        first.shutdown(socket.SHUT_WR)
        assert b"read 3000000 bytes" in everything(first)


def test_more_connections_of_an_address_than_it_may_have_are_refused_but_probes_are_not(address):
    idle = [socket.create_connection(address) for _ in range(20)]
    try:
        refused = ask(address, REQUEST)
        assert refused.startswith(b"HTTP/1.1 429")
        assert b"Retry-After:" in refused
        assert ask(address, REQUEST.replace(b" / ", b" /readyz ")).endswith(b"read 0 bytes")
    finally:
        for client in idle:
            client.close()


def test_a_body_shorter_than_its_length_is_a_lost_connection(address):
    with socket.create_connection(address) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhalf")
        client.shutdown(socket.SHUT_WR)
        assert everything(client).endswith(b"lost")


def test_a_client_that_sends_on_after_a_refusal_sees_its_answer(address):
    with socket.create_connection(address) as client:
        client.sendall(b"GET /" + b"x" * 40_000)
        time.sleep(0.5)
        for _ in range(20):
            client.sendall(b"x" * 100_000)
        assert everything(client).startswith(b"HTTP/1.1 414")


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
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
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
    worker._serving = SimpleNamespace(waited=0.0)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        request = SimpleNamespace(
            uri="/",
            headers=[("HOST", "here")],
            version=(1, 1),
            body=SimpleNamespace(reader=None),
            unreader=SocketUnreader(ours),
            _expected_100_continue=False,
        )
        worker.handle_request(request, SimpleNamespace(sock=ours))
    assert SocketUnreader.max_body_chunk > READ
    assert [request.unreader.max_body_chunk for request in served] == [READ]


def test_batches_in_flight_get_half_of_the_graceful_time(monkeypatch):
    monkeypatch.setattr(ThreadWorker, "handle_exit", lambda *_: None)
    monkeypatch.setattr(ThreadWorker, "murder_pending", lambda _: None)
    moments = iter([100.0, 109.9, 110.1])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    worker = Worker.__new__(Worker)
    worker._arrivals, worker._lingering, worker.cfg = {}, {}, SimpleNamespace(graceful_timeout=20)
    worker._stop_idle_at = worker._give_up_at = math.inf
    told = []
    try:
        worker.handle_exit(signal.SIGTERM, None)
        for _ in range(2):
            worker.murder_pending()
            told.append(stopping.is_set())
    finally:
        stopping.clear()
    assert told == [False, True]
