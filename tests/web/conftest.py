"""The web layer over a fake application, with every answer held against the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twicetold.web.app import create_app
from twicetold.web.options import RequestSummary, WebHooks, WebOptions

from tests.web.contract import ContractClient
from tests.web.fake_world import NOW, FakeWorld
from tests.web.fakes import fake_application


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


@pytest.fixture
def seen() -> list[RequestSummary]:
    """What the observer of requests was told."""
    return []


@pytest.fixture
def client_with(world: FakeWorld, seen: list[RequestSummary]) -> Callable[..., ContractClient]:
    """A client of an app with other options; `hooks` replace the usual ones."""

    def make(hooks: dict[str, Any] | None = None, **options: Any) -> ContractClient:
        usual = {"observe": seen.append, "clock": lambda: NOW, "metrics": lambda: (b"up 1\n", "text/plain")}
        app = create_app(
            fake_application(world), options=WebOptions(**options), hooks=WebHooks(**{**usual, **(hooks or {})})
        )
        return ContractClient(app)

    return make


@pytest.fixture
def client(client_with: Callable[..., ContractClient]) -> ContractClient:
    return client_with()
