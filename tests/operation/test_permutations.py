"""Permutations: datasketch's own, without datasketch and scipy in the server's memory."""

import subprocess
import sys

import numpy as np
import pytest
from datasketch import MinHash
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.fingerprint.signature import permutations
from twicetold.sandbox.permutations import drawn_apart

PRELOAD = """
import sys
from twicetold.bootstrap import preload
from twicetold.settings import Settings
preload(Settings.load({}))
print(sorted({"datasketch", "scipy", "numpy"} & set(sys.modules)))
"""


def test_permutations_drawn_by_another_process_are_datasketchs_own():
    parameters = FingerprintParameters(seed=20_260_301)
    with drawn_apart(parameters):
        pass
    theirs = MinHash(num_perm=128, seed=20_260_301, scheme="affine32").permutations
    assert np.array_equal(np.concatenate(permutations(parameters)).ravel(), np.concatenate(theirs))


def test_a_server_that_loads_everything_before_it_forks_holds_no_scipy():
    assert subprocess.check_output([sys.executable, "-c", PRELOAD], text=True).strip() == "['numpy']"


def test_a_process_that_cannot_draw_them_is_told_of():
    with pytest.raises(subprocess.CalledProcessError), drawn_apart(FingerprintParameters(seed=2, scheme="none")):
        pass
