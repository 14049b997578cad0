"""Keys: what each may do, until when and how often."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from twicetold.domain.errors import Forbidden, Invalid, Overloaded, Unauthorised
from twicetold.web.keys import Key, Keys, Scope, plain_keys, read_keys
from twicetold.web.options import RequestSummary

from tests.web.contract import ContractClient

STORY = {"id": "a", "source": "a.example", "text": "The ferry line reopened on Monday."}


def hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def key(name: str, *scopes: str, **more: object) -> Key:
    return Key(name=name, sha256=[hashed(name)], scopes=frozenset(map(Scope, scopes)), **more)


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/stories/a", "read"),
        ("POST", "/v1/match", "read"),
        ("POST", "/v1/stories", "write"),
        ("PUT", "/v1/stories/a/matches/b/verdict", "write"),
        ("DELETE", "/v1/stories/a/matches/b/verdict", "write"),
        ("DELETE", "/v1/stories/a", "delete"),
        ("GET", "/metrics", "metrics"),
    ],
)
def test_a_key_may_do_what_its_scopes_say(
    client_with: Callable[..., ContractClient], method: str, path: str, scope: str
) -> None:
    keys = tuple(key(each.value, each.value) for each in Scope)
    client = client_with(keys=keys)
    client.post("/v1/stories", STORY, headers=bearer("write"))
    client.post("/v1/stories", {**STORY, "id": "b"}, headers=bearer("write"))
    body = {"POST": STORY, "PUT": {"same": True}}.get(method)
    statuses = {
        each.value: client.open(path, method=method, json=body, headers=bearer(each.value)).status_code
        for each in sorted(Scope, key=lambda each: each.value == scope)
    }
    assert statuses.pop(scope) in {200, 201, 204}
    assert set(statuses.values()) == {403}


def test_the_name_of_the_key_is_told_to_the_observer(
    client_with: Callable[..., ContractClient], seen: list[RequestSummary]
) -> None:
    client = client_with(keys=(key("crawler", "write"),))
    client.post("/v1/stories", STORY, headers=bearer("crawler"))
    assert [summary.key for summary in seen] == ["crawler"]


def test_an_expired_key_opens_nothing() -> None:
    late, early = (datetime.now(UTC) + timedelta(seconds=by) for by in (60, -60))
    keys = Keys([key("late", "read", expires=late), key("early", "read", expires=early)])
    assert keys.find("Bearer late").name == "late"
    with pytest.raises(Unauthorised, match="expired"):
        keys.find("Bearer early")


def test_a_key_over_its_rate_is_told_to_come_back() -> None:
    now = [0.0]
    limited = key("limited", "read", rate=2)
    keys = Keys([limited, key("free", "read")], clock=lambda: now[0])
    for _ in range(4):
        keys.use(limited, Scope.READ)
    with pytest.raises(Overloaded):
        keys.use(limited, Scope.READ)
    now[0] = 0.5
    keys.use(limited, Scope.READ)
    with pytest.raises(Forbidden):
        keys.use(limited, Scope.DELETE)


def test_a_rate_is_counted_over_all_processes_that_share_a_folder(tmp_path: Path) -> None:
    limited = key("limited", "read", rate=2)
    workers = [Keys([limited], clock=lambda: 5.0, shared=tmp_path) for _ in range(2)]
    for number in range(4):
        workers[number % 2].use(limited, Scope.READ)
    for worker in workers:
        with pytest.raises(Overloaded):
            worker.use(limited, Scope.READ)


@pytest.mark.parametrize("rate", [0.01, 0.3, 1, 3, 7, 1000])
def test_a_rate_lets_no_more_through_than_it_says_over_any_time(rate: float) -> None:
    now = [100.0]
    limited = key("limited", "read", rate=rate)
    keys = Keys([limited], clock=lambda: now[0])
    taken = 0
    for _ in range(5000):
        try:
            keys.use(limited, Scope.READ)
            taken += 1
        except Overloaded:
            pass
        now[0] += 0.2 / rate
    assert 1000 <= taken <= 1000 + max(1, 2 * rate) + 1


def test_keys_given_as_they_are_may_do_everything() -> None:
    (plain,) = plain_keys(["a-key"])
    assert Keys([plain]).find("bearer a-key") == plain
    assert plain.scopes == frozenset(Scope)


def test_a_file_holds_names_hashes_scopes_expiry_and_rates(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(
        f"""
        [[key]]
        name = "crawler"
        sha256 = ["{hashed("old")}", "{hashed("new")}"]
        scopes = ["write"]
        expires = 2030-01-01T00:00:00Z
        rate = 50.0
        [[key]]
        name = "analyst"
        sha256 = ["{hashed("other")}"]
        """
    )
    crawler, analyst = read_keys(file)
    assert crawler.scopes == {Scope.WRITE}
    assert (crawler.rate, crawler.expires) == (50, datetime(2030, 1, 1, tzinfo=UTC))
    assert analyst.scopes == frozenset(Scope)
    keys = Keys([crawler, analyst])
    assert [keys.find(f"Bearer {name}").name for name in ("old", "new", "other")] == ["crawler", "crawler", "analyst"]


@pytest.mark.parametrize(
    "text",
    [
        "[[key",
        "",
        "[[key]]\nname = 'a'",
        "[[key]]\nname = 'a'\nsha256 = ['key']",
        f"[[key]]\nname = 'a'\nsha256 = ['{'0' * 64}']\nscope = ['read']",
        f"[[key]]\nname = 'a'\nsha256 = ['{'0' * 64}', '{'0' * 64}']",
        f"[[key]]\nname = 'a'\nsha256 = ['{'0' * 64}']\nrate = 0",
        f"[[key]]\nname = 'a'\nsha256 = ['{'0' * 64}']\nexpires = 2030-01-01T00:00:00",
    ],
)
def test_a_file_that_is_wrong_is_refused_naming_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(text)
    with pytest.raises(Invalid, match=r"keys\.toml"):
        read_keys(file)
