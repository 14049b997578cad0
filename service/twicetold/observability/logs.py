"""Logs: one JSON object per line on standard error, a line for each request, an error's traceback inside its line.

At a terminal they are written for people instead.
No line holds an API key, a password, the address of a database or of a client, or the text of a story; at debug level
an error's message may quote one.
"""

from __future__ import annotations

import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import msgspec

from twicetold.web.options import RequestSummary

LONGEST = 500
"""Characters kept of a message: what libraries quote in theirs may be anybody's text."""
LONGEST_TRACEBACK = 100 * LONGEST
"""Characters kept of a traceback that is printed whole."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRET = re.compile(
    r"(?P<url>\b(?:postgres(?:ql)?|https?)://)[^\s'\"]+"
    r"|(?P<phrase>(?:connection to server (?:at|on socket)|host name|\buser|\brole|\bdatabase|\bhost) )\"[^\"]*\""
    r"(?: \([^)]*\))?(?:, port [0-9]+)?"
    r"|(?P<option>\b(?:password|passfile|hostaddr|host|user)=)\S+"
)
_encode = msgspec.json.Encoder(enc_hook=str).encode
_requests = logging.getLogger("twicetold.requests")


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object; what was given as `extra` becomes members of it.

    `messages` adds those of errors, which may quote what was at hand, such as a story.
    """

    def __init__(self, *, messages: bool = False) -> None:
        super().__init__()
        self._messages = messages

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": without_secrets(record.getMessage()),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["error"] = _error(*record.exc_info, messages=self._messages)
        return _encode(line).decode()


class ReadableFormatter(logging.Formatter):
    """Writes a record for people at a terminal, with tracebacks as Python prints them at debug level."""

    def __init__(self, *, messages: bool = False) -> None:
        super().__init__()
        self._messages = messages

    def format(self, record: logging.LogRecord) -> str:
        """One line, and those of an error."""
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        extra = (f"{name}={value}" for name, value in vars(record).items() if name not in _STANDARD)
        line = " ".join([at, record.levelname.lower(), without_secrets(record.getMessage()), *extra])
        if not (record.exc_info and record.exc_info[0]):
            return line
        if self._messages:
            return f"{line}\n{without_secrets(self.formatException(record.exc_info), LONGEST_TRACEBACK)}"
        error = _error(*record.exc_info, messages=False)
        return "\n  ".join([f"{line} {error['type']} {error.get('message', '')}", *error["traceback"]])


def without_secrets(text: str, longest: int = LONGEST) -> str:
    """`text`, shortened, without the URLs, hosts, users and passwords that drivers quote in their messages."""
    kept = text[: longest * 4]
    return _SECRET.sub(lambda found: f"{found['url'] or found['phrase'] or found['option']}…", kept)[:longest]


def _error(
    type_: type[BaseException], error: BaseException | None, trace: TracebackType | None, *, messages: bool
) -> dict[str, Any]:
    """Frames as `file:line function`, innermost last; no source lines, as they may quote constants."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    described: dict[str, Any] = {**_named(type_, error, messages=messages), "traceback": frames}
    cause = error and (error.__cause__ or error.__context__)
    if cause:
        described["cause"] = _named(type(cause), cause, messages=messages)
    return described


def _named(type_: type[BaseException], error: BaseException | None, *, messages: bool) -> dict[str, str]:
    """An error without its message, unless that is the system's or all are wanted."""
    said = error if messages else error.strerror if isinstance(error, OSError) else None
    return {"type": type_.__name__} | ({"message": without_secrets(str(said))} if said else {})


def configuration(level: str, *, terminal: bool = False) -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything from `level` on to standard error, gunicorn's own from warning.

    As JSON, unless standard error is a terminal. At debug level errors are told with their messages.
    """
    formatter = ReadableFormatter if terminal else JsonFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": formatter, "messages": level == "debug"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "twicetold": {"level": level.upper()},
            # trafilatura logs each page it cannot read, with its address; the caller is told instead
            "trafilatura": {"level": "CRITICAL"},
            "gunicorn.error": {"level": "DEBUG" if level == "debug" else "WARNING", "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
        },
    }


def log_request(request: RequestSummary) -> None:
    """Write the line of one request; 5xx are errors, except 503, which only asks to come back."""
    level = logging.ERROR if request.status >= 500 and request.status != 503 else logging.INFO
    fields = {
        "request_id": request.request_id,
        "method": request.method,
        "route": request.route,
        "status": request.status,
        "milliseconds": round(request.seconds * 1000, 1),
        "bytes": request.bytes,
    }
    if request.key is not None:
        fields["key"] = request.key
    if not request.complete:
        fields["complete"] = False
    _requests.log(level, "request", extra=fields)
