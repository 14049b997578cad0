from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from twicetold.domain.matching.clusters import Constraints, by_time, extend, join_alone, partition, trusted
from twicetold.domain.matching.naming import join_groups, name_groups
from twicetold.domain.matching.parameters import EPOCH_DAYS, FUTURE_HOURS

START = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)


class Told(Struct, frozen=True):
    key: int
    published_at: datetime | None = None
    received_at: datetime = START

    @property
    def story_id(self) -> str:
        return f"s{self.key}"


class Tied(Struct, frozen=True):
    a: int
    b: int
    jaccard: float = 0.9


def told(key: int, hours: float | None = 0, received: float = 0) -> Told:
    published = None if hours is None else START + timedelta(hours=hours)
    return Told(key=key, published_at=published, received_at=START + timedelta(hours=received))


def sets(groups):
    return {frozenset(group.members) for group in groups}


@given(
    hours=st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=2, max_size=12),
    ties=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.sampled_from([0.6, 0.8, 1.0])), max_size=30),
    draw=st.randoms(use_true_random=False),
)
def test_the_same_stories_in_any_order_give_the_same_groups(hours, ties, draw):
    nodes = [told(key, hour) for key, hour in enumerate(hours)]
    tied = [Tied(a, b, jaccard) for a, b, jaccard in ties if a < len(nodes) and b < len(nodes)]
    expected = sets(partition(nodes, tied))
    late = [Told(n.key, n.published_at, START + timedelta(hours=draw.randint(0, 20))) for n in nodes]
    draw.shuffle(late)
    draw.shuffle(tied)
    assert sets(partition(late, tied)) == expected


@given(
    hours=st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=7, max_size=20),
    apart=st.sets(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=40),
    new=st.integers(0, 19),
    draw=st.randoms(use_true_random=False),
)
def test_a_story_that_joins_by_its_own_ties_alone_changes_no_other_group(hours, apart, new, draw):
    nodes = [told(key, hour) for key, hour in enumerate(hours)]
    new %= len(nodes)
    ties = [
        Tied(a, b, draw.choice([0.6, 0.8, 1.0]))
        for a in range(len(nodes))
        for b in range(a)
        if not {(a, b), (b, a)} & apart
    ]
    groups = partition([node for node in nodes if node.key != new], [tie for tie in ties if new not in (tie.a, tie.b)])
    own = [tie for tie in ties if new in (tie.a, tie.b)]
    near = {tie.a + tie.b - new for tie in own}
    touched = [group for group in groups if near & set(group.members)]
    draw.shuffle(touched)
    chosen = join_alone(nodes[new], [[nodes[key] for key in group.members] for group in touched], own)
    if chosen is not None:
        expected = sets(groups) - {frozenset(touched[chosen].members)} | {frozenset({*touched[chosen].members, new})}
        assert sets(partition(nodes, ties)) == expected


def test_a_story_joins_by_its_own_ties_alone_if_those_that_groups_are_known_by_come_before_it():
    group, new = [told(key, key) for key in range(6)], told(9, 4.5)
    ties = [Tied(9, key) for key in range(6)]
    assert join_alone(new, [group], ties) == 0
    assert join_alone(new, [group[1:]], ties) is None
    assert join_alone(new, [group], ties[3:]) is None


def test_a_story_between_two_unlike_ones_does_not_chain_them():
    nodes = [told(1, 0), told(2, 1), told(3, 2)]
    assert sets(partition(nodes, [Tied(1, 2), Tied(2, 3)])) == {frozenset({1, 2}), frozenset({3})}


def test_a_story_tied_to_most_members_but_not_the_first_joins():
    nodes = [told(key, key) for key in range(4)]
    ties = [Tied(0, 1), Tied(0, 2), Tied(1, 2), Tied(3, 1), Tied(3, 2)]
    assert sets(partition(nodes, ties)) == {frozenset({0, 1, 2, 3})}


def test_the_canonical_story_is_the_earliest_published_even_if_it_came_last():
    nodes = [told(1, 5, received=6), told(2, 3, received=9), told(3, 4, received=5)]
    (group,) = partition(nodes, [Tied(1, 2), Tied(2, 3), Tied(1, 3)])
    assert group.canonical == 2


def test_dates_in_the_future_and_the_epoch_are_not_trusted():
    epoch = Told(key=1, published_at=datetime(1970, 1, 1, tzinfo=UTC), received_at=START + timedelta(hours=2))
    future = Told(key=2, published_at=START + timedelta(days=400), received_at=START + timedelta(hours=3))
    honest = told(3, 1, received=4)
    assert sorted([epoch, future, honest], key=by_time) == [honest, epoch, future]


