from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from twicetold.usecases.processor_slots import ProcessorSlots


def test_a_chunk_waits_for_the_chunk_before_it():
    turns, begun = ProcessorSlots(), Event()

    def compute() -> None:
        with turns.of(2):
            begun.set()

    with ThreadPoolExecutor(1) as pool:
        with turns.of(2):
            second = pool.submit(compute)
            assert not begun.wait(0.05)
        second.result(timeout=10)
    assert begun.is_set()


def test_a_single_story_never_waits_for_a_chunk():
    turns, done = ProcessorSlots(), []
    with turns.of(100), turns.of(1):
        done.append("inside a chunk's turn")
    assert done
