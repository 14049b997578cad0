"""Who a story is when its crawler does not say: canonical URL, id and source, all from the URL alone.

The canonical form is a key, not an address to fetch: forms under which one page is commonly crawled (http and https,
`www.`, mobile hosts, AMP, tracking parameters, fragments but for `#!` and `#/`) become one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

from tld import get_fld, is_tld

_FOLDED_LABELS = frozenset({"www", "m", "mobile", "amp", "wap", "touch"})
"""Host labels that show the same page in another dress."""

_TRACKING = frozenset({
    "_ga", "_gl", "_hsenc", "_hsmi", "at_campaign", "at_custom1", "at_custom2", "at_custom3", "at_custom4",
    "at_medium", "cmp_id", "cmpid", "dclid", "ef_id", "epik", "fb_action_ids", "fb_action_types", "fb_ref",
    "fb_source", "fbclid", "ftag", "gbraid", "gclid", "gclsrc", "hsctatracking", "icid", "igsh", "igshid",
    "from", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "ncid", "ns_campaign", "ns_mchannel", "ns_source", "oly_anon_id",
    "oly_enc_id", "pk_campaign", "pk_kwd", "ref", "ref_src", "ref_url", "s_cid", "s_kwcid", "smid", "sref", "srnd",
    "tblci", "ttclid", "twclid", "vero_conv", "vero_id", "wbraid", "wt_mc", "xtor", "yclid",
})  # fmt: skip
"""Query parameters that tell where a reader came from, never which page it is; beside these everything `utm_…`."""

_SAME_PAGE = frozenset({
    ("amp", ""), ("amp", "1"), ("amp", "true"), ("outputtype", "amp"), ("output", "amp"),
    ("page", "1"), ("print", ""), ("print", "1"), ("print", "true"), ("print", "yes"), ("view", "print"),
})  # fmt: skip
"""Parameters with such a value show the page itself, in another dress or from its start."""

_SESSIONS = frozenset({"jsessionid", "phpsessid", "aspsessionid"})
"""Names of sessions, which some servers write into addresses (`;jsessionid=` after the path, or a parameter)."""

_SESSION_IN_PATH = re.compile(rf";(?:{'|'.join(sorted(_SESSIONS))})=[^/;]*", re.IGNORECASE)
_INDEX = re.compile(r"(?:index|default)\.(?:html?|shtml|php|aspx?|jsp)", re.IGNORECASE)
"""The last segment of a path that servers show for the folder, too."""

_ROUTES = ("!", "/")
"""What a fragment begins with that names a page of an application in the browser, not a place on the page."""

_AMP_CACHE = re.compile(
    r"https?://(?:(?:www\.)?google\.[a-z.]+/amp/|[a-z0-9-]+\.cdn\.ampproject\.org/[a-z]/|(?:www\.)?bing-amp\.com/[a-z]/)"
    r"(?P<secure>s/)?(?P<rest>[^/?#]+\..*)",
    re.IGNORECASE,
)
"""A page behind an AMP cache, whose address holds the publisher's."""

UNKNOWN_SOURCE = "unknown"
"""The source of a story that came without a source and without a URL."""

KNOWN_HOSTS = 4096
"""Hosts whose folded form is remembered; crawlers come back to the same ones."""

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def canonical_url(url: str) -> str:
    """The form that all common addresses of one page share.

    Raises `ValueError` saying what is wrong with a URL that is not absolute, not http(s), or names no host.
    """
    parts = _split(url)
    while inner := _AMP_CACHE.fullmatch(url):
        url = f"http{'s' if inner['secure'] else ''}://{inner['rest']}"
        parts = _split(url)
    host = _folded_host(parts.hostname or "")
    port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    query = _query(parts.query)
    fragment = _normal(parts.fragment) if parts.fragment.startswith(_ROUTES) else ""
    return f"https://{host}{port}{_path(parts.path)}{'?' if query else ''}{query}{'#' if fragment else ''}{fragment}"


def names_page(canonical: str) -> bool:
    """Whether a canonical URL names a page: a bare host is the front page, which shows one story after another."""
    parts = urlsplit(canonical)
    return bool(parts.path.strip("/") or parts.query or parts.fragment.strip("!/"))


def page_key(url: str) -> str | None:
    """What stories of one page share: its canonical URL; None for a bare host. Raises as `canonical_url` does."""
    canonical = canonical_url(url)
    return canonical if names_page(canonical) else None


def id_from_url(canonical: str) -> str:
    """The id of a story that came with a URL only; the same for every form of that URL."""
    return f"u-{blake2b(canonical.encode(), digest_size=16).hexdigest()}"


def source_from_url(canonical: str) -> str:
    """The outlet behind a canonical URL: its registrable domain (Public Suffix List), or its host where it has none."""
    host = urlsplit(canonical).hostname or ""
    return _registrable(host) or host


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is not a valid URL") from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError("must be an absolute http or https URL")
    if not (parts.hostname or "").strip(".") or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise ValueError("must name a host and contain no white space or control characters")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password")
    return parts


@lru_cache(maxsize=KNOWN_HOSTS)
def _folded_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    host = _ascii(host.rstrip("."))
    kept = _registrable(host)
    labels = host.removesuffix(kept).split(".") if kept else []
    return ".".join([label for label in labels if label and label not in _FOLDED_LABELS] + [kept or host])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _ascii(host: str) -> str:
    """The host in its ASCII form (RFC 5891), or percent-encoded where it is no valid internationalised name."""
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return quote(host, safe="-._~")


@lru_cache(maxsize=KNOWN_HOSTS)
def _registrable(host: str) -> str:
    """The registrable domain of a host name; empty where it has none.

    A top level that the Public Suffix List does not know counts as a suffix, as its algorithm says.
    """
    labels = host.split(".")
    if _is_address(host):
        return ""
    if known := get_fld(f"https://{host}", fail_silently=True):
        return known
    return "" if len(labels) < 2 or is_tld(labels[-1]) else ".".join(labels[-2:])


def _path(path: str) -> str:
    segments: list[str] = []
    for segment in _SESSION_IN_PATH.sub("", _normal(path)).split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(segment)
    if segments and _INDEX.fullmatch(segments[-1]):
        del segments[-1]
    without_amp = [segment for segment in segments if segment.lower() != "amp"] or segments
    folded = re.sub(r"\.amp(\.html?)?$", lambda ending: ending[1] or "", "/".join(without_amp), flags=re.IGNORECASE)
    return f"/{folded}"


def _query(query: str) -> str:
    kept = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        name = unquote(name).lower()
        tells_page = not name.startswith("utm_") and name not in _TRACKING and name not in _SESSIONS
        if pair and tells_page and (name, value.lower()) not in _SAME_PAGE:
            kept.append(_normal(pair))
    return "&".join(sorted(kept))


def _normal(text: str) -> str:
    """Escapes in one form (RFC 3986, section 6.2.2): unreserved characters plain, all others escaped in upper case."""

    def plain(escape: re.Match[str]) -> str:
        character = chr(int(escape[1], 16))
        return character if character in _UNRESERVED else escape[0].upper()

    return quote(_ESCAPE.sub(plain, text), safe="%/:?#[]@!$&'()*+,;=-._~|")
