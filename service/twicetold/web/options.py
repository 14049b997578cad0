"""What the web layer is built with: limits and keys, and what it calls back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from twicetold.usecases.ports import Clock
from twicetold.web.keys import Key


class WebOptions(Struct, frozen=True, kw_only=True):
    """Limits and keys. Sizes are bytes, both as sent and decompressed; times are seconds.

    api_keys: any one of these is accepted and may do everything. keys: what others may do. Without any of both the
    service is open. rates: a folder in which the processes of a server share what they count of keys.
    max_body: largest body of one request, and largest line of a batch.
    max_batch_body: largest batch; beyond a few MB it waits in a temporary file.
    max_spool: all batches of a process together, while they wait and are worked on.
    body_silence: how long a client may send nothing in the middle of a body.
    body_deadline: how long a whole body may take.
    batch_chunk: lines of a batch that are stored together, at most.
    ui: whether there are screens for people. trusted_proxies: addresses and networks of proxies that are believed.
    cors_origins: origins whose pages may call the API.
    """

    api_keys: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    rates: Path | None = None
    max_body: int = 16 * 2**20
    max_batch_body: int = 512 * 2**20
    max_spool: int = 2**30
    body_silence: float = 30.0
    body_deadline: float = 600.0
    batch_chunk: int = 100
    ui: bool = True
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()


class RequestSummary(Struct, frozen=True, kw_only=True):
    """A request that is over, for logs and metrics.

    `route` is the template (`/v1/stories/<id>`), never the path; None for a path that does not exist. `seconds` counts
    until the last byte was handed over. `bytes` counts the body handed over; `complete` is False when the client left,
    or an error struck, before its end. `problems` counts the problems it was answered with, as a whole or by lines, by
    their types. `key` is the name of the key that was used. `waited` is for how many seconds it waited for a thread.
    """

    request_id: str
    method: str
    route: str | None
    status: int
    seconds: float
    bytes: int
    complete: bool
    problems: Mapping[str, int] = {}
    key: str | None = None
    waited: float = 0.0


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def _ignore(_: RequestSummary) -> None:
    return


def _never() -> bool:
    return False


class WebHooks(Struct, frozen=True, kw_only=True):
    """What the web layer calls.

    observe: after every request, once its answer went out.
    stopping: whether the process is being shut down; then readiness fails and batches give up their remaining lines.
    leaving: whether the process was asked to stop; who waits for changes is let go then.
    metrics: renders the metrics as a body and its content type; without it there is no `/metrics`.
    clock: publication times too far ahead of it are refused.
    """

    observe: Callable[[RequestSummary], None] = _ignore
    stopping: Callable[[], bool] = _never
    leaving: Callable[[], bool] = _never
    metrics: Callable[[], tuple[bytes, str]] | None = None
    clock: Clock = utc_now
