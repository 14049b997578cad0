"""Signing in with a key, and out."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, g, request, url_for

from twicetold.domain.errors import Unauthorised
from twicetold.web.keys import Keys, key_hash
from twicetold.web.ui.attempts import ATTEMPTS
from twicetold.web.ui.rendering import page
from twicetold.web.ui.sessions import Sessions

LONGEST_KEY = 400


def install(screens: Blueprint, sessions: Sessions, keys: Keys) -> None:
    """Add the screen to sign in."""

    @screens.get("/ui/sign-in")
    def sign_in() -> Response:
        return page("sign_in.html", next=_local(request.args.get("next", "")), wrong="")

    @screens.post("/ui/sign-in")
    def signed_in() -> Response:
        address, following = request.remote_addr or "", _local(g.form.text("next"))
        if wait := ATTEMPTS.wait(address):
            why = f"Too many wrong keys came from your address; try again in {wait} seconds."
            refused = page("sign_in.html", status=HTTPStatus.TOO_MANY_REQUESTS, next=following, wrong=why)
            refused.headers["Retry-After"] = str(wait)
            return refused
        given = g.form.text("key").strip()[:LONGEST_KEY]
        try:
            key = keys.find(f"Bearer {given}")
        except Unauthorised as error:
            ATTEMPTS.count(address)
            return page("sign_in.html", status=HTTPStatus.UNAUTHORIZED, next=following, wrong=_wrong(error))
        response = Response(status=HTTPStatus.SEE_OTHER, headers={"Location": request.root_path + following})
        if key is not None:
            sessions.write(sessions.begun(key, digest=key_hash(given)), response, request)
        return response

    @screens.post("/ui/sign-out")
    def sign_out() -> Response:
        response = Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url_for("ui.overview")})
        sessions.end(response, request)
        return response


def _wrong(error: Unauthorised) -> str:
    expired = "expired" in error.detail
    return "This key has expired; ask for a new one." if expired else "This is none of the keys of this service."


def _local(path: str) -> str:
    """A path of this application to go on to; the overview for anything that may lead elsewhere."""
    odd = not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable()
    return "/" if odd or len(path) > 4000 or path.startswith("/ui/sign-") else path
