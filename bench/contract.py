"""Contract: requests made up from openapi.yaml, good and bad, with every check, to servers with and without API keys.

    python -m bench.contract [--examples 100] [--seed 1]

Runs schemathesis as `schemathesis.toml` says; its own report follows the name of each server. The exit status is the
number of servers with findings.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.server import Server

ROOT = Path(__file__).parents[1]
KEY = "a-key-for-this-run-alone"


def findings(url: str, headers: list[str], *, examples: int, seed: int) -> bool:
    """Whether schemathesis finds anything that is not as the contract says."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", "openapi.yaml", "--url", url, "--no-color"]
    command += ["--max-examples", str(examples), "--seed", str(seed)]
    command += [part for header in headers for part in ("--header", header)]
    done = subprocess.run(command, cwd=ROOT, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return done.returncode != 0


def main() -> None:
    """Measure, and print what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--examples", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    failed = 0
    for name, keys in (("without keys", ""), ("with keys", KEY)):
        with tempfile.TemporaryDirectory() as folder, Server(Path(folder), api_keys=keys) as server:
            print(f"\n{name}\n", flush=True)
            headers = [f"Authorization: Bearer {keys}"] if keys else []
            url = f"http://127.0.0.1:{server.port}"
            failed += findings(url, headers, examples=given.examples, seed=given.seed)
    sys.exit(failed)


if __name__ == "__main__":
    main()
