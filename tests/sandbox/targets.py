"""What extraction children run in the pool's tests: pages that misbehave on purpose."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path

from lxml.html import document_fromstring
from twicetold.domain.model import Extracted, PageMetadata

read: list[bytes] = []


def behave(written: bytes, *, url: str | None, now: datetime | None = None) -> Extracted:
    """Do what the page says."""
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
            return Extracted(text=str(len(hoard)))
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
            return Extracted(text=str(len(read)))
        case ["environment"]:
            return Extracted(text=" ".join(sorted(os.environ)))
        case ["fds"]:
            return Extracted(text=str(sum(1 for _ in Path("/proc/self/fd").iterdir())))
    return Extracted(text=html, metadata=PageMetadata(url=url, author=str(os.getpid())))


def fail_first(written: bytes, *, url: str | None, now: datetime | None = None) -> Extracted:
    """Fail on the page that is read before any is asked for."""
    if b"A short page" in written:
        raise RuntimeError("PAGE TEXT")
    return behave(written, url=url)


def hang_first(written: bytes, *, url: str | None, now: datetime | None = None) -> Extracted:
    """Hang on it."""
    return behave(b"sleep" if b"A short page" in written else written, url=url)
