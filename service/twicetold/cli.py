"""The command `twicetold`: serve, and look after the store.

Exit status: 0 done, 1 refused (the message says why), 2 a command line or a setting that is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from http.client import HTTPException
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.request import ProxyHandler, build_opener

from twicetold import __doc__ as about
from twicetold.domain.errors import TwicetoldError
from twicetold.settings import PREFIX, SETTINGS, BadSettings, Settings

if TYPE_CHECKING:
    from twicetold.usecases.application import Application


class CommandRefused(TwicetoldError):
    """A command cannot do what it was asked to."""


_NO_BULK = "bulk runs need more packages: pip install 'twicetold[bulk]'"
_PERIODS = {"h": "hours", "d": "days", "w": "weeks"}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(format="twicetold: %(message)s")
    command: Callable[[argparse.Namespace], None] = given.command
    try:
        command(given)
    except TwicetoldError as error:
        print(f"twicetold: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, BadSettings) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # the reader of our output has left, as `head` does; keep the interpreter from saying so once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twicetold",
        description=about,
        epilog="Settings are TWICETOLD_* environment variables: twicetold settings.",
    )
    parser.add_argument("--version", action="version", version=f"twicetold {version('twicetold')}")
    parser.set_defaults(command=lambda _: parser.print_help())
    commands = parser.add_subparsers(metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        added.set_defaults(command=command)
        return added

    serve = add("serve", _serve, "serve the HTTP interface until stopped")
    for option in ("host", "port", "workers"):
        text = next(setting for setting in SETTINGS if setting.name == option)
        serve.add_argument(f"--{option}", help=f"instead of {text.variable}: {text.help}".replace("`", ""))
    serve.add_argument("--reload", action="store_true", help="for developers: one process, new when its code changes")
    migrate = add("migrate", _migrate, "create the store, or bring it up to this version's schema")
    migrate.add_argument(
        "--distribute", action="store_true", help="then spread what is large over the worker nodes of Citus"
    )
    add("refingerprint", _refingerprint, "make all fingerprints anew, as this version or other settings ask for")
    add("verify", _verify, "read everything that is stored, and print what does not agree")
    add("match-backlog", _match_backlog, "match stories that a crash left unmatched")
    add("settle", _settle, "learn what sources repeat, and judge again what rests on it, as housekeeping does")
    prune = add("prune", _prune, "forget stories received longer ago than a period")
    prune.add_argument("--older-than", required=True, type=_period, metavar="PERIOD", help="such as 12h, 30d or 8w")
    backup = add("backup", _backup, "write a consistent copy of the store, also while it is served")
    backup.add_argument("file", type=Path, metavar="FILE", help="must not exist yet")
    restore = add("restore", _restore, "fill a new store from a backup")
    restore.add_argument(
        "file", type=Path, metavar="FILE", help="written by twicetold backup, from either kind of store"
    )
    bulk = add("bulk", _bulk, "clean, match and cluster the stories of Parquet files without a store")
    bulk.add_argument("inputs", nargs="+", type=Path, metavar="IN.parquet", help="columns are those of a story")
    bulk.add_argument("out", type=Path, metavar="OUT", help="a folder; a run that was stopped goes on in it")
    bulk.add_argument(
        "--map", type=_names, default={}, metavar="FIELD=COLUMN,…", help="what a story's fields are called in the files"
    )
    bulk.add_argument("--source", metavar="NAME", help="the source of stories that name none")
    bulk.add_argument(
        "--memory", type=_gigabytes, default=2**30, metavar="GB", help="what sorting may hold in memory (default: 1)"
    )
    filled = add("import", _import, "fill an empty store with what a bulk run found")
    filled.add_argument("out", type=Path, metavar="OUT", help="the folder of the run")
    filled.add_argument(
        "--memory", type=_gigabytes, default=2**30, metavar="GB", help="what sorting may hold in memory (default: 1)"
    )
    add(
        "choose-canonical",
        _choose_canonical,
        "choose the canonical stories of clusters anew, as TWICETOLD_CANONICAL says",
    )
    add("labels", _labels, "print what people said of pairs of stories, as labels that a model can be fitted to")
    add("reindex", _reindex, "build the indexes anew from the stories, also while the store is served")
    stats = add("stats", _stats, "print how much the store holds")
    stats.add_argument("--json", action="store_true", help="as a JSON object, for programs")
    reclean = add(
        "reclean",
        _reclean,
        "clean the stored stories of a source again, with the boilerplate learned since; read kept pages anew",
    )
    reclean.add_argument("--source", required=True)
    add("settings", _settings, "print every setting, its value and what it does")
    add("check", _check, "exit with 0 if the server on this machine is ready (a container's health check)")
    return parser


def _period(text: str) -> timedelta:
    parts = re.fullmatch(r"([0-9]{1,5})([hdw])", text)
    if not parts:
        raise argparse.ArgumentTypeError(f"{text!r} is not a period; write hours, days or weeks as 12h, 30d or 8w")
    return timedelta(**{_PERIODS[parts[2]]: int(parts[1])})


def _names(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(name and column for name, _, column in pairs):
        raise argparse.ArgumentTypeError(
            f"{text!r} names no columns; write FIELD=COLUMN,… such as text=content,url=link"
        )
    return {name: column for name, _, column in pairs}


def _gigabytes(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9])?", text) or float(text) < 0.2:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; write gigabytes from 0.2 on")
    return int(float(text) * 2**30)


def _serve(given: argparse.Namespace) -> None:
    for option in ("host", "port", "workers"):
        if value := getattr(given, option):
            os.environ[f"{PREFIX}{option.upper()}"] = value
    settings = Settings.load(os.environ)
    if given.reload:
        from twicetold.server import development

        development.run(settings)
        return
    from twicetold.server import application

    application.run(settings)


def _migrate(given: argparse.Namespace) -> None:
    from twicetold import bootstrap

    settings = Settings.load(os.environ)
    bootstrap.migrate(settings, _tell)
    if given.distribute:
        for table in bootstrap.distribute(settings):
            _tell(f"distributed {table}")
    print("The store is ready.")


def _refingerprint(_: argparse.Namespace) -> None:
    from twicetold import bootstrap

    bootstrap.migrate(Settings.load(os.environ), _tell, any_settings=True)
    with _application(any_settings=True) as application:
        made = application.refingerprinting.refingerprint(_Counted("fingerprints made anew"))
        matched = application.refingerprinting.match(_Counted("stories matched"))
    print(f"Made the fingerprints of {_stories(made)} anew, and matched {_stories(matched)}.")


def _verify(_: argparse.Namespace) -> None:
    with _application() as application:
        faults = 0
        for fault in application.store.verify(_Counted("stories verified")):
            faults += 1
            print(fault)
        stories = application.store.stats().stories
    if faults:
        raise CommandRefused(f"{faults:,} faults were found; restore a backup, or ask with what is printed above")
    print(f"Verified {_stories(stories)} and found nothing wrong.")


def _match_backlog(_: argparse.Namespace) -> None:
    with _application() as application:
        matched = application.submit.match_backlog(patience=timedelta(0), progress=_Counted("stories matched"))
    print(f"Matched {_stories(matched)} that had been left unmatched.")


def _settle(_: argparse.Namespace) -> None:
    with _application() as application:
        steps = 0
        while done := application.settling.round():
            steps += done
            _tell(f"{steps:,} steps")
    print("Nothing is left to judge again.")


def _prune(given: argparse.Namespace) -> None:
    with _application() as application:
        forgotten = application.forgetting.prune(older_than=given.older_than, progress=_Counted("stories forgotten"))
        application.store.compact()
    print(f"Forgot {_stories(forgotten)}.")


def _backup(given: argparse.Namespace) -> None:
    if given.file.exists():
        raise CommandRefused(f"{given.file} exists already; name a file that does not")
    with _application() as application:
        application.store.backup(given.file)
    print(f"Wrote {given.file} ({given.file.stat().st_size:,} bytes).")


def _restore(given: argparse.Namespace) -> None:
    from twicetold import bootstrap

    if not given.file.is_file():
        raise CommandRefused(f"{given.file} does not exist; name a file that twicetold backup wrote")
    bootstrap.restore(Settings.load(os.environ), given.file)
    print("The store is restored.")


def _reindex(_: argparse.Namespace) -> None:
    with _application() as application:
        application.searching.reindex(_Counted("stories indexed"))
    print("The indexes are built anew.")


def _bulk(given: argparse.Namespace) -> None:
    try:
        from twicetold.bulk import gathering, run
    except ImportError:
        raise CommandRefused(_NO_BULK) from None
    from twicetold import bootstrap
    from twicetold.settings import processors

    settings = Settings.load(os.environ)
    limits = gathering.Limits(memory=given.memory, threads=processors())
    # One more than processors, for what is large never takes the last free one.
    with bootstrap.analyser(settings, children=limits.threads + 1) as analyser:
        made = run.run(
            given.inputs, given.out, names=given.map, source=given.source, analyser=analyser,
            parameters=bootstrap.fingerprint_parameters(settings), limits=limits, tell=_Steps(),
        )  # fmt: skip
    print(f"Wrote {_stories(made.stories)} in {made.clusters:,} clusters to {given.out}; {made.failed:,} rows failed.")


def _import(given: argparse.Namespace) -> None:
    try:
        from twicetold.bulk import gathering, importing
    except ImportError:
        raise CommandRefused(_NO_BULK) from None
    from twicetold import bootstrap
    from twicetold.settings import processors

    settings = Settings.load(os.environ)
    run = importing.Run.at(given.out, scheme=bootstrap.fingerprint_parameters(settings).identity)
    limits = gathering.Limits(memory=given.memory, threads=processors())
    with contextlib.closing(bootstrap.begin_import(settings, run.name)) as store:
        importing.fill(given.out, run, store, limits, _Steps())
    print(f"Imported {_stories(run.stories)}.")


def _choose_canonical(_: argparse.Namespace) -> None:
    with _application() as application:
        clusters = application.choosing.choose_all(_Counted("clusters looked at"))
    print(f"Looked at {clusters:,} {'cluster' if clusters == 1 else 'clusters'}.")


def _labels(_: argparse.Namespace) -> None:
    import msgspec

    with _application() as application:
        for label in application.overruling.labels():
            print(msgspec.json.encode(label).decode())


def _stats(given: argparse.Namespace) -> None:
    import msgspec

    with _application() as application:
        stats = application.store.stats()
    if given.json:
        print(msgspec.json.encode(stats).decode())
        return
    for name in stats.__struct_fields__:
        print(f"{name:10}{getattr(stats, name):>16,}")


def _reclean(given: argparse.Namespace) -> None:
    with _application() as application:
        changed = application.recleaning.reclean(given.source, progress=_Counted("stories cleaned again"))
    print(f"Cleaned {_stories(changed)} differently than before.")


def _settings(_: argparse.Namespace) -> None:
    shown = Settings.load(os.environ).shown()
    for setting in SETTINGS:
        print(f"{setting.variable}={shown[setting.name]}\n    {setting.help} (default: {setting.default or 'none'})")


def _check(_: argparse.Namespace) -> None:
    settings = Settings.load(os.environ)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # replaced, not bound to
    address = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    direct = build_opener(ProxyHandler({}))  # the server is on this machine, where no proxy can reach it
    try:
        with direct.open(f"{address}/readyz", timeout=5):
            print("ready")
    except (OSError, HTTPException) as error:
        raise CommandRefused(f"no server on {address} is ready: {getattr(error, 'reason', error)}") from None


@contextlib.contextmanager
def _application(*, any_settings: bool = False) -> Iterator[Application]:
    """The use cases over the configured store, which must exist."""
    from twicetold import bootstrap
    from twicetold.observability.metrics import Metrics

    application = bootstrap.build(Settings.load(os.environ), Metrics(), any_settings=any_settings)
    try:
        yield application
    finally:
        application.close()


def _tell(message: str) -> None:
    print(f"twicetold: {message}", file=sys.stderr)


class _Counted:
    """Tells how far something is, every few seconds."""

    every = 2.0

    def __init__(self, what: str) -> None:
        self._what = what
        self._next = time.monotonic() + self.every

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self.every
            _tell(f"{done:,} of {total:,} {self._what}" if total else f"{done:,} {self._what}")


class _Steps:
    """Tells how far each step of something is."""

    def __init__(self) -> None:
        self._told: dict[str, _Counted] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        self._told.setdefault(step, _Counted(step))(done, total)


def _stories(count: int) -> str:
    return f"{count:,} {'story' if count == 1 else 'stories'}"


if __name__ == "__main__":
    main()
