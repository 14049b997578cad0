"""What a newcomer tries first is answered so that the second try works."""

from __future__ import annotations

import pytest

from tests.web.contract import ContractClient

STORY = {"id": "a", "text": "The ferry line reopened on Monday."}


def detail(client: ContractClient, path: str, body: object, **request: str) -> str:
    response = client.post(path, body, **request)
    assert response.status_code >= 400
    return str(response.get_json()["detail"])


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("content", "text"),
        ("body", "text"),
        ("articleBody", "text"),
        ("raw-html", "html"),
        ("link", "url"),
        ("Domain", "source"),
        ("headline", "title"),
        ("pubDate", "published_at"),
        ("lang", "language"),
        ("guid", "id"),
        ("sorce", "source"),
        ("metadta", "metadata"),
    ],
)
def test_a_name_that_others_have_for_a_field_leads_to_it(client: ContractClient, name: str, meant: str) -> None:
    assert detail(client, "/v1/stories", {**STORY, name: "x"}).endswith(f"did you mean {meant}?")


def test_a_name_like_no_other_is_answered_with_all_there_are(client: ContractClient) -> None:
    assert "it takes html, text, url" in detail(client, "/v1/clean", {"text": "x", "qqqqqq": 1})


def test_fields_inside_of_others_are_known_too(client: ContractClient) -> None:
    body = {"a": {"content": "x"}, "b": {"text": "x"}}
    assert detail(client, "/v1/compare", body) == "a.content is not a field of this request: did you mean text?"
    assert detail(client, "/v1/compare", {"a": {"id": "x"}, "b": {"text": "x"}}).endswith("did you mean story_id?")


def test_a_text_alone_is_told_that_it_needs_a_name(client: ContractClient) -> None:
    said = detail(client, "/v1/stories", {"text": "x"})
    assert '{"id": "my-first", "text": "…"}' in said
    assert "/v1/match" in said


def test_a_list_of_stories_is_sent_to_where_lists_go(client: ContractClient) -> None:
    assert detail(client, "/v1/stories", [STORY]).endswith("a list of stories goes to /v1/stories/batch")


def test_a_form_of_curl_is_told_which_header_it_needs(client: ContractClient) -> None:
    said = detail(client, "/v1/stories", STORY, content_type="application/x-www-form-urlencoded")
    assert "send the body as Content-Type: application/json" in said
    assert "curl -d" in said


def test_another_method_is_told_which_there_are(client: ContractClient) -> None:
    response = client.get("/v1/match")
    assert response.status_code == 405
    assert response.get_json()["detail"] == "this path takes OPTIONS, POST, not GET"


@pytest.mark.parametrize(
    ("path", "meant"), [("/v1/story", "/v1/stories"), ("/v1/stories/", "/v1/stories"), ("/v1/macth", "/v1/match")]
)
def test_a_path_that_is_nearly_one_is_told_which(client: ContractClient, path: str, meant: str) -> None:
    assert client.get(path).get_json()["detail"].endswith(f"did you mean {meant}?")


def test_a_path_like_no_other_is_sent_to_the_contract(client: ContractClient) -> None:
    assert client.get("/wp-login.php").get_json()["detail"].endswith("/openapi.yaml lists those that do")


def test_a_parameter_that_is_nearly_one_is_told_which(client: ContractClient) -> None:
    response = client.get("/v1/clusters?min_source=2")
    assert "did you mean min_sources? It takes agency, cursor," in response.get_json()["detail"]
