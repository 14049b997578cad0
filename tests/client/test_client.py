"""The client against a real service, and against one that is busy, breaks off or is away."""

import json

import httpx
import pytest
import zstandard
from twicetold_client import Client, ServiceError, Unreachable
from twicetold_client.client import BATCH

from bench.generated_text import TextGenerator


def stories(count, *, prefix, source="herald.example"):
    writer = TextGenerator(len(prefix))
    return [{"id": f"{prefix}{number}", "source": source, "text": writer.story(80)} for number in range(count)]


def busy_then(answer, *, status=503, times=2, headers=None):
    """A service that is busy for the first calls."""
    calls = []

    def handle(request):
        calls.append(request)
        if len(calls) <= times:
            return httpx.Response(status, json={"title": "busy", "detail": "later"}, headers=headers or {})
        return answer(request)

    return httpx.MockTransport(handle), calls


def lines_of(request):
    return zstandard.ZstdDecompressor().stream_reader(request.read()).readall().splitlines()


def taken(at):
    return json.dumps({"index": at, "status": 201, "outcome": "created", "story": {}, "matches": []}).encode() + b"\n"


def refused(at, status):
    problem = {"status": status, "type": "x", "title": "t", "detail": "d"}
    return json.dumps({"index": at, "status": status, "problem": problem}).encode() + b"\n"


def test_a_story_that_is_sent_twice_by_two_sources_matches(client):
    first, second = stories(1, prefix="two")[0], stories(1, prefix="two", source="courier.example")[0]
    assert client.submit(first).outcome == "created"
    answer = client.submit(second | {"id": "second"})
    assert [match["story_id"] for match in answer.matches] == ["two0"]
    assert answer.cluster is not None
    assert {member["story_id"] for member in client.members(answer.cluster["id"])} == {"two0", "second"}
    assert client.story("second")["story"]["source"] == "courier.example"


def test_many_stories_are_answered_in_their_order_with_the_bad_ones_among_them(client):
    sent = stories(2 * BATCH + 7, prefix="many")
    sent[BATCH] = {"id": "empty"}
    done = []
    lines = list(client.submit_many(iter(sent), progress=done.append))
    assert [line.index for line in lines] == list(range(len(sent)))
    assert [line.sent for line in lines] == sent
    assert [line.index for line in lines if line.answer is None] == [BATCH]
    assert lines[BATCH].problem.status == 422
    assert done[-1] == len(sent)
    assert sum(story["story"]["id"].startswith("many") for story in client.stories(source="herald.example")) == 206


def test_questions_store_nothing(client):
    text = stories(1, prefix="question")[0]["text"]
    assert client.match(text=text)["matches"] == []
    assert client.clean(text=f"{text}\n\nShare Facebook Twitter E-Mail Print")["text"] == text
    assert client.compare({"text": text}, {"text": text})["relation"] == "exact"


def test_reports_are_read_to_their_end(client):
    assert {source["source"] for source in client.sources()} >= {"herald.example"}
    assert client.source("herald.example")
    assert [cluster["size"] for cluster in client.clusters(min_size=2)]


def test_a_refusal_is_an_error_with_the_problem_in_it(client):
    with pytest.raises(ServiceError, match="422") as refused:
        client.submit({"text": "no id"})
    assert refused.value.problem.field == "id"


def test_a_forgotten_story_is_gone(client):
    client.submit(stories(1, prefix="gone")[0])
    client.forget("gone0")
    with pytest.raises(ServiceError, match="404"):
        client.story("gone0")


@pytest.mark.parametrize("story_id", ["a:b", "a~b", "x.y"])
def test_ids_with_signs_are_found(client, story_id):
    client.submit(stories(1, prefix=f"sign{ord(story_id[1])}")[0] | {"id": story_id})
    assert client.story(story_id)["story"]["id"] == story_id


def test_a_busy_service_is_asked_again_after_the_time_it_names():
    transport, calls = busy_then(lambda request: httpx.Response(200, json={"x": 1}), headers={"Retry-After": "7"})
    pauses = []
    assert Client(transport=transport, sleep=pauses.append).match(text="x") == {"x": 1}
    assert len(calls) == 3
    assert all(7 <= pause <= 10 for pause in pauses)


def test_what_is_wrong_is_not_sent_again():
    transport, calls = busy_then(lambda request: httpx.Response(200, json={}), status=422)
    with pytest.raises(ServiceError):
        Client(transport=transport, sleep=lambda _: None).match(text="x")
    assert len(calls) == 1


def test_a_service_that_stays_away_is_unreachable():
    def handle(request):
        raise httpx.ConnectError("refused")

    with pytest.raises(Unreachable):
        Client(transport=httpx.MockTransport(handle), tries=3, sleep=lambda _: None).match(text="x")


def test_lines_refused_for_the_moment_are_sent_again_alone():
    bodies = []

    def handle(request):
        bodies.append(lines_of(request))
        if len(bodies) == 1:
            return httpx.Response(200, content=taken(0) + refused(1, 503) + refused(2, 422) + refused(3, 503))
        return httpx.Response(200, content=taken(0) + taken(1))

    client = Client(transport=httpx.MockTransport(handle), sleep=lambda _: None)
    lines = list(client.submit_many([{"id": str(number)} for number in range(4)]))
    assert [line.answer is not None for line in lines] == [True, True, False, True]
    assert bodies[1] == [b'{"id":"1"}', b'{"id":"3"}']


def test_lines_without_an_answer_are_sent_again_when_a_batch_breaks_off():
    bodies = []

    def handle(request):
        bodies.append(lines_of(request))
        return httpx.Response(200, content=taken(0))

    client = Client(transport=httpx.MockTransport(handle), sleep=lambda _: None)
    lines = list(client.submit_many([{"id": str(number)} for number in range(3)]))
    assert [line.index for line in lines] == [0, 1, 2]
    assert [len(body) for body in bodies] == [3, 2, 1]


def test_lines_that_stay_refused_come_back_with_their_problem():
    client = Client(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, content=refused(0, 503))), tries=3,
        sleep=lambda _: None,
    )  # fmt: skip
    (line,) = client.submit_many([{"id": "x"}])
    assert line.problem.status == 503


def test_stories_are_read_as_they_are_needed():
    read = []

    def endless():
        for number in range(10**6):
            read.append(number)
            yield {"id": str(number)}

    def handle(request):
        return httpx.Response(200, content=b"".join(taken(at) for at in range(len(lines_of(request)))))

    lines = Client(transport=httpx.MockTransport(handle)).submit_many(endless(), batch=10, connections=2)
    assert next(lines).index == 0
    lines.close()
    assert len(read) <= 10 * 4
