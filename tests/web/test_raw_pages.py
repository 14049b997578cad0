"""Pages that are sent as they were fetched, with their fields as parameters."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.web.contract import ContractClient

GERMAN = "Der Rat hat beschlossen, die Brücke für elf Monate zu schließen."


def page(text: str = GERMAN, charset: str | None = None) -> str:
    declaration = f"<meta charset={charset}>" if charset else ""
    return f"<html><head>{declaration}<title>Wall</title></head><body><p>{text}</p></body></html>"


def test_every_field_of_a_page_is_a_parameter(client: ContractClient) -> None:
    given = {
        "id": "a", "url": "https://harbour.example/wall", "source": "Zeitung für Häfen", "title": "Wall & sea",
        "language": "de-AT", "published_at": "2026-03-02T08:30:00+01:00",
    }  # fmt: skip
    response = client.post(f"/v1/stories?{urlencode(given)}", page().encode(), content_type="text/html")
    assert response.status_code == 201
    story = response.get_json()["story"]
    assert {name: story[name] for name in given} == {**given, "published_at": "2026-03-02T07:30:00Z"}
    assert GERMAN in story["text"]


def test_a_plus_in_a_time_need_not_be_escaped(client: ContractClient) -> None:
    path = "/v1/stories?id=a&published_at=2026-03-02T08:30:00+01:00"
    response = client.post(path, page().encode(), content_type="text/html")
    assert response.get_json()["story"]["published_at"] == "2026-03-02T07:30:00Z"


@pytest.mark.parametrize(
    ("content_type", "declared"),
    [("text/html; charset=windows-1252", None), ("text/html", "windows-1252"), ("application/xhtml+xml", "iso-8859-1")],
)
@pytest.mark.parametrize("path", ["/v1/stories?id=a", "/v1/clean"])
def test_a_page_is_decoded_as_it_says(
    client: ContractClient, path: str, content_type: str, declared: str | None
) -> None:
    response = client.post(path, page(charset=declared).encode("cp1252"), content_type=content_type)
    answer = response.get_json()
    assert GERMAN in (answer.get("story") or answer)["text"]


def test_doubts_about_a_page_are_warnings(client: ContractClient) -> None:
    response = client.post("/v1/clean", page(charset="utf-8").encode("cp1252"), content_type="text/html")
    assert any("windows-1252" in warning for warning in response.get_json()["warnings"])


@pytest.mark.parametrize(
    "path", ["/v1/match?id=a", "/v1/clean?url=https://harbour.example/a", "/v1/signature?language=de"]
)
def test_every_call_about_a_text_takes_a_page(client: ContractClient, path: str) -> None:
    assert client.post(path, page().encode(), content_type="text/html").status_code == 200


@pytest.mark.parametrize(
    ("path", "content_type", "field"),
    [
        ("/v1/stories?id=a", "application/json", "id"),
        ("/v1/clean?id=a", "text/html", "id"),
        ("/v1/stories?id=a&text=b", "text/html", "text"),
        ("/v1/stories?id=a&id=b", "text/html", "id"),
        ("/v1/stories?id=a b", "text/html", "id"),
        ("/v1/stories", "text/html", "id"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_by_name(
    client: ContractClient, path: str, content_type: str, field: str
) -> None:
    response = client.post(path, page().encode(), content_type=content_type)
    assert (response.status_code, response.get_json()["field"]) == (422, field)


def test_batches_take_no_pages(client: ContractClient) -> None:
    assert client.post("/v1/stories/batch", page().encode(), content_type="text/html").status_code == 415


def test_a_page_is_answered_in_markdown_where_that_is_asked_for(client: ContractClient) -> None:
    sent = {"content_type": "text/html"}
    told = client.post("/v1/clean?format=markdown", page().encode(), **sent).get_json()
    assert told["markdown"]
    assert "markdown" not in client.post("/v1/clean?format=text", page().encode(), **sent).get_json()
    assert client.post("/v1/clean?format=pdf", page().encode(), **sent).status_code == 422
