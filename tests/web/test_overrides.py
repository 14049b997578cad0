"""What an operator wants of a source, over HTTP."""

from __future__ import annotations

import pytest

from tests.web.contract import ContractClient

PATH = "/v1/sources/harbour-post.example/overrides"
WANTED = {"overrides": [{"action": "cut", "selector": "aside.box"}, {"action": "keep", "block": "Key points"}]}


def test_overrides_are_put_read_and_undone(client: ContractClient) -> None:
    assert client.get(PATH).get_json() == {"overrides": []}
    assert client.put(PATH, WANTED).get_json() == WANTED
    assert client.get(PATH).get_json() == WANTED
    assert client.delete(PATH).status_code == 204
    assert client.get(PATH).get_json() == {"overrides": []}


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ({"action": "cut", "selector": "p > a"}, "overrides[0].selector"),
        ({"action": "cut"}, "overrides[0]"),
        ({"action": "cut", "selector": "p", "block": "x"}, "overrides[0]"),
        ({"action": "cut", "block": "--"}, "overrides[0].block"),
        ({"action": "cut", "block": "x" * 2001}, "overrides[0].block"),
        ({"action": "cut", "block": "one\ntwo"}, "overrides[0].block"),
    ],
)
@pytest.mark.parametrize("path", [PATH, "/v1/clean"])
def test_a_wrong_override_is_named(client: ContractClient, path: str, override: dict[str, str], field: str) -> None:
    body = {"overrides": [override]}
    response = client.put(path, body) if path == PATH else client.post(path, {**body, "text": "x"})
    assert response.status_code == 422
    assert response.get_json()["field"] == field


def test_there_is_a_most_of_overrides(client: ContractClient) -> None:
    assert client.put(PATH, {"overrides": [{"action": "cut", "selector": "p"}] * 51}).status_code == 422


def test_overrides_can_be_tried(client: ContractClient) -> None:
    assert client.post("/v1/clean", {"text": "x", **WANTED}).status_code == 200
