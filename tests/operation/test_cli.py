"""The command line: each command does what it says, and every refusal is a message and an exit status."""

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest
from twicetold import bootstrap
from twicetold.cli import main
from twicetold.domain.model import Submission
from twicetold.observability.metrics import Metrics
from twicetold.settings import Settings

from bench.server import Server
from tests.operation.conftest import WIRE


class Done(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment that commands of a test run in, with a store that does not exist yet."""
    given = {"TWICETOLD_STORE_URL": f"sqlite:///{tmp_path}/stories.db", "TWICETOLD_PORT": "1"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


@pytest.fixture
def run(settings: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def run(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        return Done(int(end.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def stored(settings: dict[str, str]) -> dict[str, str]:
    """A store with one story at two sources."""
    read = Settings.load(settings)
    bootstrap.migrate(read)
    application = bootstrap.build(read, Metrics())
    application.submit.submit(
        [Submission(id=name, source=f"{name}.example", text=WIRE) for name in ("wire", "herald")], passages=False
    )
    application.close()
    return settings


def read(url: str) -> list[object]:
    """What a store answers, asked for everything there is about one story."""
    application = bootstrap.build(Settings.load({"TWICETOLD_STORE_URL": url}), Metrics())
    try:
        with application.store.reading() as reading:
            sources = reading.sources(after=None, limit=9)
        return [
            application.reports.story("wire"),
            application.matching.matches(
                "wire", relations=(), threshold=None, explain=False, passages=True, after=None, limit=9
            ),
            sources,
        ]
    finally:
        application.close()


def test_migrating_twice_changes_nothing(run):
    assert run("migrate") == run("migrate") == Done(0, "The store is ready.\n", "")


def test_stats_are_told_to_programs_as_json(stored, run):
    assert json.loads(run("stats", "--json").out) | {"bytes": 0} == {
        "stories": 2, "clusters": 1, "matches": 1, "backlog": 0, "bytes": 0,
    }  # fmt: skip


def test_the_command_alone_shows_its_help(run):
    shown = run()
    assert shown.status == 0
    assert "match-backlog" in shown.out


def test_the_version_is_told(run):
    assert run("--version").out == f"twicetold {version('twicetold')}\n"


def test_stats_count_what_is_stored(stored, run):
    assert run("stats").out.split()[:6] == ["stories", "2", "clusters", "1", "matches", "1"]


def test_labels_are_what_people_said_with_both_texts(stored, run):
    assert run("labels").out == ""
    application = bootstrap.build(Settings.load(stored), Metrics())
    application.overruling.judge("wire", "herald", same=False, note="another ferry")
    application.close()
    label = json.loads(run("labels").out)
    assert ({label["a"]["id"], label["b"]["id"]}, label["same"], label["note"]) == (
        {"wire", "herald"},
        False,
        "another ferry",
    )
    assert label["a"]["text"] == label["b"]["text"] != ""


def test_a_backup_answers_as_the_store_does(stored, run, tmp_path):
    assert run("backup", str(tmp_path / "copy.db")).status == 0
    assert read(f"sqlite:///{tmp_path}/copy.db") == read(stored["TWICETOLD_STORE_URL"])


def test_a_backup_never_overwrites_a_file(stored, run, tmp_path):
    (tmp_path / "precious").write_text("keep me")
    assert run("backup", str(tmp_path / "precious")).status == 1
    assert (tmp_path / "precious").read_text() == "keep me"


def test_a_restored_store_answers_as_the_one_backed_up(stored, run, tmp_path, monkeypatch):
    run("backup", str(tmp_path / "copy.db"))
    monkeypatch.setenv("TWICETOLD_STORE_URL", f"sqlite:///{tmp_path}/new/stories.db")
    assert run("restore", str(tmp_path / "copy.db")).status == 0
    assert read(f"sqlite:///{tmp_path}/new/stories.db") == read(stored["TWICETOLD_STORE_URL"])


def test_restoring_refuses_a_store_that_exists_and_a_backup_that_does_not(stored, run, tmp_path):
    run("backup", str(tmp_path / "copy.db"))
    assert "exists already" in run("restore", str(tmp_path / "copy.db")).err
    assert "does not exist" in run("restore", str(tmp_path / "nothing.db")).err


def test_pruning_forgets_stories_older_than_the_period(stored, run):
    assert run("prune", "--older-than", "1d").out == "Forgot 0 stories.\n"
    assert run("prune", "--older-than", "0d").out == "Forgot 2 stories.\n"
    assert run("stats").out.split()[:2] == ["stories", "0"]


def test_a_store_without_a_backlog_has_nothing_to_match(stored, run):
    assert run("match-backlog").out == "Matched 0 stories that had been left unmatched.\n"


def test_recleaning_tells_how_many_stories_changed(stored, run):
    assert run("reclean", "--source", "wire.example").out.startswith("Cleaned 0 stories")


def test_settling_says_when_nothing_is_left(stored, run):
    assert run("settle").out == "Nothing is left to judge again.\n"


@pytest.mark.parametrize("source", ["wire.exmaple", ""])
def test_recleaning_a_source_without_stories_is_refused(stored, run, source):
    refused = run("reclean", "--source", source)
    assert (refused.status, refused.err.startswith(f"twicetold: no story of the source {source!r}")) == (1, True)


def test_the_settings_in_force_are_printed_without_secrets(run, monkeypatch):
    monkeypatch.setenv("TWICETOLD_API_KEYS", "a-key-that-nobody-knows")
    out = run("settings").out
    assert "TWICETOLD_PORT=1\n" in out
    assert "nobody-knows" not in out


def test_a_health_check_without_a_server_fails_with_a_message(run):
    done = run("check")
    assert (done.status, done.err.startswith("twicetold: no server on http://127.0.0.1:1 is ready")) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prune", "--older-than", "soon"], "12h, 30d or 8w"),
        (["serve", "--port", "none"], "TWICETOLD_PORT: 'none' is not allowed"),
    ],
)
def test_a_wrong_command_line_says_what_is_right(run, arguments, said):
    refused = run(*arguments)
    assert (refused.status, said in refused.err) == (2, True)


def test_an_unknown_setting_stops_a_command(run, monkeypatch):
    monkeypatch.setenv("TWICETOLD_STROE_URL", "sqlite:///x")
    refused = run("stats")
    assert (refused.status, "did you mean TWICETOLD_STORE_URL?" in refused.err) == (2, True)


@pytest.mark.parametrize("command", ["migrate", "stats"])
def test_a_store_that_cannot_be_opened_is_told_in_one_line(run, monkeypatch, command):
    monkeypatch.setenv("TWICETOLD_STORE_URL", "sqlite:////proc/nowhere/stories.db")
    refused = run(command)
    assert (refused.status, refused.err.startswith("twicetold: "), refused.err.count("\n")) == (1, True, 1)


def test_the_cause_that_a_message_leaves_to_the_log_stands_above_it(tmp_path):
    (tmp_path / "stories.db-lock").mkdir()
    cause, message = Server(tmp_path).command("migrate").stderr.splitlines()
    assert cause == "twicetold: the store's writer lock cannot be opened: IsADirectoryError: Is a directory"
    assert message.endswith("the log says why")


def test_a_server_does_not_start_with_an_encoder_that_does_not_load(tmp_path):
    refused = Server(tmp_path, encoder=tmp_path).command("serve")
    assert refused.returncode == 1
    assert "twicetold: TWICETOLD_ENCODER: it must name a folder with tokenizer.json" in refused.stderr


def test_a_server_does_not_start_over_a_store_made_with_another_seed(stored, tmp_path):
    refused = Server(tmp_path, signature_seed=2).command("serve")
    assert refused.returncode == 1
    assert refused.stderr.startswith("twicetold: ")
    assert "Traceback" not in refused.stderr


def test_the_index_is_built_anew_on_command(run, stored, tmp_path):
    before = read(stored["TWICETOLD_STORE_URL"])
    done = run("reindex")  # on a busy machine it tells how far it is
    assert (done.status, done.out) == (0, "The indexes are built anew.\n")
    assert list((tmp_path / "stories.db-index").glob("*.segment"))
    assert read(stored["TWICETOLD_STORE_URL"]) == before


def test_a_store_in_order_is_verified(stored, run):
    assert run("verify") == Done(0, "Verified 2 stories and found nothing wrong.\n", "")


def test_a_store_that_is_not_in_order_is_told_of_and_exits_with_one(stored, run):
    with apsw.Connection(stored["TWICETOLD_STORE_URL"].removeprefix("sqlite:///")) as damaged:
        damaged.execute("DELETE FROM bodies")
    done = run("verify")
    assert done.status == 1
    assert done.out.splitlines() == ["the story 'wire' has no text", "the story 'herald' has no text"]
    assert "2 faults were found" in done.err


def test_another_secret_is_refused_until_the_fingerprints_are_made_anew(stored, run, monkeypatch):
    monkeypatch.setenv("TWICETOLD_SIGNATURE_SECRET", "a secret of sixteen and more")
    assert run("stats").status == 1
    assert run("refingerprint").out == "Made the fingerprints of 2 stories anew, and matched 2 stories.\n"
    assert run("refingerprint").out == "Made the fingerprints of 0 stories anew, and matched 0 stories.\n"
    assert run("stats").status == 0
    assert run("verify").status == 0
