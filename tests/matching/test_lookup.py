import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.matching.lookup import Lookup

HASHES = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 50) | st.integers(2**64 - 50, 2**64 - 1))


def test_hashes_that_all_share_a_bucket_are_found_too():
    known = np.arange(1000, dtype=np.uint64)
    places, found = Lookup(known).find(np.array([999, 1000, 0], dtype=np.uint64))
    assert found.tolist() == [True, False, True]
    assert places[found].tolist() == [999, 0]


@given(HASHES, HASHES)
def test_a_hash_is_found_where_it_stands_and_only_if_it_does(known, others):
    known = np.unique(np.array(known, dtype=np.uint64))
    asked = np.concatenate((known, np.array(others, dtype=np.uint64)))
    places, found = Lookup(known).find(asked)
    assert found.tolist() == [one in set(known.tolist()) for one in asked.tolist()]
    assert known[places[found]].tolist() == asked[found].tolist()
