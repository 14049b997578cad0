"""A PgBouncer for the tests, in transaction mode, before a PostgreSQL that runs."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from bench.postgres_server import server_user

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


class PgBouncer:
    """Lends the `servers` connections that it has to whoever begins a transaction."""

    def __init__(self, folder: Path, host: Path, *, servers: int = 4) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        folder.chmod(0o777)
        self._log = folder / "pgbouncer.log"
        users = folder / "users.txt"
        users.write_text('"twicetold" ""\n')
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host={host}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"unix_socket_dir =\nauth_type = trust\nauth_file = {users}\npool_mode = transaction\n"
            f"default_pool_size = {servers}\nmax_client_conn = 200\nlogfile = {self._log}\n"
        )
        self._process = subprocess.Popen(
            [str(PGBOUNCER), "--quiet", str(settings)], user=server_user(), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(self._log.read_text() if self._log.exists() else "pgbouncer did not start")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def url(self, database: str) -> str:
        """Where a database is reached through it."""
        return f"postgresql://twicetold@127.0.0.1:{self.port}/{database}"

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
