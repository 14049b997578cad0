"""What an application may ask of the server that a request came through."""

from __future__ import annotations

from typing import Any, Protocol

EXCHANGE = "twicetold.exchange"
"""Where a server puts its `Exchange` into the environment of a request; others than this project's do without."""


class Exchange(Protocol):
    """A request being answered.

    waited: for how many seconds it waited for a thread.
    """

    waited: float

    def go_on(self) -> None:
        """Let a client that waits for it (`Expect: 100-continue`) send its body."""

    def refuse_rest(self) -> None:
        """Read no more of the body; the answer goes out first, then what still comes is thrown away for a while."""

    def require_client(self) -> None:
        """Raise `ConnectionResetError` when the client is known to have closed the connection."""


class _Nothing:
    """A server that knows nothing of this."""

    waited = 0.0

    def go_on(self) -> None:
        """Nothing is to be done."""

    def refuse_rest(self) -> None:
        """Nothing can be done."""

    def require_client(self) -> None:
        """What is sent to nobody will fail."""


def exchange(environ: dict[str, Any]) -> Exchange:
    """That of a request."""
    found: Exchange = environ.get(EXCHANGE) or _Nothing()
    return found
