"""The whole service over SQLite, as its settings build it, behind a client that checks every answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from flask import Flask
from twicetold.bootstrap import build, migrate
from twicetold.settings import Settings
from twicetold.web.app import create_app
from twicetold.web.options import WebHooks

from tests.web.contract import ContractClient


class SilentObserver:
    """Nobody counts."""

    def __getattr__(self, name: str) -> object:
        return (lambda _: nullcontext()) if name == "stage" else (lambda *_: None)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    place: Path = tmp_path_factory.mktemp("store")
    settings = Settings.load({"TWICETOLD_STORE_URL": f"sqlite:///{place}/stories.db"})
    migrate(settings)
    application = build(settings, SilentObserver())
    application.readiness.check()
    application.readiness.start()
    yield create_app(application, hooks=WebHooks(leaving=lambda: True))  # nobody waits for changes
    application.close()


@pytest.fixture
def client(app: Flask) -> ContractClient:
    return ContractClient(app)
