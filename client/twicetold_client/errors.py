"""What can go wrong: the service said no, or could not be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as the service tells it (RFC 9457): `status`, a stable `type`, and `detail` that says what to do.

    `field` names what was wrong in a story, where it was one field. `retry_after` is in seconds.
    """

    status: int
    type: str
    title: str
    detail: str
    field: str | None = None
    retry_after: float | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any], *, status: int, retry_after: float | None = None) -> Problem:
        """Read a problem; what is missing in it is made up from the status."""
        return cls(
            status=int(said.get("status", status)),
            type=str(said.get("type", "about:blank")),
            title=str(said.get("title", "")),
            detail=str(said.get("detail", "")),
            field=said.get("field"),
            retry_after=retry_after,
        )

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in {408, 429, 502, 503, 504}


class ServiceError(Exception):
    """The service refused a call or failed; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem


class Unreachable(Exception):  # named for what happened
    """No answer came, however often it was tried."""


class MissingExtra(Exception):  # named for what happened
    """A package is needed that comes with an extra of this distribution."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"one more package is needed: pip install 'twicetold-client[{extra}]'")
