"""The command `twicetold-client`."""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from twicetold_client import following, mcp, parquet
from twicetold_client.client import CONNECTIONS, Client
from twicetold_client.errors import MissingExtra, ServiceError, Unreachable
from twicetold_client.forward import Forwarder, Places, WrongHooks, read_hooks
from twicetold_client.ingest import Failure, State, WrongState, ingest
from twicetold_client.progress import Bar
from twicetold_client.records import FIELDS, Mapped, Unreadable
from twicetold_client.results import Json

KEY = "TWICETOLD_KEY"
_REFUSED = (ServiceError, Unreachable, Unreadable, WrongState, WrongHooks, MissingExtra, OSError)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; exits with 1 where anything failed, with 2 where it was called wrongly."""
    parser = _parser()
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help()
        sys.exit(2)
    given = parser.parse_args(arguments)
    command: Callable[[Client, argparse.Namespace], int] = given.command
    try:
        with Client(given.to, key=os.environ.get(KEY)) as client:
            sys.exit(command(client, given))
    except BrokenPipeError:
        # The reader of our output has left, as `head` does; keep the interpreter from saying so once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except _REFUSED as error:
        sys.exit(f"twicetold-client: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twicetold-client", description="Takes news archives into Twicetold, and its answers out.",
        epilog=f"The key, where the service asks for one, is read from {KEY}.",
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=version("twicetold-client"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[Client, argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        added.set_defaults(command=command)
        added.add_argument("--to", default="http://localhost:8080", metavar="URL", help="the service (%(default)s)")
        return added

    taking = add("ingest", _ingest, "send the stories of JSON lines, CSV, Parquet, WARC, HTML and feed files")
    taking.add_argument(
        "paths", nargs="+", metavar="PATH", help="a file, a folder, or - for JSON lines on standard input"
    )
    taking.add_argument("--map", type=_names, default={}, metavar="FIELD=COLUMN,…",
                        help="what the fields of a story are called in the files")  # fmt: skip
    taking.add_argument("--source", metavar="NAME", help="the source of stories that name none")
    taking.add_argument("--resume", type=Path, metavar="FILE", help="keeps how far the run is, and goes on from there")
    taking.add_argument("--errors", type=Path, metavar="FILE", help="takes a line for each record that failed")
    taking.add_argument("--connections", type=_count, default=CONNECTIONS, metavar="N", help="at once (%(default)s)")

    giving = add("export", _export, "write everything of one kind to a file, whole")
    giving.add_argument("name", choices=sorted(following.PLACES), metavar="NAME", help=", ".join(following.PLACES))
    giving.add_argument("--out", type=_written, required=True, metavar="FILE", help="ends in .parquet, .csv or .ndjson")
    giving.add_argument("--where", type=_filter, action="append", default=[], metavar="NAME=VALUE",
                        help="a filter of the export, such as source=herald.example; may be repeated")  # fmt: skip

    watching = add("watch", _watch, "print what changes, one line of JSON each, until stopped")
    watching.add_argument("--after", type=int, metavar="NUMBER", help="begin behind this change")
    watching.add_argument("--kinds", metavar="KIND,…", help="only these, such as match,cluster.merged")

    forwarding = add("forward", _forward, "post what changes to the hooks of a file, until stopped")
    forwarding.add_argument("hooks", type=Path, metavar="HOOKS.toml")
    forwarding.add_argument("--state", type=Path, required=True, metavar="FILE", help="keeps how far each hook is")
    forwarding.add_argument("--dead-letters", type=Path, default=Path("dead-letters.jsonl"), metavar="FILE",
                            help="takes what a hook never took (%(default)s)")  # fmt: skip

    add("mcp", _mcp, "offer the service's questions to an assistant, on standard input and output")
    return parser


def _names(text: str) -> dict[str, str]:
    names = dict(pair.split("=", 1) for pair in text.split(",") if "=" in pair)
    unknown = sorted(names.keys() - set(FIELDS))
    if unknown or len(names) != len(text.split(",")):
        raise argparse.ArgumentTypeError(f"write FIELD=COLUMN,… with fields of {', '.join(FIELDS)}")
    return names


def _filter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name, value


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("a number from 1 to 64 is needed")
    return int(text)


def _written(text: str) -> Path:
    if Path(text).suffix not in _WRITERS:
        raise argparse.ArgumentTypeError(f"the file's name must end in {', '.join(_WRITERS)}")
    return Path(text)


def _ingest(client: Client, given: argparse.Namespace) -> int:
    run = {"paths": given.paths, "to": given.to, "map": given.map, "source": given.source}
    state = State.load(given.resume, run)
    with ExitStack() as stack:
        errors = stack.enter_context(given.errors.open("a", encoding="utf-8")) if given.errors else sys.stderr
        bar = stack.enter_context(Bar.of_files(given.paths))

        def failed(failure: Failure) -> None:
            print(failure.line(), file=errors, flush=True)

        counted = ingest(client, given.paths, Mapped(given.map, given.source), state, failed=failed,
                         progress=bar.show, read=bar.read, connections=given.connections)  # fmt: skip
    print(", ".join(f"{counted[name]:,} {name}" for name in ("created", "changed", "unchanged", "failed")))
    return int(counted["failed"] > 0)


def _export(client: Client, given: argparse.Namespace) -> int:
    with Bar() as bar:
        rows = bar.counting(client.export(given.name, after=None, **dict(given.where)))
        written = _WRITERS[given.out.suffix](given.out, rows)
    print(f"{written:,} rows in {given.out}")
    return 0


def _lines(path: Path, rows: Iterable[Json]) -> int:
    part = path.with_name(path.name + ".part")
    written = 0
    with part.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            written += 1
    part.replace(path)
    return written


def _table(path: Path, rows: Iterable[Json]) -> int:
    part = path.with_name(path.name + ".part")
    written = 0
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            if not written:
                writer.writerow(row)
            writer.writerow(row.values())
            written += 1
    part.replace(path)
    return written


_WRITERS: dict[str, Callable[[Path, Iterable[Json]], int]] = {
    ".parquet": parquet.write, ".csv": _table, ".ndjson": _lines, ".jsonl": _lines,
}  # fmt: skip


def _watch(client: Client, given: argparse.Namespace) -> int:
    for change in client.changes(after=given.after, kinds=given.kinds):
        print(json.dumps(change, ensure_ascii=False), flush=True)
    return 0


def _forward(client: Client, given: argparse.Namespace) -> int:
    hooks = read_hooks(given.hooks)
    Forwarder(client, Places.load(given.state), given.dead_letters).run(hooks)
    return 0


def _mcp(client: Client, given: argparse.Namespace) -> int:
    del given
    mcp.server(client).run("stdio")
    return 0


if __name__ == "__main__":
    main()
