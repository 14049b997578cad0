"""Three PostgreSQL servers that Citus makes one: a coordinator and two workers, on the loopback device.

Citus is an extension that operators install beside PostgreSQL (https://docs.citusdata.com). It must be there.
"""

from __future__ import annotations

import socket

import psycopg

from bench.postgres_server import PostgresServer

_WORKERS = 2
_SETTINGS = {
    "shared_preload_libraries": "citus",
    "max_prepared_transactions": "240",
    "wal_level": "logical",
    "citus.recover_2pc_interval": "-1",
    "citus.node_conninfo": "sslmode=disable",
}


class CitusServer:
    """Started on construction. Raises `RuntimeError` when PostgreSQL or the extension is missing."""

    def __init__(self, *, durable: bool = False) -> None:
        self.workers = [_node(durable=durable) for _ in range(_WORKERS)]
        self.coordinator = _node(durable=durable)

    def create(self, database: str, *, workers: bool = True) -> str:
        """Make a database that all three know, or with `workers` false only they; returns where it is reached."""
        for node in (*self.workers, self.coordinator):
            with psycopg.connect(node.url("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {database} TEMPLATE template0")
            with psycopg.connect(node.url(database), autocommit=True) as connection:
                connection.execute("CREATE EXTENSION citus")
        with psycopg.connect(self.coordinator.url(database), autocommit=True) as connection:
            connection.execute("SELECT citus_set_coordinator_host('127.0.0.1', %s)", [self.coordinator.port])
            for worker in self.workers if workers else ():
                connection.execute("SELECT citus_add_node('127.0.0.1', %s)", [worker.port])
        return self.coordinator.url(database)

    def remove(self) -> None:
        """Stop all and delete what they hold."""
        for node in (self.coordinator, *self.workers):
            node.remove()


def _node(*, durable: bool) -> PostgresServer:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return PostgresServer(durable=durable, port=port, settings=_SETTINGS)
