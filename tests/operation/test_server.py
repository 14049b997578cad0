"""A real server with several worker processes: what it answers, logs and counts, how it dies and how it stops."""

import fcntl
import itertools
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from bench.generated_text import TextGenerator
from bench.server import Server
from tests.operation.conftest import WIRE, story


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server


def logged(server: Server) -> list[dict]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def backlog(server: Server) -> float:
    _, metrics = server.ask("GET", "/metrics")
    return next(float(line.split()[1]) for line in metrics.splitlines() if line.startswith("twicetold_match_backlog"))


def wait_for(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.1)


def test_the_curl_line_of_the_greeting_works_when_pasted(server):
    line = next(line for line in server.greeting.read_text().splitlines() if line.startswith("  curl"))
    answer = subprocess.run(line, shell=True, capture_output=True, check=True).stdout
    assert json.loads(answer)["story"]["id"] == "first"


def test_a_copy_posted_on_another_connection_is_matched_and_counted_by_whichever_worker_is_asked(server):
    answers = [server.ask("POST", "/v1/stories", story(name))[1] for name in ("wire", "herald", "courier")]
    assert [len(answer["matches"]) for answer in answers] == [0, 1, 2]
    for scrape in [server.ask("GET", "/metrics")[1] for _ in range(6)]:
        assert 'twicetold_matches_total{relation="exact"} 3.0' in scrape


def test_every_submission_refused_is_counted_alone_or_in_a_batch(server):
    assert server.ask("POST", "/v1/stories", {"id": "empty"})[0] == 422
    assert [line["status"] for line in server.batch([{"id": "empty"}, {"id": "empty"}])] == [422, 422]
    wait_for(lambda: 'twicetold_refused_total{error="invalid"} 3.0' in server.ask("GET", "/metrics")[1])


def test_every_request_is_one_json_line_with_the_id_the_client_was_given(server):
    server.ask("POST", "/v1/stories?source=words+of+mine", story("wire"), X_Request_Id="trace-7")
    wait_for(lambda: any(line.get("request_id") == "trace-7" for line in logged(server)))
    line = next(line for line in logged(server) if line.get("request_id") == "trace-7")
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/stories", 422)
    assert "words" not in server.log.read_text()


def test_neither_keys_nor_texts_get_into_the_log(serve):
    server = serve(api_keys="a-key-that-nobody-knows")
    assert server.ask("POST", "/v1/stories", story("wire"))[0] == 401
    authorised = {"Authorization": "Bearer a-key-that-nobody-knows"}
    assert server.ask("POST", "/v1/stories", story("wire"), **authorised)[0] == 201
    server.stop()
    assert "a-key" not in server.log.read_text()
    assert "ferry" not in server.log.read_text()


CHUNKED = {
    "a size that is too small": b'1\r\n{\r\n"id":"x","text":"A CONFIDENTIAL TEXT"}\r\n0\r\n\r\n',
    "a size that is no number": b"zz\r\nA CONFIDENTIAL TEXT\r\n0\r\n\r\n",
    "a size below zero": b"-1\r\nA CONFIDENTIAL TEXT\r\n0\r\n\r\n",
    "a size that is left out": b"\r\nA CONFIDENTIAL TEXT\r\n0\r\n\r\n",
    "a chunk without its end": b"3\r\nA CONFIDENTIAL TEXT\r\n0\r\n\r\n",
    "a trailer of a forbidden name": b"2\r\n{}\r\n0\r\nTrailer: A CONFIDENTIAL TEXT\r\n\r\n",
    "a client that leaves in a chunk": b"ff\r\nA CONFIDENTIAL TEXT",
    "a client that leaves between chunks": b"13\r\nA CONFIDENTIAL TEXT\r\n",
}


@pytest.mark.parametrize("body", CHUNKED.values(), ids=CHUNKED)
@pytest.mark.parametrize("path", ["/v1/stories", "/v1/stories/batch", "/v1/clean"])
def test_chunks_that_are_wrong_or_break_off_are_refused_and_not_quoted_in_the_log(server, path, body):
    media_type = "application/x-ndjson" if path.endswith("batch") else "application/json"
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(head.encode() + body)
        client.shutdown(socket.SHUT_WR)
        status, _, rest = client.makefile("rb").read().decode().partition("\r\n")
    assert status.startswith("HTTP/1.1 400 ")
    assert json.loads(rest.partition("\r\n\r\n")[2])["type"] == "urn:twicetold:problem:malformed"
    assert "CONFIDENTIAL" not in server.log.read_text()


def test_the_health_check_finds_it(server):
    assert server.command("check").stdout == "ready\n"


def test_the_health_check_asks_the_server_itself_where_a_proxy_is_set(server):
    assert server.command("check", http_proxy="http://127.0.0.1:9").stdout == "ready\n"


def test_a_killed_worker_is_replaced_and_what_it_acknowledged_is_there(server):
    server.ask("POST", "/v1/stories", story("wire"))
    before = server.workers()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    wait_for(lambda: len(server.workers()) == 2 and not set(before) & set(server.workers()) and server.ready())
    assert server.ask("GET", "/v1/stories/wire")[0] == 200


