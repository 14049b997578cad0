"""Demanding a key for each request."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, g, request

from twicetold.web.keys import Key, Keys, Scope

OPEN_ENDPOINTS = frozenset(
    {
        "probes.livez",
        "probes.readyz",
        "documentation.start",
        "documentation.contract",
        "documentation.docs",
        "documentation.asset",
    }
)
"""What needs no key: probes, and pages that are the same in every installation."""

SCREENS = "ui"
"""The blueprint of screens, which people sign in to: `web.ui.screens` lets them in."""

_WRITING = frozenset(
    {"stories.submit", "stories.correct", "batch.batch", "sources.allow", "verdicts.give", "verdicts.take_back"}
)


def install(app: Flask, keys: Keys, signed_in: Callable[[], Key | None] = lambda: None) -> None:
    """Demand one of `keys` for everything but `OPEN_ENDPOINTS`, paths that do not exist included.

    The table of a screen is also given to whoever has `signed_in` there, for a browser sends no key of itself.
    """

    @app.before_request
    def check() -> None:
        if request.endpoint in OPEN_ENDPOINTS or request.blueprint == SCREENS:
            return
        key = signed_in() if _asks_for_table() else None
        key = key or keys.find(request.headers.get("Authorization", ""))
        if key is not None:
            g.key = key.name
            keys.use(key, _scope())


def _asks_for_table() -> bool:
    return request.method == "GET" and request.path.endswith(".csv") and "Authorization" not in request.headers


def _scope() -> Scope:
    if request.endpoint == "probes.metrics":
        return Scope.METRICS
    if request.endpoint in _WRITING:
        return Scope.WRITE
    return Scope.DELETE if request.method == "DELETE" else Scope.READ
