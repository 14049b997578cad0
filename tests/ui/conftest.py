"""Screens over a real SQLite store, with pages that are already text (see `tests.usecases`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from twicetold.web.app import create_app
from twicetold.web.options import WebHooks, WebOptions
from twicetold.web.ui import entry
from twicetold.web.ui.attempts import Attempts

from tests.usecases.conftest import House, house

__all__ = ["house"]

FERRY = (
    "The first fully electric ferry on the lake entered regular service on Monday morning and carried two hundred "
    "commuters from the northern shore to the old harbour.\n\nThe ship is charged at both piers while passengers "
    "board, the transport authority said, and replaces a diesel vessel built half a century ago."
)


@pytest.fixture
def browser_with(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FlaskClient]:
    """A client of the screens with some options."""
    monkeypatch.setattr(entry, "ATTEMPTS", Attempts())

    def make(**options: Any) -> FlaskClient:
        app = create_app(house.application, options=WebOptions(**options), hooks=WebHooks(clock=house.clock))
        return app.test_client()

    return make


@pytest.fixture
def browser(browser_with: Callable[..., FlaskClient]) -> FlaskClient:
    return browser_with()