@contextmanager
def crawlers(server: Server, count: int) -> Iterator[set[str]]:
    """Clients that post one story after the other; the ids of those that were acknowledged."""
    acknowledged: set[str] = set()
    done = threading.Event()
    writer = TextGenerator(seed=4)

    def post(name: int) -> None:
        for number in itertools.count():
            if done.is_set():
                return
            with suppress(OSError, HTTPException):  # whoever talks to a frozen worker loses the connection
                if server.ask("POST", "/v1/stories", story(f"{name}-{number}", writer.story(60)))[0] == 201:
                    acknowledged.add(f"{name}-{number}")

    threads = [threading.Thread(target=post, args=(name,)) for name in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield acknowledged
    finally:
        done.set()
        for thread in threads:
            thread.join()


def freeze_with_lock(server: Server, worker: int) -> None:
    """Stop a worker at a moment at which it holds the lock that writers wait for."""
    with (server.folder / "stories.db-lock").open("r+b") as lock:
        while True:
            os.kill(worker, signal.SIGSTOP)
            for _ in range(50):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(0.01)
                else:
                    fcntl.flock(lock, fcntl.LOCK_UN)
                    break
            else:
                return
            os.kill(worker, signal.SIGCONT)
            time.sleep(0.005)


def test_a_worker_frozen_with_the_writers_lock_is_replaced_and_stops_nobody_for_long(serve):
    server = serve()
    frozen = server.workers()[0]
    with crawlers(server, 4) as acknowledged:
        freeze_with_lock(server, frozen)
        before = len(acknowledged)
        wait_for(lambda: len(acknowledged) >= before + 10)
        wait_for(lambda: frozen not in server.workers() and len(server.workers()) == 2)
    assert all(server.ask("GET", f"/v1/stories/{story_id}")[0] == 200 for story_id in acknowledged)


def test_a_server_whose_store_was_removed_is_not_ready_and_acknowledges_nothing(serve):
    server = serve(workers=1)  # another worker may not have opened the store yet, and would miss it for that
    assert server.ask("POST", "/v1/stories", story("before"))[0] == 201
    (server.folder / "stories.db").unlink()
    status, problem = server.ask("POST", "/v1/stories", story("after"))
    assert (status, "moved, replaced or removed" in problem["detail"]) == (503, True)
    wait_for(lambda: server.ask("GET", "/readyz")[0] == 503)
    assert server.ask("GET", "/livez")[0] == 200


def test_a_server_killed_in_the_middle_of_a_batch_has_every_acknowledged_story_matched_after_a_restart(serve):
    server = serve()
    writer = TextGenerator(seed=3)
    stories = [copy for number in range(150) for copy in writer.family(f"f{number}", copies=2, words=40)]
    acknowledged = set()
    for line in server.batch(stories):
        acknowledged.add(line["story"]["id"])
        if len(acknowledged) == 120:
            server.kill()
    server.start()
    wait_for(lambda: backlog(server) == 0)
    assert len(acknowledged) >= 120
    for story_id in acknowledged:
        status, answer = server.ask("GET", f"/v1/stories/{story_id}/matches")
        assert status == 200
        name, _, copy = story_id.rpartition(".")
        twin = f"{name}.{1 - int(copy)}"
        if twin in acknowledged:
            assert twin in {match["story_id"] for match in answer["matches"]}


def test_a_stopping_server_finishes_a_batch_or_tells_its_remaining_lines_to_come_back_and_leaves_nothing_behind(serve):
    server = serve(graceful_seconds=4, batch_chunk=5)
    writer = TextGenerator(seed=5)
    stories = [story(f"s{number}", writer.story(150)) for number in range(500)]
    workers, lines = server.workers(), []
    asked = threading.Event()
    for line in server.batch(stories):
        lines.append(line)
        if len(lines) == 10 and not asked.is_set():
            asked.set()
            server.terminate()
    assert [line["index"] for line in lines] == list(range(len(stories)))
    statuses = [line["status"] for line in lines]
    assert set(statuses) <= {201, 503}
    assert statuses == sorted(statuses)
    assert server.stop() == 0
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_no_process_of_a_server_runs_code_from_the_folder_it_is_started_in(serve, tmp_path, monkeypatch):
    folder = tmp_path / "anybodys"
    for name in ("msgspec.py", "json.py", "service/__init__.py", "twicetold/__init__.py", "twicetold/cli.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("raise SystemExit('this is not your code')\n")
    monkeypatch.chdir(folder)
    server = serve()
    page = f"<html><body><article><h1>Ferry</h1><p>{WIRE}</p><p>{WIRE[::-1]}</p></article></body></html>"
    status, answer = server.ask("POST", "/v1/stories", {"id": "page", "source": "a.example", "html": page})
    assert (status, "electric ferry" in answer["story"]["text"]) == (201, True)


def test_long_bodies_one_after_another_are_all_taken_however_many(server):
    body = json.dumps({"text": "The ferry reopened on Monday."}).encode() + b" " * 1_500_000
    statuses = []
    for _ in range(40):
        connection = server.connect()
        connection.request("POST", "/v1/clean", body, {"Content-Type": "application/json"})
        statuses.append(connection.getresponse().status)
        connection.close()
    assert set(statuses) == {200}
