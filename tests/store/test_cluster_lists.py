from __future__ import annotations

from datetime import timedelta

import pytest
from twicetold.domain.model import Credits
from twicetold.store.queries import cluster_lists
from twicetold.usecases.read_models import ClusterFilter, ClusterSort

from tests.store.samples import NOON, asked, delete, draft, keys_of, place, publish


def ids(store, **wanted):
    return [cluster.id for cluster in asked(store).clusters(ClusterFilter(**wanted), after=None, limit=9).items]


@pytest.fixture
def told(store):
    """c0 to c5, two stories each, later and later, the odd ones in German; c4 credits dpa, c5 dpa and AFP."""
    made = []
    for number in range(6):
        agencies = {4: ("dpa",), 5: ("dpa", "AFP")}.get(number, ())
        made += [
            draft(
                f"{number}{side}",
                text=f"story number {number} as {side} tells it",
                source=f"{side}.example",
                minutes=10 * number,
                language="de-AT" if number % 2 else "en",
                credits=Credits(agencies=agencies),
            )
            for side in "ab"
        ]
    keys = keys_of(store, *made)
    place(store, {key: f"c{place // 2}" for place, key in enumerate(keys)}, {})
    return keys


def test_clusters_are_chosen_by_language_whatever_its_region(store, told):
    assert ids(store, language="de") == ["c5", "c3", "c1"]
    assert ids(store, language="DE-ch") == ["c5", "c3", "c1"]
    assert ids(store, language="fr") == []


def test_clusters_are_chosen_by_the_agencies_that_their_stories_credit(store, told):
    assert ids(store, agency="DPA") == ["c5", "c4"]
    assert ids(store, agency="afp") == ["c5"]
    assert ids(store, agency="dpa", language="en") == ["c4"]


def test_a_cluster_tells_the_language_of_its_title(store, told):
    assert asked(store).cluster("c1").language == "de-AT"
    assert asked(store).clusters(ClusterFilter(), after=None, limit=1).items[0].language == "de-AT"


def test_languages_and_agencies_of_clusters_are_listed_once_each(store, told):
    assert asked(store).cluster_languages() == ["de", "en"]
    assert asked(store).cluster_agencies() == ["afp", "dpa"]


def test_labels_follow_stories_into_other_clusters_and_out_of_the_store(store, told):
    place(store, {told[8]: "c0", told[9]: "c0"}, {})
    assert ids(store, agency="dpa") == ["c5", "c0"]
    delete(store, *told[8:])
    assert ids(store, agency="dpa") == []
    assert asked(store).cluster_agencies() == []


def test_labels_follow_the_versions_of_a_story(store, told):
    newer = [
        draft(f"4{side}", text=f"now it is another text {side}", source=f"{side}.example", language="fr")
        for side in "ab"
    ]
    publish(store, *newer)
    assert ids(store, language="fr") == ["c4"]
    assert ids(store, language="en") == ["c2", "c0"]
    assert ids(store, agency="dpa") == ["c5"]


@pytest.mark.parametrize("sort", list(ClusterSort))
@pytest.mark.parametrize("most", [1, 3, 100])
@pytest.mark.parametrize(
    "wanted",
    [
        {"language": "de"},
        {"agency": "dpa", "language": "de"},
        {"source": "a.example"},
        {"since": NOON + timedelta(minutes=25)},
        {"since": NOON + timedelta(minutes=5), "until": NOON + timedelta(minutes=45), "language": "en"},
        {"min_sources": 2, "language": "de"},
        {"min_size": 3},
    ],
    ids=str,
)
def test_pages_hold_all_that_is_wanted_however_few_may_be_sorted_or_looked_at(
    store, told, monkeypatch, sort, most, wanted
):
    expected = ids(store, sort=sort, **wanted)
    monkeypatch.setattr(cluster_lists, "SORTED", 0 if most < 100 else 100)
    monkeypatch.setattr(cluster_lists, "LOOKED_AT", most)
    found, after = [], None
    for _ in range(20):
        page = asked(store).clusters(ClusterFilter(sort=sort, **wanted), after=after, limit=2)
        found += [cluster.id for cluster in page.items]
        after = page.next
        if after is None:
            break
    assert found == expected


def test_a_page_ends_where_no_more_may_be_looked_at(store, told, monkeypatch):
    monkeypatch.setattr(cluster_lists, "SORTED", 1)
    monkeypatch.setattr(cluster_lists, "LOOKED_AT", 3)
    page = asked(store).clusters(ClusterFilter(agency="dpa", language="en"), after=None, limit=9)
    assert [cluster.id for cluster in page.items] == ["c4"]
    assert page.next is not None
    following = asked(store).clusters(ClusterFilter(agency="dpa", language="en"), after=page.next, limit=9)
    assert (following.items, following.next) == ([], None)
