"""Demanding a key for each request."""

from __future__ import annotations

from flask import Flask, g, request

from twicetold.web.keys import Keys, Scope

OPEN_ENDPOINTS = frozenset(
    {"probes.livez", "probes.readyz", "documentation.root", "documentation.contract", "documentation.docs", "static"}
)
"""What needs no key: probes, and pages that are the same in every installation."""

_WRITING = frozenset(
    {"stories.submit", "stories.correct", "batch.batch", "sources.allow", "verdicts.give", "verdicts.take_back"}
)


def install(app: Flask, keys: Keys) -> None:
    """Demand one of `keys` for everything but `OPEN_ENDPOINTS`, paths that do not exist included."""

    @app.before_request
    def check() -> None:
        if request.endpoint in OPEN_ENDPOINTS:
            return
        key = keys.find(request.headers.get("Authorization", ""))
        if key is not None:
            g.key = key.name
            keys.use(key, _scope())


def _scope() -> Scope:
    if request.endpoint == "probes.metrics":
        return Scope.METRICS
    if request.endpoint in _WRITING:
        return Scope.WRITE
    return Scope.DELETE if request.method == "DELETE" else Scope.READ
