"""Spreads the wide tables of a PostgreSQL store over the nodes of Citus (https://docs.citusdata.com).

What is large and asked for by key is distributed: the texts of stories by story, so that one story's rows lie together,
and the index by posting. Everything else is small, or is asked for across stories, and stays on the coordinator.
"""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
from psycopg import errors, sql

from twicetold.domain.errors import IncompatibleStore
from twicetold.store.port import Row

BY_STORY = ("bodies", "evidence", "story_postings", "revisions")
"""Distributed by `key`, and colocated."""
BY_POSTING = {"posting_blocks": "range"}
"""Distributed by a part of the index's own key."""
_SETTINGS = {
    # Connections to a node for a transaction: more cost more than the statements that they are opened for.
    "citus.max_adaptive_executor_pool_size": "1",
    # Or statements that change rows of several shards wait for each other: meant for shards that are kept twice.
    "citus.all_modifications_commutative": "on",
}
"""Set for the database, so that every connection has them."""
UNENDED = """
CASE WHEN to_regclass('pg_dist_partition') IS NOT NULL THEN (
    SELECT MIN(latest + ((transactionid::text::bigint - latest + 2147483648) & 4294967295) - 2147483648)
    FROM pg_locks CROSS JOIN (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS latest) AS numbers
    WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
) END
"""
"""SQL for the lowest transaction that has not ended on all nodes, or NULL: some may not see yet what it wrote.

It is committed on the coordinator first, and keeps the lock of its number, of 32 bits, until all have done so.
"""


def is_distributed(connection: psycopg.Connection[Row]) -> bool:
    """Whether this has been done to the store."""
    catalog = "SELECT to_regclass('pg_dist_partition') IS NOT NULL"
    if connection.execute(catalog).fetchall() != [(True,)]:
        return False
    spread = "SELECT 1 FROM pg_dist_partition WHERE logicalrelid = 'bodies'::regclass AND partmethod = 'h'"
    return bool(connection.execute(spread).fetchall())


def distribute(connection: psycopg.Connection[Row]) -> list[str]:
    """Distribute what is not, with the rows that are there; returns the names of the tables.

    Raises `IncompatibleStore` where the server has no Citus, or no worker nodes.
    """
    _check(connection)
    name = sql.Identifier(connection.info.dbname)
    for setting, value in _SETTINGS.items():
        connection.execute(sql.SQL("ALTER DATABASE {} SET {} = {}").format(name, sql.SQL(setting), sql.Literal(value)))
    done = []
    columns = {**dict.fromkeys(BY_STORY, "key"), **BY_POSTING}
    for table, column in columns.items():
        near = BY_STORY[0] if table in BY_STORY[1:] else "none"
        if connection.execute(
            "SELECT 1 FROM pg_dist_partition WHERE logicalrelid = %s::regclass AND partmethod = 'h'", [table]
        ).fetchall():
            continue
        connection.execute("SELECT create_distributed_table(%s, %s, colocate_with => %s)", [table, column, near])
        connection.execute("SELECT truncate_local_data_after_distributing_table(%s::regclass)", [table])
        done.append(table)
    return done


def recover(connection: psycopg.Connection[Row]) -> datetime | None:
    """Commit or roll back what worker nodes hold prepared of transactions that have ended; returns since when they did.

    Citus does so itself every `citus.recover_2pc_interval`, but tells nobody: turn that off, so that this is who does.
    """
    prepared = "SELECT extract(epoch FROM min(prepared)) FROM pg_prepared_xacts WHERE gid LIKE 'citus!_%' ESCAPE '!'"
    asked = connection.execute("SELECT result FROM run_command_on_workers(%s) WHERE success", (prepared,)).fetchall()
    since = [float(seconds) for (seconds,) in asked if seconds]
    ((recovered,),) = connection.execute("SELECT recover_prepared_transactions()").fetchall()
    return datetime.fromtimestamp(min(since), UTC) if recovered and since else None


def bytes_of_workers(connection: psycopg.Connection[Row]) -> int:
    """The size of the database on the worker nodes that answer; 0 where nothing is distributed."""
    if not is_distributed(connection):
        return 0
    asked = "SELECT result FROM run_command_on_workers('SELECT pg_database_size(current_database())') WHERE success"
    return sum(int(size) for (size,) in connection.execute(asked))


def _check(connection: psycopg.Connection[Row]) -> None:
    try:
        with connection.transaction():
            ((nodes,),) = connection.execute(
                "SELECT count(*) FROM pg_dist_node WHERE groupid > 0 AND isactive AND noderole = 'primary'"
            ).fetchall()
    except errors.UndefinedTable:
        raise IncompatibleStore(
            "the database has no Citus: create the extension there and add its worker nodes, then distribute"
        ) from None
    if not nodes:
        raise IncompatibleStore(
            "Citus has no worker nodes in this database: add them with citus_add_node, then distribute"
        )
