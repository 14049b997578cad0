from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import apsw
import pytest
from twicetold.domain.errors import Unavailable
from twicetold.store.open import open_store
from twicetold.store.postgres import connections
from twicetold.store.sqlite import lock
from twicetold.store.sqlite.lock import WriterLock

from tests.store import workers
from tests.store.conftest import SCHEME
from tests.store.samples import asked, draft, keys_of, publish

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(4, mp_context=SPAWN) as pool:
        yield pool


@pytest.fixture(scope="module")
def coordinator():
    with SPAWN.Manager() as manager:
        yield manager


def test_of_twins_published_at_the_same_moment_at_least_one_finds_the_other(store_url, processes, coordinator):
    barriers = [coordinator.Barrier(2), coordinator.Barrier(2)]
    numbers = [range(15), range(15, 30)]
    sides = [
        processes.submit(workers.publish_then_probe, store_url, name, numbers[pair], barriers[pair])
        for pair in (0, 1) for name in ("left", "right")
    ]  # fmt: skip
    left, right, left2, right2 = (side.result(timeout=120) for side in sides)
    assert all(a or b for a, b in zip(left + left2, right + right2, strict=True))


def test_the_same_ids_at_once_are_created_once(store_url, processes, coordinator):
    barrier = coordinator.Barrier(2)
    orders = [list(range(40)), list(reversed(range(40)))]
    sides = [processes.submit(workers.publish_same_id, store_url, "", order, barrier) for order in orders]
    first, second = sides[0].result(timeout=60), list(reversed(sides[1].result(timeout=60)))
    assert [sorted(pair) for pair in zip(first, second, strict=True)] == [["created", "unchanged"]] * 40


def test_concurrent_migrations_run_once(new_url, processes, coordinator):
    barrier = coordinator.Barrier(4)
    runs = [processes.submit(workers.migrate_together, new_url, barrier) for _ in range(4)]
    ran = sorted(run.result(timeout=60) for run in runs)
    assert ran[:3] == [[], [], []]
    assert ran[3][0] == "0001 first"


def test_a_killed_writer_loses_nothing_acknowledged_and_leaves_nothing_half_done(store_url):
    told, tell = SPAWN.Pipe(duplex=False)
    writer = SPAWN.Process(target=workers.publish_for_ever, args=(store_url, tell))
    writer.start()
    tell.close()
    last = -1
    while last < 20:
        last = told.recv()
    writer.kill()
    writer.join()
    while True:
        try:
            last = told.recv()
        except EOFError:
            break
    store = open_store(store_url, scheme=SCHEME)
    assert all(asked(store).story(f"{number}:{part}") for number in range(last + 1) for part in range(3))
    assert store.stats().stories % 3 == 0
    publish(store, draft("after"))
    store.close()


@pytest.mark.parametrize("from_thread", [False, True])
def test_a_store_used_before_a_fork_works_on_both_sides(store_url, from_thread):
    store = open_store(store_url, scheme=SCHEME)
    publish(store, draft("before"))
    with warnings.catch_warnings():
        # Forking beside the threads of a connection pool is what this test is about.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            publish(store, draft("child"))
            os._exit(0 if asked(store).story("before") is not None else 2)
        except BaseException:  # a child must not run on into the test runner
            os._exit(1)
    publish(store, draft("parent"))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert all(asked(store).story(name) for name in ("before", "child", "parent"))
    store.close()


