"""Bulk runs: they tell what a service tells of the same stories, go on where they stood, and refuse clearly."""

import errno
import random

import pyarrow as pa
import pytest
from pyarrow import parquet
from twicetold import bootstrap
from twicetold.bulk import folder, preparing
from twicetold.bulk.folder import BulkRefused, Folder, read_rows
from twicetold.bulk.gathering import Limits
from twicetold.observability.metrics import Metrics

from bench.generated_text import TextGenerator
from tests.bulk.corpora import assignments, corpus, ran, read, sent, written


def test_a_run_tells_what_a_service_tells_of_the_same_stories(tmp_path, analyser, settings):
    rows = corpus(240)
    done = ran([written(tmp_path / "in.parquet", rows)], tmp_path / "out", analyser, settings)
    assert done.stories == 240
    bulk = {row["story_id"]: row for row in read(tmp_path / "out" / "assignments.parquet")}

    bootstrap.migrate(settings)
    application = bootstrap.build(settings, Metrics())
    sent(application, rows)
    online = assignments(application)
    application.close()

    def partition(assigned, cluster, member):
        together = {}
        for row in assigned:
            if cluster(row) is not None:
                together.setdefault(cluster(row), set()).add(member(row))
        # A service also gives a story that others derive from a cluster of its own.
        return {frozenset(members) for members in together.values() if len(members) > 1}

    assert partition(bulk.values(), lambda row: row["cluster_id"], lambda row: row["story_id"]) == partition(
        online.values(), lambda row: row.cluster_id, lambda row: row.story_id
    )
    assert done.clusters > 10
    assert {name: row["canonical_id"] for name, row in bulk.items()} == {
        name: row.canonical_id for name, row in online.items()
    }
    assert {name: row["relation"] for name, row in bulk.items()} == {name: row.relation for name, row in online.items()}


def test_pages_are_cleaned_and_what_is_no_story_is_told_with_its_row(tmp_path, analyser, settings):
    text = TextGenerator(3).story(120)
    page = f"<html><body><nav><a href='/'>Home</a></nav><article><p>{text}</p></article></body></html>"
    rows = [{"link": "https://a.example/1", "page": page}, {"link": "https://a.example/2", "page": ""}]
    out = tmp_path / "out"
    done = ran([written(tmp_path / "in.parquet", rows)], out, analyser, settings, url="link", html="page")
    assert (done.stories, done.failed) == (1, 1)
    (story,) = read(out / "texts.parquet")
    assert (story["text"].split(), story["source"]) == (text.split(), "a.example")
    (failed,) = read(out / "failed.parquet")
    assert failed["row"] == 1
    assert "html" in failed["reason"]
    assert {path.name for path in out.iterdir()} == {
        "texts.parquet", "matches.parquet", "assignments.parquet", "derived.parquet", "fingerprints.parquet",
        "learned.parquet", "failed.parquet", "run.json", ".lock",
    }  # fmt: skip


def test_of_rows_with_one_id_the_last_counts(tmp_path, analyser, settings):
    first, second = TextGenerator(4).story(80), TextGenerator(5).story(80)
    rows = [{"id": "a", "source": "x", "text": first}, {"id": "a", "source": "x", "text": second}]
    ran([written(tmp_path / "in.parquet", rows)], tmp_path / "out", analyser, settings)
    assert [row["text"] for row in read(tmp_path / "out" / "texts.parquet")] == [second]


@pytest.mark.parametrize("step", ["stories prepared", "stories looked up", "stories judged"])
def test_a_run_that_was_stopped_goes_on_where_it_stood(tmp_path, analyser, settings, monkeypatch, step):
    monkeypatch.setattr(preparing, "SHARD", 20)
    rows = corpus(50)
    inputs = [written(tmp_path / "in.parquet", rows)]
    whole = ran(inputs, tmp_path / "whole", analyser, settings)

    class Stopped(Exception):
        pass

    def stop(told, done, _total):
        if told == step and done:
            raise Stopped

    with pytest.raises(Stopped):
        ran(inputs, tmp_path / "out", analyser, settings, tell=stop)
    made = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "work").glob("texts-*")}
    assert made
    seen = []
    assert ran(inputs, tmp_path / "out", analyser, settings, tell=lambda *told: seen.append(told)) == whole
    for name in ("texts", "matches"):
        assert read(tmp_path / "out" / f"{name}.parquet") == read(tmp_path / "whole" / f"{name}.parquet")


def test_a_folder_in_which_another_run_works_is_refused(tmp_path, analyser, settings):
    inputs = [written(tmp_path / "in.parquet", corpus(2))]
    with Folder(tmp_path / "out").held({"inputs": []}), pytest.raises(BulkRefused, match="another run"):
        ran(inputs, tmp_path / "out", analyser, settings)


