"""What derives from what, told by ties and times alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.matching.derive import Derivation, Kin, KinTie, derivations, derives, founders
from twicetold.domain.model import Copied, Relation

START = datetime(2026, 3, 2, tzinfo=UTC)


def kin(key: int, hours: int, cluster: str | None = None, began: int | None = None, *, sole: bool = False) -> Kin:
    told, name = START + timedelta(hours=hours), f"s{key}"
    first = told if began is None else START + timedelta(hours=began)
    return Kin(
        key=key, story_id=name, told=(told, name), began=(first, name if began is None else cluster or ""),
        cluster_id=cluster, sole=sole, derives=False,
    )  # fmt: skip


def known(*stories: Kin) -> dict[int, Kin]:
    return {one.key: one for one in stories}


def test_of_two_the_one_told_later_derives():
    both = known(kin(1, 0), kin(2, 1))
    assert derivations([KinTie(2, 1, Relation.EXCERPT_OF)], both, {2}) == [Derivation(2, 1, Relation.EXCERPT_OF)]
    assert derivations([KinTie(1, 2, Relation.CONTAINS)], both, {2}) == []


def test_a_cluster_counts_as_told_with_its_first_story():
    early = known(kin(1, 5, "c", began=0), kin(2, 1))
    assert derives([KinTie(2, 1, Relation.REWRITE)], early)
    assert not derives([KinTie(1, 2, Relation.REWRITE)], early)


def test_from_each_cluster_a_story_derives_once_and_from_its_earliest_that_is_tied():
    stories = known(kin(1, 0, "c", began=0), kin(2, 1, "c", began=0), kin(3, 0, "d", began=0), kin(9, 5))
    ties = [KinTie(9, 2, Relation.CONTAINS), KinTie(9, 1, Relation.CONTAINS), KinTie(9, 3, Relation.EXCERPT_OF)]
    assert derivations(ties, stories, {9}) == [
        Derivation(9, 1, Relation.CONTAINS),
        Derivation(9, 3, Relation.EXCERPT_OF),
    ]


def test_a_copy_goes_before_a_quotation_of_the_same_cluster_and_a_quotation_makes_no_copy():
    stories = known(kin(1, 0, "c", began=0), kin(2, 1, "c", began=0), kin(9, 5))
    ties = [KinTie(9, 1, Relation.PASSAGE), KinTie(9, 2, Relation.REWRITE)]
    assert derivations(ties, stories, {9}) == [Derivation(9, 2, Relation.REWRITE)]
    assert not derives(ties[:1], stories)


def test_members_of_one_cluster_derive_from_each_other_not_at_all():
    stories = known(kin(1, 0, "c", began=0), kin(2, 1, "c", began=0))
    assert derivations([KinTie(2, 1, Relation.EXCERPT_OF)], stories, set()) == []


def test_nothing_chains_where_there_is_an_original():
    stories = known(kin(1, 0), kin(2, 1), kin(3, 2))
    ties = [KinTie(3, 2, Relation.EXCERPT_OF), KinTie(3, 1, Relation.EXCERPT_OF)]
    assert derivations(ties, stories, {2, 3}) == [Derivation(3, 1, Relation.EXCERPT_OF)]
    assert derivations(ties[:1], stories, {2, 3}) == [Derivation(3, 2, Relation.EXCERPT_OF)]


def test_who_is_copied_founds_a_cluster_unless_copied_itself_or_only_quoted():
    stories = known(kin(1, 0), kin(2, 1), kin(3, 0, "c", began=0, sole=True), kin(4, 0))
    found = [Derivation(9, key, Relation.REWRITE) for key in (1, 2, 3)] + [Derivation(9, 4, Relation.PASSAGE)]
    assert [one.key for one in founders(found, stories, {2})] == [1]


@given(
    hours=st.lists(st.integers(0, 3), min_size=6, max_size=6),
    pairs=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12),
    order=st.randoms(),
)
def test_the_order_of_ties_makes_no_difference_and_nothing_derives_from_what_is_told_later(hours, pairs, order):
    stories = known(*(kin(key, at) for key, at in enumerate(hours)))
    ties = [KinTie(a, b, Relation.REWRITE) for a, b in pairs if a != b]
    for key in stories:
        own = [tie for tie in ties if tie.a == key]
        copies = {each for each in stories if derives([tie for tie in ties if tie.a == each], stories)}
        found = derivations(own, stories, copies)
        assert all(stories[one.original].told < stories[key].told for one in found)
        assert bool(found) == (key in copies)
        shuffled = own[:]
        order.shuffle(shuffled)
        assert derivations(shuffled, stories, copies) == found


def test_every_relation_counts_as_some_kind_of_copy():
    assert {str(relation): relation.copied for relation in Relation} == {
        "exact": Copied.WHOLE, "reprint": Copied.WHOLE, "version": Copied.WHOLE, "excerpt_of": Copied.CUT,
        "contains": Copied.EXTENDED, "rewrite": Copied.REWORKED, "passage": Copied.QUOTED, "template": Copied.QUOTED,
    }  # fmt: skip
