"""What the host makes of processor time: a process that does nothing else spends so much of it, and answers.

A virtual machine that is given half of a processor answers late whatever it runs. Requests that are timed in turn with
this baseline, each beside the same processor time spent bare, tell what the service adds.
"""

from __future__ import annotations

import subprocess
import sys
import time
from types import TracebackType
from typing import Self


class Baseline:
    """The process; its `spend` is to be called from one thread."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "bench.baseline"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.spend(0)  # it has started
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def spend(self, milliseconds: float) -> float:
        """Let it spend so much processor time; how long its answer took, in milliseconds."""
        ask, answers = self._process.stdin, self._process.stdout
        began = time.perf_counter()
        if ask:
            ask.write(f"{milliseconds}\n")
        if not (answers and answers.readline()):
            raise RuntimeError("the baseline has ended")
        return 1000 * (time.perf_counter() - began)


def answer() -> None:
    """Spend what each line asks for."""
    for line in sys.stdin:
        until = time.process_time() + float(line) / 1000
        while time.process_time() < until:
            sum(range(100))
        print(flush=True)


if __name__ == "__main__":
    answer()
