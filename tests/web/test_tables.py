"""CSV that a spreadsheet shows and does not run."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from twicetold.web.api.tables import Cell, to_csv


def written(cell: Cell) -> str:
    return next(csv.reader(io.StringIO(to_csv([[cell]]).decode())))[0]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", " =1", "＝1", "－1"])
def test_a_text_that_starts_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert written(text) == f"'{text}"


@pytest.mark.parametrize("hidden", ["\u00a0", "\u200b", "\ufeff", "\u00ad", "\u2003", " \u00a0", "\x00", '"'])
def test_characters_that_are_not_seen_hide_no_formula(hidden: str) -> None:
    assert written(f"{hidden}=1") == f"'{hidden}=1"


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        (";=cmd|calc!A0", ";'=cmd|calc!A0"),
        ("a;=1+1", "a;'=1+1"),
        ("a; \u200b=1", "a;' \u200b=1"),
        ('a;"=1;b', "a;'\"=1;b"),
        ("a\t@1", "a\t'@1"),
        ("\t=1", "\t'=1"),
        ("\r=1", "\r'=1"),
        ("a\n-1", "a\n'-1"),
        ("=1;=2", "'=1;'=2"),
    ],
)
def test_a_formula_behind_a_separator_of_another_locale_gets_an_apostrophe(text: str, guarded: str) -> None:
    assert written(text) == guarded


@pytest.mark.parametrize(
    "text",
    ["plain", 'with "quotes", commas\nand lines', "1 = 1", "", "ünï©ode", "'quoted'", "a; b; c", "a-b;c=d", '"a" b'],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert written(text) == text


@pytest.mark.parametrize(
    ("cell", "shown"),
    [(None, ""), (True, "true"), (-3, "-3"), (0.5, "0.5"), (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00Z")],
)
def test_other_values_have_one_form(cell: Cell, shown: str) -> None:
    assert written(cell) == shown
