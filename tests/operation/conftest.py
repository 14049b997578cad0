"""Real servers and commands over a store in a temporary folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.server import Server

WIRE = (
    "The first fully electric ferry on the lake entered regular service on Monday morning and carried two hundred"
    " commuters from the northern shore to the old harbour. The ship is charged at both piers while passengers board,"
    " the transport authority said, and replaces a diesel vessel built half a century ago."
)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server with the given settings; whatever is left of it is killed at the end."""
    with ExitStack() as servers:
        yield lambda **settings: servers.enter_context(Server(tmp_path, **settings))


def story(name: str, text: str = WIRE) -> dict[str, str]:
    return {"id": name, "source": f"{name}.example", "text": text}
