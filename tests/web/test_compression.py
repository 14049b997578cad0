"""Answers, compressed for who can read that."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
import zstandard
from twicetold.web.compression import SMALL

from tests.web.contract import ContractClient

READERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


@pytest.fixture
def full(client: ContractClient) -> ContractClient:
    """A service with so many stories that their list is long."""
    client.batch([{"id": f"s{number}", "source": "post.example", "text": f"text {number}"} for number in range(20)])
    return client


@pytest.mark.parametrize("encoding", READERS)
def test_a_long_answer_is_compressed_as_the_client_accepts_it(full: ContractClient, encoding: str) -> None:
    plain = full.get("/v1/stories")
    response = full.raw("/v1/stories", headers={"Accept-Encoding": encoding})
    assert response.headers["Content-Encoding"] == encoding
    assert READERS[encoding](response.data) == plain.data
    assert len(response.data) < len(plain.data) / 5


@pytest.mark.parametrize("encoding", READERS)
def test_a_streamed_answer_is_compressed_to_its_end(full: ContractClient, encoding: str) -> None:
    lines = b"\n".join(json.dumps({"id": f"t{number}", "text": "word"}).encode() for number in range(30))
    response = full.raw(
        "/v1/stories/batch", method="POST", data=lines, content_type="application/x-ndjson",
        headers={"Accept-Encoding": encoding},
    )  # fmt: skip
    assert len(READERS[encoding](response.data).splitlines()) == 30


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=0, zstd;q=0", None),
        ("*", None),
        ("br", None),
        ("identity", None),
    ],
)
def test_what_a_client_likes_best_of_what_is_offered_is_sent(
    full: ContractClient, accepted: str, chosen: str | None
) -> None:
    response = full.raw("/v1/stories", headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == chosen
    assert "Accept-Encoding" in response.headers["Vary"]


def test_a_short_answer_and_the_answer_to_head_stay_as_they_are(full: ContractClient) -> None:
    both = {"Accept-Encoding": "gzip, zstd"}
    short = full.raw("/v1/stories?limit=1", headers=both)
    assert len(short.data) <= SMALL
    assert "Content-Encoding" not in short.headers
    assert "Content-Encoding" not in full.raw("/v1/stories", method="HEAD", headers=both).headers


def test_a_tag_holds_for_an_answer_in_every_encoding(full: ContractClient) -> None:
    full.batch([{"id": f"{story}{twin}", "text": story * 40} for story in "abcdefghijkl" for twin in "12"])
    tag = full.raw("/v1/clusters", headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    assert tag.startswith("W/")
    for accepted in ("gzip", "zstd", "identity"):
        response = full.raw("/v1/clusters", headers={"Accept-Encoding": accepted, "If-None-Match": tag})
        assert response.status_code == 304
