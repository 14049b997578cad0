from __future__ import annotations

import pytest
from twicetold.domain.matching.canonical import CanonicalPolicy, Claimant, canonical, credited, is_of

PAPER = Claimant(key=1, source="herald.example", words=300, credits=("AFP",))
WIRE = Claimant(key=2, source="afp.com", words=420)
LONG = Claimant(key=3, source="gazette.example", words=900, credits=("dpa", "AFP"))
CHAIN = Claimant(key=4, source="Evening Post", words=200, credits=("dpa",))
MEMBERS = (PAPER, WIRE, LONG, CHAIN)


@pytest.mark.parametrize(
    ("policy", "key"),
    [("earliest", 1), ("longest", 3), ("agency", 2), ("source:Evening Post", 4), ("source:nobody.example", 1)],
)
def test_a_policy_chooses_the_canonical_story(policy: str, key: int) -> None:
    assert canonical(MEMBERS, CanonicalPolicy.parse(policy)) == key
    assert str(CanonicalPolicy.parse(policy)) == policy


def test_where_the_agency_itself_is_not_there_the_first_that_credits_it_is_canonical() -> None:
    assert canonical((CHAIN, LONG, PAPER), CanonicalPolicy.parse("agency")) == 3


def test_where_nobody_credits_anybody_the_earliest_is_canonical() -> None:
    assert canonical((WIRE, Claimant(key=9, source="a.example", words=9)), CanonicalPolicy.parse("agency")) == 2


def test_the_longest_of_two_as_long_is_the_earlier() -> None:
    assert canonical((PAPER, Claimant(key=9, source="a", words=300)), CanonicalPolicy.parse("longest")) == 1


def test_whom_most_members_credit_is_told_with_its_first_story() -> None:
    found = credited(MEMBERS)
    assert found is not None
    assert (found.name, found.members, found.first) == ("AFP", 2, 1)
    assert credited((WIRE,)) is None


def test_a_member_that_names_one_twice_counts_once() -> None:
    twice = Claimant(key=5, source="a", words=1, credits=("dpa", "dpa"))
    found = credited((PAPER, twice))
    assert found is not None
    assert (found.name, found.members) == ("AFP", 1)


@pytest.mark.parametrize("text", ["", "newest", "source", "source:", "source: ", "earliest:x", "EARLIEST"])
def test_another_policy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="source:NAME"):
        CanonicalPolicy.parse(text)


@pytest.mark.parametrize(
    ("source", "name", "same"),
    [
        ("reuters.com", "Reuters", True), ("The Guardian", "the-guardian", True), ("www.dpa.de", "dpa", True),
        ("herald.example", "Reuters", False), ("reuters-fans.example", "Reuters", False), ("a.example", "", False),
    ],
)  # fmt: skip
def test_a_source_is_an_agency_by_its_name(source: str, name: str, same: bool) -> None:
    assert is_of(source, name) == same
