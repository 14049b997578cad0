"""Stories found by words: both engines answer alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from twicetold.domain.fingerprint.searchable import QueryWords, query_words, searchable
from twicetold.store.open import open_store
from twicetold.store.open import restore as restore_store
from twicetold.store.queries.searching import LAST_KEY
from twicetold.usecases.pipeline import Placement
from twicetold.usecases.read_models import ClusterFilter, EventWindow, StoryFilter

from tests.store.conftest import SCHEME
from tests.store.samples import NOON, asked, delete, draft, keys_of, publish

TITLES = {
    "peking": "北京市长宣布新计划",
    "zurich": "Zürich stimmt ab",
    "cairo": "الحكومة في القاهرة تعلن",
    "delhi": "दिल्ली में मुख्यमंत्री ने कहा",
    "seoul": "서울 시장이 말했다",
    "ferry": 'Ferry line\'s re-opening: 2.5 million "saved" AND NOT* (lost)',
    "deseret": "𐐔𐐯𐑅𐐨𐑉𐐯𐐻 ɮɮ ⅷ",
}


def told(story_id, title, **fields):
    return draft(story_id, title=title, searchable=searchable(title=title, url=None, text=""), **fields)


@pytest.fixture
def filled(store):
    keys_of(store, *(told(name, title) for name, title in TITLES.items()))
    return store


def found(store, query, **wanted):
    words = query if isinstance(query, QueryWords) else query_words(query)
    page = asked(store).stories(StoryFilter(words=words, **wanted), after=None, limit=9)
    return [item.story.id for item in page.items]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("北京", ["peking"]),
        ("市长", ["peking"]),
        ("北", ["peking"]),
        ("京长", []),
        ("Zü", ["zurich"]),
        ("zurich ab", ["zurich"]),
        ("urich", []),
        ("القاهره", ["cairo"]),
        ("في الحكومة", ["cairo"]),
        ("मुख्यमंत्री", ["delhi"]),
        ("मुख्य", ["delhi"]),
        ("मंत्री", []),
        ("서울시장", ["seoul"]),
        ("서", ["seoul"]),
        ("reopening", ["ferry"]),
        ("2.5", ["ferry"]),
        ('saved" OR "zurich', []),
        ("NOT lost", ["ferry"]),
        ("NEAR(ferry line)", []),
        ("ferry' | 'zurich", []),
        ("𐐔𐐯𐑅𐐨𐑉𐐯𐐻", ["deseret"]),
        ("viii", ["deseret"]),
    ],
)
def test_words_are_found_in_every_script_and_none_is_read_as_syntax(filled, query, ids):
    assert found(filled, query) == ids


def test_stories_with_the_words_come_latest_first_page_by_page(store):
    keys_of(store, *(told(f"s{number}", "ferry line", minutes=number) for number in range(7)), told("x", "tram"))
    ids, after = [], None
    while True:
        page = asked(store).stories(StoryFilter(words=query_words("ferry")), after=after, limit=3)
        ids += [item.story.id for item in page.items]
        after = page.next
        if after is None:
            break
    assert ids == [f"s{number}" for number in reversed(range(7))]


def test_words_go_with_source_time_and_url(store):
    keys_of(
        store,
        told("a", "ferry", url="herald.example/1"),
        told("b", "ferry", source="times.example", minutes=300),
        told("c", "ferry", minutes=600),
        told("d", "tram", url="herald.example/1", minutes=600),
    )
    assert found(store, "ferry", source="herald.example") == ["c", "a"]
    assert found(store, "ferry", source="herald") == []
    assert found(store, "ferry", url_key="herald.example/1") == ["a"]
    assert found(store, "ferry", since=NOON + timedelta(minutes=300)) == ["c", "b"]
    assert found(store, "ferry", until=NOON + timedelta(minutes=300)) == ["a"]


def test_words_change_with_their_story_and_go_with_it(store):
    (key,) = keys_of(store, told("a", "ferry"))
    publish(store, told("a", "tram", text="another text than before"))
    assert (found(store, "ferry"), found(store, "tram")) == ([], ["a"])
    delete(store, key)
    assert found(store, "tram") == []
    assert asked(store).unsearched(limit=9) == []


def test_a_corrected_title_waits_for_its_words_where_the_rest_was_not_sent(store):
    publish(store, told("a", "ferry", url="https://herald.example/1"))
    publish(store, told("a", "tram", url="https://herald.example/1"))
    assert found(store, "tram") == ["a"]
    assert asked(store).unsearched(limit=9) == []
    publish(store, told("a", None, url="https://herald.example/2"))
    assert [stored.story.title for stored in asked(store).unsearched(limit=9)] == ["tram"]


def test_words_are_entered_for_stories_that_wait_and_for_no_others(filled):
    filled.reindex(lambda done, total: None)
    waiting = asked(filled).unsearched(limit=99)
    assert sorted(stored.story.id for stored in waiting) == sorted(TITLES)
    assert found(filled, "北京") == ["peking"]
    ferry, zurich = (next(one.key for one in waiting if one.story.id == name) for name in ("ferry", "zurich"))
    publish(filled, told("ferry", "tram", text="another text than before"))
    filled.enter_words({ferry: ("late",), zurich: ("genf",), 10**6: ("nobody",)})
    assert (found(filled, "tram"), found(filled, "late"), found(filled, "nobody")) == (["ferry"], [], [])
    assert (found(filled, "genf", source="herald.example"), found(filled, "zurich")) == (["zurich"], [])
    assert len(asked(filled).unsearched(limit=99)) == len(TITLES) - 2


def test_clusters_are_found_by_any_of_their_stories(store):
    keys = keys_of(
        store, told("a", "ferry"), told("b", "boat"), told("c", "ferry"), told("d", "boat"), told("e", "tram")
    )

    @store.record
    def _(recording):
        moves = dict(zip(keys[:4], ["c1", "c1", "c2", "c2"], strict=True))
        recording.place(Placement(moves=moves, canonicals={"c1": keys[0], "c2": keys[3]}, at=NOON))

    def clusters(query, **wanted):
        filtered = ClusterFilter(words=query_words(query), **wanted)
        return sorted(one.id for one in asked(store).clusters(filtered, after=None, limit=9).items)

    assert clusters("boat") == ["c1", "c2"]
    assert clusters("tram") == []
    assert clusters("boat", min_size=3) == []


def test_a_restored_store_is_searched_as_the_one_it_was_copied_from(filled, tmp_path):
    filled.backup(tmp_path / "copy.db")
    url = f"sqlite:///{tmp_path}/restored.db"
    restore_store(tmp_path / "copy.db", url, scheme=SCHEME)
    restored = open_store(url, scheme=SCHEME)
    waiting = {one.key: one.story.title for one in asked(restored).unsearched(limit=99)}
    restored.enter_words({key: searchable(title=title, url=None, text="") for key, title in waiting.items()})
    assert [found(restored, query) for query in ("北京", "Zü")] == [["peking"], ["zurich"]]
    restored.close()


def test_candidates_hold_a_word_in_a_time_and_at_a_source(store):
    keys = keys_of(
        store,
        told("a", "ferry"), told("b", "ferry", source="times.example", minutes=60), told("c", "tram", minutes=60),
        told("d", "ferry", minutes=60 * 24 * 9),
    )  # fmt: skip

    def held(**wanted):
        window = {"since": NOON, "until": NOON + timedelta(days=1), "received_until": None, **wanted}
        found = asked(store).holding(["ferry", "tram", "bus"], EventWindow(**window), most=9)
        return {word: [keys.index(key) for key in each] for word, each in found.items()}

    assert held() == {"ferry": [1, 0], "tram": [2], "bus": []}
    assert held(source="times.example") == {"ferry": [1], "tram": [], "bus": []}
    assert held(until=NOON + timedelta(days=99)) == {"ferry": [3, 1, 0], "tram": [2], "bus": []}
    assert held(until=NOON + timedelta(days=99), received_until=NOON + timedelta(days=1))["ferry"] == [1, 0]


def test_words_of_the_latest_stories_are_a_sample(store):
    assert (asked(store).last_key(), asked(store).recent_words(limit=9)) == (0, [])
    keys = keys_of(store, draft("a", "one two"), draft("b", "two three"))
    found = asked(store).recent_words(limit=1)
    assert [(language, words.tolist()) for language, words in found] == [
        ("en", draft("b", "two three").fingerprint.words.tolist())
    ]
    assert asked(store).last_key() == keys[-1]


def test_words_are_found_however_rare_they_are_among_the_latest(store, monkeypatch):
    monkeypatch.setattr("twicetold.store.postgres.search._READ", 4)
    titles = ["common rare" if number < 2 else "common seldom" if number % 5 == 0 else "common" for number in range(40)]
    publish(store, *(told(f"a:{number}", title, minutes=number) for number, title in enumerate(titles)))
    with store._engine.reading() as session:
        for word in ("common", "seldom", "rare"):
            holding = [number + 1 for number, title in enumerate(titles) if word in title][::-1]
            for limit in (1, 3, 9, 50):
                found = session.search.find([word], high=LAST_KEY, limit=limit)
                first = min(found) - holding[len(found) - 1]
                assert [key - first for key in found] == holding[:limit]
