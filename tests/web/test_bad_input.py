"""What bad input gets: the right status and the name of the field, never a 500."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.contract import ContractClient
from tests.web.fake_world import FakeWorld

STORY: dict[str, Any] = {"id": "a", "text": "The ferry line reopened on Monday."}


def story(**changes: Any) -> bytes:
    fields = {name: value for name, value in {**STORY, **changes}.items() if value is not ...}
    return json.dumps(fields).encode()


def nested(depth: int) -> bytes:
    return b'{"id": "a", "text": "x", "metadata": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"


BAD_STORIES = {
    "an empty body": (b"", 400, None),
    "white space": (b"  \n", 400, None),
    "malformed JSON": (b'{"id": "a", ', 400, None),
    "two values": (b'{"id": "a"} {"id": "b"}', 400, None),
    "a list": (b"[]", 422, None),
    "a number": (b"7", 422, None),
    "null": (b"null", 422, None),
    "invalid UTF-8": (b'{"id": "a", "text": "\xff\xfe"}', 400, None),
    "a surrogate in UTF-8": (b'{"id": "a", "text": "\xed\xa0\x80"}', 400, None),
    "UTF-16": (story().decode().encode("utf-16"), 400, None),
    "JSON nested without end": (nested(100_000), 400, None),
    "an unfinished nest": (b'{"metadata": {"a": ' + b"[" * 100_000, 400, None),
    "NaN": (b'{"id": "a", "text": "x", "metadata": {"n": NaN}}', 400, None),
    "an infinite number": (b'{"id": "a", "text": "x", "metadata": {"n": 1e999}}', 422, "metadata"),
    "an endless number": (b'{"id": "a", "text": "x", "metadata": {"n": ' + b"1" * 9000 + b"}}", 422, "metadata"),
    "a text that is a number": (story(text=7), 422, "text"),
    "an id that is a number": (story(id=7), 422, "id"),
    "an unknown field": (story(txet="x"), 422, "txet"),
    "both html and text": (story(html="<p>x</p>"), 422, "text"),
    "neither html nor text": (story(text=...), 422, "text"),
    "html and text both null": (story(text=None, html=None), 422, "text"),
    "no id and no url": (story(id=...), 422, "id"),
    "an empty id": (story(id=""), 422, "id"),
    "an id of 201 characters": (story(id="a" * 201), 422, "id"),
    "an id with a space": (story(id="a b"), 422, "id"),
    "an id with a slash": (story(id="a/b"), 422, "id"),
    "an id with an umlaut": (story(id="ä"), 422, "id"),
    "an id with a line end": (story(id="a\n"), 422, "id"),
    "an id that is a dot": (story(id="."), 422, "id"),
    "an id that is two dots": (story(id=".."), 422, "id"),
    "an id that is the path of another call": (story(id="batch"), 422, "id"),
    "an id with a lone surrogate": (b'{"id": "\\ud800", "text": "x"}', 422, "id"),
    "a url of another scheme": (story(id=..., url="javascript:alert(1)"), 422, "url"),
    "a url without a host": (story(id=..., url="https:///a"), 422, "url"),
    "a url with a wrong port": (story(id=..., url="https://harbour.example:99999/"), 422, "url"),
    "a url with half an IPv6 address": (story(id=..., url="https://[::1/"), 422, "url"),
    "a url with a name for an address": (story(id=..., url="https://[harbour]/"), 422, "url"),
    "a url of 2,001 characters": (story(id=..., url="https://harbour.example/".ljust(2001, "a")), 422, "url"),
    "an empty url": (story(id=..., url=""), 422, "url"),
    "a text of a million and one characters": (story(text="x" * 1_000_001), 422, "text"),
    "a date that is a list": (story(published_at=[2026]), 422, "published_at"),
    "a date that is true": (story(published_at=True), 422, "published_at"),
    "metadata that is a list": (story(metadata=[1]), 422, "metadata"),
    "a page that takes too long": (story(text=..., html="<hang>"), 422, "html"),
}


@pytest.mark.parametrize(("body", "status", "field"), BAD_STORIES.values(), ids=BAD_STORIES)
def test_a_bad_story_gets_a_problem_that_names_the_field(
    client: ContractClient, world: FakeWorld, body: bytes, status: int, field: str | None
) -> None:
    response = client.post("/v1/stories", body)
    problem = response.get_json()
    assert (response.status_code, problem.get("field")) == (status, field)
    assert not world.entries


TOLD = {
    "a field of another type": (story(text=7), "text must be a string or null, not a number"),
    "an object that is a list": (story(metadata=[1]), "metadata must be an object or null, not an array"),
    "a number without end": (
        b'{"id": "a", "text": "x", "metadata": {"n": 1e999}}',
        "metadata holds a number that is out of range; send it as a string",
    ),
    "a body of another type": (b"[]", "send an object, not an array; a list of stories goes to /v1/stories/batch"),
    "an unknown field": (story(txet="x"), "txet is not a field of this request: did you mean text?"),
    "broken JSON": (b'{"id": a}', "this is not valid JSON: invalid character (byte 7)"),
    "half a body": (b'{"id": "a", ', "this is not valid JSON: it breaks off"),
}


@pytest.mark.parametrize(("body", "detail"), TOLD.values(), ids=TOLD)
def test_a_problem_says_what_was_wrong_in_the_words_of_json(client: ContractClient, body: bytes, detail: str) -> None:
    assert client.post("/v1/stories", body).get_json()["detail"] == detail


# As lines, these would be blank or hold line ends of their own.
BAD_LINES = {name: bad for name, bad in BAD_STORIES.items() if name not in {"an empty body", "white space", "UTF-16"}}


@pytest.mark.parametrize(("line", "status", "field"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_gets_its_own_problem_and_the_lines_around_it_are_stored(
    client: ContractClient, line: bytes, status: int, field: str | None
) -> None:
    first, middle, last = client.batch([{**STORY, "id": "first"}, line, {**STORY, "id": "last"}])
    assert (first["status"], middle["status"], last["status"]) == (201, status, 201)
    assert middle["problem"].get("field") == field


@pytest.mark.parametrize("path", ["/v1/match", "/v1/clean", "/v1/signature", "/v1/compare"])
@pytest.mark.parametrize("body", [b"", b"{", b'{"a": {"text": "\xff"}}', b'"\xff"', b"[", b"\x00", b"\x1f\x8b"])
def test_the_other_calls_refuse_what_is_no_json_too(client: ContractClient, path: str, body: bytes) -> None:
    assert client.post(path, body).status_code in {400, 422}


@pytest.mark.parametrize("path", ["/v1/match", "/v1/clean", "/v1/signature", "/v1/compare"])
def test_the_other_calls_name_an_unknown_field_too(client: ContractClient, path: str) -> None:
    response = client.post(path, {"published": "today"})
    assert (response.status_code, response.get_json()["field"]) == (422, "published")


@pytest.mark.parametrize("path", ["/v1/match", "/v1/clean", "/v1/signature"])
def test_the_other_calls_want_exactly_one_of_html_and_text_too(client: ContractClient, path: str) -> None:
    for body in ({}, {"text": "x", "html": "x"}):
        response = client.post(path, body)
        assert (response.status_code, response.get_json()["field"]) == (422, "text")


BAD_COMPARISONS = {
    "a side missing": ({"a": {"text": "x"}}, 422, "b"),
    "a side that is a text": ({"a": "x", "b": {"text": "x"}}, 422, "a"),
    "an empty side": ({"a": {"text": "x"}, "b": {}}, 422, "b.text"),
    "a story_id beside a text": ({"a": {"story_id": "s", "text": "x"}, "b": {"text": "x"}}, 422, "a.story_id"),
    "a story_id of other characters": ({"a": {"story_id": "s s"}, "b": {"text": "x"}}, 422, "a.story_id"),
    "an unknown field in a side": ({"a": {"text": "x", "id": "s"}, "b": {"text": "x"}}, 422, "a.id"),
    "an unknown story": ({"a": {"text": "x"}, "b": {"story_id": "nowhere"}}, 404, "b.story_id"),
}


@pytest.mark.parametrize(("body", "status", "field"), BAD_COMPARISONS.values(), ids=BAD_COMPARISONS)
def test_a_bad_comparison_names_the_side(client: ContractClient, body: dict[str, Any], status: int, field: str) -> None:
    response = client.post("/v1/compare", body)
    assert (response.status_code, response.get_json()["field"]) == (status, field)


BAD_QUERIES = {
    "/v1/stories?limit=0": (422, "limit"),
    "/v1/stories?limit=201": (422, "limit"),
    "/v1/stories?limit=ten": (400, "limit"),
    "/v1/stories?limit=²": (400, "limit"),
    "/v1/stories?limit=": (400, "limit"),
    "/v1/stories?limit=1&limit=2": (422, "limit"),
    "/v1/stories?cursor=abc": (404, "cursor"),
    "/v1/stories?cursor=": (404, "cursor"),
    "/v1/stories?cursor=%00%ff": (404, "cursor"),
    "/v1/stories?cursor=ä": (404, "cursor"),
    "/v1/stories?since=2026-03-01T10:00:00": (422, "since"),
    "/v1/stories?until=soon": (422, "until"),
    "/v1/stories?source=a/b": (422, "source"),
    "/v1/stories?url=nowhere": (422, "url"),
    "/v1/stories?sorce=x": (422, "sorce"),
    "/v1/clusters?sort=best": (422, "sort"),
    "/v1/clusters?min_sources=0": (422, "min_sources"),
    "/v1/clusters?min_size=many": (400, "min_size"),
    "/v1/clusters?min_size=99999999999999999999": (400, "min_size"),
    "/v1/stories/a/matches?relation=twin": (422, "relation"),
    "/v1/stories/a/matches?relation=exact,copy": (422, "relation"),
    "/v1/stories/a/matches?threshold=0": (422, "threshold"),
    "/v1/stories/a/matches?threshold=1.01": (422, "threshold"),
    "/v1/stories/a/matches?threshold=-1": (422, "threshold"),
    "/v1/stories/a/matches?min_confidence=0": (422, "min_confidence"),
    "/v1/stories/a/matches?min_confidence=1.01": (422, "min_confidence"),
    "/v1/stories/a/matches?threshold=nan": (400, "threshold"),
    "/v1/stories/a/matches?threshold=inf": (400, "threshold"),
    "/v1/stories/a/matches?threshold=half": (400, "threshold"),
    "/v1/stories/a/matches?explain=maybe": (422, "explain"),
    "/v1/stories/nowhere": (404, "id"),
    "/v1/stories/nowhere/matches": (404, "id"),
    "/v1/stories/%00": (404, "id"),
    "/v1/stories/%ff": (404, "id"),
    "/v1/clusters/nowhere": (404, "id"),
    "/v1/sources/nowhere": (404, "source"),
    "/v1": (404, None),
    "/v1/stories/": (404, None),
    "/favicon.ico": (404, None),
    "/static/../app.py": (404, None),
}


@pytest.mark.parametrize(("path", "status", "field"), [(path, *answer) for path, answer in BAD_QUERIES.items()])
def test_a_bad_query_gets_a_problem_that_names_the_parameter(
    client: ContractClient, path: str, status: int, field: str | None
) -> None:
    client.post("/v1/stories", STORY)
    response = client.get(path)
    assert (response.status_code, response.get_json().get("field")) == (status, field)


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", "/v1/stories/a%00", "id"),
        ("DELETE", "/v1/stories/%00", "id"),
        ("GET", "/v1/stories/a%00/matches", "id"),
        ("GET", "/v1/clusters/%00", "id"),
        ("GET", "/v1/sources/%00", "source"),
        ("DELETE", "/v1/sources/x%00/boilerplate/b1", "source"),
        ("POST", "/v1/sources/x/boilerplate/b1%00/allow", "id"),
    ],
)
def test_a_path_with_a_nul_is_not_found_without_asking_the_store(
    client: ContractClient, method: str, path: str, field: str
) -> None:
    problem = client.open(path, method=method).get_json()
    assert (problem["status"], problem["field"]) == (404, field)
    assert "NUL" in problem["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/stories"),
        ("PUT", "/v1/stories/a"),
        ("POST", "/v1/clusters"),
        ("GET", "/v1/match"),
        ("DELETE", "/livez"),
        ("GET", "/v1/stories/batch"),
        ("DELETE", "/v1/stories/batch"),
    ],
)
def test_a_wrong_method_is_told_which_ones_there_are(client: ContractClient, method: str, path: str) -> None:
    response = client.open(path, method=method)
    assert response.status_code == 405
    assert response.get_json()["type"] == "urn:twicetold:problem:method-not-allowed"
    assert "OPTIONS" in response.headers["Allow"]


@pytest.mark.parametrize("path", ["/v1/stories", "/v1/match", "/v1/stories/batch"])
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "", "nonsense"],
)
def test_another_content_type_is_refused_by_name(client: ContractClient, path: str, content_type: str) -> None:
    response = client.post(path, STORY, content_type=content_type)
    assert (response.status_code, response.get_json()["field"]) == (415, "Content-Type")


def test_an_unexpected_fault_tells_nothing_of_its_particulars(client: ContractClient) -> None:
    response = client.post("/v1/stories", {**STORY, "text": "explode"})
    assert response.status_code == 500
    assert response.get_json()["type"] == "urn:twicetold:problem:internal"
    assert "secret" not in response.text
    assert "ZeroDivision" not in response.text


def test_an_unexpected_fault_in_a_batch_fails_its_own_line_only(client_with: Callable[..., ContractClient]) -> None:
    answers = client_with(batch_chunk=3).batch(
        [{**STORY, "id": "a"}, {**STORY, "id": "b", "text": "explode"}, {**STORY, "id": "c"}, {**STORY, "id": "d"}]
    )
    assert [answer["status"] for answer in answers] == [200, 500, 201, 201]
