"""The pool of children: limits, survival, order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import structs
from twicetold.domain.errors import ExtractionFailed, ExtractionKilled, Unavailable
from twicetold.observability.processes import usage
from twicetold.sandbox.pool import LARGE, ChildPool, PoolLimits

from tests.sandbox.targets import ask, page, pool_of

LIMITS = PoolLimits(seconds=0.5, clock_seconds=20, memory=64 << 20, wait=20)


@pytest.fixture(scope="module")
def pool() -> Iterator[ChildPool]:
    pool = pool_of(LIMITS, children=2)
    yield pool
    pool.close()


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def pid(pool: ChildPool) -> str | None:
    return ask(pool, b"who").metadata.author


def test_a_page_comes_back_as_text_with_its_url(pool: ChildPool) -> None:
    extracted = ask(pool, "a page with ünïcode".encode(), url="https://example.org/a")
    assert (extracted.cleaned.text, extracted.metadata.url) == ("a page with ünïcode", "https://example.org/a")


def test_a_page_over_the_time_limit_is_killed_and_the_message_says_so(pool: ChildPool) -> None:
    with pytest.raises(ExtractionKilled, match=r"longer than 0\.5 seconds"):
        ask(pool, b"spin")
    assert ask(pool, b"next").cleaned.text == "next"


@pytest.mark.parametrize("written", [b"eat", b"parse"])
def test_a_page_over_the_memory_limit_is_killed_and_the_message_says_so(written: bytes) -> None:
    pool = pool_of(structs.replace(LIMITS, seconds=20), children=1)
    with pytest.raises(ExtractionKilled, match="64 MB"):
        ask(pool, written)
    assert ask(pool, b"next").cleaned.text == "next"
    pool.close()


def test_a_child_that_crashes_costs_only_its_page(pool: ChildPool) -> None:
    with pytest.raises(ExtractionKilled, match="failed on it"):
        ask(pool, b"die")
    assert ask(pool, b"next").cleaned.text == "next"


def test_an_error_in_the_pool_is_no_kill_and_shows_nothing_of_the_page(pool: ChildPool) -> None:
    before = pid(pool)
    with pytest.raises(ExtractionFailed) as refused:
        ask(pool, b"fail")
    assert not isinstance(refused.value, ExtractionKilled)
    assert "PAGE TEXT" not in refused.value.detail
    assert refused.value.field == "html"
    assert pid(pool) == before


def test_what_a_child_prints_reaches_no_log(pool: ChildPool, capfd: pytest.CaptureFixture[str]) -> None:
    ask(pool, b"shout")
    assert capfd.readouterr() == ("", "")


def test_a_child_knows_nothing_of_the_workers_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWICETOLD_API_KEYS", "secret")
    pool = pool_of(LIMITS, children=1)
    names = ask(pool, b"environment").cleaned.text
    pool.close()
    assert "PYTHONPATH" in names
    assert "TWICETOLD" not in names


def test_killed_pages_leave_no_descriptors_and_no_processes_behind(pool: ChildPool) -> None:
    ask(pool, b"warm")
    before = open_descriptors()
    for _ in range(5):
        with pytest.raises(ExtractionKilled):
            ask(pool, b"die")
    ask(pool, b"next")
    assert open_descriptors() <= before
    assert ask(pool, b"fds").cleaned.text == ask(pool, b"fds").cleaned.text


def test_many_threads_share_few_children(pool: ChildPool) -> None:
    with ThreadPoolExecutor(8) as threads:
        pages = [f"page {number}" for number in range(80)]
        answers = list(threads.map(lambda text: ask(pool, text.encode()), pages))
    assert [answer.cleaned.text for answer in answers] == pages
    assert len({answer.metadata.author for answer in answers}) <= 2


def test_a_slow_page_does_not_hold_up_others(pool: ChildPool) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(ask, pool, b"spin")
        for _ in range(5):
            assert ask(pool, b"quick").cleaned.text == "quick"
        with pytest.raises(ExtractionKilled):
            slow.result()


def test_a_child_is_replaced_after_so_many_bytes() -> None:
    pool = pool_of(PoolLimits(read=6), children=1)
    pids = [pid(pool) for _ in range(6)]
    pool.close()
    assert pids[0] == pids[1]
    assert len(set(pids)) == 3


def test_what_a_child_has_used_is_still_counted_when_it_has_ended() -> None:
    pool = pool_of(PoolLimits(seconds=0.5, clock_seconds=20), children=1)
    before = seconds_used()
    with pytest.raises(ExtractionKilled):
        ask(pool, b"spin")
    assert ask(pool, b"next").cleaned.text == "next"
    used = seconds_used() - before
    pool.close()
    assert used >= 0.4


def seconds_used() -> float:
    """Of the processes that this one has started, ended ones too."""
    return sum(role.seconds for role in usage(os.getpid()) if role.role != "arbiter")


def test_no_child_that_has_ended_is_left_behind() -> None:
    pool = pool_of(PoolLimits(read=1), children=1)
    for _ in range(3):
        ask(pool, b"next")
    deadline = time.monotonic() + 10
    while "Z" in (states := states_below(os.getpid())) and time.monotonic() < deadline:
        time.sleep(0.05)
    pool.close()
    assert "Z" not in states


def states_below(process: int) -> list[str]:
    """The states (proc(5)) of what a process has started, and of what that has."""
    below = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    return [state for child in below for state in [state_of(child), *states_below(int(child))]]


def state_of(process: str) -> str:
    return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0]


def test_a_child_is_forked_from_a_process_that_has_read_a_page_and_so_loaded_what_that_needs() -> None:
    pool = pool_of(PoolLimits(read=1), children=1)
    counts = [ask(pool, b"count").cleaned.text for _ in range(2)]
    pool.close()
    assert counts == ["3", "3"]


def test_a_target_that_fails_on_the_first_page_reads_others() -> None:
    pool = pool_of(LIMITS, target="fail_first")
    assert ask(pool, b"next").cleaned.text == "next"
    pool.close()


def test_a_target_that_hangs_on_the_first_page_keeps_nobody_waiting() -> None:
    pool = pool_of(PoolLimits(seconds=0.5, clock_seconds=1), target="hang_first")
    for _ in range(2):
        with pytest.raises(Unavailable, match="again later"):
            ask(pool, b"next")
    pool.close()


def test_a_task_that_kills_its_child_costs_no_other_of_the_same_message(pool: ChildPool) -> None:
    outcomes = pool.run([page(written) for written in (b"one", b"die", b"two", b"spin", b"three")])
    told = [one if isinstance(one, ExtractionKilled) else one.analysis.cleaned.text for one in outcomes]
    assert [one for one in told if isinstance(one, str)] == ["one", "two", "three"]
    assert [type(one) for one in told] == [str, ExtractionKilled, str, ExtractionKilled, str]


def test_a_busy_machine_is_no_fault_of_a_text() -> None:
    pool = pool_of(PoolLimits(seconds=0.3, clock_seconds=0.6), children=1)
    with pytest.raises(Unavailable):
        ask(pool, b"sleep")  # for longer than it may take by the clock, though it needs no processor
    pool.close()


def test_large_tasks_never_take_the_last_child(pool: ChildPool) -> None:
    with ThreadPoolExecutor(2) as threads:
        large = [threads.submit(ask, pool, b"spin " + b" " * LARGE) for _ in range(2)]
        while pool._busy == 0:
            time.sleep(0.01)
        assert ask(pool, b"quick").cleaned.text == "quick"
        assert sum(one.done() for one in large) == 0
        assert all(isinstance(one.exception(), ExtractionKilled) for one in large)


def test_callers_that_wait_too_long_are_told_to_come_back() -> None:
    pool = pool_of(PoolLimits(seconds=2, wait=0.05), children=1)
    ask(pool, b"warm")
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(ask, pool, b"spin")
        while pool._busy == 0:
            time.sleep(0.01)
        with pytest.raises(Unavailable):
            ask(pool, b"page")
        with pytest.raises(ExtractionKilled):
            slow.result()
    pool.close()


def test_close_lets_the_page_under_way_end_and_refuses_new_ones() -> None:
    pool = pool_of(LIMITS, children=1)
    ask(pool, b"warm")
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(ask, pool, b"spin")
        while pool._busy == 0:
            time.sleep(0.01)
        closing = threading.Thread(target=pool.close)
        closing.start()
        with pytest.raises(ExtractionKilled):
            slow.result()
        closing.join()
    with pytest.raises(Unavailable):
        ask(pool, b"late")


def test_a_dead_forkserver_is_replaced() -> None:
    pool = pool_of(LIMITS, children=1)
    first = pid(pool)
    pool._forkserver._process.kill()
    pool._forkserver._process.wait()
    with pytest.raises(ExtractionKilled):
        ask(pool, b"lost with the forkserver")
    second = pid(pool)
    pool.close()
    assert second not in {None, first}


def test_children_end_with_the_forkserver() -> None:
    pool = pool_of(LIMITS, children=1)
    child = pid(pool)
    pool._forkserver._process.kill()
    pool._forkserver._process.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    pool.close()
    assert not Path(f"/proc/{child}").exists()


WORKER = """
import time
from twicetold.sandbox.pool import PoolLimits
from tests.sandbox.targets import ask, pool_of
pool = pool_of(PoolLimits())
print(ask(pool, b"who").metadata.author, pool._forkserver._process.pid, flush=True)
time.sleep(60)
"""


def test_nothing_outlives_a_worker_that_is_killed() -> None:
    root = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE, text=True, env=root) as worker:
        child, forkserver = worker.stdout.readline().split()
        worker.kill()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{number}").exists() for number in (child, forkserver)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists()
    assert not Path(f"/proc/{forkserver}").exists()


def test_a_stop_signal_to_all_processes_lets_the_page_under_way_end() -> None:
    pool = pool_of(LIMITS, children=1)
    child = pid(pool)
    os.kill(int(child), signal.SIGTERM)
    os.kill(pool._forkserver._process.pid, signal.SIGINT)
    assert pid(pool) == child
    pool.close()


def test_each_process_that_uses_a_pool_gets_children_of_its_own() -> None:
    pool = pool_of(LIMITS, children=1)
    answers = []
    for _ in range(2):
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.write(writer, f"{pid(pool)} ".encode())
            pool.close()
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            answers.append(answer.read())
    for _ in answers:
        os.wait()
    assert len(set(answers)) == 2
