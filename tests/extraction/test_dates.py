"""Times as pages write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from babel import localedata
from babel.core import Locale
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.extraction.dates import LONGEST, find_time, month_names, read_time
from twicetold.domain.model import DatePrecision

MORNING = datetime(2026, 3, 3, 8, 15, 41, tzinfo=UTC)
DAY = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "time", "precision"),
    [
        ("2026-03-03T08:15:41Z", MORNING, DatePrecision.INSTANT),
        ("2026-03-03T09:15:41.0000000+0100", MORNING, DatePrecision.INSTANT),
        ("2026-03-03 09:15:41 +0100", MORNING, DatePrecision.INSTANT),
        ("20260303T081541Z", MORNING, DatePrecision.INSTANT),
        ("Tue, 03 Mar 2026 03:15:41 -0500", MORNING, DatePrecision.INSTANT),
        ("Tue Mar 03 2026 08:15:41 GMT+0000 (Coordinated Universal Time)", MORNING, DatePrecision.INSTANT),
        ("1772525741", MORNING, DatePrecision.INSTANT),
        ("1772525741000", MORNING, DatePrecision.INSTANT),
        ("2026-03-03 08:15:41", MORNING, DatePrecision.LOCAL),
        ("03.03.2026 09:15", datetime(2026, 3, 3, 9, 15, tzinfo=UTC), DatePrecision.LOCAL),
        ("Updated 4:05 p.m., March 3rd, 2026", datetime(2026, 3, 3, 16, 5, tzinfo=UTC), DatePrecision.LOCAL),
        ("3 mars 2026 à 09h15", datetime(2026, 3, 3, 9, 15, tzinfo=UTC), DatePrecision.LOCAL),
        ("2026-03-03", DAY, DatePrecision.DAY),
        ("March 3, 2026", DAY, DatePrecision.DAY),
        ("Dienstag, 3. März 2026", DAY, DatePrecision.DAY),
        ("3 de marzo de 2026", DAY, DatePrecision.DAY),
        ("2026. március 3.", DAY, DatePrecision.DAY),
        ("3 марта 2026 г.", DAY, DatePrecision.DAY),
        ("2026年3月3日", DAY, DatePrecision.DAY),
        ("2026년 3월 3일", DAY, DatePrecision.DAY),
        ("٣ مارس ٢٠٢٦", DAY, DatePrecision.DAY),
        ("3-Mar-2026", DAY, DatePrecision.DAY),
        ("03/03/26", DAY, DatePrecision.DAY),
    ],
)
def test_times_are_read_in_all_their_forms(written: str, time: datetime, precision: DatePrecision) -> None:
    read = read_time(written)
    assert read is not None
    assert (read.at, read.precision) == (time, precision)


@pytest.mark.parametrize(
    "written",
    [
        "", "yesterday", "2 hours ago", "March 2026", "2026", "10:30", "555-01-2026-7", "v1.2.2026", "30 February 2026",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1" * 5000, "12345", "Section 3/4", "1.2.3.2026",
    ],
)  # fmt: skip
def test_what_is_no_date_is_not_read_as_one(written: str) -> None:
    assert read_time(written) is None


@pytest.mark.parametrize(
    ("language", "month"),
    [("en", 4), ("en-US", 4), (None, 4), ("en-GB", 3), ("de", 3), ("fr-FR", 3)],
)
def test_the_language_decides_which_of_two_numbers_is_the_month(language: str | None, month: int) -> None:
    read = read_time("04/03/2026", language=language)
    assert read is not None
    assert read.at.month == month


def test_a_number_over_twelve_is_the_day_wherever_it_stands() -> None:
    assert {read_time(written, language="en-US").at.day for written in ("25/03/2026", "03/25/2026")} == {25}  # type: ignore[union-attr]


def test_a_month_that_two_languages_name_alike_is_that_of_the_pages_language() -> None:
    months = [read_time("1 listopada 2025", language=language) for language in ("pl", "hr", None)]
    assert [month and month.at.month for month in months] == [11, 10, None]


def test_a_date_is_found_where_it_stands_in_a_line() -> None:
    line = "By Ada Quay, 3 March 2026 | 09:15"
    found = find_time(line)
    assert found is not None
    assert line[found.start : found.end] == "3 March 2026"
    assert found.at == datetime(2026, 3, 3, 9, 15, tzinfo=UTC)


@given(st.integers(10**9, 3 * 10**9))
def test_any_time_is_read_back_as_it_was_written(seconds: int) -> None:
    written = datetime.fromtimestamp(seconds, UTC)
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%d %b %Y %H:%M:%S GMT", "%B %d, %Y %I:%M:%S %p UTC", "%Y/%m/%d %H:%M:%S +0000"):
        read = read_time(written.strftime(form))
        assert read is not None
        assert read.at == written


@given(st.text(max_size=2 * LONGEST))
def test_no_text_makes_reading_fail(text: str) -> None:
    read_time(text)


@pytest.mark.parametrize("language", ["ar", "de", "en", "es", "fa", "fr", "hi", "hu", "pl", "pt", "ru", "tr", "uk"])
def test_the_names_of_months_are_those_of_the_cldr(language: str) -> None:
    localedata._cache.clear()  # type: ignore[attr-defined]  # Babel merges what it loads into what it loaded before
    names, _ = month_names()
    for number, name in Locale.parse(language).months["format"]["wide"].items():
        assert names[language][name.casefold().removeprefix("de ")] == number
