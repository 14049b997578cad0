"""A distributed store: what is where, what happens when a node is lost, and that it is one store all the same."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from twicetold.domain.errors import IncompatibleStore, Unavailable
from twicetold.store.open import distribute, migrate, open_store
from twicetold.store.postgres.distributing import BY_POSTING, BY_STORY, UNENDED

from bench.citus_server import CitusServer
from tests.store.conftest import SCHEME
from tests.store.samples import NOON, asked, draft, keys_of, probe, publish

TEXT = "the river rose by two metres overnight"


def spread(url: str) -> dict[str, str]:
    """The distributed tables of a database, with the column of each."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT table_name::text, distribution_column FROM citus_tables WHERE citus_table_type = 'distributed'"
        )
        return dict(rows.fetchall())


def test_the_texts_are_spread_by_story_and_the_index_by_key(url):
    assert set(distribute(url, scheme=SCHEME)) == {*BY_STORY, *BY_POSTING}
    assert spread(url) == dict.fromkeys(BY_STORY, "key") | BY_POSTING


def test_distributing_again_moves_nothing(url):
    distribute(url, scheme=SCHEME)
    assert distribute(url, scheme=SCHEME) == []


def test_a_store_with_stories_is_distributed_with_them(url, store):
    publish(store, *(draft(f"a:{number}", f"{TEXT} {number}") for number in range(300)))
    before = asked(store).candidates([probe(f"{TEXT} 7")], limit=500)
    store.close()
    distribute(url, scheme=SCHEME)
    opened = open_store(url, scheme=SCHEME)
    assert asked(opened).candidates([probe(f"{TEXT} 7")], limit=500) == before
    with opened.reading() as reading:
        assert reading.story("a:7").story.text == f"{TEXT} 7"
    assert list(opened.verify(lambda done, total: None)) == []
    opened.close()


def test_bytes_count_all_nodes(citus, url, store):
    distribute(url, scheme=SCHEME)
    with psycopg.connect(url) as connection:
        ((own,),) = connection.execute("SELECT pg_database_size(current_database())").fetchall()
    assert store.stats().bytes > 1.9 * own


def test_migrating_a_distributed_store_keeps_it_so(url):
    distribute(url, scheme=SCHEME)
    migrate(url, scheme=SCHEME)
    assert set(spread(url)) == {*BY_STORY, *BY_POSTING}


def test_a_server_without_worker_nodes_is_refused(citus):
    url = citus.create("lonely", workers=False)
    migrate(url, scheme=SCHEME)
    with pytest.raises(IncompatibleStore, match="no worker nodes"):
        distribute(url, scheme=SCHEME)
    assert spread(url) == {}


def test_while_a_node_is_away_callers_are_told_to_come_again_and_nothing_is_lost(citus, url, store):
    distribute(url, scheme=SCHEME)
    publish(store, draft("before", TEXT))
    citus.workers[0].stop()
    try:
        with pytest.raises(Unavailable):
            publish(store, *(draft(f"while:{number}", f"{TEXT} {number}") for number in range(20)))
    finally:
        citus.workers[0].start()
    with contextlib.suppress(Unavailable):  # the coordinator may still try a connection that the node has ended
        publish(store, draft("after", TEXT))
    publish(store, draft("after", TEXT))
    (hits,) = asked(store).candidates([probe(TEXT)], limit=9)
    assert len([hit for hit in hits if hit.same_digest]) == 2


def test_blocks_of_the_index_stay_for_look_ups_that_have_read_the_list_of_runs_before(url, store):
    distribute(url, scheme=SCHEME)
    publish(store, *(draft(f"a:{number}", f"{TEXT} {number}") for number in range(20)))
    store.reindex(lambda done, total: None)
    with psycopg.connect(url) as connection:
        blocks = connection.execute("SELECT run, count(*) FROM posting_blocks GROUP BY run").fetchall()
        store.reindex(lambda done, total: None)
        later = dict(connection.execute("SELECT run, count(*) FROM posting_blocks GROUP BY run").fetchall())
        assert set(blocks) < set(later.items())
        connection.execute("UPDATE index_runs SET unlisted_at = now() - interval '2 minutes' WHERE NOT listed")
        connection.commit()
        store.reindex(lambda done, total: None)
        ((kept,),) = connection.execute("SELECT count(*) FROM posting_blocks WHERE run = %s", [blocks[0][0]]).fetchall()
    assert kept == 0


def leave_in_doubt(citus: CitusServer, url: str, key: int) -> None:
    """Hide a story's keys as a node does that was lost between the two phases of the commit that wrote them."""
    with psycopg.connect(url, autocommit=True) as connection:
        ((shard, port),) = connection.execute(
            "SELECT shardid, nodeport FROM pg_dist_shard_placement "
            "WHERE shardid = get_shard_id_for_distribution_column('story_postings', %s)",
            [key],
        ).fetchall()
        ((group,),) = connection.execute("SELECT groupid FROM pg_dist_node WHERE nodeport = %s", [port]).fetchall()
        gid = f"citus_0_{connection.info.backend_pid}_7_0"
        database = url.partition("?")[0].rpartition("/")[2]
        worker = next(node for node in citus.workers if node.port == port)
        with psycopg.connect(worker.url(database), autocommit=True) as other:
            other.execute("SET citus.enable_manual_changes_to_shards = on")
            other.execute(f"CREATE TABLE hidden AS SELECT * FROM story_postings_{shard} WHERE key = {key}")
            other.execute(f"DELETE FROM story_postings_{shard} WHERE key = {key}")
            other.execute("BEGIN")
            other.execute(f"INSERT INTO story_postings_{shard} SELECT * FROM hidden")
            other.execute(f"PREPARE TRANSACTION '{gid}'")
        connection.execute("INSERT INTO pg_dist_transaction (groupid, gid) VALUES (%s, %s)", [group, gid])


def test_what_a_lost_node_kept_back_is_found_again_and_stories_since_are_matched_anew(citus, url, store):
    distribute(url, scheme=SCHEME)
    now = (datetime.now(UTC) - NOON) // timedelta(minutes=1)
    old, new = keys_of(store, draft("old", TEXT, minutes=now - 60), draft("new", TEXT, minutes=now))
    store.record(lambda recording: recording.finish([old, new]))
    leave_in_doubt(citus, url, new)
    store.compact()
    (hits,) = asked(store).candidates([probe(TEXT)], limit=9)
    assert [hit.key for hit in hits] == [old]
    assert store.resolve() is not None
    assert store.resolve() is None
    (hits,) = asked(store).candidates([probe(TEXT)], limit=9)
    assert [hit.key for hit in hits] == [old, new]
    assert store.reopen(limit=9) == 1
    with store.reading() as reading:
        waiting = reading.backlog(limit=9, before=datetime.now(UTC) + timedelta(days=1))
    assert [one.story.id for one in waiting] == ["new"]


def test_transactions_that_have_not_ended_on_all_nodes_are_told_of(url):
    distribute(url, scheme=SCHEME)
    with psycopg.connect(url) as one, psycopg.connect(url) as other:
        ((number,),) = one.execute("SELECT pg_current_xact_id()::text::bigint").fetchall()
        other.execute("SELECT pg_current_xact_id()")
        with psycopg.connect(url) as third:
            assert third.execute(f"SELECT {UNENDED}").fetchall() == [(number,)]