def test_a_folder_that_holds_a_run_of_other_files_is_refused(tmp_path, analyser, settings):
    with Folder(tmp_path / "out").held({"inputs": ["others"]}):
        pass
    with pytest.raises(BulkRefused, match="unfinished run of other files"):
        ran([written(tmp_path / "in.parquet", corpus(2))], tmp_path / "out", analyser, settings)


@pytest.mark.parametrize(
    ("names", "said"),
    [({"text": "body"}, "no column body"), ({}, "needs columns for text or html")],
)
def test_a_file_without_its_columns_is_refused_before_any_work(tmp_path, analyser, settings, names, said):
    inputs = [written(tmp_path / "in.parquet", [{"id": "a", "content": "x"}])]
    with pytest.raises(BulkRefused, match=said):
        ran(inputs, tmp_path / "out", analyser, settings, **names)
    assert not (tmp_path / "out").exists()


def test_what_is_no_parquet_is_refused(tmp_path, analyser, settings):
    (tmp_path / "in.parquet").write_text("no")
    with pytest.raises(BulkRefused, match="no Parquet file"):
        ran([tmp_path / "in.parquet"], tmp_path / "out", analyser, settings)


def parts(out):
    return [path for path in out.rglob("*") if path.name.endswith(".part")]


def test_a_full_disk_stops_a_run_which_goes_on_when_there_is_room(tmp_path, analyser, settings, monkeypatch):
    monkeypatch.setattr(preparing, "SHARD", 20)
    inputs, out = [written(tmp_path / "in.parquet", corpus(60))], tmp_path / "out"
    written_first = []

    def write_table(table, path, **how):
        if len(written_first) == 7:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        written_first.append(path)
        parquet.write_table(table, path, **how)

    with monkeypatch.context() as full:
        full.setattr(folder.parquet, "write_table", write_table)
        with pytest.raises(BulkRefused, match="No space left on device; give it room"):
            ran(inputs, out, analyser, settings)
    assert written_first
    assert parts(out) == []
    assert not (out / "run.json").exists()
    assert ran(inputs, out, analyser, settings).stories == 60


def test_sorting_without_room_to_spill_stops_a_run_which_goes_on_with_more(tmp_path, analyser, settings, monkeypatch):
    inputs, out = [written(tmp_path / "in.parquet", corpus(400))], tmp_path / "out"
    small = Limits(memory=2 * 2**20, threads=1)
    with pytest.raises(BulkRefused, match=r"the run stopped: .*give it room"):
        ran(inputs, out, analyser, settings, limits=small)
    assert parts(out) == []
    assert not (out / "run.json").exists()
    assert ran(inputs, out, analyser, settings).stories == 400


def test_what_a_killed_run_left_half_written_stops_nobody(tmp_path, analyser, settings):
    inputs, out = [written(tmp_path / "in.parquet", corpus(20))], tmp_path / "out"

    class Killed(Exception):
        pass

    def kill(told, done, _total):
        if told == "stories prepared" and done:
            raise Killed

    with pytest.raises(Killed):
        ran(inputs, out, analyser, settings, tell=kill)
    whole, half = out / "work" / "texts-000001", []
    Folder(out).write(whole, lambda part: half.append(part) or part.touch())
    whole.rename(*half)
    assert parts(out)
    assert ran(inputs, out, analyser, settings).stories == 20
    assert parts(out) == []


def test_stories_stand_in_the_order_of_their_rows_and_of_one_id_the_last(tmp_path, analyser, settings, monkeypatch):
    monkeypatch.setattr(preparing, "SHARD", 7)
    rows = corpus(100)
    rows[90]["id"] = rows[3]["id"]
    ran([written(tmp_path / "in.parquet", rows)], tmp_path / "out", analyser, settings)
    expected = [row["id"] for number, row in enumerate(rows) if number != 3]
    for name in ("texts", "fingerprints", "assignments"):
        assert [row["story_id"] for row in read(tmp_path / "out" / f"{name}.parquet")] == expected


def test_a_file_without_rows_is_refused(tmp_path, analyser, settings):
    inputs = [written(tmp_path / "in.parquet", corpus(1))]
    parquet.write_table(parquet.read_table(inputs[0]).slice(0, 0), inputs[0])
    with pytest.raises(BulkRefused, match="no rows"):
        ran(inputs, tmp_path / "out", analyser, settings)
    assert not (tmp_path / "out").exists()


def test_reading_a_file_takes_memory_for_a_part_of_it(tmp_path):
    path, chance = tmp_path / "in.parquet", random.Random(1)
    texts = [chance.randbytes(50_000).hex() for _ in range(200)]
    parquet.write_table(pa.table({"text": texts}), path, row_group_size=10)
    before = pa.total_allocated_bytes()
    held = [pa.total_allocated_bytes() - before for _ in read_rows(path, 10)]
    assert len(held) == 20
    assert max(held) < path.stat().st_size / 4
