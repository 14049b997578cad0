"""API keys, request ids, probes, documentation, and what is told of each request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from twicetold.domain.errors import Overloaded, Unavailable
from twicetold.web.options import RequestSummary

from tests.web.contract import ContractClient
from tests.web.fake_world import FakeWorld

KEYS = ("the-first-key-of-two", "the-second-key-of-two")


@pytest.fixture
def locked(client_with: Callable[..., ContractClient]) -> ContractClient:
    return client_with(api_keys=KEYS)


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": token}}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_each_key_opens(locked: ContractClient, key: str, scheme: str) -> None:
    assert locked.get("/v1/stories", **bearer(f"{scheme} {key}")).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {KEYS[0]}",
        KEYS[0],
        f"Bearer {KEYS[0]}x",
        f"Bearer {KEYS[0]}, {KEYS[1]}",
        "Bearer \xff",
    ],
)
def test_anything_else_is_refused_and_told_how(locked: ContractClient, token: str) -> None:
    response = locked.get("/v1/stories", **bearer(token))
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert response.get_json()["field"] == "Authorization"


@pytest.mark.parametrize("path", ["/v1/stories", "/v1/stories/x", "/v1/nowhere", "/nowhere", "/metrics"])
def test_no_key_no_answer(locked: ContractClient, path: str) -> None:
    assert locked.get(path).status_code == 401


def test_a_refused_body_is_not_read(locked: ContractClient, world: FakeWorld) -> None:
    assert locked.post("/v1/stories", {"id": "a", "text": "x"}).status_code == 401
    assert not world.entries


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/docs", "/openapi.yaml"])
def test_probes_and_documentation_need_no_key(locked: ContractClient, path: str) -> None:
    assert locked.get(path).status_code == 200


def test_metrics_are_as_they_were_rendered(client: ContractClient) -> None:
    assert client.get("/metrics").text == "up 1\n"


def test_without_metrics_there_are_none(client_with: Callable[..., ContractClient]) -> None:
    assert client_with(hooks={"metrics": None}).get("/metrics").status_code == 404


@pytest.mark.parametrize("given", ["crawl-42", "A" * 128, "a.b:c~d/e+f=g@h_i"])
def test_a_harmless_request_id_is_echoed(client: ContractClient, given: str) -> None:
    assert client.get("/livez", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", " ", "a b", "A" * 129, "<script>", "ü", '"', "a;b"])
def test_another_request_id_is_replaced(client: ContractClient, given: str) -> None:
    echoed = client.get("/livez", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", echoed)


def test_a_problem_carries_the_request_id(client: ContractClient) -> None:
    response = client.get("/v1/stories/x", headers={"X-Request-Id": "crawl-42"})
    assert response.get_json()["request_id"] == "crawl-42"


def test_each_request_is_told_of_by_its_template(client: ContractClient, seen: list[RequestSummary]) -> None:
    client.get("/v1/stories/secret-story", headers={"X-Request-Id": "one"})
    client.post("/v1/stories", b"{", headers={"X-Request-Id": "two"})
    client.get("/nowhere/secret", headers={"X-Request-Id": "three"})
    told = [(each.request_id, each.method, each.route, each.status) for each in seen]
    assert told == [
        ("one", "GET", "/v1/stories/<story:story_id>", 404),
        ("two", "POST", "/v1/stories", 400),
        ("three", "GET", None, 404),
    ]
    assert all(each.seconds >= 0 for each in seen)


def test_requests_for_assets_are_told_of_too(client: ContractClient, seen: list[RequestSummary]) -> None:
    client.get("/static/docs.js")
    assert [(each.route, each.status, each.complete) for each in seen] == [("/static/<name>", 404, True)]


def test_requests_without_a_key_are_told_of_too(locked: ContractClient, seen: list[RequestSummary]) -> None:
    locked.get("/v1/stories")
    assert [each.status for each in seen] == [401]


def test_an_observer_that_fails_fails_no_request(client_with: Callable[..., ContractClient]) -> None:
    def broken(_: RequestSummary) -> None:
        raise RuntimeError("no room for logs")

    assert client_with(hooks={"observe": broken}).get("/livez").status_code == 200


def test_a_store_that_is_away_makes_the_service_unready_but_not_dead(client: ContractClient, world: FakeWorld) -> None:
    world.failing = Unavailable("the store does not answer", retry_after=7)
    response = client.get("/readyz")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "7")
    assert client.get("/livez").status_code == 200


def test_a_stopping_service_is_not_ready(client_with: Callable[..., ContractClient]) -> None:
    assert client_with(hooks={"stopping": lambda: True}).get("/readyz").status_code == 503


@pytest.mark.parametrize(
    ("error", "status"), [(Unavailable("not now"), 503), (Overloaded("too much", retry_after=9), 429)]
)
def test_whoever_must_wait_is_told_how_long(
    client: ContractClient, world: FakeWorld, error: Unavailable, status: int
) -> None:
    world.failing = error
    response = client.post("/v1/stories", {"id": "a", "text": "x"})
    assert (response.status_code, response.headers["Retry-After"]) == (status, str(error.retry_after))


def test_head_answers_like_get_without_a_body(client: ContractClient) -> None:
    client.post("/v1/stories", {"id": "a", "text": "x"})
    response = client.open("/v1/stories/a", method="HEAD")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["ETag"] == client.get("/v1/stories/a").headers["ETag"]


def test_options_tells_the_methods(client: ContractClient) -> None:
    response = client.open("/v1/stories/a", method="OPTIONS")
    assert (response.status_code, response.data) == (204, b"")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}


def test_the_contract_is_served_as_it_stands(client: ContractClient) -> None:
    response = client.get("/openapi.yaml")
    assert yaml.safe_load(response.text)["info"]["title"] == "Twicetold"
    assert client.get("/openapi.yaml", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_the_documentation_loads_everything_from_this_service(client: ContractClient) -> None:
    page = client.get("/docs").text
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    files = [asset for asset in assets if asset.startswith("/static/")]
    assert len(files) == 5
    assert set(assets) == {*files, "/", "/openapi.yaml"}
    sent = [client.get(file, headers={"Accept-Encoding": "gzip"}) for file in files]
    assert [response.status_code for response in sent] == [200] * 5
    assert sum(len(response.data) for response in sent) <= 475_000


def test_without_screens_a_browser_is_led_to_the_documentation(client_with: Callable[..., ContractClient]) -> None:
    response = client_with(ui=False).get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/docs")


def test_the_documentation_allows_no_inline_scripts(client: ContractClient) -> None:
    response = client.get("/docs")
    assert "script-src 'self';" in response.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)", response.text)


def test_scripts_are_served_as_scripts_and_cached(client: ContractClient) -> None:
    (script,) = re.findall(r'src="([^"]+docs-[^"]+)"', client.get("/docs").text)
    response = client.get(script)
    assert response.mimetype in {"text/javascript", "application/javascript"}
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/static/../openapi.yaml", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/"]
)
def test_nothing_but_assets_is_served_as_static(client: ContractClient, path: str) -> None:
    assert client.get(path).status_code == 404
