"""The cluster report as an Atom feed (RFC 4287), to subscribe to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import msgspec
from flask import Blueprint, Response, request

from twicetold.usecases.application import Application
from twicetold.usecases.read_models import ClusterSummary
from twicetold.web.api.clusters import CLUSTER_FILTERS, searched, wanted_clusters
from twicetold.web.api.parsing import Query
from twicetold.web.conditional import conditional

_NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
_NO_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "\ufffd")
"""Characters that XML 1.0 cannot hold."""


def blueprint(application: Application) -> Blueprint:
    """The call that readers of feeds make."""
    calls = Blueprint("atom", __name__, url_prefix="/v1")

    @calls.get("/clusters.atom")
    def subscribed() -> Response:
        query = Query(request.args, known=("q", *CLUSTER_FILTERS, "limit"))
        wanted, limit = wanted_clusters(query, searched(application, query)), query.limit()
        with application.store.reading() as reading:
            page = reading.clusters(wanted, after=None, limit=limit)
        address = request.full_path.rstrip("?")
        return conditional(Response(feed(page.items, address), mimetype="application/atom+xml"), request)

    return calls


def feed(clusters: Sequence[ClusterSummary], address: str) -> bytes:
    """Clusters, the latest change first, under the address that they were asked for."""
    updated = max((cluster.last_seen for cluster in clusters), default=_NOTHING_YET)
    entries = "".join(map(_entry, clusters))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>Twicetold: stories told at several sources</title>\n<id>urn:twicetold:clusters</id>\n"
        f'<link rel="self" href={quoteattr(address)}/>\n<updated>{_time(updated)}</updated>\n'
        f"<author><name>Twicetold</name></author>\n{entries}</feed>\n"
    ).encode()


def _entry(cluster: ClusterSummary) -> str:
    title = _text(cluster.title or cluster.canonical_id)
    told = f"{cluster.size} stories of {cluster.sources} sources, first {_time(cluster.first_seen)}"
    return (
        f"<entry><title>{title}</title><id>urn:twicetold:cluster:{quote(cluster.id)}</id>"
        f'<link href="/v1/clusters/{quote(cluster.id)}"/><published>{_time(cluster.first_seen)}</published>'
        f"<updated>{_time(cluster.last_seen)}</updated><summary>{told}</summary></entry>\n"
    )


def _text(text: str) -> str:
    return escape(text.translate(_NO_XML))


def _time(at: datetime) -> str:
    return msgspec.json.encode(at).decode().strip('"')
