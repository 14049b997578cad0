"""Trimmed, extended and reworked copies, and the clusters they derive from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from twicetold.domain.model import Relation
from twicetold.usecases.read_models import ClusterFilter, SourceSummary, SourceTie

from tests.usecases.conftest import House
from tests.usecases.stories import HARBOUR, ORCHARD, SATELLITE

FIRST_HALF = "\n\n".join(HARBOUR.split("\n\n")[:3])
LOCAL = """The ferry terminal of the neighbouring town will take the boats of the fishing fleet while the wall is \
being rebuilt, its manager told this paper, and the shuttle bus between both harbours is to run until ten at night.

Two of the skippers already looked at the berths on Wednesday. They found them narrow but dry, and asked for a \
crane at the eastern end, which the company wants to rent for the length of the works if the province pays half."""
EXTENDED = f"{HARBOUR}\n\n{LOCAL}"
ROUNDUP = f"{HARBOUR}\n\n{ORCHARD}"


def tell(house: House, hours: int, **texts: str) -> None:
    """Stories by id, each at a source of its name, published so many hours after the first."""
    for name, text in texts.items():
        house.post(name, text, f"{name}.example", published_at=house.clock.now - timedelta(hours=24 - hours))


def derived(house: House, story_id: str) -> dict[str, Relation]:
    """The derived copies of a story's cluster."""
    cluster = house.application.reports.story(story_id).cluster
    assert cluster is not None
    answer = house.application.reports.cluster(cluster.id, after=None, limit=200)
    assert (cluster.size, cluster.derived) == (len(answer.members), len(answer.derived))
    return {one.story_id: one.relation for one in answer.derived}


def cluster(house: House, story_id: str) -> str | None:
    found = house.application.reports.story(story_id).cluster
    return None if found is None else found.id


def origins(house: House, story_id: str) -> list[str]:
    return [one.story_id for one in house.application.reports.story(story_id).derived_from]


@pytest.fixture(autouse=True)
def whole(house: House):
    """What is stored agrees after every test."""
    yield
    assert list(house.store.verify(lambda _done, _total: None)) == []


def source(house: House, name: str) -> tuple[SourceSummary, list[SourceTie], list[SourceTie]]:
    report = house.application.reports.source(name)
    return report.summary, list(report.reprints_from), list(report.reprinted_by)


def test_a_wire_story_that_others_trim_extend_and_round_up_has_a_cluster_with_these(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF)
    tell(house, 2, local=EXTENDED)
    tell(house, 3, other=ORCHARD)
    tell(house, 4, roundup=ROUNDUP)
    assert derived(house, "wire") == {
        "half": Relation.EXCERPT_OF,
        "local": Relation.CONTAINS,
        "roundup": Relation.CONTAINS,
    }
    assert derived(house, "other") == {"roundup": Relation.CONTAINS}
    assert [cluster(house, name) for name in ("half", "local", "roundup")] == [None, None, None]
    assert origins(house, "roundup") == ["wire", "other"]
    with house.store.reading() as reading:
        listed = reading.clusters(ClusterFilter(min_sources=3), after=None, limit=9).items
        of_half = reading.clusters(ClusterFilter(source="half.example"), after=None, limit=9).items
    assert [(one.canonical_id, one.size, one.derived, one.sources, one.all_sources) for one in listed] == [
        ("wire", 1, 3, 1, 4)
    ]
    assert of_half == listed


def test_sources_count_what_they_cut_extended_and_quoted_and_from_whom(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF, local=EXTENDED, whole=HARBOUR)
    summary, derives_from, _ = source(house, "half.example")
    assert (summary.first, summary.reprinted, summary.cut, summary.extended) == (0, 0, 1, 0)
    assert [(tie.source, tie.stories, tie.whole, tie.cut) for tie in derives_from] == [("wire.example", 1, 0, 1)]
    summary, _, carried_by = source(house, "wire.example")
    assert (summary.first, summary.reprinted) == (1, 0)
    assert [(tie.source, tie.whole, tie.cut, tie.extended) for tie in carried_by] == [
        ("half.example", 0, 1, 0),
        ("local.example", 0, 0, 1),
        ("whole.example", 1, 0, 0),
    ]


def test_a_quotation_is_counted_but_is_no_derived_copy(house: House):
    quotation = " ".join(HARBOUR.split("\n\n")[2].split()[:30])
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, column=f"{SATELLITE}\n\n{quotation}")
    summary, quotes, _ = source(house, "column.example")
    assert (summary.quoted, [(tie.source, tie.quoted) for tie in quotes]) == (1, [("wire.example", 1)])
    assert cluster(house, "wire") is None
    assert origins(house, "column") == []


def test_the_order_in_which_stories_come_makes_no_difference(house: House):
    tell(house, 4, roundup=ROUNDUP)
    tell(house, 1, half=FIRST_HALF)
    tell(house, 3, other=ORCHARD)
    tell(house, 0, wire=HARBOUR)
    assert derived(house, "wire") == {"half": Relation.EXCERPT_OF, "roundup": Relation.CONTAINS}
    assert derived(house, "other") == {"roundup": Relation.CONTAINS}
    assert cluster(house, "half") is None


