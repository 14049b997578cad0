"""Clusters and sources, as JSON and CSV."""

from __future__ import annotations

import csv
import io
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from twicetold.web.api import clusters, sources, stories

from tests.web.contract import ContractClient
from tests.web.fake_world import CLUTTER, FakeWorld

TEXT = "The ferry line between the two harbours reopened on Monday."


@pytest.fixture
def reported(client: ContractClient) -> ContractClient:
    """A service that knows one story at three sources, and one alone."""
    told: list[tuple[str, str, dict[str, Any]]] = [
        ("first", "wire.example", {"published_at": "2026-03-01T10:00:00Z", "title": "=HYPERLINK(1)"}),
        ("second", "post.example", {"published_at": "2026-03-01T11:30:00.5Z", "title": "Ferry, again"}),
        ("third", "news.example", {}),
    ]
    for story_id, source, more in told:
        client.post("/v1/stories", {"id": story_id, "source": source, "text": f"{TEXT} {CLUTTER}", **more})
    client.post("/v1/stories", {"id": "alone", "text": "Nothing else is like this."})
    return client


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_the_report_lists_clusters(reported: ContractClient) -> None:
    (cluster,) = reported.get("/v1/clusters").get_json()["clusters"]
    assert (cluster["size"], cluster["sources"], cluster["canonical_id"]) == (3, 3, "first")


def test_the_report_is_filtered_by_sources_and_size(reported: ContractClient) -> None:
    assert reported.get("/v1/clusters?min_sources=3&min_size=3&sort=size").get_json()["clusters"]
    assert not reported.get("/v1/clusters?min_sources=4").get_json()["clusters"]


def test_a_cluster_tells_lag_relation_similarity_and_agencies(reported: ContractClient) -> None:
    answer = reported.get("/v1/clusters/c-first").get_json()
    told = [(each["story_id"], each["canonical"], each["lag_seconds"], each["relation"]) for each in answer["members"]]
    assert told[:2] == [("first", True, 0, None), ("second", False, 5400.5, "exact")]
    assert answer["agencies"] == ["Reuters"]
    assert answer["events"][0]["event"] == "created"


def test_members_are_paged(reported: ContractClient) -> None:
    answer = reported.get("/v1/clusters/c-first?limit=2").get_json()
    following = reported.get(f"/v1/clusters/c-first?limit=2&cursor={answer['next_cursor']}").get_json()
    assert [each["story_id"] for each in following["members"]] == ["third"]
    assert following["next_cursor"] is None


def test_clusters_come_as_csv(reported: ContractClient) -> None:
    response = reported.get("/v1/clusters.csv?min_sources=3")
    head, *body = rows(response.text)
    assert head == [
        "cluster_id", "size", "sources", "derived", "all_sources", "canonical_id", "first_seen", "last_seen", "title",
        "language",
    ]  # fmt: skip
    assert body[0][:7] == ["c-first", "3", "3", "0", "3", "first", "2026-03-01T10:00:00Z"]
    assert len(rows(reported.get("/v1/clusters.csv?min_sources=4").text)) == 1


def test_members_come_as_csv(reported: ContractClient) -> None:
    _, first, second, third, derived = rows(reported.get("/v1/clusters/c-first/members.csv").text)
    assert first[1:4] == ["first", "true", "wire.example"]
    assert second[4:] == [
        "Ferry, again", "", "2026-03-01T11:30:00.500000Z", "2026-03-02T12:00:02Z", "5400.5", "whole", "exact",
        "1.0", "1.0", "", "Reuters",
    ]  # fmt: skip
    assert third[6] == ""
    assert (derived[1], derived[9:]) == ("cut", ["cut", "excerpt_of", "0.333333", "0.8", "first", "AFP"])


def test_derived_copies_are_listed_and_filtered(reported: ContractClient) -> None:
    path = "/v1/clusters/c-first/derived"
    (copy,) = reported.get(path).get_json()["derived"]
    assert (copy["story_id"], copy["copied"], copy["original_id"], copy["canonical"]) == ("cut", "cut", "first", False)
    assert reported.get(f"{path}?relations=contains,excerpt_of").get_json()["derived"]
    assert not reported.get(f"{path}?relations=contains, rewrite").get_json()["derived"]
    assert not reported.get(f"{path}?min_confidence=0.9").get_json()["derived"]
    problem = reported.get(f"{path}?relations=contains,copy")
    assert (problem.status_code, problem.get_json()["field"]) == (422, "relations")
    assert reported.get("/v1/clusters/none/derived").status_code == 404


