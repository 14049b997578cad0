"""Cuts that overlap, in whatever order the rules found them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.cleaning.spans import Cut, settle

CUTS = st.lists(
    st.builds(
        lambda start, length, kind: Cut(start, start + length, kind, kind),
        st.integers(0, 30), st.integers(1, 12), st.sampled_from(["ad", "share", "teaser"]),
    ),
    max_size=8,
)  # fmt: skip


def covered(cuts):
    return {place for cut in cuts for place in range(cut.start, cut.end)}


@given(cuts=CUTS)
def test_settled_cuts_cover_what_all_cover_in_text_order_and_no_place_twice(cuts):
    settled = settle(cuts)
    assert covered(settled) == covered(cuts)
    assert sum(cut.end - cut.start for cut in settled) == len(covered(cuts))
    assert settled == sorted(settled)


@pytest.mark.parametrize("turn", [1, -1])
def test_of_cuts_that_begin_together_the_longest_stays_whole(turn):
    short, long = Cut(5, 9, "ad", "short"), Cut(5, 20, "share", "long")
    assert settle([short, long][::turn]) == [long]


@pytest.mark.parametrize("turn", [1, -1])
def test_of_cuts_that_overlap_the_later_keeps_what_the_earlier_leaves(turn):
    earlier, later = Cut(0, 10, "ad", "earlier"), Cut(6, 15, "share", "later")
    assert settle([earlier, later][::turn]) == [earlier, Cut(10, 15, "share", "later")]


def test_of_cuts_at_one_place_the_one_found_first_names_the_kind():
    first, second = Cut(2, 8, "teaser", "first"), Cut(2, 8, "ad", "second")
    assert settle([first, second]) == [first]
