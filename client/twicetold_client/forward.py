"""Webhooks: reads the feed of changes and posts each change to those who asked for it.

A file `hooks.toml` says who:

    [hooks.desk]
    url = "https://desk.example/twicetold"
    secret = "at least sixteen characters"
    kinds = ["match", "cluster.merged"]

Each post has the header `Twicetold-Signature: t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY` under the secret. A hook
that hangs or fails is tried again, at growing intervals, and delays no other; what it never took goes into a file of
dead letters. Every hook has its own place in the feed, kept in the state file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from twicetold_client.client import Client
from twicetold_client.results import Json
from twicetold_client.wire import encoded

TRIES = 6
"""Posts of one change to one hook; the pauses between add up to about a minute."""
_PAUSE = 2.0
_TIMEOUT = 10.0
_SHORTEST_SECRET = 16


class WrongHooks(Exception):  # named for what happened
    """The file of hooks cannot be used; the message says why."""


@dataclass(frozen=True)
class Hook:
    """Who is told of what; no kinds are all kinds."""

    name: str
    url: str
    secret: str
    kinds: tuple[str, ...] = ()

    def signed(self, body: bytes, at: int) -> dict[str, str]:
        """The headers of a post."""
        signature = hmac.new(self.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "Twicetold-Signature": f"t={at},v1={signature}"}


def read_hooks(path: Path) -> list[Hook]:
    """The hooks of a file. Raises `WrongHooks`."""
    try:
        listed = tomllib.loads(path.read_text("utf-8")).get("hooks", {})
    except (OSError, ValueError) as error:
        raise WrongHooks(f"{path} cannot be read: {error}") from error
    hooks = [_hook(name, said) for name, said in listed.items()]
    if not hooks:
        raise WrongHooks(f"{path} names no hook; write [hooks.NAME] with url and secret")
    return hooks


def _hook(name: str, said: Mapping[str, Any]) -> Hook:
    unknown = sorted(said.keys() - {"url", "secret", "kinds"})
    if unknown:
        raise WrongHooks(f"hook {name}: unknown {', '.join(unknown)}; there are url, secret and kinds")
    url, secret = str(said.get("url", "")), str(said.get("secret", ""))
    if not url.startswith(("http://", "https://")):
        raise WrongHooks(f"hook {name}: url must begin with http:// or https://")
    if len(secret) < _SHORTEST_SECRET:
        raise WrongHooks(f"hook {name}: secret needs at least {_SHORTEST_SECRET} characters")
    return Hook(name, url, secret, tuple(said.get("kinds", ())))


@dataclass
class Places:
    """How far each hook is in the feed, in a file that is replaced whole."""

    path: Path
    after: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def load(cls, path: Path) -> Places:
        """Read a state, or begin one. Raises `WrongHooks` where the file is something else."""
        if not path.exists():
            return cls(path)
        try:
            return cls(path, {str(name): int(seq) for name, seq in json.loads(path.read_text("utf-8")).items()})
        except (ValueError, TypeError, AttributeError):
            raise WrongHooks(f"{path} is no state of hooks; name another file with --state") from None

    def keep(self, name: str, after: int) -> None:
        """One hook is further."""
        with self._lock:
            self.after[name] = after
            part = self.path.with_name(self.path.name + ".part")
            with part.open("w", encoding="utf-8") as file:
                json.dump(self.after, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)


class Forwarder:
    """Posts the changes of one service to hooks, a thread for each."""

    def __init__(
        self, client: Client, places: Places, dead_letters: Path, *,
        sleep: Callable[[float], None] = time.sleep, transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        self._client = client
        self._places = places
        self._dead_letters = dead_letters
        self._sleep = sleep
        self._http = httpx.Client(timeout=_TIMEOUT, transport=transport, follow_redirects=False)
        self._lock = threading.Lock()

    def run(self, hooks: list[Hook]) -> None:
        """Forward without end; ends when a hook's thread fails, with its error."""
        failed: list[BaseException] = []
        ended = threading.Event()

        def forward(hook: Hook) -> None:
            try:
                self.forward(hook)
            except BaseException as error:  # raised again below
                failed.append(error)
            finally:
                ended.set()

        for hook in hooks:
            threading.Thread(target=forward, args=(hook,), name=hook.name, daemon=True).start()
        ended.wait()
        if failed:
            raise failed[0]

    def forward(self, hook: Hook) -> None:
        """Post one hook's changes, in order, as long as the feed goes on."""
        kinds = ",".join(hook.kinds) or None
        for change in self._client.changes(after=self._places.after.get(hook.name), kinds=kinds):
            self.post(hook, change)
            self._places.keep(hook.name, int(change["seq"]))

    def post(self, hook: Hook, change: Json) -> None:
        """Post a change until it is taken, or count it among the dead letters."""
        body = encoded(change)
        reason = ""
        for tried in range(TRIES):
            try:
                answer = self._http.post(hook.url, content=body, headers=hook.signed(body, int(time.time())))
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                reason = type(error).__name__
            else:
                if answer.is_success:
                    return
                reason = f"status {answer.status_code}"
            if tried + 1 < TRIES:
                self._sleep(_PAUSE * 2.0**tried)
        with self._lock, self._dead_letters.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"hook": hook.name, "reason": reason, "change": change}, ensure_ascii=False) + "\n")
