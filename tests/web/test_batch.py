"""Batches: one answer a line, in order, whatever the lines hold."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable

import msgspec
import pytest
from flask import Flask
from hypothesis import given
from hypothesis.strategies import integers, lists
from twicetold.domain.errors import Invalid, TooLarge, Unavailable
from twicetold.web.api.batch import CHUNK_BYTES, MOST_LINES, MOST_REFUSED, PIECE, lines, pieces
from twicetold.web.app import create_app
from twicetold.web.exchange import EXCHANGE
from twicetold.web.options import WebHooks, WebOptions

from tests.web.contract import ContractClient
from tests.web.fake_world import NOW, FakeWorld
from tests.web.fakes import fake_application

TEXT = "The ferry line reopened on Monday."


def stories(count: int) -> list[object]:
    return [{"id": f"s{number}", "text": f"text {number}"} for number in range(count)]


def test_each_line_is_answered_in_order(client: ContractClient) -> None:
    answers = client.batch([*stories(3), {"id": "s0", "text": "text 0"}, {"id": "s1", "text": "changed"}])
    assert [answer["index"] for answer in answers] == [0, 1, 2, 3, 4]
    assert [answer["status"] for answer in answers] == [201, 201, 201, 200, 200]
    assert [answer["outcome"] for answer in answers] == ["created"] * 3 + ["unchanged", "changed"]
    assert [answer["story"]["id"] for answer in answers] == ["s0", "s1", "s2", "s0", "s1"]


def test_stories_of_one_batch_match_each_other(client: ContractClient) -> None:
    _, second = client.batch([{"id": "a", "text": TEXT}, {"id": "b", "text": TEXT}])
    assert [match["story_id"] for match in second["matches"]] == ["a"]


def test_blank_lines_get_no_answer_and_no_index(client: ContractClient) -> None:
    answers = client.batch([b"", b'{"id": "a", "text": "x"}', b"  \r", b"\r", b'{"id": "b", "text": "y"}\r', b""])
    assert [(answer["index"], answer["story"]["id"]) for answer in answers] == [(0, "a"), (1, "b")]


class Leaving:
    """An exchange whose client leaves after it was asked for some times."""

    waited = 0.0

    def __init__(self, times: int) -> None:
        self.times = times

    def go_on(self) -> None:
        """Nothing waits."""

    def require_client(self) -> None:
        self.times -= 1
        if self.times < 0:
            raise ConnectionResetError


def test_of_a_batch_whose_client_has_left_no_more_is_stored(world: FakeWorld) -> None:
    app = create_app(fake_application(world), options=WebOptions(batch_chunk=4))
    body = b"".join(msgspec.json.encode(story) + b"\n" for story in stories(10))
    answer = app.test_client().post(
        "/v1/stories/batch", data=body, content_type="application/x-ndjson", environ_base={EXCHANGE: Leaving(2)}
    )
    with pytest.raises(ConnectionResetError):
        answer.get_data()
    assert world.chunks == [4, 4]


def test_an_empty_batch_has_an_empty_answer(client: ContractClient) -> None:
    assert client.batch([]) == []


def test_a_batch_is_stored_in_chunks(client_with: Callable[..., ContractClient], world: FakeWorld) -> None:
    client_with(batch_chunk=4).batch(stories(10))
    assert world.chunks == [4, 4, 2]


@pytest.mark.parametrize(("longer", "stored"), [(0, [4, 2]), (CHUNK_BYTES // 2, [2, 2, 2]), (CHUNK_BYTES, [1] * 6)])
def test_lines_that_are_long_are_stored_fewer_at_a_time(
    client_with: Callable[..., ContractClient], world: FakeWorld, longer: int, stored: list[int]
) -> None:
    filler = b" " * longer
    client_with(batch_chunk=4).batch([b'{"id": "s%d", "text": "x"}' % number + filler for number in range(6)])
    assert world.chunks == stored


def test_a_batch_is_answered_minimally_unless_all_is_asked_for(client: ContractClient) -> None:
    (answer,) = client.batch([{"id": "a", "text": TEXT}])
    assert "text" not in answer["story"]
    (answer,) = client.batch([{"id": "b", "text": TEXT}], headers={"Prefer": "return=representation"})
    assert answer["story"]["text"] == TEXT
    assert answer["matches"][0]["passages"]


@pytest.mark.parametrize("preference", ["return=minimal", "return=representation"])
def test_a_batch_tells_which_preference_it_followed(client: ContractClient, preference: str) -> None:
    response = client.post(
        "/v1/stories/batch", b"", content_type="application/x-ndjson", headers={"Prefer": preference}
    )
    assert response.headers["Preference-Applied"] == preference


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
@pytest.mark.parametrize("before", [b"", b" \n\t", b"\xef\xbb\xbf"])
def test_stories_may_come_in_an_array_and_are_answered_so(
    client: ContractClient, content_type: str, before: bytes
) -> None:
    body = before + msgspec.json.encode([*stories(2), {"id": "c"}])
    response = client.post("/v1/stories/batch", body, content_type=content_type)
    assert response.mimetype == "application/json"
    assert [(answer["index"], answer["status"]) for answer in response.get_json()] == [(0, 201), (1, 201), (2, 422)]


def test_an_empty_array_has_an_empty_answer(client: ContractClient) -> None:
    assert client.post("/v1/stories/batch", b"[ ]").get_json() == []


def test_an_array_is_stored_in_chunks_and_stays_one_array(
    client_with: Callable[..., ContractClient], world: FakeWorld
) -> None:
    answers = client_with(batch_chunk=2).post("/v1/stories/batch", stories(5)).get_json()
    assert [answer["index"] for answer in answers] == [0, 1, 2, 3, 4]
    assert world.chunks == [2, 2, 1]


@pytest.mark.parametrize(
    ("accept", "sent", "answered"),
    [
        ("application/json", "lines", "application/json"),
        ("application/x-ndjson", "array", "application/x-ndjson"),
        ("application/json;q=0.5, application/x-ndjson", "array", "application/x-ndjson"),
        ("*/*", "array", "application/json"),
        ("*/*", "lines", "application/x-ndjson"),
    ],
)
def test_accept_chooses_the_form_of_the_answer(client: ContractClient, accept: str, sent: str, answered: str) -> None:
    bodies = {"array": msgspec.json.encode(stories(2)), "lines": b"\n".join(map(msgspec.json.encode, stories(2)))}
    response = client.post("/v1/stories/batch", bodies[sent], headers={"Accept": accept})
    assert response.mimetype == answered


@pytest.mark.parametrize(
    ("body", "status"), [(b'[{"id": "a", "text": "x"}', 400), (b"[1, 2", 400), (b"[" + b" " * 300 + b"]", 413)]
)
def test_an_array_that_is_broken_or_too_long_is_refused_as_a_whole(
    client_with: Callable[..., ContractClient], body: bytes, status: int
) -> None:
    assert client_with(max_body=200).post("/v1/stories/batch", body).status_code == status


def test_what_is_no_story_in_an_array_is_refused_alone(client: ContractClient) -> None:
    answers = client.post("/v1/stories/batch", [1, None, *stories(1)]).get_json()
    assert [answer["status"] for answer in answers] == [422, 422, 201]


def test_answers_are_streamed_chunk_by_chunk(world: FakeWorld) -> None:
    app = create_app(fake_application(world), options=WebOptions(batch_chunk=2), hooks=WebHooks(clock=lambda: NOW))
    body = b"\n".join(b'{"id": "s%d", "text": "x"}' % number for number in range(6))
    response = app.test_client().post("/v1/stories/batch", data=body, content_type="application/x-ndjson")
    answers = response.iter_encoded()
    next(answers)
    assert world.chunks == [2]
    response.close()


@given(lists(integers(1, 2 * PIECE), max_size=20))
def test_an_answer_is_sent_in_pieces_of_whole_lines_as_soon_as_these_are_long_enough(lengths: list[int]) -> None:
    answers = [b"x" * (length - 1) + b"\n" for length in lengths]
    sent = list(pieces(answers))
    assert b"".join(sent) == b"".join(answers)
    assert all(piece.endswith(b"\n") for piece in sent)
    assert all(len(piece) >= PIECE for piece in sent[:-1])
    assert all(len(piece) < PIECE + len(piece.splitlines()[-1]) + 1 for piece in sent)


def test_lines_that_a_stopping_service_does_not_reach_get_a_503(
    client_with: Callable[..., ContractClient], world: FakeWorld
) -> None:
    client = client_with(batch_chunk=2, hooks={"stopping": lambda: bool(world.chunks)})
    answers = client.batch([*stories(3), b"{", *stories(1)])
    assert [answer["status"] for answer in answers] == [201, 201, 503, 400, 503]
    assert "send this line again" in answers[2]["problem"]["detail"]


def test_a_store_that_is_away_fails_the_lines_and_not_the_batch(client: ContractClient, world: FakeWorld) -> None:
    world.failing = Unavailable("the store does not answer")
    answers = client.batch([*stories(2), b"{"])
    assert [answer["status"] for answer in answers] == [503, 503, 400]


def test_a_fault_is_logged_and_costs_no_other_line(client: ContractClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answers = client.batch([*stories(2), {"id": "b", "text": "explode"}, {"id": "c", "text": TEXT}])
    assert [answer["status"] for answer in answers] == [200, 200, 500, 201]
    assert "secret" not in str(answers)
    assert caplog.records


def test_a_problem_in_a_line_carries_the_id_of_the_request(client: ContractClient) -> None:
    (answer,) = client.batch([b"{"], headers={"X-Request-Id": "crawl-7"})
    assert answer["problem"]["request_id"] == "crawl-7"


def test_a_batch_of_another_type_is_refused(client: ContractClient) -> None:
    assert client.post("/v1/stories/batch", b"{}", content_type="text/plain").status_code == 415


def test_a_large_batch_waits_in_a_file(client: ContractClient) -> None:
    filler = b" " * 1_000_000
    answers = client.batch([b'{"id": "s%d", "text": "x"}' % number + filler for number in range(10)])
    assert [answer["status"] for answer in answers] == [201] * 10


def test_lines_of_any_length_around_the_limit_are_told_apart() -> None:
    body = io.BytesIO(b"12345\n123456\n12345\r\n1234567890123\n\n 1\n123456")
    found = [line if isinstance(line, TooLarge) else line.strip() for line in lines(body, longest=5)]
    assert [isinstance(line, TooLarge) for line in found] == [False, True, False, True, False, True]
    assert [line for line in found if isinstance(line, bytes)] == [b"12345", b"12345", b"1"]


def test_an_error_that_a_line_meets_later_is_its_own_answer(world: FakeWorld, client: ContractClient) -> None:
    world.failing = Invalid("no", field="text")
    assert [answer["problem"]["field"] for answer in client.batch(stories(2))] == ["text", "text"]


def test_the_observer_is_told_of_a_batch_once_it_is_over(world: FakeWorld) -> None:
    seen: list[object] = []
    app: Flask = create_app(fake_application(world), hooks=WebHooks(observe=seen.append))
    response = app.test_client().post("/v1/stories/batch", data=b"{}\n{}", content_type="application/x-ndjson")
    before = len(seen)
    assert len(response.data.splitlines()) == 2
    response.close()
    assert (before, len(seen)) == (0, 1)


def test_its_path_takes_no_other_method_and_is_no_storys(client: ContractClient) -> None:
    for method in ("GET", "DELETE", "PUT"):
        refused = client.open("/v1/stories/batch", method=method)
        assert (refused.status_code, refused.headers["Allow"]) == (405, "OPTIONS, POST")
    assert client.open("/v1/stories/batch", method="OPTIONS").headers["Allow"] == "OPTIONS, POST"
    assert client.post("/v1/stories", {"id": "batch", "text": TEXT}).status_code == 422


@pytest.mark.parametrize("media_type", ["application/ndjson", "application/jsonl"])
def test_other_names_of_its_media_type_are_taken(client: ContractClient, media_type: str) -> None:
    assert client.post("/v1/stories/batch", b'{"id": "a", "text": "x"}\n', content_type=media_type).status_code == 200


def test_after_so_many_refused_lines_the_rest_is_not_read(client: ContractClient) -> None:
    answers = client.batch([{}] * (MOST_REFUSED + 50))
    assert len(answers) == MOST_REFUSED + 1
    assert [answer["status"] for answer in answers[-2:]] == [422, 413]
    assert "send those from here on again" in answers[-1]["problem"]["detail"]


def test_lines_are_counted_blank_ones_too() -> None:
    *blank, last = lines(io.BytesIO(b"\n" * (MOST_LINES + 5) + b"x\n"), longest=100)
    assert blank == []
    assert isinstance(last, TooLarge)
