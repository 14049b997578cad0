"""What children run in the pool's tests: pages that misbehave on purpose."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
from lxml.html import document_fromstring
from msgspec import structs
from twicetold.domain.analysis import Analysis, AnalysisInput, Indexable
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import Cleaned, PageMetadata
from twicetold.sandbox.pool import ChildPool, PoolLimits
from twicetold.sandbox.protocol import Analyse, Done, Setup, Task

NOTHING = Indexable(fingerprint=fingerprint(""))
read: list[bytes] = []


def said(text: str, *, url: str | None = None) -> Done:
    """An answer, by whom."""
    metadata = PageMetadata(url=url, author=str(os.getpid()))
    return Done(analysis=Analysis(cleaned=Cleaned(text=text), metadata=metadata, input_digest=b"", indexable=NOTHING))


def behave(task: Task, setup: Setup) -> Done:
    """Do what the page says."""
    given = task.given
    written = given.html or (given.text or "").encode()
    read.append(written)
    html = written.decode()
    match html.split():
        case ["sleep"]:
            time.sleep(60)
        case ["spin"]:
            while True:
                pass
        case ["eat"]:
            hoard = [bytearray(1 << 20) for _ in range(100_000)]
            return said(str(len(hoard)))
        case ["parse"]:
            document_fromstring((b"<p>" + b"x" * 1000) * 40_000)
        case ["die"]:
            os._exit(3)
        case ["shout"]:
            os.write(1, b"PAGE TEXT")
            os.write(2, b"PAGE TEXT")
        case ["fail"]:
            raise RuntimeError("PAGE TEXT")
        case ["count"]:
            return said(str(len(read)))
        case ["environment"]:
            return said(" ".join(sorted(os.environ)))
        case ["fds"]:
            return said(str(sum(1 for _ in Path("/proc/self/fd").iterdir())))
    return said(html, url=given.url)


def fail_first(task: Task, setup: Setup) -> Done:
    """Fail on what is read before anything is asked for."""
    if b"A short page" in (task.given.html or b""):
        raise RuntimeError("PAGE TEXT")
    return behave(task, setup)


def hang_first(task: Task, setup: Setup) -> Done:
    """Hang on it."""
    if b"A short page" in (task.given.html or b""):
        task = Analyse(AnalysisInput(html=b"sleep"))
    return behave(task, setup)


def pool_of(limits: PoolLimits, *, children: int = 1, target: str = "behave") -> ChildPool:
    """A pool whose children run a target of this module."""
    setup = Setup(
        target=f"{__name__}:{target}",
        seconds=limits.seconds,
        clock_seconds=limits.clock_seconds,
        memory=limits.memory,
        limits=PageLimits(),
        parameters=FingerprintParameters(),
        permutations=np.empty(0, np.uint32),
    )
    return ChildPool(limits, lambda: setup, children=children)


def page(written: bytes, **given: str) -> Analyse:
    return Analyse(AnalysisInput(html=written, **given))


def ask(pool: ChildPool, written: bytes, **given: str) -> Analysis:
    """What a page gives. Raises what comes of it otherwise."""
    (outcome,) = pool.run([page(written, **given)])
    if not isinstance(outcome, Done):
        raise outcome
    return structs.replace(outcome.analysis)