def test_threads_write_beside_each_other(store):
    def write(name):
        for number in range(5):
            publish(store, draft(f"{name}:{number}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.stats().stories == 30


def test_readers_see_a_recording_only_when_it_is_done(store):
    (key,) = keys_of(store, draft("a"))

    @store.record
    def _(recording):
        recording.finish([key])
        assert not asked(store).story("a").matched

    assert asked(store).story("a").matched


def test_the_writer_lock_lets_one_process_in_at_a_time(tmp_path, processes):
    counter = tmp_path / "counter"
    counter.write_text("0")
    runs = [processes.submit(workers.count_without_losing_any, str(tmp_path / "x"), str(counter), 30) for _ in range(3)]
    for run in runs:
        run.result(timeout=60)
    assert counter.read_text() == "90"


def test_a_busy_writer_cannot_shut_another_one_out(tmp_path, processes, coordinator):
    log, barrier = tmp_path / "log", coordinator.Barrier(2)
    greedy = processes.submit(workers.take_turns, str(tmp_path / "x"), "g", 400, str(log), barrier)
    patient = processes.submit(workers.take_turns, str(tmp_path / "x"), "p", 20, str(log), barrier)
    greedy.result(timeout=60)
    patient.result(timeout=60)
    turns = log.read_text()
    assert turns.count("p") == 20
    assert turns.rindex("p") < len(turns) - 1  # done long before the greedy one had its fill


def test_threads_of_one_process_get_the_writer_lock_in_the_order_they_asked(tmp_path):
    queued = WriterLock(tmp_path / "x", timeout=30)
    order = []

    def take(name):
        with queued.held():
            order.append(name)

    threads = []
    with queued.held():
        for name in range(5):
            threads.append(threading.Thread(target=take, args=(name,)))
            threads[-1].start()
            while len(queued._queue) < name + 2:
                pass
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_a_writer_lock_that_cannot_be_had_in_time_is_told_as_unavailable(tmp_path):
    holder, other = WriterLock(tmp_path / "x", timeout=5), WriterLock(tmp_path / "x", timeout=0.05)
    with holder.held(), pytest.raises(Unavailable, match="busy"), other.held():
        pass
    with other.held():
        assert Path(tmp_path / "x-lock").exists()


@pytest.fixture
def holder(tmp_path):
    """A process that holds a writer lock and never lets go."""
    told, tell = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=workers.hold_for_ever, args=(str(tmp_path / "x"), tell))
    process.start()
    told.recv()
    yield process
    process.kill()
    process.join()


def test_a_stopped_process_that_holds_the_writer_lock_is_killed_by_who_waits(tmp_path, holder, monkeypatch, caplog):
    monkeypatch.setattr(lock, "_STOPPED_FOR", 0.1)
    os.kill(holder.pid, signal.SIGSTOP)
    with WriterLock(tmp_path / "x", timeout=30).held():
        holder.join(timeout=30)
    assert holder.exitcode == -signal.SIGKILL
    assert f"killed process {holder.pid}" in caplog.text


def test_a_process_that_is_slow_keeps_the_writer_lock(tmp_path, holder, monkeypatch):
    monkeypatch.setattr(lock, "_STOPPED_FOR", 0.1)
    with pytest.raises(Unavailable, match="busy"), WriterLock(tmp_path / "x", timeout=1).held():
        pass
    assert holder.is_alive()


def test_a_full_disk_is_told_as_unavailable_and_passes(sqlite_url):
    told, tell = SPAWN.Pipe(duplex=False)
    writer = SPAWN.Process(target=workers.publish_until_full, args=(sqlite_url, tell))
    writer.start()
    refused, kept, present, counted, none_left = told.recv()
    writer.join()
    assert refused is not None
    assert 0 < kept < 2000
    assert (present, counted, none_left) == (kept + 1, kept + 1, True)
    with apsw.Connection(sqlite_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_postgresql_that_crashed_is_found_again_with_all_that_was_published(postgres_server, store_url):
    if not store_url.startswith("postgresql"):
        return
    store = open_store(store_url, scheme=SCHEME)
    publish(store, draft("before"))
    postgres_server.stop()
    try:
        with pytest.raises(Unavailable):
            publish(store, draft("meanwhile"))
        with pytest.raises(Unavailable):
            store.probe()
    finally:
        postgres_server.start()
    publish(store, draft("after"))
    assert asked(store).story("before") is not None
    store.probe()
    store.close()


def test_a_transaction_that_stalls_in_postgresql_is_ended_and_told_as_unavailable(postgres_server, monkeypatch):
    monkeypatch.setitem(connections.SETTINGS, "idle_in_transaction_session_timeout", "50ms")
    store = open_store(postgres_server.url("migrated"), scheme=SCHEME)

    def stall():

        @store.record
        def _(recording):
            time.sleep(0.5)
            recording.finish([1])

    with pytest.raises(Unavailable, match="does not answer"):
        stall()
    store.probe()
    store.close()
