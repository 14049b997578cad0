"""A store that is filled from a bulk run answers as one that was sent the same stories."""

from contextlib import closing

import msgspec
import pytest
from twicetold import bootstrap, cli
from twicetold.bulk import importing
from twicetold.bulk.folder import BulkRefused
from twicetold.bulk.importing import Run, fill
from twicetold.domain.errors import IncompatibleStore
from twicetold.observability.metrics import Metrics
from twicetold.settings import Settings
from twicetold.usecases.read_models import ChangeFilter, ChangeKind, ClusterFilter, StoryFilter

from bench.server import Server
from tests.bulk.corpora import LIMITS, assignments, corpus, ran, read, sent, written

ROWS = corpus(240)


@pytest.fixture(scope="module")
def out(tmp_path_factory, analyser, settings):
    folder = tmp_path_factory.mktemp("run")
    ran([written(folder / "in.parquet", ROWS)], folder / "out", analyser, settings)
    return folder / "out"


def filled(out, url, tell=lambda *_: None):
    settings = Settings.load({"TWICETOLD_STORE_URL": url})
    run = Run.at(out, scheme=bootstrap.fingerprint_parameters(settings).identity)
    with closing(bootstrap.begin_import(settings, run.name)) as store:
        fill(out, run, store, LIMITS, tell)
    return settings


def opened(settings):
    return closing(bootstrap.build(settings, Metrics()))


def tables(application):
    """What a store tells of its clusters, sources and hours, without what the time of sending decides."""
    with application.store.reading() as reading:
        clusters = reading.clusters(ClusterFilter(), after=None, limit=1000).items
        told = {one.canonical_id: msgspec.structs.replace(one, id="") for one in clusters}
        sources = {one.source: one for one in reading.sources(after=None, limit=100).items}
        derived = {
            one.canonical_id: {
                (copy.story_id, copy.original_id, copy.relation)
                for copy in reading.derived(one.id, after=None, limit=1000).items
            }
            for one in clusters
        }
        return told, sources, derived


def test_an_imported_store_answers_as_one_that_was_sent_the_same(out, new_url, tmp_path):
    sent_to = Settings.load({"TWICETOLD_STORE_URL": f"sqlite:///{tmp_path}/sent.db"})
    bootstrap.migrate(sent_to)
    with opened(sent_to) as online:
        sent(online, ROWS)
        online.settling.all()
        by_sending, told = assignments(online), tables(online)
    with opened(filled(out, new_url)) as application:
        assert list(application.store.verify(lambda *_: None)) == []
        by_import = assignments(application)
        for field in ("canonical_id", "is_canonical", "relation"):
            assert {name: getattr(row, field) for name, row in by_import.items()} == {
                name: getattr(row, field) for name, row in by_sending.items()
            }
        assert tables(application) == told
        assert {name: (row.cluster_id, row.canonical_id) for name, row in by_import.items()} == {
            row["story_id"]: (row["cluster_id"], row["canonical_id"]) for row in read(out / "assignments.parquet")
        }


def test_a_twin_of_an_imported_story_is_found(out, new_url):
    with opened(filled(out, new_url)) as application:
        sent(application, [ROWS[0] | {"id": "twin", "source": "elsewhere.example"}])
        told = assignments(application)
        assert told["twin"].cluster_id == told[ROWS[0]["id"]].cluster_id is not None
        assert told["twin"].canonical_id == "s0" or told["twin"].relation in {"exact", "reprint"}
        assert application.store.stats().backlog == 0
        assert list(application.store.verify(lambda *_: None)) == []


def test_nothing_is_left_for_housekeeping_but_to_see_that_it_learned_all(out, new_url):
    with opened(filled(out, new_url)) as application:
        before = assignments(application)
        with application.store.reading() as reading:
            seasons = reading.unlearned(limit=1000)
        assert application.settling.all() == len(seasons)
        assert assignments(application) == before


def test_an_import_is_one_change(out, new_url):
    with opened(filled(out, new_url)) as application:
        changes, last = application.changes.read(ChangeFilter(), after=0, limit=10)
        assert ([change.kind for change in changes], last) == ([ChangeKind.IMPORTED], 1)


