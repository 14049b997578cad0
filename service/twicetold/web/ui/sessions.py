"""Sessions of people in browsers: a signed cookie that names a key, and tokens against forged forms.

The secret that signs is kept in the store, so every worker and node accepts what another one signed.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256

from flask import Request, Response
from itsdangerous import BadData, URLSafeTimedSerializer
from msgspec import Struct

from twicetold.domain.errors import Forbidden
from twicetold.web.keys import Key, Keys

COOKIE = "twicetold-session"
LASTS = 7 * 24 * 3600
"""Seconds from signing in to having to do so again."""
CSRF_FIELD = "token"


class Session(Struct, frozen=True):
    """Who looks: `id` is drawn for each browser, `key_mark` tells a key without giving it away; empty without one."""

    id: str
    key_mark: str = ""


class Sessions:
    """Makes and reads sessions. `secret` is asked for when a session is first looked at."""

    def __init__(self, keys: Keys, secret: Callable[[], bytes]) -> None:
        self._keys = keys
        self._secret_of_store = secret

    @property
    def needed(self) -> bool:
        """Whether people have to sign in."""
        return self._keys.needed

    def read(self, request: Request) -> Session | None:
        """The session that a request belongs to; None for one without, or whose cookie is forged or too old."""
        cookie = request.cookies.get(COOKIE)
        if cookie is None:
            return None
        try:
            identifier, mark = self._signer.loads(cookie, max_age=LASTS)
            return Session(str(identifier), str(mark))
        except (BadData, ValueError, TypeError):
            return None

    def begun(self, key: Key | None = None, *, digest: str = "") -> Session:
        """A new session, of whoever has sent the key with this hash."""
        return Session(secrets.token_urlsafe(18), self._mark(digest) if key is not None else "")

    def write(self, session: Session, response: Response, request: Request) -> None:
        """Give a session to a browser."""
        response.set_cookie(
            COOKIE,
            str(self._signer.dumps([session.id, session.key_mark])),
            max_age=LASTS,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
            path=request.root_path + "/",
        )

    def end(self, response: Response, request: Request) -> None:
        """Take a session away."""
        response.delete_cookie(COOKIE, path=request.root_path + "/", httponly=True, samesite="Lax")

    def key(self, session: Session | None) -> Key | None:
        """The key that a session was begun with, if it is still one of this service and has not expired."""
        if session is None or not session.key_mark:
            return None
        return self._keys.whose(lambda digest: hmac.compare_digest(self._mark(digest), session.key_mark))

    def token(self, session: Session) -> str:
        """A token for a form of this session; another one each time, so that compression tells nothing of it."""
        nonce = secrets.token_hex(8)
        return f"{nonce}.{self._signed(f'form {nonce} {session.id}')}"

    def check_token(self, session: Session | None, token: str) -> None:
        """Raise `Forbidden` unless a form was made for this session."""
        nonce, _, signed = token.partition(".")
        if session is None or not hmac.compare_digest(self._signed(f"form {nonce} {session.id}"), signed):
            raise Forbidden("this form is too old or came from elsewhere; load its page again", field=CSRF_FIELD)

    def _mark(self, digest: str) -> str:
        return self._signed(f"key {digest}")

    def _signed(self, text: str) -> str:
        return hmac.new(self._secret, text.encode("utf-8", "replace"), sha256).hexdigest()[:40]

    @cached_property
    def _secret(self) -> bytes:
        return self._secret_of_store()

    @cached_property
    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt="twicetold session", signer_kwargs={"digest_method": sha256})
