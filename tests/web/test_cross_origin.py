"""Pages of other origins: those that are named may call the API, and no other."""

import pytest

DESK = "https://desk.example.org"
PREFLIGHT = {"Origin": DESK, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture
def desk(client_with):
    return client_with(cors_origins=(DESK,), api_keys=("a-key",))


def test_an_origin_that_is_named_is_told_that_it_may(desk):
    response = desk.get("/v1/clusters", headers={"Origin": DESK, "Authorization": "Bearer a-key"})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == DESK
    assert "Link" in response.headers["Access-Control-Expose-Headers"]
    assert "Origin" in ",".join(response.headers.getlist("Vary"))


def test_its_preflight_needs_no_key(desk):
    response = desk.open("/v1/stories", method="OPTIONS", headers=PREFLIGHT)
    assert response.status_code == 204
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_even_a_refusal_can_be_read_by_it(desk):
    response = desk.get("/v1/clusters", headers={"Origin": DESK})
    assert response.status_code == 401
    assert response.headers["Access-Control-Allow-Origin"] == DESK


@pytest.mark.parametrize("origin", ["https://other.example", "null", "https://desk.example.org.evil.example"])
def test_no_other_origin_is_told_so(desk, origin):
    response = desk.get("/v1/clusters", headers={"Origin": origin, "Authorization": "Bearer a-key"})
    assert "Access-Control-Allow-Origin" not in response.headers
    preflight = desk.open("/v1/stories", method="OPTIONS", headers=PREFLIGHT | {"Origin": origin})
    assert "Access-Control-Allow-Origin" not in preflight.headers


def test_screens_are_not_for_other_origins(desk):
    assert "Access-Control-Allow-Origin" not in desk.get("/ui/try", headers={"Origin": DESK}).headers


def test_a_star_lets_all_call(client_with):
    response = client_with(cors_origins=("*",)).get("/v1/clusters", headers={"Origin": "https://any.example"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_without_the_setting_nothing_is_said(client_with):
    response = client_with().get("/v1/clusters", headers={"Origin": DESK})
    assert "Access-Control-Allow-Origin" not in response.headers