@pytest.mark.parametrize("year", [1861, 1969, 1971, 1999])
def test_dates_of_archives_are_trusted(year):
    assert trusted(datetime(year, 4, 12, 9, tzinfo=UTC), START) is not None


@pytest.mark.parametrize("zero", ["1970-01-01", "1969-12-31", "2000-01-01", "1900-01-01", "1601-01-01"])
def test_dates_that_software_fills_in_are_not_trusted(zero):
    assert trusted(datetime.fromisoformat(f"{zero}T00:00:00+00:00"), START) is None


def test_a_day_without_a_time_comes_after_the_times_of_that_day_and_before_those_of_the_next():
    day = datetime(2026, 3, 2, tzinfo=UTC)
    late = day + timedelta(days=30)
    nodes = [
        Told(key=key, published_at=day + timedelta(hours=hours), received_at=late)
        for key, hours in ((1, 0), (2, 10), (3, 23), (4, 25))
    ]
    assert [node.key for node in sorted(nodes, key=by_time)] == [2, 3, 1, 4]


def unasked(a, b):
    raise AssertionError(f"the tie of {a} and {b} is known")


def joined(unclustered, ties, similarity):
    """Which of two existing clusters (1 to 3, 4 and 5) a new story goes into, by its group."""
    clustered = [[told(1), told(2), told(3)], [told(4), told(5)]]
    groups = extend(clustered, [unclustered], {1: 0, 2: 0, 3: 0, 4: 1, 5: 1, 6: 1}, ties, similarity)
    (group,) = (group.members for group in groups if unclustered.key in group.members)
    return group


def test_a_story_joins_the_group_to_whose_leader_it_is_most_similar():
    assert joined(told(9), [Tied(9, 4)], unasked) == (4, 5, 9)
    assert joined(told(9), [Tied(9, 4, 0.7), Tied(1, 9, 0.8)], unasked) == (1, 2, 3, 9)


def test_a_story_tied_to_a_member_is_held_against_the_leader_before_it_joins():
    assert joined(told(9), [Tied(9, 6)], lambda _a, _b: 0.8) == (4, 5, 9)
    assert joined(told(9), [Tied(9, 6)], lambda _a, _b: None) == (9,)


def test_a_story_tied_only_to_one_that_is_tied_to_a_member_is_held_against_the_leader():
    assert joined(told(9), [Tied(9, 8), Tied(8, 6)], lambda _a, _b: 0.8) == (4, 5, 9)


def test_loose_stories_of_a_crowd_found_one_group_if_their_leader_agrees():
    unclustered = [told(key, key) for key in range(1, 9)]
    ties = [Tied(key, 8) for key in range(1, 8)]
    assert sets(extend([], unclustered, {}, ties, lambda _a, _b: 0.8)) == {frozenset(range(1, 9))}
    assert len(extend([], unclustered, {}, ties, lambda _a, _b: None)) == 7


def test_a_story_that_joins_a_crowd_takes_its_name_and_may_become_canonical():
    clustered = {"c": [told(1, 1), told(2, 2)], "other": [told(3, 3), told(4, 4)]}
    unclustered = [told(5, 5), told(6, 0), told(7, 7), told(8, 8), told(9, 9)]
    ties = [Tied(5, 1), Tied(6, 1), Tied(7, 8)]
    groups = extend(list(clustered.values()), unclustered, {1: 0, 2: 0, 3: 1, 4: 1}, ties, unasked)
    naming = join_groups(clustered, unclustered, {}, groups, at=START)
    new = naming.moves[7]
    assert naming.moves == {5: "c", 6: "c", 7: new, 8: new}
    assert naming.canonicals == {"c": 6, new: 7}
    assert [(c.cluster_id, c.event) for c in naming.changes] == [(new, "created")]


def test_a_story_that_leaves_a_crowd_stands_alone():
    groups = extend([[told(1), told(2)]], [told(3)], {1: 0, 2: 0}, [], unasked)
    assert join_groups({"c": [told(1), told(2)]}, [told(3)], {3: "c"}, groups, at=START).moves == {3: None}


def named(nodes, before, ties, at=START):
    return name_groups(nodes, before, partition(nodes, ties), at=at)


