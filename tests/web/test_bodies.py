"""Compressed, oversized, broken and stalled bodies."""

from __future__ import annotations

import errno
import gzip
import io
import json
import socket
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import zstandard
from twicetold.web.decompression import RATIO, RATIO_FREE
from twicetold.web.exchange import EXCHANGE
from twicetold.web.options import WebOptions
from twicetold.web.spool import Spool

from tests.web.contract import ContractClient

LIMIT = 20_000
STORY = json.dumps({"id": "a", "text": "The ferry line reopened on Monday."}).encode()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def zstd_stream(data: bytes) -> bytes:
    """As a sender writes it that does not know the size beforehand."""
    compressor = zstandard.ZstdCompressor().compressobj()
    return compressor.compress(data) + compressor.flush()


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data)


@pytest.fixture
def small(client_with: Callable[..., ContractClient]) -> ContractClient:
    """A client of a service that takes small bodies only."""
    return client_with(max_body=LIMIT, max_batch_body=2 * LIMIT)


GOOD = {
    "identity": STORY,
    "gzip": gzip.compress(STORY),
    "GZip": gzip.compress(STORY),
    "x-gzip": gzip.compress(STORY),
    "zstd": zstd(STORY),
    "zstd ": zstd_stream(STORY),
}


@pytest.mark.parametrize(("encoding", "body"), GOOD.items(), ids=GOOD)
def test_a_compressed_story_is_stored(small: ContractClient, encoding: str, body: bytes) -> None:
    assert small.post("/v1/stories", body, headers={"Content-Encoding": encoding}).status_code == 201


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstd), ("zstd", zstd_stream)])
def test_a_body_of_several_frames_is_read_to_its_end(
    small: ContractClient, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    body = compress(STORY[:20]) + compress(b"") + compress(STORY[20:])
    assert small.post("/v1/stories", body, headers={"Content-Encoding": encoding}).status_code == 201


BROKEN = {
    "gzip that breaks off": ("gzip", gzip.compress(STORY)[:-5]),
    "gzip with other bytes behind": ("gzip", gzip.compress(STORY) + b"rest"),
    "gzip with a wrong checksum": ("gzip", gzip.compress(STORY)[:-8] + b"\0" * 8),
    "gzip that is plain": ("gzip", STORY),
    "gzip that is empty": ("gzip", b""),
    "gzip that is zlib": ("gzip", raw_deflate(STORY)),
    "zstd that breaks off": ("zstd", zstd(STORY)[:-5]),
    "zstd with other bytes behind": ("zstd", zstd(STORY) + b"other bytes"),
    "zstd that is plain": ("zstd", STORY),
    "zstd that is empty": ("zstd", b""),
    "zstd in the second frame": ("zstd", zstd(STORY) + zstd(STORY)[:-3]),
}


@pytest.mark.parametrize(("encoding", "body"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(
    ("path", "media_type"), [("/v1/stories", "application/json"), ("/v1/stories/batch", "application/x-ndjson")]
)
def test_a_body_that_does_not_decompress_is_refused_whole(
    small: ContractClient, encoding: str, body: bytes, path: str, media_type: str
) -> None:
    response = small.post(path, body, headers={"Content-Encoding": encoding}, content_type=media_type)
    assert (response.status_code, response.get_json()["field"]) == (400, "Content-Encoding")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "", "compress", "../gzip"])
def test_an_unknown_encoding_is_told_which_ones_are_read(small: ContractClient, encoding: str) -> None:
    response = small.post("/v1/stories", STORY, headers={"Content-Encoding": encoding})
    assert (response.status_code, response.get_json()["field"]) == (415, "Content-Encoding")
    assert response.headers["Accept-Encoding"] == "gzip, zstd, identity"


TOO_LARGE = {
    "plain": ("identity", b"x" * (LIMIT + 1)),
    "gzip bomb": ("gzip", gzip.compress(bytes(50_000_000))),
    "gzip bomb in many members": ("gzip", gzip.compress(bytes(1000)) * 1000),
    "zstd bomb": ("zstd", zstd(bytes(500_000_000))),
    "zstd bomb of unknown size": ("zstd", zstd_stream(bytes(50_000_000))),
    "one byte over the limit": ("gzip", gzip.compress(bytes(LIMIT + 1))),
}


@pytest.mark.parametrize(("encoding", "body"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_body_over_the_limit_is_refused(small: ContractClient, encoding: str, body: bytes) -> None:
    assert small.post("/v1/stories", body, headers={"Content-Encoding": encoding}).status_code == 413


def test_a_body_that_decompresses_to_nothing_is_capped_as_it_was_sent(small: ContractClient) -> None:
    nothing = gzip.compress(b"")
    response = small.post(
        "/v1/stories",
        environ_overrides={
            "wsgi.input": io.BytesIO(nothing * (1_000_000 // len(nothing))),
            "wsgi.input_terminated": True,
        },
        headers={"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"},
    )
    assert response.status_code == 413


def test_a_body_at_the_limit_is_read(small: ContractClient) -> None:
    body = STORY + b" " * (LIMIT - len(STORY))
    assert small.post("/v1/stories", body).status_code == 201


def test_a_zstd_body_that_asks_for_a_huge_window_is_refused(small: ContractClient) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    body = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = body.compress(STORY) + body.flush()
    assert small.post("/v1/stories", data, headers={"Content-Encoding": "zstd"}).status_code == 400


def test_a_body_shorter_than_its_length_is_refused(small: ContractClient) -> None:
    response = small.open(
        "/v1/stories",
        method="POST",
        environ_overrides={"wsgi.input": io.BytesIO(STORY), "CONTENT_LENGTH": str(len(STORY) + 5)},
        content_type="application/json",
    )
    assert response.status_code == 400


class LostConnection(io.RawIOBase):
    """A body whose sender is gone."""

    def read(self, size: int = -1) -> bytes:
        raise ConnectionResetError


def test_a_body_of_unknown_length_that_breaks_off_is_refused(small: ContractClient) -> None:
    response = small.open(
        "/v1/stories",
        method="POST",
        environ_overrides={"wsgi.input": LostConnection(), "wsgi.input_terminated": True},
        content_type="application/json",
    )
    assert response.status_code == 400


def test_a_body_of_unknown_length_is_read_to_its_end(small: ContractClient) -> None:
    response = small.open(
        "/v1/stories",
        method="POST",
        input_stream=io.BytesIO(STORY),
        environ_overrides={"wsgi.input_terminated": True},
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 201


def test_a_body_of_unknown_length_is_capped_too(small: ContractClient) -> None:
    response = small.open(
        "/v1/stories",
        method="POST",
        input_stream=io.BytesIO(b" " * (LIMIT + 1)),
        environ_overrides={"wsgi.input_terminated": True},
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 413


def test_a_batch_has_a_limit_of_its_own(small: ContractClient) -> None:
    line = STORY + b"\n"
    fits = line * (2 * LIMIT // len(line))
    assert small.post("/v1/stories/batch", fits, content_type="application/x-ndjson").status_code == 200
    assert small.post("/v1/stories/batch", fits + line, content_type="application/x-ndjson").status_code == 413


def test_a_line_over_the_limit_of_a_body_fails_alone(small: ContractClient) -> None:
    long = b'{"id": "b", "text": "' + b"x" * LIMIT + b'"}'
    answers = small.batch([STORY, long, STORY])
    assert [answer["status"] for answer in answers] == [201, 413, 200]


@dataclass
class Told:
    """What a server was asked to do about a request's body."""

    said: list[str] = field(default_factory=list)
    waited: float = 0.0

    def go_on(self) -> None:
        self.said.append("go on")

    def refuse_rest(self) -> None:
        self.said.append("refuse rest")


def told(client: ContractClient, size: int, content_type: str = "application/json") -> list[str]:
    exchange, body = Told(), io.BytesIO(b" " * size)
    client.open(
        "/v1/stories",
        method="POST",
        environ_overrides={EXCHANGE: exchange, "wsgi.input": body, "CONTENT_LENGTH": str(size)},
        content_type=content_type,
    )
    return exchange.said


def test_a_client_is_let_go_on_only_when_key_size_and_type_are_right(
    small: ContractClient, client_with: Callable[..., ContractClient]
) -> None:
    assert told(small, LIMIT) == ["go on", "refuse rest"]  # read, and found to be no JSON
    assert told(small, LIMIT + 1) == ["refuse rest"]
    assert told(small, LIMIT, "text/plain") == ["refuse rest"]
    assert told(client_with(api_keys=("a-key",)), LIMIT) == ["refuse rest"]


def stalled(make: Callable[..., ContractClient], sent: bytes, **options: float) -> int:
    """The status that a client gets that sends so much of a body and then nothing."""
    here, there = socket.socketpair()
    with here, there, here.makefile("rb") as reader:
        there.sendall(sent)
        response = make(**options).open(
            "/v1/stories",
            method="POST",
            environ_overrides={"wsgi.input": reader, "gunicorn.socket": here, "CONTENT_LENGTH": str(len(STORY))},
            content_type="application/json",
        )
        return response.status_code


def test_a_client_that_falls_silent_gets_a_408(client_with: Callable[..., ContractClient]) -> None:
    assert stalled(client_with, STORY[:10], body_silence=0.05) == 408


def test_a_client_that_takes_too_long_in_all_gets_a_408(client_with: Callable[..., ContractClient]) -> None:
    assert stalled(client_with, STORY[:10], body_silence=60, body_deadline=0.05) == 408


def test_a_client_that_sends_all_is_not_kept_from_it(client_with: Callable[..., ContractClient]) -> None:
    assert stalled(client_with, STORY) == 201


def test_the_socket_has_its_own_timeout_back_afterwards(client: ContractClient) -> None:
    here, there = socket.socketpair()
    with here, there, here.makefile("rb") as reader:
        here.settimeout(77)
        there.sendall(STORY)
        client.open(
            "/v1/stories",
            method="POST",
            environ_overrides={"wsgi.input": reader, "gunicorn.socket": here, "CONTENT_LENGTH": str(len(STORY))},
            content_type="application/json",
        )
        assert here.gettimeout() == 77


def test_the_limits_are_large_enough_for_pages_and_batches() -> None:
    options = WebOptions()
    assert options.max_batch_body > options.max_body >= 8 * 2**20


def squeezed(data: bytes) -> bytes:
    return gzip.compress(data, 9)


@pytest.mark.parametrize("compress", [squeezed, zstd])
def test_a_body_that_decompresses_to_many_times_what_was_sent_is_refused(
    client: ContractClient, compress: Callable[[bytes], bytes]
) -> None:
    encoding = {squeezed: "gzip", zstd: "zstd"}[compress]
    headers = {"Content-Encoding": encoding}
    refused = client.post("/v1/stories", compress(b" " * 3 * RATIO_FREE), headers=headers)
    assert refused.status_code == 413
    assert f"{RATIO} times" in refused.json["detail"]


@pytest.mark.parametrize(
    ("empty", "encoding"),
    [(gzip.compress(b""), "gzip"), (zstd(b""), "zstd"), (b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip", "zstd")],
    ids=["members", "frames", "frames to skip"],
)
def test_a_body_of_very_many_empty_parts_is_refused(client: ContractClient, empty: bytes, encoding: str) -> None:
    headers = {"Content-Encoding": encoding}
    assert client.post("/v1/stories", empty * 5000, headers=headers).status_code == 413
    few = empty * 3 + {"gzip": gzip.compress, "zstd": zstd}[encoding](STORY)
    assert client.post("/v1/stories", few, headers=headers).status_code == 201


def test_batches_that_together_take_too_much_room_are_told_to_come_back(
    client_with: Callable[..., ContractClient],
) -> None:
    client = client_with(max_spool=len(STORY) + 10)
    assert client.post("/v1/stories/batch", STORY, content_type="application/x-ndjson").status_code == 200
    held = Spool(100)
    held.write(b"x" * 50)
    refused = client.post("/v1/stories/batch", STORY, content_type="application/x-ndjson")
    held.close()
    assert (refused.status_code, "TWICETOLD_SPOOL" in refused.json["detail"]) == (503, True)
    assert client.post("/v1/stories/batch", STORY, content_type="application/x-ndjson").status_code == 200


def test_a_full_disk_is_told_as_that(client: ContractClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.write", full)
    assert client.post("/v1/stories/batch", STORY, content_type="application/x-ndjson").status_code == 503
