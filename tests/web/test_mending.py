"""Odd fields of a submission: the story is taken, the field is mended or left out, and a warning says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.web.api.mending import mended_source, mended_url, publication_time
from twicetold.web.api.submissions import checked_source

from tests.web.contract import ContractClient
from tests.web.fake_world import NOW


def taken(client: ContractClient, **fields: Any) -> dict[str, Any]:
    response = client.post("/v1/stories", {"id": "a", "text": "The ferry line reopened on Monday.", **fields})
    assert response.status_code == 201, response.text
    story: dict[str, Any] = response.get_json()["story"]
    return story


URLS = {
    "harbour.example/a": "https://harbour.example/a",
    "harbour.example:8080/a?b=c": "https://harbour.example:8080/a?b=c",
    "//harbour.example/a": "https://harbour.example/a",
    "https://harbour.example/a\u00a0b": "https://harbour.example/a%C2%A0b",
    " https://harbour.example/a b ": "https://harbour.example/a%20b",
    "https://harbour.example/\na": "https://harbour.example/a",
    "https://harbour.example/\0": "https://harbour.example/%00",
    "https://me:secret@harbour.example/a": "https://harbour.example/a",
}


@pytest.mark.parametrize(("sent", "meant"), URLS.items(), ids=map(ascii, URLS))
def test_a_url_is_mended_where_it_is_plain_what_was_meant(client: ContractClient, sent: str, meant: str) -> None:
    story = taken(client, url=sent)
    assert (story["url"], story["source"]) == (meant, "harbour.example")
    assert story["warnings"] == [f"url: read as {meant}"]


def test_a_mended_url_gives_the_id_that_a_good_one_gives(client: ContractClient) -> None:
    good, odd = taken(client, id=None, url="https://harbour.example/a"), {"url": "harbour.example/a", "text": "x"}
    assert client.post("/v1/stories", odd).get_json()["story"]["id"] == good["id"]


NO_URLS = {
    "javascript:alert(1)": "it must be an absolute http or https URL",
    "nowhere": "it must be an absolute http or https URL",
    "": "it must be an absolute http or https URL",
    "https:///a": "it must name a host and contain no white space or control characters",
    "https://harbour.example:99999/": "it is not a valid URL",
    "https://[::1/": "it is not a valid URL",
    "https://harbour.example/".ljust(2001, "a"): "it must be at most 2,000 characters",
}


@pytest.mark.parametrize(("sent", "why"), NO_URLS.items())
def test_a_url_that_is_none_is_left_out_where_an_id_says_who_the_story_is(
    client: ContractClient, sent: str, why: str
) -> None:
    story = taken(client, url=sent)
    assert (story["url"], story["source"]) == (None, "unknown")
    assert story["warnings"] == [f"url: left out, for {why}"]


@pytest.mark.parametrize("sent", NO_URLS)
def test_a_url_that_is_none_is_refused_where_it_alone_says_who_the_story_is(client: ContractClient, sent: str) -> None:
    response = client.post("/v1/stories", {"url": sent, "text": "x"})
    assert (response.status_code, response.get_json()["field"]) == (422, "url")


@pytest.mark.parametrize("path", ["/v1/match", "/v1/clean", "/v1/signature"])
def test_a_url_that_is_none_does_not_keep_a_text_from_being_looked_at(client: ContractClient, path: str) -> None:
    assert client.post(path, {"url": "nowhere", "text": "x"}).status_code == 200


def test_a_host_that_cannot_name_a_source_leaves_it_unknown(client: ContractClient) -> None:
    story = taken(client, url="http://a\\b.example/x")
    assert story["source"] == "unknown"
    assert story["warnings"] == ["source: unknown, for the host of url cannot be the name of one"]


SOURCES = {
    " Harbour Post\u00a0": "Harbour Post",
    "AP/Reuters": "AP-Reuters",
    "AP / Reuters": "AP-Reuters",
    "desk\\world": "desk-world",
    "harbour.example/": "harbour.example",
    "https://www.harbour.example/news": "harbour.example",
    "Harbour\nPost": "Harbour Post",
    "s" * 201: "s" * 200,
}


@pytest.mark.parametrize(("sent", "meant"), SOURCES.items(), ids=map(ascii, SOURCES))
def test_a_source_is_mended_to_a_name_that_can_stand_in_a_path(client: ContractClient, sent: str, meant: str) -> None:
    story = taken(client, source=sent)
    assert story["source"] == meant
    assert story["warnings"] == [f"source: read as {meant}"]


@pytest.mark.parametrize("sent", ["", " ", ".", "..", "/", " / \\", "\0"])
def test_a_source_of_which_nothing_can_be_a_name_gives_way_to_that_of_the_url(
    client: ContractClient, sent: str
) -> None:
    story = taken(client, source=sent, url="https://www.harbour.example/a")
    assert story["source"] == "harbour.example"
    assert story["warnings"] == ["source: left out, for nothing of it can be a name"]


@given(sent=st.text() | st.text(alphabet=" ./\\\x00\x85\xa0a", max_size=12))
def test_a_mended_source_is_always_a_name(sent: str) -> None:
    mended = mended_source(sent)
    assert mended is None or checked_source(mended) == mended


@given(sent=st.text() | st.from_regex(r"(https?://|//)?[a-z@:\\\[\]]*\.[a-z ]+(/.*)?", fullmatch=True))
def test_a_mended_url_is_left_as_it_is_when_mended_again(sent: str) -> None:
    try:
        mended = mended_url(sent)
    except ValueError:
        return
    assert mended_url(mended) == mended


TIMES = {
    "2026-03-01T07:30:00": "2026-03-01T07:30:00Z",
    "2026-03-01 07:30:00": "2026-03-01T07:30:00Z",
    "2026-03-01 07:30": "2026-03-01T07:30:00Z",
    "2026-03-01 07:30:00 UTC": "2026-03-01T07:30:00Z",
    "2026-03-01 08:30:00 +01:00": "2026-03-01T07:30:00Z",
    "2026-01-01": "2026-01-01T00:00:00Z",
    "20260101": "2026-01-01T00:00:00Z",
    "Sun, 01 Mar 2026 07:30:00 GMT": "2026-03-01T07:30:00Z",
    "Sun, 01 Mar 2026 07:30:00 +0530": "2026-03-01T02:00:00Z",
    "01 Mar 2026 07:30 EST": "2026-03-01T12:30:00Z",
    "1772350200": "2026-03-01T07:30:00Z",
    "1772350200000": "2026-03-01T07:30:00Z",
    1772350200: "2026-03-01T07:30:00Z",
    1772350200.5: "2026-03-01T07:30:00.500000Z",
    1772350200000: "2026-03-01T07:30:00Z",
}


@pytest.mark.parametrize(("sent", "meant"), TIMES.items())
def test_a_date_is_read_in_the_forms_that_feeds_and_crawlers_have(
    client: ContractClient, sent: str | float, meant: str
) -> None:
    story = taken(client, published_at=sent)
    assert story["published_at"] == meant
    assert story["warnings"] == [f"published_at: read as {meant}"]


FORM = "it is no time in a form that is read; send RFC 3339, such as 2026-03-02T07:30:00Z"
NO_TIMES = {
    "yesterday": FORM,
    "": FORM,
    "2026": FORM,
    "2016-12-31T12:00:60Z": FORM,
    "2016-12-31T23:59:61Z": FORM,
    "x" * 65: "it has more than 64 characters",
    "2026-03-05T12:00:01Z": "it is more than 2 days in the future",
    "1599-12-31T00:00:00Z": "it is before the year 1600",
    "0001-01-01T00:00:00+12:00": FORM,
    "9999-12-31T23:59:59-12:00": FORM,
    1e300: "it is outside the years 1 to 9999",
    -(10**12) * 40: "it is before the year 1600",
}


@pytest.mark.parametrize(("sent", "why"), NO_TIMES.items())
def test_a_date_that_is_none_or_cannot_be_is_left_out(client: ContractClient, sent: str | float, why: str) -> None:
    story = taken(client, published_at=sent)
    assert story["published_at"] is None
    assert story["warnings"] == [f"published_at: left out, for {why}"]


@given(sent=st.text(max_size=80) | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_any_date_is_read_or_refused_with_a_reason(sent: str | float) -> None:
    try:
        read, _ = publication_time(sent, now=NOW)
    except ValueError:
        return
    assert datetime(1600, 1, 1, tzinfo=UTC) <= read <= NOW + timedelta(days=2)


def test_other_odd_fields_do_not_cost_the_story_either(client: ContractClient) -> None:
    deep: dict[str, Any] = {}
    for _ in range(9):
        deep = {"a": deep}
    story = taken(client, title="t" * 2001, language="English, mostly", metadata=deep)
    assert (story["title"], story["language"], story["metadata"]) == ("t" * 2000, None, {})
    assert story["warnings"] == [
        "title: cut to its first 2,000 characters",
        "language: left out, for it is no BCP 47 tag, such as en, pt-BR or zh-Hant",
        "metadata: left out, for it is nested more than 8 levels deep",
    ]


def test_metadata_that_are_too_large_are_left_out(client: ContractClient) -> None:
    story = taken(client, metadata={"a": "b" * 20_000})
    assert (story["metadata"], story["warnings"]) == (
        {},
        ["metadata: left out, for it is more than 16,384 bytes as JSON"],
    )


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/ndjson", "application/jsonl"])
def test_a_batch_comes_under_any_name_of_its_form(client: ContractClient, media_type: str) -> None:
    response = client.post("/v1/stories/batch", b'{"id": "a", "text": "x"}', content_type=media_type)
    assert (response.status_code, response.mimetype) == (200, "application/x-ndjson")
