"""What people meet in a browser: layout, keyboard, screen readers, no script, no attack that runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from bench.server import Server

WIDEST = "q=Seeburg&min_sources=5"
SCREENS = {
    "overview": "/",
    "clusters": "/ui/clusters",
    "German clusters": "/ui/clusters?language=de&agency=dpa",
    "nothing found": "/ui/clusters?min_sources=900000",
    "compare": "/ui/compare?a=kustennachrichten:harbour&b=eastgate-times:55",
    "compare form": "/ui/compare",
    "stories": "/ui/stories",
    "story": "/ui/stories/daily-current:a1",
    "Arabic story": "/ui/stories/sahil-news:water",
    "versions": "/ui/stories/seeburger-bote:4411",
    "try": "/ui/try",
    "sources": "/ui/sources",
    "source": "/ui/sources/nordlicht.example",
    "not there": "/ui/stories/nobody",
    "sign in": "/ui/sign-in",
}
BYTES, REQUESTS = 60_000, 4
"""What the first view of a screen may take."""
DOCS_BYTES = 505_000


@pytest.fixture
def visit(chromium: Browser, site: Server) -> Iterator[Any]:
    """Open a path in a browser of some kind; the page, whose faults are in `page.faults`."""
    contexts = []

    def open_page(path: str, *, width: int = 1280, **kind: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **kind)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("dialog", lambda dialog: (page.faults.append("a dialog"), dialog.dismiss()))
        page.goto(f"http://127.0.0.1:{site.port}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def go(page: Page, site: Server, path: str) -> None:
    page.goto(f"http://127.0.0.1:{site.port}{path}")


def widest(site: Server) -> str:
    _, found = site.ask("GET", f"/v1/clusters?{WIDEST}")
    return f"/ui/clusters/{found['clusters'][0]['id']}"


def faults_of(page: Page) -> list[str]:
    """Faults but that of a page that tells it is not there."""
    return [fault for fault in page.faults if "404" not in fault]


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_every_screen_fits_and_can_be_read_by_all(visit: Any, site: Server, width: int, scheme: str) -> None:
    page, axe, found = visit("/", width=width, color_scheme=scheme), Axe(), {}
    for name, path in {**SCREENS, "cluster": widest(site), "related": f"{widest(site)}?related=1"}.items():
        go(page, site, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        violations = axe.run(page).response["violations"]
        serious = [each for each in violations if each["impact"] in {"serious", "critical"}]
        if serious:
            found[name] = [(each["id"], each["nodes"][0]["html"][:200]) for each in serious]
    assert found == {}
    assert faults_of(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (700, "light"), (1280, "light"), (2000, "light")])
def test_no_width_is_cut_off(visit: Any, site: Server, width: int, scheme: str) -> None:
    page = visit("/", width=width, color_scheme=scheme)
    for name, path in {**SCREENS, "cluster": widest(site), "related": f"{widest(site)}?related=1"}.items():
        go(page, site, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_every_screen_works_without_scripts(visit: Any, site: Server) -> None:
    page = visit("/", java_script_enabled=False)
    for name, path in {**SCREENS, "cluster": widest(site), "related": f"{widest(site)}?related=1"}.items():
        go(page, site, path)
        assert page.locator("h1").count() == 1, name
    go(page, site, "/ui/stories/daily-current:a1")
    assert page.locator(".cut").first.is_visible()
    page.get_by_text("As cleaned").click()
    assert not page.locator(".cut").first.is_visible()
    go(page, site, "/ui/try")
    page.get_by_label("Text or page").fill("The old harbour of Seeburg will be closed. Share Facebook Twitter Print")
    page.get_by_role("button", name="Clean and match").click()
    assert page.get_by_role("heading", name="As cleaned").is_visible()


def test_three_clicks_lead_to_who_had_it_first_and_what_each_changed(visit: Any) -> None:
    page = visit("/")
    page.get_by_role("link", name="Seeburg closes its harbour front to cars").first.click()
    assert page.locator(".lanes .first .source").inner_text() == "kuestenwire.example"
    assert page.locator(".edited del", has_text="46").is_visible()
    page.get_by_role("link", name="Compare with the first").first.click()
    assert page.locator(".shared").count() >= 2


def test_the_keyboard_reaches_everything(visit: Any, site: Server) -> None:
    page = visit(widest(site))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('mark')"):
            break
    tip = page.locator(".mark:focus .tip")
    assert tip.is_visible()
    assert "told first" in tip.text_content() or "canonical" in tip.text_content()


def test_passages_lead_to_each_other_and_only_differences_can_be_shown(visit: Any) -> None:
    page = visit("/ui/compare?a=kustennachrichten:harbour&b=tidepost:1882")
    page.locator("#a2 .number").click()
    assert page.url.endswith("#b2")
    long = page.locator("#a1").bounding_box()["height"]
    page.get_by_text("Only what differs").click()
    assert page.locator("#a1").bounding_box()["height"] < long / 2
    assert page.locator("del", has_text="46").is_visible()


def test_texts_stand_in_their_direction(visit: Any, site: Server) -> None:
    page = visit("/ui/stories/sahil-news:water")
    direction = "element => getComputedStyle(element).direction"
    assert page.locator("h1").evaluate(direction) == "rtl"
    assert page.locator(".text").evaluate(direction) == "rtl"
    go(page, site, "/ui/stories/linhai-wanbao:bridge")
    assert page.locator(".text").evaluate(direction) == "ltr"
    assert page.locator(".text").get_attribute("lang") == "zh"


def test_no_attack_of_two_hundred_runs(visit: Any, site: Server) -> None:
    page = visit("/")
    numbers = range(0, 200, 8)
    stories = [site.ask("GET", f"/v1/stories/attack:{number}")[1] for number in numbers]
    clusters = sorted({f"/ui/clusters/{story['cluster']['id']}" for story in stories if story["cluster"]})
    assert clusters
    paths = [
        *clusters,
        "/ui/clusters",
        "/ui/sources",
        "/ui/compare?a=attack:0&b=attack:8",
        "/ui/clusters?q=<script>hit",
    ]
    for cluster in clusters:
        go(page, site, cluster)
        following = page.get_by_role("link", name="Next page")
        paths += [following.last.get_attribute("href")] if following.count() else []
    paths += [f"/ui/stories/attack:{number}" for number in numbers]
    for path in paths:
        go(page, site, path)
        page.mouse.move(300, 300)
        assert page.evaluate("window.hit || document.title === 'hit'") in (None, False), path
        assert page.locator("script:not([src]), iframe, object, embed, [onerror], [onload], base").count() == 0, path
    assert page.locator("a[href^='javascript:' i], a[href^='data:' i]").count() == 0
    assert [fault for fault in faults_of(page) if "422" not in fault] == []


def test_screens_are_light_even_of_a_crowd(visit: Any, site: Server) -> None:
    _, story = site.ask("GET", "/v1/stories/crowd:0")
    paths = {**SCREENS, "cluster": widest(site), "crowd": f"/ui/clusters/{story['cluster']['id']}"}
    for name, path in paths.items():
        page = visit("/livez")
        sent: list[int] = []
        page.on("requestfinished", lambda request, sent=sent: sent.append(request.sizes()["responseBodySize"]))
        go(page, site, path)
        page.wait_for_load_state("networkidle")
        assert len(sent) <= REQUESTS, name
        assert sum(sent) <= BYTES, name


def test_a_cluster_prints_without_its_buttons(visit: Any, site: Server) -> None:
    page = visit(widest(site))
    page.emulate_media(media="print")
    assert not page.locator("header.top nav").is_visible()
    assert page.locator(".lanes").is_visible()


def test_people_sign_in_and_out(chromium: Browser, tmp_path: Any) -> None:
    with Server(tmp_path, workers=2, extraction_children=1, api_keys="sesame") as server:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.port}/ui/sources")
        page.get_by_label("Key").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        assert page.get_by_role("alert").is_visible()
        page.get_by_label("Key").fill("sesame")
        page.keyboard.press("Enter")
        page.wait_for_url("**/ui/sources")
        (cookie,) = context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)
        for _ in range(4):  # both workers know the session
            page.reload()
            assert page.get_by_role("heading", name="Sources").is_visible()
        page.get_by_role("button", name="Sign out").click()
        assert page.get_by_label("Key").is_visible()
        context.close()


def test_the_documentation_fits_a_phone_and_keeps_the_key_for_its_tab(visit: Any, site: Server) -> None:
    page = visit("/docs", width=390)
    page.get_by_role("button", name="Authorize").click()
    page.locator(".auth-container input").fill("sesame")
    page.locator(".auth-btn-wrapper .authorize").click()
    page.reload()
    page.locator(".authorization__btn.locked, .authorize.locked").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first, prose = page.locator(".opblock").first.bounding_box(), page.locator(".information-container").bounding_box()
    assert first["y"] < prose["y"]
    assert page.evaluate("localStorage.length") == 0
    assert faults_of(page) == []


def test_the_documentation_can_be_read_by_all_with_calls_opened_and_sends_little(visit: Any, site: Server) -> None:
    page, sent = visit("/livez", width=390), list[int]()
    page.on("requestfinished", lambda request: sent.append(request.sizes()["responseBodySize"]))
    go(page, site, "/docs")
    page.locator(".opblock").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert sum(sent) <= DOCS_BYTES
    for name in ("submitStory", "listClusters", "forgetStory", "exportRelated"):
        page.locator(f"[id$=-{name}] .opblock-summary-control").click()
        page.locator(f"[id$=-{name}] .responses-table").first.wait_for()
    page.wait_for_timeout(200)  # texts are coloured a moment later
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    violations = Axe().run(page).response["violations"]
    serious = [each for each in violations if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in serious] == []
    assert faults_of(page) == []
