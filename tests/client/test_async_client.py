"""The client for asyncio, against a real service and one that is busy."""

import asyncio

import httpx
import pytest
from twicetold_client import AsyncClient, ServiceError
from twicetold_client.client import BATCH

from tests.client.conftest import run_apart
from tests.client.test_client import lines_of, refused, stories, taken


def ask(server, question):
    async def run():
        async with AsyncClient(f"http://127.0.0.1:{server.port}") as client:
            return await question(client)

    return run_apart(run())


def busy_service(answer):
    return httpx.MockTransport(answer)


async def no_sleep(_seconds):
    return


async def come(items):
    for item in items:
        await asyncio.sleep(0)
        yield item


@pytest.mark.parametrize("wrapped", [iter, come])
def test_many_stories_are_answered_in_their_order(server, wrapped):
    sent = stories(BATCH + 7, prefix=f"async-{wrapped.__name__}-")

    async def submit(client):
        return [line async for line in client.submit_many(wrapped(sent))]

    lines = ask(server, submit)
    assert [line.index for line in lines] == list(range(len(sent)))
    assert [line.sent for line in lines] == sent
    assert {line.answer.outcome for line in lines} == {"created"}


def test_questions_and_reports_are_those_of_the_other_client(server):
    first = stories(1, prefix="async-one")[0]

    async def questions(client):
        await client.submit(first)
        second = await client.submit(first | {"id": "async-two", "source": "courier.example"})
        members = [member async for member in client.members(second.cluster["id"])]
        compared = await client.compare("async-one0", "async-two")
        cleaned = await client.clean(text=first["text"])
        found = await client.match(text=first["text"])
        return len(members), compared["relation"], cleaned["text"] == first["text"], len(found["matches"])

    assert ask(server, questions) == (2, "exact", True, 2)


def test_lines_refused_for_the_moment_are_sent_again_alone():
    bodies = []

    def handle(request):
        bodies.append(lines_of(request))
        content = taken(0) + refused(1, 503) if len(bodies) == 1 else taken(0)
        return httpx.Response(200, content=content)

    async def submit():
        client = AsyncClient(transport=busy_service(handle), sleep=no_sleep)
        return [line.answer is not None async for line in client.submit_many([{"id": "0"}, {"id": "1"}])]

    assert run_apart(submit()) == [True, True]
    assert bodies[1] == [b'{"id":"1"}']


def test_what_is_wrong_is_not_sent_again():
    calls = []

    def handle(request):
        calls.append(request)
        return httpx.Response(422, json={"title": "wrong", "detail": "no text"})

    async def submit():
        await AsyncClient(transport=busy_service(handle), sleep=no_sleep).submit({"id": "x"})

    with pytest.raises(ServiceError, match="no text"):
        run_apart(submit())
    assert len(calls) == 1
