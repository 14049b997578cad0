"""Names are judged once, and what is remembered of them is bounded."""

from __future__ import annotations

from twicetold.domain.extraction.remembering import LONGEST, REMEMBERED, remembered


def test_a_name_that_comes_again_is_not_judged_again() -> None:
    asked: list[str] = []
    tell = remembered(lambda names: asked.append(names) or names.upper())
    assert [tell("sidebar"), tell("story"), tell("sidebar")] == ["SIDEBAR", "STORY", "SIDEBAR"]
    assert asked == ["sidebar", "story"]


def test_long_names_are_judged_each_time() -> None:
    asked: list[str] = []
    tell = remembered(asked.append)
    for length in (LONGEST, LONGEST + 1) * 2:
        tell("x" * length)
    assert list(map(len, asked)) == [LONGEST, LONGEST + 1, LONGEST + 1]


def test_of_many_names_the_first_are_forgotten() -> None:
    asked: list[str] = []
    tell = remembered(asked.append)
    for names in ("first", *map(str, range(REMEMBERED)), "first"):
        tell(names)
    assert asked.count("first") == 2
