"""What is taken over from a good submission, and what is mended in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.contract import ContractClient

URL = "https://www.harbour-post.example/2026/03/ferry?utm_source=feed#top"


def stored(client: ContractClient, body: dict[str, Any] | bytes) -> dict[str, Any]:
    response = client.post("/v1/stories", body)
    assert response.status_code == 201, response.text
    story: dict[str, Any] = response.get_json()["story"]
    return story


def test_a_story_without_an_id_gets_one_from_its_url(client: ContractClient) -> None:
    story = stored(client, {"url": URL, "text": "x"})
    again = client.post(
        "/v1/stories", {"url": "http://harbour-post.example/2026/03/ferry/amp/", "text": "x"}
    ).get_json()
    assert again["story"]["id"] == story["id"]
    assert again["outcome"] == "unchanged"


def test_a_story_keeps_the_url_it_came_with(client: ContractClient) -> None:
    assert stored(client, {"url": URL, "text": "x"})["url"] == URL


def test_a_source_is_the_registrable_domain_unless_given(client: ContractClient) -> None:
    assert stored(client, {"id": "a", "url": "https://news.harbour.co.uk/x", "text": "x"})["source"] == "harbour.co.uk"
    assert stored(client, {"id": "b", "url": URL, "source": "Harbour Post", "text": "x"})["source"] == "Harbour Post"


def test_a_story_without_url_and_source_has_an_unknown_source(client: ContractClient) -> None:
    assert stored(client, {"id": "a", "text": "x"})["source"] == "unknown"


def test_null_counts_as_left_out(client: ContractClient) -> None:
    body = dict.fromkeys(["url", "source", "title", "published_at", "language", "html", "metadata"])
    assert stored(client, {**body, "id": "a", "text": "x"})["metadata"] == {}


def test_every_field_comes_back(client: ContractClient) -> None:
    given = {
        "id": "A-z.0_9:~",
        "url": URL,
        "source": "Zeitung für Häfen",
        "title": "Fähre fährt",
        "language": "zh-Hant-TW",
        "metadata": {"crawl": 42, "tags": ["a", {"b": None}], "big": 10**30},
    }
    story = stored(client, {**given, "text": "x"})
    assert {name: story[name] for name in given} == given


def test_a_date_is_told_in_utc(client: ContractClient) -> None:
    story = stored(client, {"id": "a", "text": "x", "published_at": "2026-03-01T10:30:00+05:30"})
    assert story["published_at"] == "2026-03-01T05:00:00Z"


@pytest.mark.parametrize(
    "text", ["2026-03-03T12:00:00Z", "2026-03-01t10:00:00z", "1704-04-24T00:00:00Z", "2026-03-01T10:00:00.123456789Z"]
)
def test_a_date_of_any_rfc_3339_form_is_taken(client: ContractClient, text: str) -> None:
    assert stored(client, {"id": "a", "text": "x", "published_at": text})["published_at"]


@pytest.mark.parametrize(
    "text",
    ["2016-12-31T23:59:60Z", "2016-12-31t23:59:60.75z", "2016-12-31T15:59:60-08:00", "2017-01-01T00:59:60+01:00"],
)
def test_a_leap_second_is_read_as_the_last_moment_before_it(client: ContractClient, text: str) -> None:
    story = stored(client, {"id": "a", "text": "x", "published_at": text})
    assert story["published_at"] == "2016-12-31T23:59:59.999999Z"


def test_an_empty_text_is_stored_with_a_warning(client: ContractClient) -> None:
    story = stored(client, {"id": "a", "text": ""})
    assert (story["text"], story["thin"]) == ("", True)
    assert story["warnings"]


def test_an_empty_title_counts_as_none(client: ContractClient) -> None:
    assert stored(client, {"id": "a", "text": "x", "title": ""})["title"] is None


def test_lone_surrogates_are_replaced_and_reported(client: ContractClient) -> None:
    story = stored(client, rb'{"id": "a", "text": "one \ud800 two \uDFFF three \ud83d"}')
    assert story["text"] == "one � two � three �"
    assert story["warnings"] == ["lone surrogates were replaced by U+FFFD (3)"]


def test_whole_surrogate_pairs_stay(client: ContractClient) -> None:
    story = stored(client, rb'{"id": "a", "text": "\ud83d\ude00 and \ud83d\uDE00\ud800"}')
    assert story["text"] == "😀 and 😀�"


def test_an_escaped_backslash_before_a_surrogate_is_no_surrogate(client: ContractClient) -> None:
    story = stored(client, rb'{"id": "a", "text": "C:\\ud800 \\\ud800"}')
    assert story["text"] == "C:\\ud800 \\�"


def test_lone_surrogates_in_metadata_are_replaced_too(client: ContractClient) -> None:
    assert stored(client, rb'{"id": "a", "text": "x", "metadata": {"\udc00": ["\ud800"]}}')["metadata"] == {"�": ["�"]}


def test_nuls_are_replaced_and_reported_by_field(client: ContractClient) -> None:
    story = stored(client, {"id": "a", "text": "one\0two\0", "title": "t\0"})
    assert (story["text"], story["title"]) == ("one�two�", "t�")
    assert story["warnings"] == [
        "title: NUL characters were replaced by U+FFFD (1)",
        "text: NUL characters were replaced by U+FFFD (2)",
    ]


def test_nuls_in_a_page_are_reported_after_those_of_other_fields(client: ContractClient) -> None:
    story = stored(client, {"id": "a", "html": "one\0two", "title": "t\0"})
    assert story["text"] == "one�two"
    assert story["warnings"] == [
        "title: NUL characters were replaced by U+FFFD (1)",
        "html: NUL characters were replaced by U+FFFD (1)",
    ]


def test_nuls_in_metadata_are_replaced_and_reported(client: ContractClient) -> None:
    story = stored(client, {"id": "a", "text": "x", "metadata": {"k\0": ["v\0", {"n": "\0"}]}})
    assert story["metadata"] == {"k�": ["v�", {"n": "�"}]}
    assert story["warnings"] == ["metadata: NUL characters were replaced by U+FFFD"]


def test_an_escaped_escape_in_metadata_is_no_nul(client: ContractClient) -> None:
    story = stored(client, {"id": "a", "text": "x", "metadata": {"k": "\\u0000"}})
    assert (story["metadata"], story["warnings"]) == ({"k": "\\u0000"}, [])


def test_a_byte_order_mark_is_passed_over(client: ContractClient) -> None:
    assert stored(client, b'\xef\xbb\xbf{"id": "a", "text": "x"}')["id"] == "a"


def test_metadata_nested_8_deep_is_taken(client: ContractClient) -> None:
    metadata: dict[str, Any] = {}
    for _ in range(7):
        metadata = {"a": metadata}
    assert stored(client, {"id": "a", "text": "x", "metadata": metadata})["metadata"] == metadata


def test_markup_in_a_story_is_told_as_json_that_no_browser_runs(client: ContractClient) -> None:
    client.post("/v1/stories", {"id": "a", "text": "<script>alert(1)</script>"})
    response = client.get("/v1/stories/a")
    assert response.mimetype == "application/json"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
