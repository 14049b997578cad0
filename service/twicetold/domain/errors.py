"""The one tree of errors that callers can be told about.

Every message says what was wrong and what to do about it, and holds nothing internal: it is shown to API clients as it
is. `web.problems` maps each class to an RFC 9457 problem.
"""

from __future__ import annotations


class TwicetoldError(Exception):
    """Base of every error a caller may see.

    `detail` is the message; `field` names the offending member of the request (`published_at`, `a.story_id`), if any.
    """

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field

    def move_into(self, name: str) -> None:
        """Say that the field stands inside of the member `name`; without a field, it is that member."""
        self.field = f"{name}.{self.field}" if self.field else name


class Malformed(TwicetoldError):
    """The request cannot be read at all: broken JSON, an undecodable body, a parameter that is not a number."""


class Invalid(TwicetoldError):
    """The request can be read but one field breaks a rule."""


class ExtractionFailed(Invalid):
    """A page could not be turned into text: refused by the scan, killed at a limit, or without any text."""


class ExtractionKilled(ExtractionFailed):
    """A page whose extraction was ended at its time or memory limit."""


class NotFound(TwicetoldError):
    """What was asked for is not (or no longer) here."""


class Gone(NotFound):
    """What was asked for was here once and is not kept any more."""


class TooLarge(TwicetoldError):
    """A body, compressed or not, is over its limit."""


class UnsupportedMedia(TwicetoldError):
    """A content type or content encoding that this service does not read."""


class Unauthorised(TwicetoldError):
    """No API key, or a wrong one."""


class Forbidden(TwicetoldError):
    """A valid API key that does not allow this."""


class Unavailable(TwicetoldError):
    """The service cannot take this now; the same request may succeed after `retry_after` seconds."""

    def __init__(self, detail: str, *, retry_after: int = 2) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Overloaded(Unavailable):
    """More work is waiting than this service accepts; come back after `retry_after` seconds."""


class IncompatibleStore(TwicetoldError):
    """A store holds signatures made with other parameters, or a schema newer than this program."""
