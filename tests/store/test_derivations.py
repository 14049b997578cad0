from __future__ import annotations

from datetime import timedelta

import pytest
from twicetold.domain.matching.derive import Derivation
from twicetold.domain.model import Relation
from twicetold.usecases.read_models import ClusterFilter, SourceTie

from tests.store.samples import asked, delete, draft, keys_of, match, place, save


@pytest.fixture
def told(store):
    """Two stories, each in a cluster to itself, and two that derive from both."""
    keys = keys_of(store, *(draft(name, source=f"{name}.example", minutes=at) for at, name in enumerate("wxab")))
    w, x, a, b = keys
    place(store, {w: "cw", x: "cx"}, {"cw": w, "cx": x})
    save(
        store, match(a, w, Relation.EXCERPT_OF, 0.4), match(b, w, Relation.REWRITE, 0.3), match(b, x, Relation.CONTAINS)
    )
    derive(store, [a, b], (a, w, Relation.EXCERPT_OF), (b, w, Relation.REWRITE), (b, x, Relation.CONTAINS))
    return keys


def derive(store, stories, *found):
    store.record(lambda recording: recording.derive(stories, [Derivation(*one) for one in found]))


def copies(store, cluster_id, **wanted):
    return [(one.story_id, str(one.relation)) for one in asked(store).derived(cluster_id, limit=9, **wanted).items]


def counted(store, cluster_id):
    cluster = asked(store).cluster(cluster_id)
    return cluster.size, cluster.sources, cluster.derived, cluster.all_sources


def verified(store):
    return list(store.verify(lambda _done, _total: None))


def test_derived_copies_are_listed_with_each_cluster_they_derive_from_and_counted(store, told):
    assert copies(store, "cw") == [("a", "excerpt_of"), ("b", "rewrite")]
    assert copies(store, "cx") == [("b", "contains")]
    assert (counted(store, "cw"), counted(store, "cx")) == ((1, 1, 2, 3), (1, 1, 1, 2))
    first = asked(store).derived("cw", limit=9).items[0]
    assert (first.original_id, first.jaccard, first.confidence) == ("w", 0.4, 1.0)
    assert [one.cluster_id for one in asked(store).derived_from(told[3], limit=9)] == ["cw", "cx"]


def test_derived_copies_are_filtered_and_paged(store, told):
    assert copies(store, "cw", relations=[Relation.REWRITE]) == [("b", "rewrite")]
    assert copies(store, "cw", min_confidence=1.0) == copies(store, "cw")
    first = asked(store).derived("cw", limit=1)
    rest = asked(store).derived("cw", after=first.next, limit=1)
    assert [one.story_id for one in (*first.items, *rest.items)] == ["a", "b"]
    assert rest.next is None


def test_clusters_are_listed_by_their_copies_too(store, told):
    def listed(**wanted):
        return [one.id for one in asked(store).clusters(ClusterFilter(**wanted), after=None, limit=9).items]

    assert sorted(listed()) == ["cw", "cx"]
    assert listed(min_size=3) == listed(min_sources=3) == listed(source="a.example") == ["cw"]


def test_what_derives_from_stories_moves_with_them(store, told):
    w, x, *_ = told
    place(store, {x: "cw"}, {"cw": w})
    assert asked(store).cluster("cx") is None
    assert counted(store, "cw") == (2, 2, 3, 4)
    place(store, {w: None, x: None}, {})
    assert [one.cluster_id for one in asked(store).derived_from(told[2], limit=9)] == [None]


def test_deriving_anew_replaces_what_was_derived(store, told):
    w, _, a, b = told
    derive(store, [b], (b, w, Relation.REWRITE))
    assert counted(store, "cx") == (1, 1, 0, 1)

    @store.record
    def _(recording):
        assert recording.bare_clusters(told) == {"cx": told[1]}
        assert recording.originals(told) == {w}

    derive(store, [a, b])
    assert counted(store, "cw") == (1, 1, 0, 1)


def test_a_deleted_copy_is_counted_off(store, told):
    delete(store, told[2])
    assert counted(store, "cw") == (1, 1, 1, 2)
    assert verified(store) == []


def test_a_deleted_original_leaves_no_derivation(store, told):
    delete(store, told[0])
    assert asked(store).cluster("cw") is None
    assert [one.story_id for one in asked(store).derived_from(told[3], limit=9)] == ["x"]
    assert verified(store) == []


def test_kin_are_found_by_ties_and_on_record(store, told):
    w, x, a, b = told

    @store.record
    def kinship(recording):
        assert recording.kin_of([a], limit=9) == [w]
        assert recording.kin_of([w], limit=9) == [a, b]
        assert recording.kin_of([w], limit=1) == [a]
        recording.drop_matches([a])
        assert recording.kin_of([a], limit=9) == [w]
        return recording.kinship([b], limit=9)

    assert [(tie.a, tie.b, tie.relation) for tie in kinship.ties[b]] == [(b, w, "rewrite"), (b, x, "contains")]
    assert {key: (one.sole, one.derives) for key, one in kinship.kin.items()} == {
        w: (True, False),
        x: (True, False),
        b: (False, True),
    }


def test_sources_count_each_kind_of_copy(store, told):
    store.record(lambda recording: recording.finish(told))
    report = asked(store).source("w.example")
    assert (report.summary.first, report.summary.cut) == (1, 0)
    assert report.reprinted_by == [
        SourceTie(source="a.example", stories=1, whole=0, cut=1, extended=0, reworked=0, quoted=0),
        SourceTie(source="b.example", stories=1, whole=0, cut=0, extended=0, reworked=1, quoted=0),
    ]
    listed = {one.source: one for one in asked(store).sources(after=None, limit=9).items}
    assert (listed["b.example"].extended, listed["b.example"].reworked, listed["a.example"].cut) == (1, 1, 1)


def test_what_does_not_agree_is_told(store, told):

    @store.record
    def _(recording):
        recording._session.run("UPDATE clusters SET derived = 7 WHERE id = 'cw'")
        recording._session.run("UPDATE derivations SET cluster_id = 'cw' WHERE cluster_id = 'cx'")

    faults = verified(store)
    assert "the cluster 'cw' counts 7 derived copies and has 3" in faults
    assert any(fault.startswith("what the story 'b' derives from") for fault in faults)


def test_derived_copies_count_among_the_ties(store, told):
    found = asked(store).ties(since=None, until=None, least=1, limit=9)
    assert [(tie.first, tie.later, str(tie.relation)) for tie in found.ties] == [
        ("w.example", "a.example", "excerpt_of"),
        ("w.example", "b.example", "rewrite"),
        ("x.example", "b.example", "contains"),
    ]
    assert [tie.median_lag // timedelta(minutes=1) for tie in found.ties] == [2, 3, 2]