def test_what_derives_from_a_derived_copy_alone_is_attached_to_nothing(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, local=f"{HARBOUR}\n\n{SATELLITE}")
    tell(house, 2, part=SATELLITE)
    assert derived(house, "wire") == {"local": Relation.CONTAINS}
    assert origins(house, "part") == ["local"]
    assert (cluster(house, "part"), cluster(house, "local")) == (None, None)


def test_derived_copies_go_along_when_clusters_grow_merge_and_shrink(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF)
    name = cluster(house, "wire")
    tell(house, 2, whole=HARBOUR)
    assert cluster(house, "whole") == name
    assert derived(house, "whole") == {"half": Relation.EXCERPT_OF}
    house.application.forgetting.delete("wire")
    assert cluster(house, "whole") is None, "the excerpt was told before the only story that is left"
    assert derived(house, "half") == {"whole": Relation.CONTAINS}


def test_a_cluster_that_is_left_with_one_story_lives_on_its_derived_copies(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, whole=HARBOUR)
    tell(house, 2, half=FIRST_HALF)
    name = cluster(house, "wire")
    house.application.forgetting.delete("whole")
    assert cluster(house, "wire") == name
    assert derived(house, "wire") == {"half": Relation.EXCERPT_OF}


def test_a_cluster_of_one_goes_with_its_last_derived_copy(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF)
    house.application.forgetting.delete("half")
    assert cluster(house, "wire") is None


def test_a_cluster_of_one_goes_when_its_copy_becomes_another_text(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF)
    tell(house, 1, half=SATELLITE)
    assert cluster(house, "wire") is None
    assert origins(house, "half") == []


def test_an_original_that_becomes_another_text_leaves_its_copies_alone(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF)
    tell(house, 0, wire=SATELLITE)
    assert cluster(house, "wire") is None
    assert origins(house, "half") == []


def test_a_person_puts_a_copy_among_the_members_or_takes_it_off(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF)
    house.application.overruling.judge("wire", "half", same=True)
    assert cluster(house, "half") == cluster(house, "wire")
    assert derived(house, "wire") == {}
    house.application.overruling.judge("wire", "half", same=False)
    assert (cluster(house, "wire"), origins(house, "half")) == (None, [])
    house.application.overruling.judge("wire", "half", same=None)
    assert derived(house, "wire") == {"half": Relation.EXCERPT_OF}


def test_an_excerpt_reprinted_elsewhere_has_a_cluster_of_its_own_and_derives_from_the_other(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF, again=FIRST_HALF)
    assert cluster(house, "half") == cluster(house, "again") != cluster(house, "wire")
    assert derived(house, "wire") == {"half": Relation.EXCERPT_OF, "again": Relation.EXCERPT_OF}


def test_a_roundup_takes_the_story_of_another_time_with_it(house: House):
    tell(house, 2, wire=HARBOUR)
    tell(house, 3, half=FIRST_HALF)
    tell(house, 0, roundup=ROUNDUP)
    assert derived(house, "roundup") == {"wire": Relation.EXCERPT_OF, "half": Relation.EXCERPT_OF}
    assert cluster(house, "wire") is None


def test_a_cluster_shows_what_is_sure_enough(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF)
    name = cluster(house, "wire")
    assert name is not None
    (copy,) = house.application.reports.cluster(name, after=None, limit=9).derived
    assert copy.confidence is not None
    reports = house.application.reports
    assert reports.cluster(name, min_confidence=copy.confidence, after=None, limit=9).derived
    if copy.confidence < 1:
        assert not reports.cluster(name, min_confidence=1.0, after=None, limit=9).derived
    assert len(reports.cluster(name, min_confidence=1.0, after=None, limit=9).members) == 1


def test_derived_copies_are_paged_and_chosen_by_relation(house: House):
    tell(house, 0, wire=HARBOUR)
    tell(house, 1, half=FIRST_HALF, local=EXTENDED)
    name = cluster(house, "wire")
    assert name is not None

    def page(*relations: Relation, after: object = None, limit: int = 9) -> object:
        _, found = house.application.reports.derived(
            name, relations=relations, min_confidence=None, after=after, limit=limit
        )
        return found

    first = page(limit=1)
    rest = page(after=first.next, limit=1)
    assert [one.story_id for one in (*first.items, *rest.items)] == ["half", "local"]
    assert rest.next is None
    assert [one.story_id for one in page(Relation.CONTAINS).items] == ["local"]


def test_more_kin_than_are_looked_at_together_do_no_harm(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("twicetold.usecases.derive.AROUND", 1)
    tell(house, 1, wire=HARBOUR)
    tell(house, 2, half=FIRST_HALF, longer=EXTENDED)
    tell(house, 3, roundup=ROUNDUP)
    assert house.application.reports.story("roundup").story.version == 1
