"""Mutants: lines of the store and of matching broken one at a time; those that no test notices are listed.

    make mutants
    python -m bench.mutants [--only domain/matching] [--names 'twicetold.store.store.*']

mutmut works on a copy in build/mutants, where `service` is called `src`, as it expects, and goes on there where an
earlier run was ended. Tests run without PostgreSQL. A mutant that survives is a line no test would miss: write the test
or delete the line. What changes no answer, such as a bound of speed, survives rightly.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
COPY = ROOT / "build" / "mutants"


class Area(NamedTuple):
    """Modules to break, those to leave alone, and the tests that should notice."""

    modules: str
    left: tuple[str, ...]
    tests: tuple[str, ...]


AREAS = {
    "domain/matching": Area("domain/matching/*.py", ("domain/matching/decide.py",), ("tests/matching",)),
    "store": Area("store/*", ("store/postgres/*", "store/migrations/*"), ("tests/store", "-k", "not postgres")),
}


def copy(area: Area, folder: Path) -> None:
    """Lay out what mutmut works on; results of an earlier run stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("service", "tests", "bench", "examples"):
        target = folder / ("src" if name == "service" else name)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "openapi.yaml", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/twicetold/{area.modules}"],
        "do_not_mutate": [f"src/twicetold/{each}" for each in area.left],
        "also_copy": ["bench", "examples", "openapi.yaml", "README.md"],
        "pytest_add_cli_args_test_selection": list(area.tests),
    }
    with (folder / "setup.cfg").open("w", encoding="utf-8") as written:
        written.write("[mutmut]\n")
        for name, values in settings.items():
            written.write(f"{name} =\n" + "".join(f"    {value}\n" for value in values))


def mutmut(folder: Path, *arguments: str) -> None:
    """Run a command of mutmut in a copy."""
    subprocess.run([str(Path(sys.executable).with_name("mutmut")), *arguments], cwd=folder, check=False)


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", choices=AREAS)
    options.add_argument("--names", default=[], nargs="*", help="mutants to try, by pattern; all without any")
    given = options.parse_args()
    for name, area in AREAS.items():
        if given.only in {None, name}:
            folder = COPY / name.replace("/", "-")
            copy(area, folder)
            mutmut(folder, "run", *given.names)
            print(f"\n{name}: mutants that no test noticed\n", flush=True)
            mutmut(folder, "results")


if __name__ == "__main__":
    main()
