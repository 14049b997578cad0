"""What people say of pairs of stories."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest
from twicetold.web.api.verdicts import LONGEST_NOTE
from twicetold.web.keys import Key, Scope

from tests.web.contract import ContractClient

PAIR = "/v1/stories/a/matches/b/verdict"


@pytest.fixture
def two(client: ContractClient) -> ContractClient:
    """A service that knows two stories."""
    for name in "ab":
        client.post("/v1/stories", {"id": name, "text": "The ferry line reopened on Monday."})
    return client


def test_a_verdict_is_given_read_and_listed(two: ContractClient) -> None:
    given = two.put(PAIR, {"same": False, "note": " two crossings "}).get_json()
    assert (given["verdict"]["a"], given["verdict"]["b"], given["verdict"]["same"]) == ("a", "b", False)
    assert given["verdict"]["note"] == "two crossings"
    assert two.get(PAIR).get_json() == given
    assert two.get("/v1/verdicts?same=false").get_json()["verdicts"] == [given["verdict"]]
    assert two.get("/v1/verdicts?same=true").get_json()["verdicts"] == []
    assert two.get("/v1/stories/a/matches").get_json()["verdicts"] == [given["verdict"]]


def test_a_verdict_that_was_taken_back_stands_in_the_history(two: ContractClient) -> None:
    two.put(PAIR, {"same": True})
    assert two.delete(PAIR).status_code == 204
    left = two.get(PAIR).get_json()
    assert left["verdict"] is None
    assert [one["same"] for one in left["history"]] == [None, True]


def test_verdicts_are_paged(two: ContractClient) -> None:
    for same in (True, False):
        two.put(PAIR, {"same": same})
    first = two.get("/v1/verdicts?limit=1").get_json()
    second = two.get(f"/v1/verdicts?limit=1&cursor={first['next_cursor']}").get_json()
    assert [one["same"] for one in (*first["verdicts"], *second["verdicts"])] == [False, True]
    assert second["next_cursor"] is None


def test_a_verdict_bears_the_name_of_its_key(client_with: Callable[..., ContractClient]) -> None:
    key = Key(name="desk", sha256=[sha256(b"open").hexdigest()], scopes=frozenset({Scope.WRITE}))
    client, bearer = client_with(keys=(key,)), {"Authorization": "Bearer open"}
    for name in "ab":
        client.post("/v1/stories", {"id": name, "text": "The ferry line reopened."}, headers=bearer)
    assert client.put(PAIR, {"same": True}, headers=bearer).get_json()["verdict"]["given_by"] == "desk"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "same"),
        ({"same": "yes"}, "same"),
        ({"same": True, "note": "x" * (LONGEST_NOTE + 1)}, "note"),
        ({"same": True, "notes": ""}, "notes"),
    ],
)
def test_a_verdict_in_another_form_is_refused_by_field(two: ContractClient, body: object, field: str) -> None:
    problem = two.put(PAIR, body)
    assert (problem.status_code, problem.get_json()["field"]) == (422, field)


def test_a_verdict_on_a_story_that_is_not_stored_names_it(two: ContractClient) -> None:
    for path, field in (("/v1/stories/x/matches/b/verdict", "a"), ("/v1/stories/a/matches/x/verdict", "b")):
        problem = two.put(path, {"same": True})
        assert (problem.status_code, problem.get_json()["field"]) == (404, field)


def test_no_story_holds_a_nul_on_either_side(two: ContractClient) -> None:
    assert two.get("/v1/stories/a/matches/%00/verdict").get_json()["field"] == "b"
