from __future__ import annotations

import numpy as np
import psycopg
import pytest
from twicetold.store.postgres.arrays import adapters
from twicetold.store.postgres.session import PostgresSession


@pytest.fixture
def session(empty_postgres):
    with psycopg.connect(empty_postgres, context=adapters()) as connection:
        connection.execute("CREATE TABLE postings (posting BIGINT, story BIGINT, PRIMARY KEY (posting, story))")
        yield PostgresSession(connection)


@pytest.mark.parametrize("numbers", [[], [0], [-(2**63), 2**63 - 1, -1, 7]])
def test_arrays_of_numbers_come_back_from_the_server_as_they_went(session, numbers):
    array = np.array(numbers, dtype=np.int64)
    with session.connection.cursor(binary=True) as cursor:
        ((back,),) = cursor.execute("SELECT %s::bigint[]", (array,)).fetchall()
    assert back.tolist() == numbers


@pytest.mark.parametrize("numbers", [[], [3, -4], np.array([3, -4], dtype=np.int64)])
def test_a_statement_takes_a_list_of_numbers_in_any_form(session, numbers):
    sql = "SELECT v FROM (VALUES (3), (-4), (5)) AS t (v) WHERE v IN (SELECT value FROM each(:wanted)) ORDER BY v"
    assert [value for (value,) in session.rows(sql, wanted=numbers)] == ([-4, 3] if len(numbers) else [])


def test_a_pair_that_comes_twice_in_a_call_stands_once(session):
    keys, stories = np.array([5, -9, 5, 5]), np.array([2, 1, 1, 2])
    session.postings.add(keys, stories)
    positions, found = session.postings.find(np.array([-9, 0, 5]), cap=10)
    assert (positions.tolist(), found.tolist()) == ([0, 2, 2], [1, 1, 2])


def test_keys_without_stories_find_nothing(session):
    positions, found = session.postings.find(np.array([1, 2]), cap=10)
    assert (len(positions), len(found)) == (0, 0)
