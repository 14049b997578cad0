"""A store that is filled from a bulk run answers as one that was sent the same stories."""

from contextlib import closing

import msgspec
import pytest
from twicetold import bootstrap
from twicetold.bulk import importing
from twicetold.bulk.folder import BulkRefused
from twicetold.bulk.importing import Run, fill
from twicetold.domain.errors import IncompatibleStore
from twicetold.observability.metrics import Metrics
from twicetold.settings import Settings
from twicetold.usecases.read_models import ChangeKind, ClusterFilter, StoryFilter

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
        sources = {
            one.source: one for one in reading.sources(after=None, limit=100).items
        }
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
        run = {row["story_id"]: row for row in read(out / "assignments.parquet")}
        print([(msgspec.structs.asdict(row),run[name]) for name, row in by_import.items() if msgspec.structs.asdict(row)!=run[name]][:2])
        assert {name: msgspec.structs.asdict(row) for name, row in by_import.items()} == run
