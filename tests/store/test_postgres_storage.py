from __future__ import annotations

import psycopg
import pytest
from twicetold.store.open import migrate
from twicetold.store.postgres.storage import keep_wide_columns_in_rows

from tests.store.conftest import SCHEME


def test_a_new_store_keeps_its_wide_columns_in_their_rows(empty_postgres):
    migrate(empty_postgres, scheme=SCHEME)
    sql = "SELECT attname FROM pg_attribute WHERE attrelid = 'evidence'::regclass AND attstorage = 'e' ORDER BY 1"
    with psycopg.connect(empty_postgres) as connection:
        assert connection.execute(sql).fetchall() == [("kinds",), ("words",)]


@pytest.mark.parametrize("error", ["feature_not_supported", "syntax_error", "undefined_object"])
def test_an_engine_without_such_storage_goes_on_without_it(empty_postgres, error):
    with psycopg.connect(empty_postgres) as connection:
        connection.execute(
            f"CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'not here' USING ERRCODE = '{error}'; END $$"
        )
        connection.execute("CREATE TABLE bodies (body BYTEA)")
        connection.execute("CREATE TABLE evidence (words BYTEA, kinds BYTEA)")
        connection.execute("CREATE TABLE story_postings (postings BYTEA)")
        connection.execute(
            "CREATE EVENT TRIGGER refusing ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION refuse()"
        )
        keep_wide_columns_in_rows(connection)
        assert connection.execute("SELECT attstorage::text FROM pg_attribute WHERE attname = 'body'").fetchall() == [
            ("x",)
        ]
