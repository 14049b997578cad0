"""The command `twicetold-client`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from twicetold_client.client import CONNECTIONS, Client
from twicetold_client.errors import ServiceError, Unreachable
from twicetold_client.ingest import Failure, State, WrongState, ingest
from twicetold_client.records import FIELDS, Mapped, Unreadable

KEY = "TWICETOLD_KEY"


def main(arguments: list[str] | None = None) -> None:
    """Run a command; exits with 1 where anything failed, with 2 where it was called wrongly."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        sys.exit(_ingest(given))
    except (ServiceError, Unreachable, Unreadable, WrongState, OSError) as error:
        sys.exit(f"twicetold-client: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="twicetold-client", description="Takes news archives into Twicetold.")
    parser.add_argument("--version", action="version", version=version("twicetold-client"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    taking = commands.add_parser(
        "ingest", help="send the stories of files to a service",
        description="Sends the stories of JSON lines, CSV, WARC and HTML files, also compressed, to a service.",
    )  # fmt: skip
    taking.add_argument(
        "paths", nargs="+", metavar="PATH", help="a file, a folder, or - for JSON lines on standard input"
    )
    taking.add_argument("--to", default="http://localhost:8080", metavar="URL", help="the service (%(default)s)")
    taking.add_argument("--map", type=_names, default={}, metavar="FIELD=COLUMN,…",
                        help="what the fields of a story are called in the files")  # fmt: skip
    taking.add_argument("--source", metavar="NAME", help="the source of stories that name none")
    taking.add_argument("--resume", type=Path, metavar="FILE", help="keeps how far the run is, and goes on from there")
    taking.add_argument("--errors", type=Path, metavar="FILE", help="takes a line for each record that failed")
    taking.add_argument("--connections", type=_count, default=CONNECTIONS, metavar="N", help="at once (%(default)s)")
    return parser


def _names(text: str) -> dict[str, str]:
    names = dict(pair.split("=", 1) for pair in text.split(",") if "=" in pair)
    unknown = sorted(names.keys() - set(FIELDS))
    if unknown or len(names) != len(text.split(",")):
        raise argparse.ArgumentTypeError(f"write FIELD=COLUMN,… with fields of {', '.join(FIELDS)}")
    return names


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("a number from 1 to 64 is needed")
    return int(text)


def _ingest(given: argparse.Namespace) -> int:
    run = {"paths": given.paths, "to": given.to, "map": given.map, "source": given.source}
    state = State.load(given.resume, run)
    begun = time.monotonic()
    with ExitStack() as stack:
        client = stack.enter_context(Client(given.to, key=os.environ.get(KEY)))
        errors = stack.enter_context(given.errors.open("a", encoding="utf-8")) if given.errors else sys.stderr

        def failed(failure: Failure) -> None:
            print(failure.line(), file=errors, flush=True)

        def progress(done: int) -> None:
            if sys.stderr.isatty():
                rate = done / max(time.monotonic() - begun, 0.001)
                print(f"\r{done:,} stories, {rate:,.0f}/s", end="", file=sys.stderr, flush=True)

        counted = ingest(client, given.paths, Mapped(given.map, given.source), state, failed=failed,
                         progress=progress, connections=given.connections)  # fmt: skip
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(", ".join(f"{counted[name]:,} {name}" for name in ("created", "changed", "unchanged", "failed")))
    return int(counted["failed"] > 0)


if __name__ == "__main__":
    main()