def test_a_cluster_shows_only_what_is_sure_enough(reported: ContractClient) -> None:
    assert not reported.get("/v1/clusters/c-first?min_confidence=0.9").get_json()["derived"]
    assert reported.get("/v1/clusters/c-first?min_confidence=2").get_json()["field"] == "min_confidence"


def test_the_members_of_an_unknown_cluster_are_not_found(reported: ContractClient) -> None:
    assert reported.get("/v1/clusters/c-none/members.csv").status_code == 404


def test_sources_come_as_csv(reported: ContractClient) -> None:
    head, *body = rows(reported.get("/v1/sources.csv").text)
    assert head[:2] == ["source", "stories"]
    assert [row[0] for row in body] == ["news.example", "post.example", "unknown", "wire.example"]


def test_stories_come_as_csv(reported: ContractClient) -> None:
    _, *body = rows(reported.get("/v1/stories.csv").text)
    assert [(row[0], row[-2], row[-1]) for row in body] == [
        ("alone", "", ""), ("third", "Reuters", "c-first"), ("second", "Reuters", "c-first"),
        ("first", "Reuters", "c-first"),
    ]  # fmt: skip
    assert len(rows(reported.get("/v1/stories.csv?source=wire.example").text)) == 2


@pytest.mark.parametrize(
    "path", ["/v1/clusters.csv", "/v1/stories.csv", "/v1/sources.csv", "/v1/clusters/c-first/members.csv"]
)
def test_a_table_of_a_list_has_all_of_it(reported: ContractClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    whole = reported.get(path).text
    for module in (clusters, sources):
        monkeypatch.setattr(module, "STEP", 1)
    monkeypatch.setattr(stories, "STEP_OF_TEXTS", 1)
    assert reported.get(path).text == whole
    assert reported.get(f"{path}?limit=1").status_code == 422


ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_report_can_be_subscribed_to(reported: ContractClient) -> None:
    response = reported.get("/v1/clusters.atom?min_sources=3")
    assert response.mimetype == "application/atom+xml"
    feed = ET.fromstring(response.data)
    (entry,) = feed.findall(f"{ATOM}entry")
    told = {name: entry.findtext(ATOM + name) for name in ("id", "title", "updated", "summary")}
    assert told == {
        "id": "urn:twicetold:cluster:c-first",
        "title": "=HYPERLINK(1)",
        "updated": "2026-03-02T12:00:03Z",
        "summary": "3 stories of 3 sources, first 2026-03-01T10:00:00Z",
    }
    assert feed.findtext(f"{ATOM}updated") == told["updated"]
    nothing = ET.fromstring(reported.get("/v1/clusters.atom?min_sources=4").data)
    assert nothing.findall(f"{ATOM}entry") == []


def test_a_title_that_is_no_xml_stays_a_title(client: ContractClient) -> None:
    for story_id in "ab":
        client.post("/v1/stories", {"id": story_id, "text": TEXT, "title": "<b> & \u0001 ]]>"})
    feed = ET.fromstring(client.get("/v1/clusters.atom").data)
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "<b> & \ufffd ]]>"


def test_a_title_that_is_a_formula_is_not_run_by_a_spreadsheet(reported: ContractClient) -> None:
    assert rows(reported.get("/v1/clusters.csv").text)[1][-2] == "'=HYPERLINK(1)"


def test_csv_is_offered_for_download(reported: ContractClient) -> None:
    response = reported.get("/v1/clusters/c-first/members.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="members.csv"'


@pytest.mark.parametrize("path", ["/v1/clusters", "/v1/clusters/c-first"])
def test_an_unchanged_report_is_not_sent_again(reported: ContractClient, path: str) -> None:
    tag = reported.get(path).headers["ETag"]
    assert reported.get(path, headers={"If-None-Match": tag}).status_code == 304
    reported.post("/v1/stories", {"id": "fourth", "source": "late.example", "text": f"{TEXT} {CLUTTER}"})
    assert reported.get(path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/stories/first", "/v1/clusters", "/v1/clusters/c-first", "/openapi.yaml"])
def test_a_condition_for_writing_changes_nothing(reported: ContractClient, path: str) -> None:
    response = reported.get(path, headers={"If-Match": '"other"'})
    assert response.status_code == 200
    conditions = {"If-Match": '"other"', "If-None-Match": response.headers["ETag"]}
    assert reported.get(path, headers=conditions).status_code == 304


def test_sources_are_listed_with_shares(reported: ContractClient) -> None:
    answer = reported.get("/v1/sources?limit=2").get_json()
    assert [each["source"] for each in answer["sources"]] == ["news.example", "post.example"]
    following = reported.get(f"/v1/sources?limit=2&cursor={answer['next_cursor']}").get_json()
    assert [each["source"] for each in following["sources"]] == ["unknown", "wire.example"]


def test_a_source_tells_its_ties_and_boilerplate(reported: ContractClient) -> None:
    answer = reported.get("/v1/sources/wire.example").get_json()
    assert answer["source"]["first_share"] == 1.0
    assert answer["reprinted_by"] == [
        {"source": "other.example", "stories": 3, "whole": 1, "cut": 2, "extended": 0, "reworked": 0, "quoted": 0}
    ]
    assert (answer["boilerplate"][0]["id"], answer["boilerplate"][0]["status"]) == ("b1", "active")


def test_a_source_of_any_name_can_be_read(client: ContractClient) -> None:
    client.post("/v1/stories", {"id": "a", "source": "Zeitung für Häfen?", "text": TEXT})
    assert client.get("/v1/sources/Zeitung%20f%C3%BCr%20H%C3%A4fen%3F").status_code == 200


def test_learned_boilerplate_is_forgotten_or_allowed(reported: ContractClient, world: FakeWorld) -> None:
    assert reported.delete("/v1/sources/wire.example/boilerplate/b1").status_code == 204
    assert reported.post("/v1/sources/wire.example/boilerplate/b1/allow", b"").status_code == 204
    assert world.allowed == ["wire.example False", "wire.example True"]


def test_unknown_boilerplate_is_not_found(reported: ContractClient) -> None:
    assert reported.delete("/v1/sources/wire.example/boilerplate/b2").status_code == 404
    assert reported.post("/v1/sources/wire.example/boilerplate/b2/allow", b"").status_code == 404


def test_the_canonical_story_of_a_cluster_is_chosen_as_asked(reported: ContractClient) -> None:
    answer = reported.get("/v1/clusters/c-first?canonical=source:post.example").get_json()
    assert [one["story_id"] for one in answer["members"] if one["canonical"]] == ["second"]
    assert (answer["credited_to"]["name"], answer["credited_to"]["story_id"]) == ("Reuters", "first")
    problem = reported.get("/v1/clusters/c-first?canonical=newest")
    assert (problem.status_code, problem.get_json()["field"]) == (422, "canonical")


def test_ties_tell_from_whom_to_whom(reported: ContractClient) -> None:
    (tie,) = reported.get("/v1/ties?min=3").json["ties"]
    assert (tie["from"], tie["to"], tie["median_lag_seconds"]) == ("wire.example", "post.example", 5400.0)
    assert reported.get("/v1/ties?min=4&since=2026-03-01T00:00:00Z").json["ties"] == []


def test_the_timeline_is_told_by_bucket(reported: ContractClient) -> None:
    answer = reported.get("/v1/timeline?bucket=hour&source=wire.example&since=2026-03-01T00:00:00Z").json
    assert (answer["bucket"], answer["timeline"][0]["stories"]) == ("hour", 4)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("ties?min=0", "min"),
        ("ties?limit=5001", "limit"),
        ("timeline?bucket=week", "bucket"),
        ("ties?since=x", "since"),
    ],
)
def test_ties_and_timelines_refuse_what_they_cannot_tell(client: ContractClient, path: str, field: str) -> None:
    answer = client.get(f"/v1/{path}")
    assert (answer.status_code, answer.json["field"]) == (422, field)