def test_a_new_cluster_is_created_once_and_keeps_its_id():
    nodes = [told(1, 0), told(2, 1)]
    first = named(nodes, {}, [Tied(1, 2)])
    (name,) = first.canonicals
    assert first.moves == {1: name, 2: name}
    assert [change.event for change in first.changes] == ["created"]
    more = [*nodes, told(3, 2)]
    second = named(more, first.moves, [Tied(1, 2), Tied(1, 3)])
    assert second.moves == {3: name}
    assert not second.changes


def test_an_earlier_copy_that_comes_late_takes_over_as_canonical():
    nodes = [told(1, 1), told(2, 2), told(3, 0)]
    naming = named(nodes, {1: "c", 2: "c"}, [Tied(1, 2), Tied(1, 3), Tied(2, 3)])
    assert naming.canonicals == {"c": 3}


def test_two_clusters_that_a_story_ties_become_one_under_the_id_of_the_larger():
    nodes = [told(key, key) for key in range(1, 6)]
    ties = [Tied(a, b) for a in range(1, 6) for b in range(a + 1, 6)]
    naming = named(nodes, {1: "small", 2: "small", 3: "big", 4: "big", 5: "big"}, ties)
    assert naming.moves == {1: "big", 2: "big"}
    assert ("small", "merged", "big") in [(c.cluster_id, c.event, c.other) for c in naming.changes]


def test_a_cluster_that_falls_apart_is_reported_as_split():
    nodes = [told(key, key) for key in range(1, 6)]
    naming = named(nodes, dict.fromkeys(range(1, 6), "c"), [Tied(1, 2), Tied(2, 3), Tied(1, 3), Tied(4, 5)])
    other = naming.moves[4]
    assert naming.moves == {4: other, 5: other}
    assert [(c.cluster_id, c.event, c.other) for c in naming.changes] == [
        ("c", "split", other),
        (other, "created", None),
    ]


def test_a_cluster_with_one_story_left_is_dissolved():
    naming = named([told(1), told(2)], {1: "c", 2: "c"}, [])
    assert naming.moves == {1: None, 2: None}
    assert [change.event for change in naming.changes] == ["dissolved"]


def test_clusters_that_begin_at_one_moment_have_ids_of_their_own():
    nodes = [told(key, key) for key in range(1, 5)]
    naming = named(nodes, {}, [Tied(1, 2), Tied(3, 4)])
    assert len(naming.canonicals) == 2
    assert {key: naming.canonicals[name] for key, name in naming.moves.items()} == {1: 1, 2: 1, 3: 3, 4: 3}
    groups = extend([], nodes, {}, [Tied(1, 2), Tied(3, 4)], unasked)
    assert join_groups({}, nodes, {}, groups, at=START).canonicals == naming.canonicals


def test_a_cluster_that_one_story_founds_again_has_another_id():
    nodes, ties = [told(1), told(2)], [Tied(1, 2)]
    first, again = named(nodes, {}, ties), named(nodes, {}, ties, at=START + timedelta(hours=1))
    assert named(nodes, {}, ties).canonicals == first.canonicals
    assert set(first.canonicals) != set(again.canonicals)


def test_cluster_ids_are_short_names_that_say_what_they_are():
    (name,) = named([told(1), told(2)], {}, [Tied(1, 2)]).canonicals
    assert name.startswith("c")
    assert len(name) == 17


def test_a_new_cluster_splits_from_those_that_its_own_members_were_in():
    """Of three clusters two lose a member each to a new one; the third has nothing to do with it."""
    nodes = [told(key, key) for key in range(1, 10)]
    before = {1: "a", 2: "a", 3: "a", 4: "b", 5: "b", 6: "b", 7: "c", 8: "c"}
    ties = [Tied(1, 2), Tied(4, 5), Tied(7, 8), Tied(3, 6)]
    naming = named(nodes, before, ties)
    assert naming.moves[3] == naming.moves[6]
    new = naming.moves[3]
    assert [(c.cluster_id, c.event, c.other) for c in naming.changes] == [
        ("a", "split", new),
        ("b", "split", new),
        (new, "created", None),
    ]


def test_a_cluster_merges_into_the_one_that_takes_most_of_its_stories():
    nodes = [told(key, key) for key in range(1, 10)]
    before = {1: "a", 2: "a", 3: "z", 4: "z", 5: "z", 6: "gone", 7: "gone", 8: "gone"}
    everyone_of = [{1, 2, 6}, {3, 4, 5, 7, 8}]
    ties = [Tied(a, b) for group in everyone_of for a in group for b in group if a < b]
    naming = named(nodes, before, ties)
    assert [(c.cluster_id, c.event, c.other) for c in naming.changes] == [("gone", "merged", "z")]


