"""Bulk runs: they tell what a service tells of the same stories, go on where they stood, and refuse clearly."""

import errno
import random
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet
from twicetold import bootstrap
from twicetold.bulk import folder, reading
from twicetold.bulk.folder import BulkRefused, Folder
from twicetold.bulk.gathering import Limits, living, write_numbers
from twicetold.bulk.learning import learn
from twicetold.bulk.preparing import TEXTS
from twicetold.bulk.reading import read_rows
from twicetold.domain.analysis import Learned
from twicetold.domain.model import Credits, Story
from twicetold.observability.metrics import Metrics
from twicetold.store.queries.rows import pack_body

from bench.generated_text import TextGenerator
from tests.bulk.corpora import FIRST_DAY, assignments, corpus, ran, read, sent, written


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
    monkeypatch.setattr(reading, "SHARD", 20)
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
    [
        ({"text": "body"}, "no column body"),
        ({}, "needs columns for text or html"),
        ({"txt": "content"}, "no field txt; it has id, url"),
    ],
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


@pytest.mark.parametrize(("field", "values"), [("text", [["x"]]), ("text", [1.5]), ("published_at", [Decimal("1.5")])])
def test_columns_that_hold_something_else_are_refused(tmp_path, analyser, settings, field, values):
    columns = {"id": ["a"], "text": ["x"]} | {field: values}
    parquet.write_table(pa.table(columns), tmp_path / "in.parquet")
    with pytest.raises(BulkRefused, match=f"its column {field} holds .*, which is no {field}"):
        ran([tmp_path / "in.parquet"], tmp_path / "out", analyser, settings)
    assert not (tmp_path / "out").exists()


def test_columns_hold_what_writers_of_parquet_make_of_a_story(tmp_path, analyser, settings):
    text = TextGenerator(6).story(100)
    page = f"<html><head><meta charset=windows-1252></head><body><article><p>Café. {text}</p></article></body></html>"
    at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    columns = {
        "id": pa.array([7, 8]),
        "source": pa.array(["one", "one"]).dictionary_encode(),
        "html": pa.array([page.encode("windows-1252"), b""]),
        "text": pa.array([None, text.encode()]),
        "published_at": pa.array([at, None]).cast(pa.timestamp("ns", "UTC")),
    }
    parquet.write_table(pa.table(columns), tmp_path / "in.parquet")
    assert ran([tmp_path / "in.parquet"], tmp_path / "out", analyser, settings).failed == 0
    one, other = read(tmp_path / "out" / "texts.parquet")
    assert (one["story_id"], one["source"], one["published_at"]) == ("7", "one", at)
    assert one["text"].startswith("Café. ")
    assert (other["story_id"], other["text"]) == ("8", text)


def test_times_finer_than_microseconds_need_no_pandas(tmp_path, monkeypatch):
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table({"at": pa.array([1_700_000_000_123_456_789], pa.timestamp("ns"))}), path)
    ((row,),) = (list(read_rows(path, 10)),)
    assert type(row["at"]) is datetime
    assert row["at"].microsecond == 123_456


def test_input_without_any_story_is_refused_with_the_first_reason_and_leaves_the_folder_free(
    tmp_path, analyser, settings
):
    inputs = [written(tmp_path / "in.parquet", [{"link": "no address", "text": "x"}])]
    with pytest.raises(BulkRefused, match="no row is a story; of the first: url"):
        ran(inputs, tmp_path / "out", analyser, settings, url="link")
    assert not (tmp_path / "out" / "work").exists()
    inputs = [written(tmp_path / "in.parquet", corpus(2))]
    assert ran(inputs, tmp_path / "out", analyser, settings).stories == 2


def test_a_file_with_damaged_rows_is_named(tmp_path, analyser, settings):
    path = written(tmp_path / "in.parquet", corpus(400))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(content)
    with pytest.raises(BulkRefused, match=r"in.parquet cannot be read on: "):
        ran([path], tmp_path / "out", analyser, settings)


def test_an_output_that_cannot_be_a_folder_is_refused(tmp_path, analyser, settings):
    (tmp_path / "out").touch()
    with pytest.raises(BulkRefused, match="out cannot hold a run"):
        ran([written(tmp_path / "in.parquet", corpus(2))], tmp_path / "out", analyser, settings)


def test_a_folder_that_holds_a_complete_run_is_left_as_it_is(tmp_path, analyser, settings):
    inputs, out = [written(tmp_path / "in.parquet", corpus(2))], tmp_path / "out"
    ran(inputs, out, analyser, settings)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    with pytest.raises(BulkRefused, match="holds a complete run"):
        ran(inputs, out, analyser, settings)
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir() if path.name != ".lock"} == {
        name: at for name, at in before.items() if name != ".lock"
    }


def test_sorted_numbers_that_end_early_leave_no_files(tmp_path):
    told = Folder(tmp_path)
    told.work.mkdir()
    schema = pa.schema([("later", pa.int64()), ("earlier", pa.int64())])

    def batches():
        yield pa.record_batch([[1, 2], [0, 1]], schema=schema)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_numbers(told, pa.RecordBatchReader.from_batches(schema, batches()), ("pairs.later", "pairs.earlier"))
    assert list(told.work.iterdir()) == []


def parts(out):
    return [path for path in out.rglob("*") if path.name.endswith(".part")]


def test_a_full_disk_stops_a_run_which_goes_on_when_there_is_room(tmp_path, analyser, settings, monkeypatch):
    monkeypatch.setattr(reading, "SHARD", 20)
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
    monkeypatch.setattr(reading, "SHARD", 7)
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
    assert len(held) == 200
    assert max(held) < path.stat().st_size / 4


class Counting:
    """An analyser that learns nothing of what it is shown."""

    def __init__(self):
        self.seen = []

    def learn(self, lessons):
        self.seen += [lesson.text for lesson in lessons]
        return Learned()


@pytest.fixture
def wide(tmp_path):
    """Shards of 3000 wide rows, thirty megabytes of chance, their texts, and limits in which they cannot be sorted."""
    chance, made, texts = random.Random(1), Folder(tmp_path / "out"), []
    made.work.mkdir(parents=True)
    for first in range(0, 3000, 100):
        rows = []
        for row in range(first, first + 100):
            story = Story(
                id=f"s{row}", url=None, source=f"x{row % 30:02}", title=None, published_at=None, received_at=FIRST_DAY,
                language=None, version=1, words=1, text=chance.randbytes(10_000).hex(), removed=(),
                credits=Credits(),
            )  # fmt: skip
            texts.append(story.text)
            rows.append(
                {"row": row, "story_id": story.id, "source": story.source, "draw": row, "words": 1, "thin": False}
                | {"body": pack_body(story)}
            )
        made.table(made.shard(first // 100, "texts"), pa.Table.from_pylist(rows, schema=TEXTS))
    return made, texts, Limits(memory=24 * 2**20, threads=1)


def test_wide_rows_that_cannot_be_sorted_in_memory_are_read_in_their_order(wide):
    made, texts, limits = wide
    seen = [row["story_id"] for table in living(made, ("story_id", "body"), limits) for row in table.to_pylist()]
    assert seen == [f"s{row}" for row in range(len(texts))]


def test_stories_that_cannot_be_sorted_in_memory_are_learned_from(wide):
    made, texts, limits = wide
    analyser = Counting()
    learn(made, analyser, limits, now=FIRST_DAY)
    assert analyser.seen == [texts[row] for source in range(30) for row in range(source, len(texts), 30)]
    assert {path.name[:7] for path in made.work.iterdir()} == {"texts-0", "seasons", "learned", "spill"}
