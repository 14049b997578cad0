"""Two hundred attacks in every field that reaches a screen, put into the store past all checks of what is sent."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import quote

import msgspec
import pytest
from flask.testing import FlaskClient
from twicetold.domain.model import Credits, Override, OverrideAction, Relation, RemovedSpan, Story
from twicetold.usecases.pipeline import Placement
from twicetold.usecases.ports import Recording
from twicetold.web.keys import Key, key_hash

from tests.browser.hostile import ATTACKS
from tests.store.samples import NOON, draft, match
from tests.ui.test_screens import OPEN, post
from tests.usecases.conftest import House

CHUNK = 50
"""Attacks that one cluster holds: as many as a page of it shows, twice."""
TAGS = frozenset({
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "div", "svg", "rect", "nav", "form",
    "input", "button", "main", "footer", "p", "span", "h1", "h2", "h3", "label", "textarea", "datalist", "option",
    "table", "thead", "tbody", "tr", "th", "td", "section", "ul", "ol", "li", "dl", "dt", "dd", "small", "b", "del",
    "ins", "time", "use", "path", "circle", "defs", "line", "text", "details", "summary", "article", "aside", "pre",
})  # fmt: skip
"""What screens are made of."""
NO_SCRIPTS = frozenset({"href", "src", "action", "formaction", "data", "poster"})


class Elements(HTMLParser):
    """Finds what a page of ours never holds."""

    def __init__(self) -> None:
        super().__init__()
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in TAGS or (tag == "script" and "src" not in named):
            self.odd.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            told = (value or "").strip().lower()
            runs = name in NO_SCRIPTS and told.startswith(("javascript:", "data:", "vbscript:", "//"))
            if runs or name.startswith("on") or name in {"style", "srcdoc"} or (tag == "meta" and name == "http-equiv"):
                self.odd.append(f"{tag} {name}={value}")


def odd(page: str) -> list[str]:
    elements = Elements()
    elements.feed(page)
    elements.close()
    return elements.odd


@pytest.fixture
def attacked(house: House) -> House:
    """Clusters of CHUNK stories, each story with one attack as everything that is said of it."""
    for start in range(0, len(ATTACKS), CHUNK):
        drafts = [
            draft(
                f"attack:{start + number}",
                text=f"{attack} the river rose by two metres overnight as number {start + number} says {attack}",
                source=attack,
                title=attack,
                url=attack if number % 2 else f"https://attack.example/{start + number}?q={quote(attack)}",
                language=attack,
                minutes=start + number,
                credits=Credits(agencies=(attack,), byline=attack, dateline=attack, origin=attack),
                metadata={attack: attack},
                warnings=(attack,),
            )
            for number, attack in enumerate(ATTACKS[start : start + CHUNK])
        ]
        drafts = [msgspec.structs.replace(each, story=_cut(each.story)) for each in drafts]
        keys = [one.key for one in house.store.publish(drafts, now=NOON)]
        cluster_id = f"c{start}"

        def work(recording: Recording, keys: list[int] = keys, cluster_id: str = cluster_id) -> None:
            first, *others = keys
            recording.save([match(key, first, Relation.REPRINT) for key in others])
            recording.save([match(first, key, Relation.REPRINT) for key in others])
            moves = dict.fromkeys(keys, cluster_id)
            recording.place(Placement(moves=moves, canonicals={cluster_id: first}, at=NOON))
            recording.finish(keys)

        house.store.record(work)
    return house


def _cut(story: Story) -> Story:
    """A story from which its title was cut, by a rule of that name."""
    title = story.title or ""
    cut = RemovedSpan(kind=title, rule=title, start=0, end=len(title), text=title, support=4)
    return msgspec.structs.replace(story, removed=(cut,))


def test_no_field_of_a_story_becomes_markup(attacked: House, browser: FlaskClient) -> None:
    paths = ["/", "/ui/clusters", "/ui/stories", "/ui/sources", "/ui/try"]
    paths += [f"/ui/clusters/c{start}?related=1" for start in range(0, len(ATTACKS), CHUNK)]
    paths += [f"/ui/stories/attack:{number}" for number in range(len(ATTACKS))]
    paths += [f"/ui/compare?a=attack:0&b=attack:{number}" for number in range(2, len(ATTACKS), 20)]
    paths += [f"/ui/sources/{quote(attack, safe='')}" for attack in ATTACKS[::10] if "/" not in attack]
    found = {}
    for path in paths:
        response = browser.get(path)
        if response.status_code not in {200, 404} or odd(response.text):
            found[path] = (response.status_code, odd(response.text)[:3])
    assert found == {}


def test_nothing_that_is_asked_for_becomes_markup(attacked: House, browser: FlaskClient) -> None:
    fields = {"/ui/clusters": ("q", "source", "language", "agency", "since", "sort", "cursor"), "/ui/stories": ("q",)}
    found = {}
    for number, attack in enumerate(ATTACKS):
        for path, names in fields.items():
            name = names[number % len(names)]
            for address in (f"{path}?{name}={quote(attack)}", f"{path}/{quote(attack, safe='')}"):
                page = browser.get(address).text
                if odd(page):
                    found[address] = odd(page)[:3]
        if odd(answer := post(browser, "/ui/find", q=attack).text):
            found[f"find {attack}"] = odd(answer)[:3]
    assert found == {}


def test_nothing_that_people_say_becomes_markup(attacked: House, browser_with: OPEN) -> None:
    for number, attack in enumerate(ATTACKS[:20]):
        attacked.application.overruling.judge(
            "attack:0", f"attack:{2 * number + 2}", same=True, note=attack, given_by=attack
        )
        attacked.store.put_overrides(attack, [Override(action=OverrideAction.CUT, block=f"{attack} words of it")])
    key = Key(name=ATTACKS[0], sha256=[key_hash("sesame")], scopes=frozenset({"read", "write"}))
    browser = browser_with(keys=(key,))
    post(browser, "/ui/sign-in", "/ui/sign-in", key="sesame")
    for number in range(20):
        page = browser.get(f"/ui/compare?a=attack:0&b=attack:{2 * number + 2}")
        assert "A person said: same" in page.text
        assert odd(page.text) == []


def test_every_action_asks_for_its_token(browser: FlaskClient) -> None:
    rules = [rule for rule in browser.application.url_map.iter_rules() if rule.endpoint.startswith("ui.")]
    actions = [rule for rule in rules if "POST" in (rule.methods or set())]
    assert len(actions) >= 8
    for rule in actions:
        path = str(rule).replace("<source>", "a.example").replace("<block_id>", "b")
        for form in ({"q": "x"}, {"token": "0123456789abcdef.0123456789012345678901234567890123456789"}):
            assert browser.post(path, data=form).status_code == 403, path
