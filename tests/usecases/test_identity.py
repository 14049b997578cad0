"""Canonical URLs, and the ids and sources that follow from them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.urls import canonical_url, id_from_url, names_page, source_from_url

SAME_PAGE = {
    "scheme": ("http://harbour.example/a", "https://harbour.example/a"),
    "upper case host": ("https://Harbour.EXAMPLE/a", "https://harbour.example/a"),
    "upper case scheme": ("HTTPS://harbour.example/a", "https://harbour.example/a"),
    "default port": ("https://harbour.example:443/a", "http://harbour.example:80/a"),
    "www": ("https://www.harbour.example/a", "https://harbour.example/a"),
    "trailing dot of a host": ("https://harbour.example./a", "https://harbour.example/a"),
    "fragment": ("https://harbour.example/a#comments", "https://harbour.example/a"),
    "empty query": ("https://harbour.example/a?", "https://harbour.example/a"),
    "trailing slash": ("https://harbour.example/a/", "https://harbour.example/a"),
    "no path": ("https://harbour.example", "https://harbour.example/"),
    "dot segments": ("https://harbour.example/x/../a/.", "https://harbour.example/a"),
    "case of escapes": ("https://harbour.example/%c3%a4", "https://harbour.example/%C3%A4"),
    "needless escapes": ("https://harbour.example/%61%2d%7E", "https://harbour.example/a-~"),
    "letters without escapes": ("https://harbour.example/ä?q=ö", "https://harbour.example/%C3%A4?q=%C3%B6"),
    "host in its own script": ("https://häfen.example/a", "https://xn--hfen-loa.example/a"),
    "tracking": ("https://harbour.example/a?utm_source=x&UTM_Campaign=y&fbclid=z&gclid=1", "https://harbour.example/a"),
    "tracking beside what counts": (
        "https://harbour.example/a?utm_id=1&id=7&mc_cid=2",
        "https://harbour.example/a?id=7",
    ),
    "order of parameters": ("https://harbour.example/a?b=2&a=1", "https://harbour.example/a?a=1&b=2"),
    "mobile host": ("https://m.harbour.example/a", "https://www.harbour.example/a"),
    "long mobile host": ("https://mobile.harbour.co.uk/a", "https://harbour.co.uk/a"),
    "mobile label inside": ("https://en.m.harbour.example/a", "https://en.harbour.example/a"),
    "AMP host": ("https://amp.harbour.example/a", "https://harbour.example/a"),
    "AMP at the end": ("https://harbour.example/news/a/amp/", "https://harbour.example/news/a"),
    "AMP at the start": ("https://harbour.example/amp/news/a", "https://harbour.example/news/a"),
    "AMP ending": ("https://harbour.example/a.amp.html", "https://harbour.example/a.html"),
    "AMP parameter": ("https://harbour.example/a?amp=1", "https://harbour.example/a?outputType=amp"),
    "bare AMP parameter": ("https://harbour.example/a?amp", "https://harbour.example/a"),
    "AMP viewer": ("https://www.google.com/amp/s/www.harbour.example/a/amp?utm_source=x", "https://harbour.example/a"),
    "AMP viewer of a country": ("https://google.co.uk/amp/www.harbour.example/a", "https://harbour.example/a"),
    "where a reader came from": ("https://harbour.example/a?ref=home&from=rss", "https://harbour.example/a"),
    "first of its parts": ("https://harbour.example/a?page=1", "https://harbour.example/a"),
    "for printing": ("https://harbour.example/a?print=1", "https://harbour.example/a"),
    "session": ("https://harbour.example/a;jsessionid=0A1B?id=7", "https://harbour.example/a?id=7"),
    "session parameter": ("https://harbour.example/a?PHPSESSID=0a1b", "https://harbour.example/a"),
    "index of a folder": ("https://harbour.example/a/index.html", "https://harbour.example/a/"),
    "index of the site": ("https://harbour.example/Index.php?id=7", "https://harbour.example/?id=7"),
    "AMP cache": (
        "https://www-harbour-example.cdn.ampproject.org/c/s/www.harbour.example/a",
        "https://harbour.example/a",
    ),
}

OTHER_PAGE = {
    "path": ("https://harbour.example/a", "https://harbour.example/b"),
    "case of a path": ("https://harbour.example/a", "https://harbour.example/A"),
    "parameter": ("https://harbour.example/a?id=1", "https://harbour.example/a?id=2"),
    "port": ("https://harbour.example:8443/a", "https://harbour.example/a"),
    "subdomain": ("https://sport.harbour.example/a", "https://harbour.example/a"),
    "escaped slash": ("https://harbour.example/a%2Fb", "https://harbour.example/a/b"),
    "a domain called m": ("https://m.com/a", "https://com/a"),
    "a page about amp": ("https://harbour.example/amp", "https://harbour.example/"),
    "a word with amp in it": ("https://harbour.example/amplifier", "https://harbour.example/lifier"),
    "pages of an application": ("https://harbour.example/#!/news/1", "https://harbour.example/#!/news/2"),
    "routes of an application": ("https://harbour.example/app#/1", "https://harbour.example/app"),
    "second of its parts": ("https://harbour.example/a?page=2", "https://harbour.example/a"),
    "a page called index": ("https://harbour.example/index", "https://harbour.example/"),
    "an amp parameter that says no": ("https://harbour.example/a?amp=0", "https://harbour.example/a"),
}


@pytest.mark.parametrize(("one", "other"), SAME_PAGE.values(), ids=SAME_PAGE)
def test_addresses_of_one_page_become_one(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(("one", "other"), OTHER_PAGE.values(), ids=OTHER_PAGE)
def test_addresses_of_different_pages_stay_apart(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "url",
    [
        "", "harbour.example/a", "//harbour.example/a", "ftp://harbour.example/", "javascript:alert(1)", "https://",
        "https:///a", "https://me@harbour.example/", "https://harbour.example:port/", "https://harbour.example:65536/",
        "https://[::1/", "https://harbour.example/a b", "https://harbour.example/\n", "https://ex ample/", "https://./",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"valid|must"):
        canonical_url(url)


paths = st.text(st.sampled_from("/.ampM?#!&=%2fFé ut_1-~+;:@"), max_size=40)
hosts = st.sampled_from(
    ["harbour.example", "www.m.amp.harbour.co.uk", "127.0.0.1", "[::1]", "com", "häfen.example", "a..b"]
)


@given(hosts, paths)
def test_a_canonical_url_is_its_own_canonical_url(host: str, path: str) -> None:
    url = f"https://{host}/{path}"
    try:
        canonical = canonical_url(url)
    except ValueError:
        assert " " in path
        return
    assert canonical_url(canonical) == canonical
    assert canonical.isascii()


@pytest.mark.parametrize(
    "url", ["https://a.example", "https://www.a.example/?utm_source=x#top", "http://a.example/index.html"]
)
def test_a_bare_host_names_no_page(url: str) -> None:
    assert not names_page(canonical_url(url))


@pytest.mark.parametrize("url", ["https://a.example/b", "https://a.example/?id=1", "https://a.example/#!/b"])
def test_a_path_a_parameter_or_a_route_names_a_page(url: str) -> None:
    assert names_page(canonical_url(url))


def said_of(url: str) -> str:
    """The source of a URL, or why it has none."""
    try:
        return source_from_url(canonical_url(url))
    except ValueError as error:
        return str(error)


@given(st.text(), st.sampled_from(["", "https://", "https://www.google.com/amp/s/", "https://a.example/"]))
def test_any_text_is_either_an_address_or_refused_with_a_reason(text: str, before: str) -> None:
    assert said_of(before + text)


def test_an_id_is_stable_and_of_allowed_characters() -> None:
    assert id_from_url("https://harbour.example/a") == "u-c0a20fc37ea09fbfc3f64d107ee8c979"
    assert re.fullmatch(r"[A-Za-z0-9._:~-]{1,200}", id_from_url("https://harbour.example/ä"))


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://www.harbour.example/a", "harbour.example"),
        ("https://news.harbour.co.uk/a", "harbour.co.uk"),
        ("https://edition.harbour.com:8443/a", "harbour.com"),
        ("https://a.b.c.unheard-of-suffix/", "c.unheard-of-suffix"),
        ("https://co.uk/a", "co.uk"),
        ("http://127.0.0.1:8080/a", "127.0.0.1"),
        ("http://[2001:db8::1]/a", "2001:db8::1"),
        ("http://localhost/a", "localhost"),
    ],
)
def test_a_source_is_the_registrable_domain_or_else_the_host(url: str, source: str) -> None:
    assert source_from_url(canonical_url(url)) == source
