"""The pool of extraction children: limits, survival, order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest
from msgspec import structs
from twicetold.domain.errors import ExtractionFailed, ExtractionKilled, Overloaded, Unavailable
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.sandbox.pool import ChildExtractor, ExtractionLimits

TARGET = "tests.sandbox.targets:behave"
LIMITS = ExtractionLimits(seconds=0.5, memory=64 << 20, pages=1000, wait=20)


@pytest.fixture(scope="module")
def pool() -> Iterator[ChildExtractor]:
    extractor = ChildExtractor(LIMITS, children=2, target=TARGET)
    yield extractor
    extractor.close()


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def pid(pool: ChildExtractor) -> str | None:
    return pool.extract(b"who", url=None).metadata.author


def test_a_page_comes_back_as_text_with_its_url(pool: ChildExtractor) -> None:
    extracted = pool.extract("a page with ünïcode".encode(), url="https://example.org/a")
    assert (extracted.text, extracted.metadata.url) == ("a page with ünïcode", "https://example.org/a")


@pytest.mark.parametrize("page", [b"sleep", b"spin"])
def test_a_page_over_the_time_limit_is_killed_and_the_message_says_so(pool: ChildExtractor, page: bytes) -> None:
    with pytest.raises(ExtractionKilled, match=r"longer than 0\.5 seconds"):
        pool.extract(page, url=None)
    assert pool.extract(b"next", url=None).text == "next"


@pytest.mark.parametrize("page", [b"eat", b"parse"])
def test_a_page_over_the_memory_limit_is_killed_and_the_message_says_so(page: bytes) -> None:
    pool = ChildExtractor(structs.replace(LIMITS, seconds=20), children=1, target=TARGET)
    with pytest.raises(ExtractionKilled, match="64 MB"):
        pool.extract(page, url=None)
    assert pool.extract(b"next", url=None).text == "next"
    pool.close()


def test_a_child_that_crashes_costs_only_its_page(pool: ChildExtractor) -> None:
    with pytest.raises(ExtractionKilled, match="failed on it"):
        pool.extract(b"die", url=None)
    assert pool.extract(b"next", url=None).text == "next"


def test_an_error_in_the_extractor_is_no_kill_and_shows_nothing_of_the_page(pool: ChildExtractor) -> None:
    before = pid(pool)
    with pytest.raises(ExtractionFailed) as refused:
        pool.extract(b"fail", url=None)
    assert not isinstance(refused.value, ExtractionKilled)
    assert "PAGE TEXT" not in refused.value.detail
    assert refused.value.field == "html"
    assert pid(pool) == before


def test_what_a_child_prints_reaches_no_log(pool: ChildExtractor, capfd: pytest.CaptureFixture[str]) -> None:
    pool.extract(b"shout", url=None)
    assert capfd.readouterr() == ("", "")


def test_a_child_knows_nothing_of_the_workers_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWICETOLD_API_KEYS", "secret")
    extractor = ChildExtractor(LIMITS, children=1, target=TARGET)
    names = extractor.extract(b"environment", url=None).text
    extractor.close()
    assert "PYTHONPATH" in names
    assert "TWICETOLD" not in names


def test_killed_pages_leave_no_descriptors_and_no_processes_behind(pool: ChildExtractor) -> None:
    pool.extract(b"warm", url=None)
    before = open_descriptors()
    for _ in range(5):
        with pytest.raises(ExtractionKilled):
            pool.extract(b"die", url=None)
    pool.extract(b"next", url=None)
    assert open_descriptors() <= before
    assert pool.extract(b"fds", url=None).text == pool.extract(b"fds", url=None).text


def test_many_threads_share_few_children(pool: ChildExtractor) -> None:
    with ThreadPoolExecutor(8) as threads:
        pages = [f"page {number}" for number in range(80)]
        answers = list(threads.map(lambda page: pool.extract(page.encode(), url=None), pages))
    assert [answer.text for answer in answers] == pages
    assert len({answer.metadata.author for answer in answers}) <= 2


def test_a_slow_page_does_not_hold_up_others(pool: ChildExtractor) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(pool.extract, b"sleep", url=None)
        for _ in range(5):
            assert pool.extract(b"quick", url=None).text == "quick"
        with pytest.raises(ExtractionKilled):
            slow.result()


def test_a_child_is_replaced_after_its_pages() -> None:
    extractor = ChildExtractor(ExtractionLimits(pages=2), children=1, target=TARGET)
    pids = [pid(extractor) for _ in range(6)]
    extractor.close()
    assert pids[0] == pids[1]
    assert len(set(pids)) == 3


def test_a_child_is_forked_from_a_process_that_has_read_a_page_and_so_loaded_what_that_needs() -> None:
    extractor = ChildExtractor(ExtractionLimits(pages=1), children=1, target=TARGET)
    counts = [extractor.extract(b"count", url=None).text for _ in range(2)]
    extractor.close()
    assert counts == ["2", "2"]


def test_an_extractor_that_fails_on_the_first_page_reads_others() -> None:
    extractor = ChildExtractor(LIMITS, children=1, target="tests.sandbox.targets:fail_first")
    assert extractor.extract(b"next", url=None).text == "next"
    extractor.close()


def test_an_extractor_that_hangs_on_the_first_page_keeps_nobody_waiting() -> None:
    extractor = ChildExtractor(LIMITS, children=1, target="tests.sandbox.targets:hang_first")
    for _ in range(2):
        with pytest.raises(Unavailable, match="again later"):
            extractor.extract(b"next", url=None)
    extractor.close()


@pytest.mark.parametrize(("page", "fits"), [("é" * 2000, True), ("é" * 2001, False), ("市" * 2000, True)])
def test_the_size_of_a_page_counts_characters(page: str, *, fits: bool) -> None:
    extractor = ChildExtractor(ExtractionLimits(page=PageLimits(size=2000)), children=1, target=TARGET)
    with nullcontext() if fits else pytest.raises(ExtractionFailed, match="2,000 characters"):
        assert extractor.extract(page.encode(), url=None).text == page
    extractor.close()


def test_callers_that_wait_too_long_are_told_to_come_back() -> None:
    extractor = ChildExtractor(ExtractionLimits(seconds=2, wait=0.05), children=1, target=TARGET)
    extractor.extract(b"warm", url=None)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(extractor.extract, b"sleep", url=None)
        while extractor._busy == 0:
            time.sleep(0.01)
        with pytest.raises(Overloaded):
            extractor.extract(b"page", url=None)
        with pytest.raises(ExtractionKilled):
            slow.result()
    extractor.close()


def test_a_page_over_a_scan_limit_is_refused() -> None:
    extractor = ChildExtractor(ExtractionLimits(page=PageLimits(size=2000, tags=10)), children=1, target=TARGET)
    with pytest.raises(ExtractionFailed, match="characters"):
        extractor.extract(b"x" * 3000, url=None)
    with pytest.raises(ExtractionFailed, match="tags"):
        extractor.extract(b"<div>" * 11, url=None)
    extractor.close()


def test_close_lets_the_page_under_way_end_and_refuses_new_ones() -> None:
    extractor = ChildExtractor(LIMITS, children=1, target=TARGET)
    extractor.extract(b"warm", url=None)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(extractor.extract, b"sleep", url=None)
        while extractor._busy == 0:
            time.sleep(0.01)
        closing = threading.Thread(target=extractor.close)
        closing.start()
        with pytest.raises(ExtractionKilled):
            slow.result()
        closing.join()
    with pytest.raises(Unavailable):
        extractor.extract(b"late", url=None)


def test_a_dead_forkserver_is_replaced() -> None:
    extractor = ChildExtractor(LIMITS, children=1, target=TARGET)
    first = pid(extractor)
    extractor._forkserver._process.kill()
    extractor._forkserver._process.wait()
    with pytest.raises(ExtractionKilled):
        extractor.extract(b"lost with the forkserver", url=None)
    second = pid(extractor)
    extractor.close()
    assert second not in {None, first}


def test_children_end_with_the_forkserver() -> None:
    extractor = ChildExtractor(LIMITS, children=1, target=TARGET)
    child = pid(extractor)
    extractor._forkserver._process.kill()
    extractor._forkserver._process.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    extractor.close()
    assert not Path(f"/proc/{child}").exists()


WORKER = """
import sys, time
from twicetold.sandbox.pool import ChildExtractor, ExtractionLimits
extractor = ChildExtractor(ExtractionLimits(), children=1, target="tests.sandbox.targets:behave")
print(extractor.extract(b"who", url=None).metadata.author, extractor._forkserver._process.pid, flush=True)
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
    extractor = ChildExtractor(LIMITS, children=1, target=TARGET)
    child = pid(extractor)
    os.kill(int(child), signal.SIGTERM)
    os.kill(extractor._forkserver._process.pid, signal.SIGINT)
    assert pid(extractor) == child
    extractor.close()


def test_each_process_that_uses_a_pool_gets_children_of_its_own() -> None:
    extractor = ChildExtractor(LIMITS, children=1, target=TARGET)
    answers = []
    for _ in range(2):
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.write(writer, f"{pid(extractor)} ".encode())
            extractor.close()
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            answers.append(answer.read())
    for _ in answers:
        os.wait()
    assert len(set(answers)) == 2
