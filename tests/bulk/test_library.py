"""The domain as functions: what one process makes another one compares and clusters."""

from datetime import UTC, datetime, timedelta

import pytest
from twicetold import library
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.errors import Invalid

from bench.generated_text import TextGenerator
from tests.cleaning.test_lines import PAGE

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
TEXT = TextGenerator(21).story(150)


def made(name, text=TEXT, **fields):
    story = {"id": name, "source": f"{name}.example", "text": text, "published_at": NOW} | fields
    return library.Made.unpack(library.prepare(story, now=NOW).pack())


def test_copies_share_keys_and_are_judged_as_such():
    first, second, other = made("a"), made("b"), made("c", TextGenerator(22).story(150))
    assert set(library.keys(first)) & set(library.keys(second))
    assert not set(library.keys(first)) & set(library.keys(other))
    copy, unrelated = library.judge(second, [first, other])
    assert (copy.relation, copy.clusters, copy.jaccard) == ("exact", True, 1.0)
    assert copy.why
    assert unrelated is None


def test_pages_are_cleaned():
    page = f"<html><body><nav><a href='/'>Home</a></nav><article><p>{TEXT}</p></article></body></html>"
    assert library.prepare({"id": "p", "source": "x", "html": page}, now=NOW).text.split() == TEXT.split()


def test_the_lines_around_a_flattened_text_go_as_they_do_in_the_service():
    flattened = library.prepare({"id": "f", "source": "x", "language": "en", "text": PAGE}, now=NOW)
    assert flattened.text == clean(PAGE, language="en", whole=True, flat=True).text
    assert "Imprint" not in flattened.text.splitlines()


def test_what_the_service_refuses_is_refused_with_its_reason():
    with pytest.raises(Invalid, match="id or a url"):
        library.prepare({"text": TEXT}, now=NOW)


def test_the_story_that_was_told_first_stands_for_its_cluster():
    told = [library.Told(key, f"s{key}", NOW - timedelta(hours=key), NOW) for key in (1, 2, 3, 4)]
    ties = [library.Tie(1, 2, 0.9), library.Tie(1, 3, 0.9), library.Tie(2, 3, 0.9)]
    assert library.assign(told, ties) == {1: 3, 2: 3, 3: 3}
