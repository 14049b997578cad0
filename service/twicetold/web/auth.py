"""API keys (RFC 6750 bearer tokens). Several are valid at once, so that keys can be rotated."""

from __future__ import annotations

import hmac
from hashlib import sha256

from flask import Flask, request

from twicetold.domain.errors import Unauthorised

OPEN_ENDPOINTS = frozenset(
    {"probes.livez", "probes.readyz", "documentation.root", "documentation.contract", "documentation.docs", "static"}
)
"""What needs no key: probes, and pages that are the same in every installation."""


def install(app: Flask, keys: tuple[str, ...]) -> None:
    """Demand one of `keys` for everything but `OPEN_ENDPOINTS`, paths that do not exist included."""
    digests = [_digest(key) for key in keys]
    if not digests:
        return

    @app.before_request
    def check() -> None:
        if request.endpoint in OPEN_ENDPOINTS:
            return
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        # Digests have one length, and no key ends the comparison early: the time taken tells nothing about any key.
        matches = [hmac.compare_digest(_digest(given.strip()), digest) for digest in digests]
        if scheme.lower() != "bearer" or not any(matches):
            raise Unauthorised("send one of this service's keys as Authorization: Bearer <key>", field="Authorization")


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()
