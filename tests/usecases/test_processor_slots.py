from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from twicetold.usecases.processor_slots import FEW_WORDS, ProcessorSlots


def test_work_on_many_words_waits_for_such_work_before_it():
    slots, begun = ProcessorSlots(), Event()

    def compute() -> None:
        with slots.of(FEW_WORDS + 1):
            begun.set()

    with ThreadPoolExecutor(1) as pool:
        with slots.of(FEW_WORDS + 1):
            second = pool.submit(compute)
            assert not begun.wait(0.05)
        second.result(timeout=10)
    assert begun.is_set()


def test_work_on_few_words_never_waits():
    slots, done = ProcessorSlots(), []
    with slots.of(FEW_WORDS + 1), slots.of(FEW_WORDS):
        done.append("inside the slot of others")
    assert done
