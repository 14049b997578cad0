"""Names of elements, read as words."""

from __future__ import annotations

import pytest
from twicetold.domain.extraction.roles import Role, roles


def told(names: str) -> set[str]:
    return {role.name for role in Role if roles(names) >> role & 1}


@pytest.mark.parametrize(
    "name", ["related-articles", "relatedArticles", "related_articles", "Related__articles", "c-related-articles"]
)
def test_a_name_is_split_at_hyphens_underscores_and_capitals(name: str) -> None:
    assert "RELATED" in told(name)


@pytest.mark.parametrize("name", ["metal", "authority", "barcelona", "shared-memory-42", "navigate", "adapted"])
def test_a_word_within_a_word_tells_nothing(name: str) -> None:
    assert told(name) == set()


@pytest.mark.parametrize("name", ["css-9barq1", "sc-4ad81f", "x7share2"])
def test_a_hash_tells_nothing(name: str) -> None:
    assert told(name) == set()


@pytest.mark.parametrize("name", ["no-scrollbar", "with-sidebar", "without-comments", "hidden:md", "has-no-ads"])
def test_a_state_or_utility_tells_nothing(name: str) -> None:
    assert told(name) == set()


@pytest.mark.parametrize("name", ["social-housing", "banner-quotation", "author-notebook", "embedded-statement"])
def test_a_compound_that_ends_in_its_subject_tells_no_role(name: str) -> None:
    assert told(name) == set()


def test_all_of_several_names_are_read() -> None:
    assert {"CAPTION", "SHARE"} <= told("photo-caption  share-box")


def test_a_role_of_two_words_is_found() -> None:
    assert "RELATED" in told("read-more-list")


def test_very_long_names_are_read_in_part() -> None:
    assert told("x " * 100_000 + "caption") == set()
