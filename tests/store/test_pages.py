"""Pages that are kept with their stories."""

from __future__ import annotations

import msgspec
from twicetold.store.open import open_store

from tests.store.conftest import SCHEME
from tests.store.samples import asked, delete, draft, keys_of, publish

PAGE = b"(a page, packed)"


def with_page(name, text="the river rose by two metres overnight", page=PAGE):
    return msgspec.structs.replace(draft(name, text), page=page)


def test_a_page_is_kept_with_its_story_alone(store):
    first, second = keys_of(store, with_page("a"), draft("b", "another text"))
    assert asked(store).pages([first, second]) == {first: PAGE}


def test_the_next_version_of_a_story_has_its_own_page_or_none(store):
    (key,) = keys_of(store, with_page("a"))
    publish(store, with_page("a", "the river fell again by morning", b"(another page)"))
    assert asked(store).pages([key]) == {key: b"(another page)"}
    publish(store, draft("a", "the river is as it always was"))
    assert asked(store).pages([key]) == {}


def test_another_cleaning_leaves_the_page_where_it_is(store):
    (key,) = keys_of(store, with_page("a"))
    read = {key: asked(store).story("a").story}
    store.refresh({key: draft("a", "the river rose by two metres")}, instead_of=read)
    assert asked(store).pages([key]) == {key: PAGE}


def test_a_page_goes_with_its_story(store):
    (key,) = keys_of(store, with_page("a"))
    delete(store, key)
    assert asked(store).pages([key]) == {}


def test_a_backup_has_the_pages(store, tmp_path):
    (key,) = keys_of(store, with_page("a"))
    store.backup(tmp_path / "copy.db")
    copy = open_store(f"sqlite:///{tmp_path}/copy.db", scheme=SCHEME)
    assert asked(copy).pages([key]) == {key: PAGE}
    copy.close()
