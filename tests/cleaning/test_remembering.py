"""Names are judged once, and what is remembered of them is bounded."""

from __future__ import annotations

from service.domain.cleaning.remembering import LONGEST, REMEMBERED, remembered


def test_a_name_that_comes_again_is_not_judged_again() -> None:
    asked: list[str] = []
    tell = remembered(lambda names: asked.append(names) or names.upper())
    assert [tell("sidebar"), tell("story"), tell("sidebar")] == ["SIDEBAR", "STORY", "SIDEBAR"]
    assert asked == ["sidebar", "story"]


def test_long_names_and_more_than_so_many_are_forgotten() -> None:
    asked: list[str] = []
    tell = remembered(asked.append)
    for names in ("x" * (LONGEST + 1), "first", *map(str, range(REMEMBERED))) * 2:
        tell(names)
    assert [asked.count(names) for names in ("x" * (LONGEST + 1), "first")] == [2, 2]