def test_a_cluster_that_dissolves_is_told_by_its_id():
    naming = named([told(1), told(2)], {1: "c", 2: "c"}, [])
    assert [(change.cluster_id, change.event) for change in naming.changes] == [("c", "dissolved")]


def test_times_at_the_bounds_of_trust():
    late = START + timedelta(hours=FUTURE_HOURS)
    assert trusted(late, START) == late
    assert trusted(late + timedelta(microseconds=1), START) is None
    zero = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=EPOCH_DAYS)
    assert trusted(zero, START) is None
    assert trusted(zero + timedelta(microseconds=1), START) is not None
    assert trusted(None, START) is None


def test_of_leaders_that_are_as_similar_the_earlier_takes_a_story():
    assert joined(told(9), [Tied(9, 4, 0.8), Tied(1, 9, 0.8)], unasked) == (1, 2, 3, 9)


def test_a_group_that_cannot_take_a_story_hides_no_later_one():
    nodes = [told(key, key) for key in range(6)]
    ties = [Tied(0, 1), Tied(0, 2), Tied(1, 2), Tied(3, 4), Tied(5, 2), Tied(5, 3), Tied(5, 4)]
    assert frozenset({3, 4, 5}) in sets(partition(nodes, ties))


def test_without_its_leader_a_group_is_as_similar_as_its_members_are_on_average():
    nodes = [told(key, key) for key in range(8)]
    near, far = [0, 1, 2], [3, 4, 5]
    ties = [Tied(a, b) for group in (near, far) for a in group for b in group if a < b]
    ties += [Tied(7, 1, 0.6), Tied(7, 2, 0.6), Tied(7, 3, 0.7)]
    assert frozenset({3, 4, 5, 7}) in sets(partition(nodes, ties))


def test_the_leader_that_a_new_story_is_held_against_is_that_of_the_group_it_is_near_to():
    asked = []
    joined(told(9), [Tied(9, 6)], lambda a, b: asked.append((a, b)))
    assert asked == [(9, 4)]


def test_of_groups_as_similar_a_story_joins_alone_the_one_that_began_first():
    late, early = [told(key, key) for key in range(10, 16)], [told(key, key) for key in range(6)]
    ties = [Tied(20, node.key, 0.8) for node in (*late, *early)]
    assert join_alone(told(20, 20), [late, early], ties) == 1


class Said(Struct, frozen=True):
    a: int
    b: int
    same: bool


CHAIN = [told(key, hours=key) for key in range(6)]
ALL_TIED = [Tied(a, b) for a in range(6) for b in range(a)]


def test_of_two_that_must_not_share_a_group_the_later_stays_out():
    apart = Constraints([Said(4, 2, same=False)])
    assert sets(partition(CHAIN, ALL_TIED, apart)) == {frozenset({0, 1, 2, 3, 5}), frozenset({4})}


def test_stories_that_must_share_a_group_go_where_the_ties_of_any_of_them_lead():
    ties = [tie for tie in ALL_TIED if 1 not in {tie.a, tie.b}]
    assert frozenset({1}) in sets(partition(CHAIN, ties))
    assert sets(partition(CHAIN, ties, Constraints([Said(1, 5, same=True)]))) == {frozenset(range(6))}


@given(
    said=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=8),
    tied=st.sets(st.sampled_from(ALL_TIED)),
    order=st.permutations(range(6)),
)
def test_people_are_heeded_in_any_order_and_nobody_shares_a_group_against_their_word(said, tied, order):
    pairs = {frozenset(pair): Said(*pair, same=same) for *pair, same in said if len(set(pair)) == 2}
    ties = [*tied, *(Tied(one.a, one.b, 0.0) for one in pairs.values() if one.same)]
    groups = sets(partition(CHAIN, ties, Constraints(pairs.values())))
    shuffled = Constraints(sorted(pairs.values(), key=lambda one: order.index(one.a)))
    assert sets(partition([CHAIN[key] for key in order], ties[::-1], shuffled)) == groups
    assert not any({one.a, one.b} <= group for one in pairs.values() if not one.same for group in groups)
    if all(one.same for one in pairs.values()):
        assert all(any({one.a, one.b} <= group for group in groups) for one in pairs.values())
