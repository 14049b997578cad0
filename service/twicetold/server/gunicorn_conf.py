"""How gunicorn serves: its settings and hooks, read by `twicetold serve`.

The arbiter checks the settings, brings the store's schema up to date and imports everything, so that workers share the
memory of it; each worker then builds its own object graph after the fork (`twicetold.server.wsgi.load`), because
neither store connections nor threads nor extraction processes survive one.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

from twicetold.domain.errors import TwicetoldError
from twicetold.encoder import check as check_encoder
from twicetold.observability.logs import configuration
from twicetold.server.admission import Bounds
from twicetold.server.worker import Worker
from twicetold.settings import Settings
from twicetold.web.keys import read_keys

try:
    _settings = Settings.load(os.environ)
except TwicetoldError as refused:
    sys.exit(str(refused))

_memory = Path("/dev/shm")  # noqa: S108  # a directory in memory, used through mkdtemp and gunicorn alone
_scratch = str(_memory) if os.access(_memory, os.W_OK) else None


def _directory_of_counters() -> str:
    """A new directory named for this process; those of servers that were killed before they could remove them go."""
    parent = Path(_scratch or tempfile.gettempdir())
    for left in parent.glob("twicetold-*-*"):
        owner = left.name.split("-")[1]
        if owner.isdigit() and not _runs(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"twicetold-{os.getpid()}-", dir=parent)


def _bound_free_memory() -> None:
    """Let the threads of a worker share one arena that keeps no more than 4 MB of what is freed.

    With an arena for each thread, glibc's default, a worker holds what each of them once needed. Blocks of 2 MB and
    more go back when they are freed. To keep less makes the system fill with zeros what it gives anew, at each page; to
    keep more spares nothing. See mallopt(3); other C libraries do not know it.
    """
    arenas, large_block, kept = -8, -3, -1
    with contextlib.suppress(AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(arenas, 1)
        libc.mallopt(large_block, 2**21)
        libc.mallopt(kept, 2**22)


def _give_free_memory_back() -> None:
    """What loading has used and freed, which every worker would count as its own. See malloc_trim(3)."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


_bound_free_memory()

# Counters of all workers meet in this directory; prometheus_client looks for it when it is imported.
_counters = _directory_of_counters()
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _counters

wsgi_app = "twicetold.server.wsgi:load()"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = Worker
workers = _settings.workers
threads = _settings.threads
graceful_timeout = _settings.graceful_seconds
keepalive = 15  # seconds; an idle connection costs no thread
timeout = 6  # seconds a worker's poller may stand still before the worker is replaced; does not bound requests
limit_request_line = 8190  # a `url=` to look up may be long
worker_tmp_dir = _scratch  # a heartbeat file must never wait for a disk
control_socket_disable = True  # wants a writable $HOME, and nothing here uses it
accesslog = None  # twicetold.observability.logs.log_request tells more, and less of the client
logconfig_dict = configuration(_settings.log_level, terminal=sys.stderr.isatty())


def on_starting(server: object) -> None:
    """Prepare the store and load the code, once for all workers."""
    from twicetold import bootstrap
    from twicetold.server import wsgi  # noqa: F401  # `wsgi` for the workers to share

    try:
        if _settings.keys_file:
            read_keys(Path(_settings.keys_file))
        if _settings.encoder:
            check_encoder(Path(_settings.encoder))
        bootstrap.migrate(_settings)
        bootstrap.preload(_settings)
    except TwicetoldError as refused:
        shutil.rmtree(_counters, ignore_errors=True)
        sys.exit(f"twicetold: {refused}")


def when_ready(server: object) -> None:
    """Say how to reach the service: the sockets listen now, and requests wait in them until the workers are up."""
    print(_greeting(_settings), flush=True)


def pre_fork(server: object, worker: Worker) -> None:
    """Keep the collector from touching, and so copying, the pages that workers share."""
    gc.collect()
    _give_free_memory_back()
    gc.freeze()


def post_fork(server: object, worker: Worker) -> None:
    """Tell the new worker what it may know."""
    worker.bounds = Bounds(
        silence=_settings.body_seconds,
        long_bodies=_settings.bodies,
        batches=_settings.batches,
        watchers=_settings.watchers,
        per_peer=_settings.connections_per_peer,
        max_body=_settings.max_body,
        max_batch=_settings.max_batch_body,
    )


def worker_exit(server: object, worker: Worker) -> None:
    """End the threads, processes and connections of a worker that stops."""
    if close := getattr(getattr(worker, "application", None), "close", None):
        close()


def on_exit(server: object) -> None:
    """Remove the counters with the server."""
    shutil.rmtree(_counters, ignore_errors=True)


def _greeting(settings: Settings) -> str:
    everywhere = {"0.0.0.0", "127.0.0.1", "::", "::1"}  # noqa: S104  # compared with, not bound to
    host = "localhost" if settings.host in everywhere else settings.host
    address = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    key = " -H 'Authorization: Bearer YOUR-KEY'" if settings.api_keys else ""
    story = (
        '{"id": "first", "source": "example.org", "text": "On Monday the harbour froze for the first time in twenty'
        ' years, and the ferries stayed in port."}'
    )
    return (
        f"Twicetold serves on {address} with {settings.workers} workers; its interface is described at {address}/docs\n"
        f"Try it:\n\n  curl -s {address}/v1/stories{key} -H 'Content-Type: application/json' -d '{story}'\n"
    )
