"""Filters of the index: what they may say of keys, and of which state of the pages."""

from __future__ import annotations

import apsw
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.store.sqlite.index import filters
from twicetold.store.sqlite.index.filters import Filters, pack
from twicetold.store.sqlite.index.state import OLD, PARTS, YOUNG, State

PART = 7 << 56


def empty():
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE posting_filters (part INTEGER PRIMARY KEY, slots BLOB NOT NULL)")
    return connection


@pytest.fixture
def database():
    return empty()


def in_part(inside):
    return np.array([PART | key for key in inside], np.uint64)


def at(written):
    every = np.zeros((2, PARTS), np.int64)
    return State(0, 0, every[0], every.astype(np.uint8) + 1, every + written)


def may_hold(known, connection, written, keys, level=OLD):
    return known.may_hold(connection, at(written), level, keys)


def sweep(database, keys):
    database.execute("REPLACE INTO posting_filters VALUES (7, ?)", (pack(keys, OLD),))


@given(st.lists(st.integers(0, 2**56 - 1), max_size=300))
def test_every_key_that_the_pages_hold_may_be_held(inside):
    connection = empty()
    sweep(connection, in_part(inside))
    assert may_hold(Filters(), connection, 1, in_part(inside)).all()


@pytest.mark.parametrize("count", [1, 100, 40_000])
def test_three_of_five_keys_that_the_pages_lack_are_known_to_be_lacking(database, count):
    drawn = np.random.default_rng(5)
    sweep(database, in_part(drawn.integers(0, 2**56, count).tolist()))
    others = in_part(drawn.integers(0, 2**56, 1000).tolist())
    assert np.count_nonzero(~may_hold(Filters(), database, 1, others)) > 600


def test_a_filter_takes_no_more_than_its_bound(monkeypatch):
    monkeypatch.setitem(filters._LARGEST, OLD, 10)
    assert len(pack(in_part(range(0, 2**56, 2**44)), OLD)) == 128


def test_each_level_has_filters_of_its_own(database):
    sweep(database, in_part([1]))
    database.execute("REPLACE INTO posting_filters VALUES (?, ?)", (PARTS + 7, pack(in_part([2**55]), YOUNG)))
    known = Filters()
    assert may_hold(known, database, 1, in_part([1, 2**55])).tolist() == [True, False]
    assert may_hold(known, database, 1, in_part([1, 2**55]), level=YOUNG).tolist() == [False, True]


def test_a_part_without_a_filter_may_hold_anything(database):
    sweep(database, in_part([1]))
    assert may_hold(Filters(), database, 1, in_part([1]) + np.uint64(1 << 56)).all()


def test_what_a_later_sweep_added_is_seen_by_who_reads_its_state(database):
    known = Filters()
    sweep(database, in_part([1]))
    new = in_part([2**55])
    assert not may_hold(known, database, 1, new).any()
    sweep(database, in_part([1, 2**55]))
    assert may_hold(known, database, 2, new).all()


def test_to_a_snapshot_from_before_a_sweep_its_filter_tells_nothing(database):
    known = Filters()
    sweep(database, in_part([1]))
    assert not may_hold(known, database, 2, in_part([2**55])).any()
    assert may_hold(known, database, 1, in_part([2**55])).all()
    assert not may_hold(known, database, 2, in_part([2**55])).any()
