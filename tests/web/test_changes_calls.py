"""The feed of changes, over a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from twicetold.store.open import migrate, open_store
from twicetold.usecases.changes import Changes
from twicetold.usecases.ports import Store
from twicetold.web.api import changes as calls
from twicetold.web.app import create_app
from twicetold.web.options import WebHooks

from tests.store.samples import NOON, draft, keys_of, match, publish, save
from tests.web.contract import ContractClient
from tests.web.fake_world import FakeWorld
from tests.web.fakes import fake_application


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url, scheme="one")
    opened = open_store(url, scheme="one")
    yield opened
    opened.close()


@pytest.fixture
def feed(store: Store) -> Iterator[Changes]:
    changes = Changes(store, lambda: NOON + timedelta(days=8), every=0.01)
    yield changes
    changes.stop()


@pytest.fixture
def application(store: Store, feed: Changes, world: FakeWorld) -> Any:
    made: Any = fake_application(world)
    made.store, made.changes = store, feed
    return made


@pytest.fixture
def client(application: Any) -> ContractClient:
    return ContractClient(create_app(application))


@pytest.fixture
def changed(store: Store) -> Store:
    first, second = keys_of(store, draft("a"), draft("b", source="times.example"))
    save(store, match(first, second))
    return store


def lines(client: ContractClient, query: str = "") -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.get(f"/v1/changes{query}").data.splitlines()]


def test_changes_come_in_order_with_what_they_are_about(client: ContractClient, changed: Store) -> None:
    assert [(change["seq"], change["kind"], change["story_id"]) for change in lines(client)] == [
        (1, "story.created", "a"), (2, "story.created", "b"), (3, "match", "b"),
    ]  # fmt: skip
    assert {name: value for name, value in lines(client)[2].items() if name not in {"at", "seq"}} == {
        "kind": "match", "story_id": "b", "other_id": "a", "relation": "reprint", "source": "times.example",
        "other_source": "herald.example",
    }  # fmt: skip


def test_a_page_leads_to_the_next_also_past_what_was_not_wanted(client: ContractClient, changed: Store) -> None:
    page = client.get("/v1/changes?limit=1")
    assert page.headers["Link"] == '</v1/changes?limit=1&after=1>; rel="next"'
    page = client.get("/v1/changes?kinds=verdict&kinds=cluster.split&after=1")
    assert page.data == b""
    assert page.headers["Link"].startswith("</v1/changes?kinds=verdict&kinds=cluster.split&after=3>")


def test_changes_are_filtered(client: ContractClient, changed: Store) -> None:
    assert [change["seq"] for change in lines(client, "?kinds=match")] == [3]
    assert [change["seq"] for change in lines(client, "?source=herald.example")] == [1, 3]
    assert lines(client, "?min_sources=2") == []


def test_who_asks_for_the_latest_begins_with_what_comes(client: ContractClient, changed: Store) -> None:
    assert client.get("/v1/changes?after=latest").headers["Link"] == '</v1/changes?after=3>; rel="next"'


@pytest.mark.parametrize(("after", "status"), [("3", 200), ("4", 404), ("-1", 400), ("x", 400), ("٣", 400)])
def test_a_number_that_was_never_given_is_refused(
    client: ContractClient, changed: Store, after: str, status: int
) -> None:
    response = client.get(f"/v1/changes?after={after}")
    assert response.status_code == status
    assert status == 200 or response.get_json()["field"] == "after"


def test_changes_that_are_not_kept_are_gone(client: ContractClient, changed: Store, feed: Changes) -> None:
    feed.forget(older_than=timedelta(days=7))
    publish(changed, draft("late"), now=NOON + timedelta(days=8))
    gone = client.get("/v1/changes?after=1")
    assert gone.status_code == 410
    assert "after=2" in gone.get_json()["detail"]
    assert [change["story_id"] for change in lines(client, "?after=2")] == ["b", "late"]
    assert [change["seq"] for change in lines(client)] == [3, 4]


def test_who_waits_is_answered_when_something_changes(client: ContractClient, changed: Store) -> None:
    later = Thread(target=publish, args=(changed, draft("late")))
    later.start()
    assert [change["story_id"] for change in lines(client, "?after=3&wait=30")] == ["late"]
    later.join()


def test_who_waits_in_vain_is_answered_with_nothing(client: ContractClient, changed: Store) -> None:
    assert lines(client, "?after=3&wait=1") == []


def test_who_waits_is_let_go_when_the_service_stops(application: Any, changed: Store) -> None:
    client = ContractClient(create_app(application, hooks=WebHooks(leaving=lambda: True)))
    assert lines(client, "?after=3&wait=60") == []


def test_a_stream_tells_what_there_is_and_what_comes(application: Any, changed: Store) -> None:
    client = create_app(application).test_client()
    response = client.get("/v1/changes/stream?after=2", buffered=False)
    assert response.mimetype == "text/event-stream"
    pieces = iter(response.response)
    assert b"retry:" in next(pieces)
    assert next(pieces).startswith(b'id: 3\nevent: match\ndata: {"seq":3,')
    publish(changed, draft("late"))
    assert next(pieces).startswith(b"id: 4\nevent: story.created\ndata: {")
    response.close()


def test_a_stream_goes_on_after_the_last_event_that_was_read(application: Any, changed: Store) -> None:
    client = create_app(application).test_client()
    headers = {"Last-Event-ID": "1"}
    response = client.get("/v1/changes/stream?after=3", headers=headers, buffered=False)
    pieces = iter(response.response)
    next(pieces)
    assert next(pieces).startswith(b"id: 2\n")
    response.close()


def test_a_stream_without_a_number_begins_now_and_is_kept_alive(
    application: Any, changed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "HEARTBEAT", 0.0)
    response = create_app(application).test_client().get("/v1/changes/stream", buffered=False)
    pieces = iter(response.response)
    next(pieces)
    assert next(pieces) == b":\n\n"
    response.close()


def test_a_stream_ends_when_the_service_stops(application: Any, changed: Store) -> None:
    client = ContractClient(create_app(application, hooks=WebHooks(leaving=lambda: True)))
    assert client.get("/v1/changes/stream").status_code == 200


def test_a_stream_of_what_is_not_kept_is_refused(client: ContractClient, changed: Store, feed: Changes) -> None:
    feed.forget(older_than=timedelta(days=7))
    assert client.get("/v1/changes/stream?after=0").status_code == 410
