"""Signing in at a real server with several workers."""

from __future__ import annotations

import re
import time
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

from bench.server import Server


def sign_in(server: Server, key: str) -> tuple[HTTPResponse, str]:
    """The answer to a sign-in, form and key over connections of their own, and its page."""
    connection = server.connect()
    connection.request("GET", "/ui/sign-in")
    form = connection.getresponse()
    token = re.findall(r'name="token" value="([^"]+)"', form.read().decode())[0]
    cookie = (form.headers["Set-Cookie"] or "").partition(";")[0]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.close()
    connection = server.connect()
    connection.request("POST", "/ui/sign-in", urlencode({"token": token, "key": key, "next": "/"}), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def test_ten_wrong_keys_are_counted_over_all_workers(tmp_path: Path) -> None:
    with Server(tmp_path, workers=3, extraction_children=1, api_keys="sesame") as server:
        while time.time() % 60 > 45:  # they are counted by the minute
            time.sleep(1)
        statuses = [sign_in(server, f"guess {number}")[0].status for number in range(10)]
        assert statuses == [401] * 10
        for _ in range(12):  # whichever worker is asked
            answer, text = sign_in(server, "sesame")
            assert answer.status == 429
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
            assert "Too many wrong keys" in text
        server.stop()
