"""Webhooks: signed, in order, tried again, and none delays another."""

import hashlib
import hmac
import json

import httpx
import pytest
from twicetold_client.forward import TRIES, Forwarder, Hook, Places, WrongHooks, read_hooks

HOOK = Hook("desk", "https://desk.example/in", "0123456789abcdef", ("match",))


class Changes:
    """A client whose feed ends."""

    def __init__(self, *changes):
        self._changes = changes
        self.asked = []

    def changes(self, *, after, kinds):
        self.asked.append((after, kinds))
        return iter([change for change in self._changes if after is None or change["seq"] > after])


def forwarder(tmp_path, client, handle, pauses=None):
    return Forwarder(
        client, Places.load(tmp_path / "state"), tmp_path / "dead", transport=httpx.MockTransport(handle),
        sleep=(pauses if pauses is not None else []).append,
    )  # fmt: skip


def test_a_change_is_posted_with_a_signature_that_its_reader_can_check(tmp_path):
    posts = []

    def handle(request):
        posts.append(request)
        return httpx.Response(204)

    client = Changes({"seq": 4, "kind": "match"})
    forwarder(tmp_path, client, handle).forward(HOOK)
    (post,) = posts
    at, signature = (part.split("=")[1] for part in post.headers["Twicetold-Signature"].split(","))
    said = hmac.new(HOOK.secret.encode(), f"{at}.".encode() + post.content, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(signature, said)
    assert json.loads(post.content) == {"seq": 4, "kind": "match"}
    assert client.asked == [(None, "match")]


def test_a_hook_goes_on_behind_what_it_was_told(tmp_path):
    posts = []

    def handle(request):
        posts.append(json.loads(request.content)["seq"])
        return httpx.Response(200)

    changes = Changes({"seq": 4}, {"seq": 5})
    forwarder(tmp_path, changes, handle).forward(HOOK)
    forwarder(tmp_path, changes, handle).forward(HOOK)
    assert posts == [4, 5]
    assert changes.asked[1] == (5, "match")


def test_a_hook_that_fails_is_tried_again_and_what_it_never_took_is_kept(tmp_path):
    calls = []

    def handle(request):
        calls.append(request)
        if len(calls) < 3:
            raise httpx.ConnectTimeout("slow")
        return httpx.Response(500 if json.loads(request.content)["seq"] == 5 else 200)

    pauses = []
    forwarder(tmp_path, Changes({"seq": 4}, {"seq": 5}), handle, pauses).forward(HOOK)
    assert len(calls) == 3 + TRIES
    assert pauses[:2] == [2.0, 4.0]
    (letter,) = (tmp_path / "dead").read_text().splitlines()
    assert json.loads(letter) == {"hook": "desk", "reason": "status 500", "change": {"seq": 5}}
    assert Places.load(tmp_path / "state").after == {"desk": 5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no hook"),
        ("[hooks.a]\nurl='ftp://x'\nsecret='0123456789abcdef'", "http"),
        ("[hooks.a]\nurl='https://x'\nsecret='short'", "16 characters"),
        ("[hooks.a]\nurl='https://x'\nsecret='0123456789abcdef'\nkind='match'", "unknown kind"),
        ("[hooks", "cannot be read"),
    ],
)
def test_a_file_of_hooks_that_cannot_work_says_why(tmp_path, text, said):
    (tmp_path / "hooks.toml").write_text(text)
    with pytest.raises(WrongHooks, match=said):
        read_hooks(tmp_path / "hooks.toml")


def test_a_state_that_is_something_else_is_refused(tmp_path):
    (tmp_path / "state").write_text('["no", "state"]')
    with pytest.raises(WrongHooks, match="no state"):
        Places.load(tmp_path / "state")
