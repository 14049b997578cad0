"""What the observer of requests is told, for the log and the metrics."""

from twicetold.web.app import create_app
from twicetold.web.options import WebHooks

from tests.web.fakes import fake_application


def test_a_request_is_told_with_its_route_and_the_bytes_of_its_answer(client, seen):
    answer = client.get("/livez")
    assert [(each.route, each.status, each.bytes, each.complete) for each in seen] == [
        ("/livez", 200, len(answer.data), True)
    ]


def test_a_streamed_answer_is_told_at_its_end_with_all_its_bytes(client, seen):
    answer = client.post("/v1/stories/batch", b'{"id": "a"}\n' * 3, content_type="application/x-ndjson")
    assert (seen[0].bytes, seen[0].complete) == (len(answer.data), True)


def test_an_answer_the_client_does_not_wait_for_is_told_as_incomplete(world, seen):
    app = create_app(fake_application(world), hooks=WebHooks(observe=seen.append))
    answer = app.test_client().post("/v1/stories/batch", data=b'{"id": "a"}\n' * 3, content_type="application/x-ndjson")
    answer.close()
    assert seen[0].complete is False


def test_a_refusal_is_told_by_its_type(client, seen):
    client.post("/v1/stories", b"{", content_type="application/json")
    client.post("/v1/stories", b"{}", content_type="text/plain")
    assert [dict(each.problems) for each in seen] == [{"malformed": 1}, {"unsupported-media-type": 1}]


def test_the_refused_lines_of_a_batch_are_told_by_their_types(client, seen):
    client.batch([b"{", b"{", {"id": "a", "text": "x"}, {"id": "b"}])
    assert [dict(each.problems) for each in seen] == [{"malformed": 2, "invalid": 1}]


def test_an_answer_without_a_problem_tells_none(client, seen):
    client.get("/livez")
    assert [dict(each.problems) for each in seen] == [{}]
