"""Draws the permutations of signatures in a process of its own.

They come from datasketch, which brings scipy: far more memory in each worker than two lists of numbers are worth.
`python -m twicetold.sandbox.permutations SEED COUNT SCHEME` writes them as uint32, the factors first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from twicetold.domain.fingerprint import signature
from twicetold.domain.fingerprint.parameters import FingerprintParameters


@contextmanager
def drawn_apart(parameters: FingerprintParameters) -> Iterator[None]:
    """Draw them while the block runs; at its end this process has them. Raises `CalledProcessError`."""
    arguments = (str(parameters.seed), str(parameters.permutations), parameters.scheme)
    command = [sys.executable, "-P", "-m", __name__, *arguments]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:  # noqa: S603  # all ours
        yield
        drawn, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    factors, offsets = np.frombuffer(drawn, dtype=np.uint32).reshape(2, parameters.permutations, 1)
    signature.keep_permutations(parameters, (factors, offsets))


def main(seed: int, count: int, scheme: str) -> None:
    """Draw and write."""
    drawn = signature.permutations(FingerprintParameters(seed=seed, permutations=count, scheme=scheme))
    sys.stdout.buffer.write(np.concatenate(drawn).tobytes())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