def test_imported_stories_are_found_by_their_words(out, new_url):
    with opened(filled(out, new_url)) as application:
        words = application.searching.words(" ".join(ROWS[0]["text"].split()[:6]))
        with application.store.reading() as reading:
            found = reading.stories(StoryFilter(words=words, source=ROWS[0]["source"]), after=None, limit=10)
        assert ROWS[0]["id"] in {one.story.id for one in found.items}


def test_what_a_body_holds_is_there_after_an_import(out, new_url):
    with opened(filled(out, new_url)) as application, application.store.reading() as reading:
        story = reading.story("s5").story
        (told,) = (row for row in read(out / "texts.parquet") if row["story_id"] == "s5")
        assert (story.text, story.language, story.words) == (told["text"], told["language"], told["words"])


@pytest.mark.parametrize("stopped_at", ["stories stored", "ties stored", "clusters stored", "derived copies stored"])
def test_an_import_that_was_stopped_goes_on_where_it_stood(out, new_url, tmp_path, monkeypatch, stopped_at):
    monkeypatch.setattr(importing, "BATCH", 20)

    class Stopped(Exception):
        pass

    def stop(step, _done, _total):
        if step == stopped_at:
            raise Stopped

    with pytest.raises(Stopped):
        filled(out, new_url, stop)
    settings = Settings.load({"TWICETOLD_STORE_URL": new_url})
    with pytest.raises(IncompatibleStore, match="not finished"), opened(settings) as application:
        application.store.stats()
    with pytest.raises(IncompatibleStore, match="not finished"):
        bootstrap.migrate(settings)
    with opened(filled(out, new_url)) as application:
        assert list(application.store.verify(lambda *_: None)) == []
        resumed, told = assignments(application), tables(application)
    monkeypatch.undo()
    with opened(filled(out, f"sqlite:///{tmp_path}/whole.db")) as whole:
        assert (assignments(whole), tables(whole)) == (resumed, told)


def test_a_store_that_holds_stories_is_refused(out, new_url):
    settings = Settings.load({"TWICETOLD_STORE_URL": new_url})
    bootstrap.migrate(settings)
    with opened(settings) as application:
        sent(application, ROWS[:2])
    with pytest.raises(IncompatibleStore, match="holds stories"):
        filled(out, new_url)
    with opened(settings) as application:
        assert application.store.stats().stories == 2


def test_another_run_does_not_go_on_with_an_unfinished_import(out, new_url):
    settings = Settings.load({"TWICETOLD_STORE_URL": new_url})
    with closing(bootstrap.begin_import(settings, "one")):
        pass
    with pytest.raises(IncompatibleStore, match="another run"):
        filled(out, new_url)


def test_a_folder_without_a_complete_run_is_refused(tmp_path):
    with pytest.raises(BulkRefused, match="no complete bulk run"):
        Run.at(tmp_path, scheme="any")


@pytest.mark.parametrize("told", ['{"stories": 3}', "[", ""])
def test_a_folder_that_says_something_else_of_itself_is_refused(tmp_path, told):
    (tmp_path / "run.json").write_text(told)
    with pytest.raises(BulkRefused, match=r"run.json is none that a bulk run wrote"):
        Run.at(tmp_path, scheme="minhash")


def test_a_run_with_other_fingerprints_is_refused(out):
    with pytest.raises(BulkRefused, match="fingerprints"):
        Run.at(out, scheme="another")


def test_the_command_imports_a_run(out, new_url, monkeypatch, capsys):
    monkeypatch.setenv("TWICETOLD_STORE_URL", new_url)
    with pytest.raises(SystemExit) as ended:
        cli.main(["import", str(out)])
    assert (ended.value.code, capsys.readouterr().out) == (0, "Imported 240 stories.\n")
    with pytest.raises(SystemExit) as ended:
        cli.main(["import", str(out)])
    assert ended.value.code == 1
    assert "holds stories" in capsys.readouterr().err


def test_a_server_does_not_start_over_an_unfinished_import(tmp_path):
    url = f"sqlite:///{tmp_path}/half.db"
    with closing(bootstrap.begin_import(Settings.load({"TWICETOLD_STORE_URL": url}), "one")):
        pass
    refused = Server(tmp_path, store_url=url).command("serve")
    assert (refused.returncode, "is not finished" in refused.stderr) == (1, True)
