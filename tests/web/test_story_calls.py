"""Submitting, reading, listing and forgetting stories."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.contract import ContractClient
from tests.web.fake_world import CLUTTER, FakeWorld

TEXT = "The ferry line between the two harbours reopened on Monday."


def post(client: ContractClient, story_id: str, text: str = TEXT, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/stories", {"id": story_id, "text": text, **more}).get_json()
    return answer


def test_a_new_story_is_answered_201_with_its_place(client: ContractClient) -> None:
    response = client.post("/v1/stories", {"id": "a:1", "text": TEXT})
    assert (response.status_code, response.headers["Location"]) == (201, "/v1/stories/a:1")
    assert response.get_json()["outcome"] == "created"


@pytest.mark.parametrize("story_id", ["...", ".a", "a..", "..~"])
def test_an_id_with_dots_that_are_no_steps_of_a_path_is_taken(client: ContractClient, story_id: str) -> None:
    assert client.post("/v1/stories", {"id": story_id, "text": TEXT}).status_code == 201


def test_the_same_story_again_is_answered_200_unchanged(client: ContractClient) -> None:
    post(client, "a")
    response = client.post("/v1/stories", {"id": "a", "text": TEXT})
    assert (response.status_code, response.get_json()["outcome"]) == (200, "unchanged")
    assert "Location" not in response.headers


def test_a_changed_story_is_answered_200_with_the_next_version(client: ContractClient) -> None:
    post(client, "a")
    response = client.post("/v1/stories", {"id": "a", "text": f"{TEXT} It rained."})
    answer = response.get_json()
    assert (response.status_code, answer["outcome"], answer["story"]["version"]) == (200, "changed", 2)


def test_a_correction_is_answered_with_the_story_as_it_stands(client: ContractClient) -> None:
    post(client, "a", title="Ferry", language="en")
    answer = client.patch("/v1/stories/a", {"title": "Ferry line reopens"}).get_json()
    assert (answer["outcome"], answer["story"]["title"], answer["story"]["language"]) == (
        "changed", "Ferry line reopens", "en",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "title"), ({"text": "x"}, "text"), ({"source": "b"}, "source"), ({"url": "ftp://a/"}, "url"),
     ({"published_at": "yesterday"}, "published_at"), ({"title": "x", "url": None}, "url")],
)  # fmt: skip
def test_a_correction_that_cannot_be_made_names_its_field(client: ContractClient, body: Any, field: str) -> None:
    post(client, "a")
    response = client.patch("/v1/stories/a", body)
    assert (response.status_code, response.get_json()["field"]) == (422, field)


def test_a_bare_host_is_no_identity(client: ContractClient) -> None:
    response = client.post("/v1/stories", {"url": "https://a.example/", "text": TEXT})
    assert (response.status_code, response.get_json()["field"]) == (422, "url")
    assert client.post("/v1/stories", {"id": "a", "url": "https://a.example/", "text": TEXT}).status_code == 201


def test_the_answer_holds_matches_and_cluster(client: ContractClient) -> None:
    post(client, "a")
    answer = post(client, "b")
    assert [match["story_id"] for match in answer["matches"]] == ["a"]
    assert answer["matches"][0]["passages"]
    assert (answer["matches_total"], answer["cluster"]["size"]) == (1, 2)


def test_removed_spans_come_with_kind_rule_offsets_and_support(client: ContractClient) -> None:
    story = post(client, "a", f"{TEXT} {CLUTTER}")["story"]
    start = len(TEXT) + 1
    assert story["removed"] == [
        {
            "kind": "share",
            "rule": "share-bar",
            "start": start,
            "end": start + len(CLUTTER),
            "text": CLUTTER,
            "support": 7,
        }
    ]


@pytest.mark.parametrize("prefer", ["return=minimal", "Return = Minimal", 'respond-async, return="minimal"; x=1'])
def test_a_minimal_answer_leaves_out_text_removed_and_passages(client: ContractClient, prefer: str) -> None:
    post(client, "a")
    response = client.post("/v1/stories", {"id": "b", "text": TEXT}, headers={"Prefer": prefer})
    answer = response.get_json()
    assert response.headers["Preference-Applied"] == "return=minimal"
    assert not {"text", "removed"} & set(answer["story"])
    assert "passages" not in answer["matches"][0]


@pytest.mark.parametrize("prefer", ["return=representation", "minimal", "", "return=minimalist"])
def test_another_preference_changes_nothing(client: ContractClient, prefer: str) -> None:
    response = client.post("/v1/stories", {"id": "b", "text": TEXT}, headers={"Prefer": prefer})
    assert "Preference-Applied" not in response.headers
    assert response.get_json()["story"]["text"] == TEXT


def test_a_story_is_read_with_its_cluster_and_history(client: ContractClient) -> None:
    post(client, "a")
    post(client, "a", "Another text.")
    answer = client.get("/v1/stories/a").get_json()
    assert (answer["story"]["text"], answer["cluster"]) == ("Another text.", None)
    assert [(each["version"], each["similarity"]) for each in answer["revisions"]] == [(1, None), (2, 0.5)]


def test_a_story_is_read_minimally_when_preferred(client: ContractClient) -> None:
    post(client, "a")
    response = client.get("/v1/stories/a", headers={"Prefer": "return=minimal"})
    assert "text" not in response.get_json()["story"]
    assert response.headers["Preference-Applied"] == "return=minimal"


def test_an_unchanged_story_is_not_sent_again(client: ContractClient) -> None:
    post(client, "a")
    tag = client.get("/v1/stories/a").headers["ETag"]
    response = client.get("/v1/stories/a", headers={"If-None-Match": f'"other", {tag}'})
    assert (response.status_code, response.data) == (304, b"")


def test_a_changed_story_is_sent_again(client: ContractClient) -> None:
    post(client, "a")
    tag = client.get("/v1/stories/a").headers["ETag"]
    post(client, "b")
    assert client.get("/v1/stories/a", headers={"If-None-Match": tag}).status_code == 200


def test_a_minimal_answer_has_a_tag_of_its_own(client: ContractClient) -> None:
    post(client, "a")
    full = client.get("/v1/stories/a").headers["ETag"]
    assert client.get("/v1/stories/a", headers={"Prefer": "return=minimal"}).headers["ETag"] != full


def test_a_forgotten_story_is_gone(client: ContractClient) -> None:
    post(client, "a")
    assert client.delete("/v1/stories/a").status_code == 204
    assert client.get("/v1/stories/a").status_code == 404
    assert client.delete("/v1/stories/a").status_code == 404


def test_a_list_is_paged_by_cursor(client: ContractClient) -> None:
    for number in range(5):
        post(client, f"s{number}", f"text {number}")
    seen, path = [], "/v1/stories?limit=2"
    while path:
        response = client.get(path)
        answer = response.get_json()
        seen += [stored["story"]["id"] for stored in answer["stories"]]
        path = f"/v1/stories?limit=2&cursor={answer['next_cursor']}" if answer["next_cursor"] else ""
        assert ("Link" in response.headers) == bool(path)
    assert seen == ["s4", "s3", "s2", "s1", "s0"]


def test_the_link_header_leads_to_the_next_page_with_the_same_filters(client: ContractClient) -> None:
    for number in range(3):
        post(client, f"s{number}", source="a b&c")
    link = client.get("/v1/stories?limit=2&source=a%20b%26c").headers["Link"]
    path = link.partition("<")[2].partition(">")[0]
    assert [stored["story"]["id"] for stored in client.get(path).get_json()["stories"]] == ["s0"]


def test_a_list_holds_no_texts(client: ContractClient) -> None:
    post(client, "a")
    (stored,) = client.get("/v1/stories").get_json()["stories"]
    assert not {"text", "removed"} & set(stored["story"])


def test_stories_are_found_by_any_form_of_their_url(client: ContractClient) -> None:
    post(client, "a", url="https://www.harbour.example/x?utm_medium=mail")
    post(client, "b", url="https://www.harbour.example/y")
    found = client.get("/v1/stories?url=http%3A%2F%2Fm.harbour.example%2Fx%2F").get_json()["stories"]
    assert [stored["story"]["id"] for stored in found] == ["a"]


def test_stories_are_found_by_source_and_time(client: ContractClient) -> None:
    for number, source in enumerate(["one", "two", "one"]):
        post(client, f"s{number}", source=source)
    path = "/v1/stories?source=one&since=2026-03-02T12:00:02Z&until=2026-03-02T13:00:03%2B01:00"
    assert client.get(path).get_json()["stories"] == []
    path = "/v1/stories?source=one&since=2026-03-02T12:00:01Z&until=2026-03-02T13:00:02+01:00"
    assert [stored["story"]["id"] for stored in client.get(path).get_json()["stories"]] == ["s0"]


def test_a_leap_second_bounds_a_list_like_any_time(client: ContractClient) -> None:
    post(client, "a")
    assert client.get("/v1/stories?since=2016-12-31T23:59:60Z").get_json()["stories"]
    assert not client.get("/v1/stories?until=2016-12-31T23:59:60%2B00:00").get_json()["stories"]


def test_matches_are_read_with_filters(client: ContractClient) -> None:
    for story_id in "abc":
        post(client, story_id)
    path = "/v1/stories/a/matches?relation=exact&relation=reprint&threshold=0.9&explain=1&limit=1"
    answer = client.get(path).get_json()
    assert (answer["total"], len(answer["matches"]), len(answer["near"])) == (2, 1, 1)
    following = client.get(f"{path}&cursor={answer['next_cursor']}").get_json()
    assert [match["story_id"] for match in following["matches"]] == ["c"]
    assert client.get("/v1/stories/a/matches?relation=version").get_json()["total"] == 0


def test_unreported_stories_are_told_only_when_asked_for(client: ContractClient) -> None:
    post(client, "a")
    assert "near" not in client.get("/v1/stories/a/matches").get_json()
    assert "near" not in client.get("/v1/stories/a/matches?explain=0").get_json()


def test_matching_stores_nothing(client: ContractClient) -> None:
    post(client, "a")
    answer = client.post("/v1/match?explain=true", {"text": TEXT}).get_json()
    assert ([match["story_id"] for match in answer["matches"]], len(answer["near"])) == (["a"], 1)
    assert len(client.get("/v1/stories").get_json()["stories"]) == 1


def test_cleaning_tells_the_region_and_the_chrome_around_it_only_when_asked(client: ContractClient) -> None:
    told = client.post("/v1/clean?explain=1", {"text": TEXT}).get_json()
    assert (told["region_text"], told["chrome"][0]["rule"], told["chrome_blocks"]) == (TEXT, "interface:navigation", 1)
    plain = client.post("/v1/clean", {"text": TEXT}).get_json()
    assert ("region_text" in plain, "chrome" in plain, plain["chrome_blocks"]) == (False, False, 1)


def test_cleaning_explains_what_was_nearly_cut_only_when_asked(client: ContractClient) -> None:
    assert client.post("/v1/clean?explain=1", {"text": TEXT}).get_json()["kept"]
    assert "kept" not in client.post("/v1/clean", {"text": TEXT}).get_json()


def test_cleaning_minimally_leaves_out_the_text(client: ContractClient) -> None:
    answer = client.post("/v1/clean", {"text": TEXT}, headers={"Prefer": "return=minimal"}).get_json()
    assert not {"text", "removed"} & set(answer)


def test_a_signature_is_told_as_whole_numbers(client: ContractClient) -> None:
    answer = client.post("/v1/signature", {"text": TEXT}).get_json()
    assert answer["signature"] == [1, 2, 3, 4294967295]


def test_stories_and_texts_are_compared(client: ContractClient) -> None:
    post(client, "a")
    answer = client.post("/v1/compare", {"a": {"story_id": "a"}, "b": {"text": TEXT}}).get_json()
    assert (answer["relation"], len(answer["passages"])) == ("exact", 1)


def test_comparing_minimally_leaves_out_the_passages(client: ContractClient) -> None:
    sides = {"a": {"text": TEXT}, "b": {"text": TEXT}}
    answer = client.post("/v1/compare", sides, headers={"Prefer": "return=minimal"}).get_json()
    assert "passages" not in answer


def test_stories_are_found_by_words(client: ContractClient) -> None:
    client.post("/v1/stories", {"id": "a", "text": "One text.", "title": "Ferry reopens"})
    client.post("/v1/stories", {"id": "b", "text": "Another text.", "title": "Tram stops"})
    found = client.get("/v1/stories?q=ferry%20reopens").json["stories"]
    assert [each["story"]["id"] for each in found] == ["a"]
    assert client.get("/v1/stories?q=ferry&limit=1").status_code == 200


@pytest.mark.parametrize("query", ["", "%20", "?!", "x" * 201])
def test_a_query_that_cannot_be_searched_is_refused_by_name(client: ContractClient, query: str) -> None:
    for call in ("stories", "clusters"):
        answer = client.get(f"/v1/{call}?q={query}")
        assert (answer.status_code, answer.json["field"]) == (422, "q")


def test_versions_of_a_story_are_listed_and_read(client: ContractClient) -> None:
    for text in ("One text.", "Another text."):
        client.post("/v1/stories", {"id": "a", "text": text})
    first = client.get("/v1/stories/a/versions?limit=1").json
    assert [each["version"] for each in first["versions"]] == [2]
    rest = client.get(f"/v1/stories/a/versions?cursor={first['next_cursor']}").json
    assert [each["version"] for each in rest["versions"]] == [1]
    assert client.get("/v1/stories/a/versions/1").json["text"] == "One text."


@pytest.mark.parametrize("number", ["0", "3", "x", "1.0", "99999999999"])
def test_a_version_that_there_is_not_is_not_found(client: ContractClient, number: str) -> None:
    client.post("/v1/stories", {"id": "a", "text": "One text."})
    assert client.get(f"/v1/stories/a/versions/{number}").status_code == 404


def test_a_version_is_compared_as_a_side(client: ContractClient) -> None:
    client.post("/v1/stories", {"id": "a", "text": "One text."})
    assert (
        client.post("/v1/compare", {"a": {"story_id": "a", "version": 1}, "b": {"story_id": "a"}}).json["jaccard"] == 1
    )
    for side in ({"version": 1}, {"story_id": "a", "version": 0}, {"story_id": "a", "version": 1, "text": "x"}):
        assert client.post("/v1/compare", {"a": side, "b": {"text": "x"}}).status_code == 422


def test_related_stories_are_told_for_stored_stories_and_for_texts(client: ContractClient) -> None:
    for name in ("a", "b"):
        client.post("/v1/stories", {"id": name, "source": f"{name}.example", "text": f"One text of {name}."})
    (found,) = client.get("/v1/stories/a/related?days=36500&limit=50").json["related"]
    assert (found["story_id"], found["score"], found["why"]) == ("b", 0.666667, "both name Telm")
    assert client.get("/v1/stories/a/related?source=c.example").json["related"] == []
    assert len(client.post("/v1/related?limit=1", {"text": "A text."}).json["related"]) == 1
    assert client.get("/v1/stories/x/related").status_code == 404


def test_what_an_encoder_said_is_told_where_there_is_one(client: ContractClient, world: FakeWorld) -> None:
    for name in ("a", "b"):
        client.post("/v1/stories", {"id": name, "source": f"{name}.example", "text": f"One text of {name}."})
    (without,) = client.get("/v1/stories/a/related").json["related"]
    world.encoder_cosine = 0.1234567
    (told,) = client.get("/v1/stories/a/related").json["related"]
    assert ("encoder_cosine" in without, told["encoder_cosine"]) == (False, 0.123457)


@pytest.mark.parametrize(
    ("given", "field"),
    [("days=0", "days"), ("days=36501", "days"), ("limit=51", "limit"), ("min_score=2", "min_score")],
)
def test_a_search_for_related_stories_is_bounded(client: ContractClient, given: str, field: str) -> None:
    for answer in (
        client.get(f"/v1/stories/a/related?{given}"),
        client.post(f"/v1/related?{given}", {"text": "A text."}),
    ):
        assert (answer.status_code, answer.json["field"]) == (422, field)
