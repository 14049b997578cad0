"""Cursors continue the listing they came from, and nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.errors import NotFound
from twicetold.web.api.cursors import from_cursor, to_cursor

from tests.web.contract import ContractClient

positions = st.lists(
    st.none() | st.text() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    max_size=5,
).map(tuple)


@given(positions, st.text())
def test_a_cursor_gives_back_its_position(position: tuple[str | int | float | None, ...], listing: str) -> None:
    cursor = to_cursor(position, listing=listing)
    assert cursor is not None
    assert from_cursor(cursor, listing=listing) == position


def test_the_end_of_a_listing_has_no_cursor() -> None:
    assert to_cursor(None, listing="stories") is None


@given(st.integers(0, 60), st.characters(codec="ascii"))
def test_an_altered_cursor_is_refused(place: int, character: str) -> None:
    cursor = to_cursor(("2026-03-01", 17), listing="stories")
    assert cursor is not None
    altered = cursor[:place] + character + cursor[place + 1 :]
    same = base64.urlsafe_b64decode(cursor + "==")
    try:
        unchanged = base64.urlsafe_b64decode(altered.encode() + b"=" * (-len(altered) % 4)) == same
    except ValueError:
        unchanged = False
    if unchanged:
        assert from_cursor(altered, listing="stories") == ("2026-03-01", 17)
    else:
        with pytest.raises(NotFound, match="cursor"):
            from_cursor(altered, listing="stories")


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(NotFound, match="cursor"):
        from_cursor(text, listing="stories")


def test_a_cursor_of_another_listing_is_refused() -> None:
    cursor = to_cursor((1,), listing="stories")
    assert cursor is not None
    with pytest.raises(NotFound, match="cursor"):
        from_cursor(cursor, listing="clusters")


def test_a_cursor_does_not_fit_other_filters(client: ContractClient) -> None:
    for number in range(3):
        client.post("/v1/stories", {"id": f"s{number}", "source": "one", "text": f"text {number}"})
    cursor = client.get("/v1/stories?limit=1&source=one").get_json()["next_cursor"]
    assert client.get(f"/v1/stories?limit=2&source=one&cursor={cursor}").status_code == 200
    assert client.get(f"/v1/stories?limit=1&cursor={cursor}").status_code == 404
    assert client.get(f"/v1/sources?cursor={cursor}").status_code == 404
