"""Logs: one JSON object per line on standard error, a line for each request, an error's traceback inside its line.

No line holds an API key, a password, the address of a database or of a client, or the text of a story.
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
    """Writes a record as one JSON object; what was given as `extra` becomes members of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": without_secrets(record.getMessage()),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[0]:
            line["error"] = _error(*record.exc_info)
        return _encode(line).decode()


def without_secrets(text: str) -> str:
    """`text`, shortened, without the URLs, hosts, users and passwords that drivers quote in their messages."""
    kept = text[: LONGEST * 4]
    return _SECRET.sub(lambda found: f"{found['url'] or found['phrase'] or found['option']}…", kept)[:LONGEST]


def _error(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> dict[str, Any]:
    """Frames as `file:line function`, innermost last; no source lines, as they may quote constants."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    described: dict[str, Any] = {**_named(kind, error), "traceback": frames}
    cause = error and (error.__cause__ or error.__context__)
    if cause:
        described["cause"] = _named(type(cause), cause)
    return described


def _named(kind: type[BaseException], error: BaseException | None) -> dict[str, str]:
    """An error without its message, unless that is the system's: others may quote what was at hand, such as a story."""
    said = error.strerror if isinstance(error, OSError) else None
    return {"type": kind.__name__} | ({"message": without_secrets(str(said))} if said else {})


def configuration(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything from `level` on to standard error, gunicorn's own from warning."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "twicetold.observability.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
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
    if not request.complete:
        fields["complete"] = False
    _requests.log(level, "request", extra=fields)
