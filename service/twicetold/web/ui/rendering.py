"""Making pages: what every template knows, and how values are written for people."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Response, render_template
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Scripts, styles and pictures only from files of this service; nothing inline."""


def page(template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Response:
    """A page made of a template."""
    response = Response(render_template(template, **values), status=status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def prepare(environment: Environment) -> None:
    """Teach templates how to write values."""
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {
        "when": when, "day": day, "lag": lag, "count": count, "percent": percent, "web_url": web_url, "host": host,
    }  # fmt: skip
    environment.globals["relation_words"] = RELATION_WORDS


RELATION_WORDS = {
    "canonical": "told first",
    "exact": "same words",
    "reprint": "reprint",
    "version": "new version",
    "excerpt_of": "shortened",
    "contains": "extended",
    "rewrite": "rewritten",
    "passage": "quotes a passage",
    "template": "same form",
    "related": "in other words",
}
"""Relations as people read them, in the order of legends; the canonical story has a shape of its own."""


def when(time: datetime | None) -> Markup:
    """A time to the minute, in UTC; the script writes it in the reader's zone."""
    if time is None:
        return Markup("–")
    utc = time.astimezone(UTC)
    return Markup('<time datetime="{}">{} {}</time>').format(
        f"{utc:%Y-%m-%dT%H:%M:%SZ}", f"{utc.day} {utc:%b} {utc.year:04}", f"{utc:%H:%M}"
    )


def day(time: datetime) -> Markup:
    """The day of a time, in UTC."""
    return Markup('<time datetime="{}">{}</time>').format(f"{time:%Y-%m-%d}", f"{time.day} {time:%b} {time.year:04}")


def lag(later: timedelta) -> str:
    """How much later: `first`, `+4 min`, `+2 h 05`, `+3 d 4 h`; how much earlier: `−4 min`."""
    if later <= -timedelta(minutes=1):
        return lag(-later).replace("+", "−")
    minutes = round(later.total_seconds() / 60)
    if minutes <= 0:
        return "first" if later <= timedelta(0) else "+1 min"
    if minutes < 60:
        return f"+{minutes} min"
    hours, left = divmod(minutes, 60)
    if hours < 24:
        return f"+{hours} h {left:02}"
    days, hours = divmod(hours, 24)
    return f"+{days:,} d {hours} h" if days < 30 else f"+{days:,} d"


def count(number: float) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,.0f}"


def percent(share: float | None) -> str:
    """A share as per cent: 100 only where it is all, 0 only where it is nothing."""
    if share is None or math.isnan(share):
        return "–"
    if 0 < share < 0.01:
        return "<1 %"
    return f"{math.floor(share * 100) if share < 1 else 100} %"


def web_url(url: str | None) -> str | None:
    """An address that may be linked: http and https only, for others may run something."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def host(url: str) -> str:
    """The host of an address."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def joined(*parts: object) -> Markup:
    """Parts with a middle dot between those that say something."""
    return Markup(" · ").join(escape(part) for part in parts if part)
