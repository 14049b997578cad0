from __future__ import annotations

import numpy as np
import psycopg
import pytest
from twicetold.store.postgres.arrays import adapters
from twicetold.store.postgres.index.view import ViewCache
from twicetold.store.postgres.session import PostgresSession


@pytest.fixture
def session(empty_postgres):
    with psycopg.connect(empty_postgres, context=adapters()) as connection:
        yield PostgresSession(connection, ViewCache())


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
