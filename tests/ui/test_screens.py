"""What the screens show and let through, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from twicetold.web.keys import Key, key_hash

from tests.ui.conftest import FERRY
from tests.usecases.conftest import House
from tests.usecases.test_boilerplate import BODIES, FOOTER, post_days

OPEN = Callable[..., FlaskClient]


@pytest.fixture
def told(house: House) -> House:
    """A ferry told by four, one of whom has changed a number, and a story that nobody else told."""
    house.post("wire", FERRY, "wire.example", title="Electric ferry starts", language="en")
    house.clock.advance(hours=1)
    house.post("copy", FERRY, "copy.example", title="Ferry <b>runs</b>", url="https://copy.example/ferry")
    house.clock.advance(hours=2)
    house.post("edit", FERRY.replace("two hundred", "three hundred"), "edit.example", title="Ferry for 300")
    house.post("alone", "The museum shows pots of the bronze age that divers found in the lake in May.", "edit.example")
    return house


def token(page: str) -> str:
    return re.findall(r'name="token" value="([^"]+)"', page)[0]


def cluster_of(house: House, story: str) -> str:
    with house.store.reading() as reading:
        stored = reading.story(story)
    assert stored is not None
    assert stored.cluster is not None
    return stored.cluster.id


def post(browser: FlaskClient, path: str, seen_on: str = "/", **fields: str):
    form = {"token": token(browser.get(seen_on).text), **fields}
    return browser.post(path, data=form)


def test_an_empty_store_is_told_what_to_do_next(browser: FlaskClient) -> None:
    assert "make demo URL=http://localhost" in browser.get("/").text
    assert "No story has been told twice" in browser.get("/ui/clusters").text
    assert "There are no stories yet" in browser.get("/ui/stories").text
    assert "No source has sent a story" in browser.get("/ui/sources").text


def test_the_overview_lists_the_widest_clusters(told: House, browser: FlaskClient) -> None:
    page = browser.get("/").text
    assert f'/ui/clusters/{cluster_of(told, "wire")}"' in page
    assert "Electric ferry starts" in page


def test_a_cluster_shows_each_source_and_what_it_changed(told: House, browser: FlaskClient) -> None:
    page = browser.get(f"/ui/clusters/{cluster_of(told, 'wire')}").text
    assert page.index("wire.example</a><svg") < page.index("copy.example</a><svg") < page.index("edit.example</a><svg")
    assert "<del>two </del><ins>three </ins>" in page
    assert "Sentence by sentence the same" in page
    assert 'title="in 2 of 2"' in page
    assert "Ferry &lt;b&gt;runs&lt;/b&gt;" in page


def test_two_stories_stand_side_by_side_with_numbered_passages(told: House, browser: FlaskClient) -> None:
    page = browser.get("/ui/compare?a=wire&b=edit").text
    assert 'id="a1"' in page
    assert 'href="#b1"' in page
    assert "<del>two </del>" in page
    assert "<ins>three </ins>" in page


def test_people_say_what_is_the_same_and_take_it_back(told: House, browser: FlaskClient) -> None:
    page = "/ui/compare?a=wire&b=edit"
    assert post(browser, "/ui/verdict", page, a="wire", b="edit", same="different").headers["Location"] == page
    assert "A person said: not the same" in browser.get(page).text
    assert "edit.example" not in browser.get("/ui/stories/wire").text
    post(browser, "/ui/verdict", page, a="wire", b="edit", same="")
    assert "Taken back" in browser.get(page).text


def test_derived_copies_stand_below_the_members(told: House, browser: FlaskClient) -> None:
    told.post("short", FERRY.partition("\n\n")[0], "short.example", title="Ferry, in short")
    page = browser.get(f"/ui/clusters/{cluster_of(told, 'wire')}").text
    assert "1</b> derived copy" in page
    assert page.index("edit.example</a><svg") < page.index('class="below"') < page.index("short.example</a><svg")
    assert "Shortened from" in browser.get("/ui/stories/short").text


def test_the_same_event_in_other_words_stands_beside_a_story_and_its_cluster(told: House, browser: FlaskClient) -> None:
    otherwise = (
        "Commuters from the northern shore had a new way to the old harbour on Monday: two hundred of them took the "
        "electric ferry. It is charged at both piers, the transport authority said, and replaces a diesel vessel."
    )
    told.post("own", otherwise, "own.example", title="Quiet crossing", language="en")
    for page in ("/ui/stories/own", f"/ui/clusters/{cluster_of(told, 'wire')}"):
        assert "Told in other words" in browser.get(page).text
    cluster = f"/ui/clusters/{cluster_of(told, 'wire')}"
    assert "Quiet crossing" in browser.get(cluster).text
    assert "is-related" not in browser.get(cluster).text
    assert f'href="{cluster}?related=1"' in browser.get(cluster).text
    shown = browser.get(f"{cluster}?related=1").text
    assert shown.index("edit.example</a><svg") < shown.index("own.example</a><svg") < shown.rindex("is-related")
    assert "own.example: in other words, +3 h 00, " in shown


def test_two_versions_of_a_story_stand_side_by_side(told: House, browser: FlaskClient) -> None:
    told.post("edit", FERRY.replace("two hundred", "four hundred"), "edit.example", title="Ferry for 400")
    link = re.findall(r'href="(/ui/compare[^"]+a_version=1[^"]+)"', browser.get("/ui/stories/edit").text)[0]
    page = browser.get(link.replace("&amp;", "&")).text
    assert "<del>three </del>" in page
    assert "<ins>four </ins>" in page
    assert "Same report" not in page


def test_pasted_texts_are_compared_as_stories_are(browser: FlaskClient) -> None:
    page = post(browser, "/ui/compare", "/ui/compare", a=FERRY, b=FERRY.replace("\n", "\r\n")).text
    assert "same words" in page


def test_a_story_shows_its_cuts_where_they_stood(house: House, browser: FlaskClient) -> None:
    house.post("a", f"{FERRY}\n\nShare Facebook Twitter E-Mail Print", title="T")
    page = browser.get("/ui/stories/a").text
    assert re.search(
        r'<del class="cut cut-share" tabindex="0">Share Facebook Twitter E-Mail Print<span class="why"', page
    )
    assert f"<dd>{house.application.reports.story('a').story.removed[0].rule}</dd>" in page


def test_a_learned_block_can_be_kept_for_good_or_forgotten(house: House, browser: FlaskClient) -> None:
    post_days(house, BODIES)
    page = browser.get("/ui/stories/story-4").text
    assert FOOTER in page
    allow, forget = re.findall(r'action="(/ui/sources/alpha.example/boilerplate/[^"]+)"', page)
    assert allow.endswith("/allow")
    kept = post(browser, allow, "/ui/stories/story-4")
    assert kept.headers["Location"] == "/ui/sources/alpha.example#boilerplate"
    assert "never cut" in browser.get("/ui/sources/alpha.example").text
    post(browser, forget, "/ui/stories/story-4")
    assert FOOTER not in browser.get("/ui/sources/alpha.example").text


def test_only_web_addresses_are_links(house: House, browser: FlaskClient) -> None:
    house.post("a", FERRY, url="https://alpha.example/x")
    assert 'href="https://alpha.example/x" rel="noopener nofollow noreferrer"' in browser.get("/ui/stories/a").text


def test_a_source_shows_whom_it_tells_after(told: House, browser: FlaskClient) -> None:
    assert "wire.example" in browser.get("/ui/sources/edit.example").text
    assert "edit.example" in browser.get("/ui/sources").text


def test_the_partners_of_a_source_are_drawn_week_by_week(told: House, browser: FlaskClient) -> None:
    told.clock.advance(days=14)
    told.post("later", FERRY.replace("Monday", "Friday"), "copy.example")
    (drawn,) = re.findall(r'aria-label="([^"]+)"><path d="([^"]+)"', browser.get("/ui/sources/copy.example").text)
    assert drawn[0].startswith("2 in 26 weeks, most in the week of ")
    assert drawn[1] == "M23 10V0h.8V10ZM25 10V0h.8V10Z"
    others = re.findall(r'aria-label="(\d+) in 26 weeks', browser.get("/ui/sources/wire.example").text)
    assert others == ["2", "1"]


def test_the_leaderboard_and_the_matrix_tell_who_reprints_whom(told: House, browser: FlaskClient) -> None:
    page = browser.get("/ui/sources").text
    assert page.index("wire.example</a></th><td") < page.index("copy.example</a></th><td")
    assert 'title="copy.example after wire.example: 1 story, +1 h 00">1</td>' in page
    zoomed = browser.get("/ui/sources?of=copy.example").text
    assert 'title="copy.example after wire.example' in zoomed
    assert 'title="edit.example after wire.example' not in zoomed
    assert browser.get("/ui/sources?sort=reprinted").status_code == 200


def test_ties_are_counted_again_after_a_while(told: House, browser: FlaskClient) -> None:
    browser.get("/ui/sources")
    told.post("late", FERRY, "late.example")
    assert "late.example after wire.example" not in browser.get("/ui/sources").text
    told.clock.advance(minutes=1)
    assert "late.example after wire.example" in browser.get("/ui/sources").text


def test_the_overview_draws_what_came_day_by_day(told: House, browser: FlaskClient) -> None:
    page = browser.get("/").text
    assert 'aria-label="Stories over 30 days"' in page
    assert "<dt>Stories today</dt><dd>4</dd>" in page


def test_a_text_can_be_tried_without_storing_it(told: House, browser: FlaskClient) -> None:
    page = post(browser, "/ui/try", "/ui/try", text=FERRY + "\n\nShare Facebook Twitter E-Mail Print").text
    assert "cut-share" in page
    assert "Electric ferry starts" in page
    assert told.store.stats().stories == 4


def test_the_box_leads_to_an_address_a_text_or_a_title(told: House, browser: FlaskClient) -> None:
    assert post(browser, "/ui/find", q=" https://copy.example/ferry ").headers["Location"] == "/ui/stories/copy"
    assert post(browser, "/ui/find", q="https://copy.example/other").status_code == 404
    assert "Electric ferry starts" in post(browser, "/ui/find", q=FERRY).text
    assert post(browser, "/ui/find", q="ferry").headers["Location"] == "/ui/stories?q=ferry"
    found = browser.get("/ui/stories?q=ferry").text
    assert found.index("Ferry for 300") < found.index("Electric ferry starts")
    assert "at 3 sources" in found
    assert "No story is like that" in browser.get("/ui/stories?q=zeppelin").text
    assert "Electric ferry starts" in browser.get("/ui/clusters?q=ferry").text
    assert "No cluster is like that" in browser.get("/ui/clusters?q=zeppelin").text


@pytest.mark.parametrize("path", ["stories/no", "clusters/no", "sources/no", "no", "compare?a=x&b=y"])
def test_what_is_not_there_is_told_as_a_page(browser: FlaskClient, path: str) -> None:
    response = browser.get(f"/ui/{path}")
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert "/ui/clusters" in response.text


def test_filters_left_empty_do_not_count(told: House, browser: FlaskClient) -> None:
    page = browser.get("/ui/clusters?source=&since=2024-05-06&until=&min_sources=").text
    assert "Electric ferry starts" in page
    assert "No cluster is like that" in browser.get("/ui/clusters?min_sources=9").text
    assert browser.get("/ui/clusters?since=then").status_code == 422


def test_nothing_inline_is_allowed_to_run(told: House, browser: FlaskClient) -> None:
    for path in ("/", "/ui/clusters", f"/ui/clusters/{cluster_of(told, 'wire')}", "/ui/compare?a=wire&b=edit"):
        response = browser.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
        assert not re.search(r'<style|\sstyle=|<script(?![^>]*\bsrc=)|\son[a-z]+="', response.text)


def test_files_are_kept_for_good_under_a_name_that_tells_what_is_in_them(browser: FlaskClient) -> None:
    for address in re.findall(r'(?:src|href)="(/ui/assets/[^"]+)"', browser.get("/").text):
        response = browser.get(address, headers={"Accept-Encoding": "gzip"})
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["Content-Encoding"] == "gzip"
    assert browser.get("/ui/assets/ui-0000000000.css").status_code == 404


def test_a_proxy_that_is_trusted_moves_every_link(told: House, browser_with: OPEN) -> None:
    said = {"X-Forwarded-Prefix": "/news/", "X-Forwarded-Proto": "https"}
    page = browser_with(trusted_proxies=("127.0.0.0/8",)).get("/", headers=said)
    assert not [
        link for link in re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text) if not link.startswith("/news/")
    ]
    assert "Secure" in page.headers["Set-Cookie"]
    assert "Path=/news/" in page.headers["Set-Cookie"]
    listed = browser_with(trusted_proxies=("127.0.0.1",)).get("/news/v1/stories?limit=1", headers=said)
    assert listed.headers["Link"].startswith("</news/v1/stories?")
    assert "/news/" not in browser_with().get("/", headers=said).text


def test_screens_can_be_left_out(browser_with: OPEN) -> None:
    browser = browser_with(ui=False)
    assert browser.get("/").headers["Location"] == "/docs"
    assert browser.get("/ui/clusters").status_code == 404


def test_a_form_from_elsewhere_changes_nothing(browser: FlaskClient) -> None:
    assert browser.post("/ui/sources/a/boilerplate/b/forget", data={"token": ""}).status_code == 403
    browser.get("/")
    forged = "0123456789abcdef.0123456789012345678901234567890123456789"
    assert browser.post("/ui/sources/a/boilerplate/b/forget", data={"token": forged}).status_code == 403
    assert (
        post(browser, "/ui/sources/a/boilerplate/b/forget").status_code == 404
    )  # the token is right, the block not there


def test_people_sign_in_with_a_key_and_out(told: House, browser_with: OPEN) -> None:
    browser = browser_with(api_keys=("sesame",))
    sent = browser.get("/ui/clusters?min_sources=2")
    assert sent.headers["Location"] == "/ui/sign-in?next=/ui/clusters?min_sources%3D2"
    wrong = post(browser, "/ui/sign-in", "/ui/sign-in", key="simsalabim")
    assert wrong.status_code == 401
    assert "none of the keys" in wrong.text
    right = post(browser, "/ui/sign-in", "/ui/sign-in", key="sesame", next="/ui/clusters?min_sources=2")
    assert right.headers["Location"] == "/ui/clusters?min_sources=2"
    cookie = right.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert browser.get("/ui/clusters").status_code == 200
    assert browser.get("/v1/clusters.csv").status_code == 200
    assert browser.get("/v1/clusters").status_code == 401
    assert post(browser, "/ui/sign-out").status_code == 303
    assert browser.get("/ui/clusters").status_code == 302


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", ""])
def test_signing_in_leads_nowhere_else(browser_with: OPEN, elsewhere: str) -> None:
    browser = browser_with(api_keys=("sesame",))
    assert post(browser, "/ui/sign-in", "/ui/sign-in", key="sesame", next=elsewhere).headers["Location"] == "/"


def test_a_session_ends_when_its_key_is_removed(browser_with: OPEN) -> None:
    browser = browser_with(api_keys=("sesame", "other"))
    cookie = post(browser, "/ui/sign-in", "/ui/sign-in", key="sesame").headers["Set-Cookie"].partition(";")[0]
    elsewhere, later = browser_with(api_keys=("sesame",)), browser_with(api_keys=("other",))
    for client in (elsewhere, later):
        client.set_cookie(*cookie.split("=", 1))
    assert elsewhere.get("/").status_code == 200
    assert later.get("/").status_code == 302
    elsewhere.set_cookie(*cookie[:-1].split("=", 1))
    assert elsewhere.get("/").status_code == 302


def test_a_key_opens_what_its_scopes_say(told: House, browser_with: OPEN) -> None:
    browser = browser_with(keys=(Key(name="r", sha256=[key_hash("reader")], scopes=frozenset({"read"})),))
    post(browser, "/ui/sign-in", "/ui/sign-in", key="reader")
    assert browser.get("/ui/clusters").status_code == 200
    assert post(browser, "/ui/sources/wire.example/boilerplate/b/allow").status_code == 403


def test_ten_wrong_keys_close_the_door_for_the_minute(browser_with: OPEN) -> None:
    browser = browser_with(api_keys=("sesame",))
    statuses = [post(browser, "/ui/sign-in", "/ui/sign-in", key=f"guess {number}").status_code for number in range(10)]
    assert statuses == [401] * 10
    refused = post(browser, "/ui/sign-in", "/ui/sign-in", key="sesame")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
