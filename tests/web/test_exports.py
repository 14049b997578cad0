"""Exports over a real store: whole, in short steps, and never a part that looks like the whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twicetold.domain.errors import Unavailable
from twicetold.domain.model import Relation
from twicetold.store.open import migrate, open_store
from twicetold.usecases.pipeline import Placement
from twicetold.usecases.ports import Store
from twicetold.web import streams
from twicetold.web.api import exports
from twicetold.web.app import create_app

from tests.store.samples import NOON, draft, keys_of, match, save
from tests.web.contract import ContractClient
from tests.web.fake_world import FakeWorld
from tests.web.fakes import fake_application

KINDS = ("stories", "assignments", "matches", "clusters", "removed-spans")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url, scheme="one")
    opened = open_store(url, scheme="one")
    first, second, third, _ = keys_of(
        opened,
        draft("a", url="herald.example/a"), draft("b", source="times.example"), draft("c", title="=1+1"), draft("d"),
    )  # fmt: skip
    save(opened, match(first, second), match(third, second, Relation.EXCERPT_OF))
    opened.record(
        lambda recording: recording.place(Placement(moves={first: "k", second: "k"}, canonicals={"k": first}, at=NOON))
    )
    yield opened
    opened.close()


@pytest.fixture
def exported(store: Store, world: FakeWorld) -> ContractClient:
    application: Any = fake_application(world)
    application.store = store
    return ContractClient(create_app(application))


def lines(client: ContractClient, path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.get(path).data.splitlines()]


def table(client: ContractClient, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(path).text)))


def test_assignments_tell_the_canonical_story_of_every_story(exported: ContractClient) -> None:
    found = lines(exported, "/v1/export/assignments")
    assert [(row["story_id"], row["canonical_id"], row["is_canonical"], row["relation"]) for row in found] == [
        ("a", "a", True, None), ("b", "a", False, "reprint"), ("c", "c", True, None), ("d", "d", True, None),
    ]  # fmt: skip


def shown(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("kind", KINDS)
def test_lines_and_tables_tell_the_same(exported: ContractClient, kind: str) -> None:
    told = lines(exported, f"/v1/export/{kind}")
    assert told
    rows = table(exported, f"/v1/export/{kind}.csv")
    assert [list(row) for row in rows] == [list(row) for row in told]
    for row, line in zip(rows, told, strict=True):
        plain = {name: shown(value) for name, value in line.items() if not isinstance(value, float)}
        assert {name: row[name].removeprefix("'") for name in plain} == plain


@pytest.mark.parametrize("kind", KINDS)
def test_steps_make_no_difference(exported: ContractClient, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = exported.get(f"/v1/export/{kind}").data
    monkeypatch.setattr(exports, "STEP", 1)
    monkeypatch.setattr(exports, "STEP_OF_TEXTS", 1)
    assert exported.get(f"/v1/export/{kind}").data == whole


def test_a_text_that_looks_like_a_formula_is_guarded_in_tables_only(exported: ContractClient) -> None:
    assert table(exported, "/v1/export/stories.csv")[2]["title"] == "'=1+1"
    assert lines(exported, "/v1/export/stories")[2]["title"] == "=1+1"


def test_texts_come_where_they_are_wanted(exported: ContractClient) -> None:
    assert {row["text"] for row in lines(exported, "/v1/export/stories?text=1")} == {
        "the river rose by two metres overnight"
    }
    assert table(exported, "/v1/export/stories.csv?text=1")[0]["text"] == "the river rose by two metres overnight"
    assert "text" not in table(exported, "/v1/export/stories.csv")[0]


def test_related_stories_are_exported_of_a_month_at_most(exported: ContractClient) -> None:
    for odd in ("", "?since=2024-05-01T00:00:00Z", "?since=2024-05-01T00:00:00Z&until=2024-06-02T00:00:00Z"):
        refused = exported.get(f"/v1/export/related{odd}")
        assert (refused.status_code, refused.get_json()["field"]) == (422, "since")
    month = "since=2024-05-01T00:00:00Z&until=2024-06-01T00:00:00Z"
    assert lines(exported, f"/v1/export/related?{month}&min_score=0.5&days=2&limit=3") == []
    assert exported.get(f"/v1/export/related.csv?{month}").text.startswith(
        "story_id,other_id,source,other_source,score"
    )


def test_an_export_goes_on_after_a_story_or_a_cluster(exported: ContractClient) -> None:
    assert [row["story_id"] for row in lines(exported, "/v1/export/assignments?after=b")] == ["c", "d"]
    assert [row["story_id"] for row in lines(exported, "/v1/export/matches?after=b")] == ["c"]
    assert lines(exported, "/v1/export/clusters?after=k") == []
    gone = exported.get("/v1/export/assignments?after=gone")
    assert (gone.status_code, gone.get_json()["field"]) == (404, "after")
    for odd in ("", "k" * 201):
        refused = exported.get(f"/v1/export/clusters?after={odd}")
        assert (refused.status_code, refused.get_json()["field"]) == (422, "after")


def test_exports_take_the_filters_of_lists(exported: ContractClient) -> None:
    assert [row["story_id"] for row in lines(exported, "/v1/export/assignments?source=times.example")] == ["b"]
    assert [row["story_id"] for row in lines(exported, "/v1/export/matches?relation=excerpt_of")] == ["c"]
    assert len(lines(exported, "/v1/export/clusters?min_sources=2")) == 1
    assert lines(exported, "/v1/export/clusters?min_sources=3") == []
    assert exported.get("/v1/export/assignments?min_sources=2").status_code == 422


@pytest.mark.parametrize("path", ["/v1/export/assignments", "/v1/export/assignments.csv"])
def test_a_failure_midway_ends_the_answer_with_an_error(
    exported: ContractClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    real = streams.steps

    def failing(*given: Any) -> Iterator[Any]:
        for number, part in enumerate(real(*given)):
            if number == 2:
                raise Unavailable("the store's database does not answer")
            yield part

    monkeypatch.setattr(exports, "STEP", 1)
    monkeypatch.setattr(exports, "steps", failing)
    with pytest.raises(Unavailable):
        exported.get(path)


def test_a_failure_at_once_is_a_problem(exported: ContractClient, store: Store, tmp_path: Path) -> None:
    (tmp_path / "store.db").rename(tmp_path / "elsewhere.db")
    assert exported.get("/v1/export/assignments").status_code == 503
    (tmp_path / "elsewhere.db").rename(tmp_path / "store.db")


def test_so_many_exports_run_at_a_time(store: Store, world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "STEP", 1)
    application: Any = fake_application(world)
    application.store = store
    client = create_app(application).test_client()
    running = [client.get("/v1/export/assignments", buffered=False) for _ in range(streams.AT_ONCE)]
    refused = client.get("/v1/export/assignments")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    for response in running:
        response.close()
    assert client.get("/v1/export/assignments").status_code == 200
