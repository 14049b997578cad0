"""What proxies tell of requests (`X-Forwarded-Prefix`, `-Proto`, `-For`), believed of trusted ones only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]{1,100}){1,10}", re.ASCII)


class Forwarded:
    """Puts the base path, the scheme and the client's address as a trusted proxy tells them into each request.

    So links start with the path under which a proxy serves the application, whether the proxy takes it away from paths
    or leaves it there. What others than the `trusted` networks say of these is ignored.
    """

    def __init__(self, answer: WSGIApplication, trusted: Sequence[str]) -> None:
        self._answer = answer
        self._trusted = [ip_network(network) for network in trusted]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if self._is_trusted(str(environ.get("REMOTE_ADDR", ""))):
            self._believe(environ)
        return self._answer(environ, start_response)

    def _believe(self, environ: WSGIEnvironment) -> None:
        prefix = _last(environ, "HTTP_X_FORWARDED_PREFIX").rstrip("/")
        if _PREFIX.fullmatch(prefix):
            environ["SCRIPT_NAME"] = prefix
            path = str(environ.get("PATH_INFO", ""))
            if path.startswith(f"{prefix}/"):
                environ["PATH_INFO"] = path.removeprefix(prefix)
        scheme = _last(environ, "HTTP_X_FORWARDED_PROTO")
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        told = [part.strip() for part in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
        client = next((address for address in reversed(told) if not self._is_trusted(address)), "")
        if _is_address(client):
            environ["REMOTE_ADDR"] = client

    def _is_trusted(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self._trusted)


def _last(environ: WSGIEnvironment, name: str) -> str:
    """What the nearest proxy said, where several of a chain have added to a header."""
    return str(environ.get(name, "")).rpartition(",")[2].strip()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
