"""One crawler's day with the real service: pages, reprints, versions, reports."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.contract import CONTRACT, ContractClient, resolved

REPORT = (
    "The ferry line between the two harbours reopened on Monday after four months of repairs to its pier. "
    "The operator said that all six daily crossings would run again from Wednesday, and that tickets bought before "
    "the closure stay valid until the summer. Islanders had relied on a single cargo boat since November, when a "
    "storm tore the landing stage from its piles and left three families without a way to school."
)
PAGE = f"""<!doctype html><html lang="en"><head><title>Crossings resume - Island News</title></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Crossings resume</h1>{"".join(f"<p>{part}.</p>" for part in REPORT.rstrip(".").split(". "))}</article>
<footer>Share Facebook Twitter Whatsapp</footer></body></html>"""


@pytest.fixture(scope="module")
def day(app: Any) -> ContractClient:
    """The service after a wire story, its reprint as a page, and an unrelated story."""
    client = ContractClient(app)
    answers = client.batch(
        [
            {
                "id": "wire:1",
                "source": "wire.example",
                "title": "Ferry line reopens",
                "published_at": "2026-03-02T07:30:00Z",
                "text": f"HARBOUR TOWN (Reuters) - {REPORT}\n\nShare Facebook Twitter Whatsapp Permalink https://w.example/1",
            },
            {"url": "https://www.island-news.example/a", "published_at": "2026-03-02T08:00:00Z", "html": PAGE},
            {
                "id": "other",
                "source": "third.example",
                "text": "Fruit growers expect the smallest harvest in years. " * 5,
            },
        ]
    )
    assert [answer["status"] for answer in answers] == [201, 201, 201]
    return client


def test_clutter_and_credits_are_cut_and_told(day: ContractClient) -> None:
    story = day.get("/v1/stories/wire:1").get_json()["story"]
    assert story["text"].strip() == REPORT
    assert story["credits"]["agencies"] == ["Reuters"]
    assert {span["kind"] for span in story["removed"]} >= {"share", "agency"}


def test_a_page_matches_the_wire_story_it_reprints(day: ContractClient) -> None:
    (found,) = day.get("/v1/stories?url=https://island-news.example/a").get_json()["stories"]
    assert found["story"]["source"] == "island-news.example"
    (match,) = day.get(f"/v1/stories/{found['story']['id']}/matches").get_json()["matches"]
    assert (match["story_id"], match["relation"] in {"exact", "reprint"}) == ("wire:1", True)
    assert match["passages"]


def test_the_report_names_the_first_and_the_lag_of_the_second(day: ContractClient) -> None:
    cluster = day.get("/v1/stories/wire:1").get_json()["cluster"]
    answer = day.get(f"/v1/clusters/{cluster['id']}").get_json()
    assert [(each["source"], each["lag_seconds"]) for each in answer["members"]] == [
        ("wire.example", 0),
        ("island-news.example", 1800),
    ]
    assert answer["cluster"]["canonical_id"] == "wire:1"
    assert answer["agencies"] == ["Reuters"]
    assert day.get("/v1/clusters?min_sources=2&source=wire.example").get_json()["clusters"] == [answer["cluster"]]


def test_sources_tell_who_was_first(day: ContractClient) -> None:
    answer = day.get("/v1/sources/wire.example").get_json()
    assert answer["source"]["first"] == 1
    (reprinting,) = answer["reprinted_by"]
    assert (reprinting["source"], reprinting["stories"], reprinting["whole"]) == ("island-news.example", 1, 1)


def test_an_unrelated_story_matches_nothing(day: ContractClient) -> None:
    assert day.get("/v1/stories/other/matches").get_json()["total"] == 0


def test_an_excerpt_is_recognised_without_being_stored(day: ContractClient) -> None:
    excerpt = " ".join(REPORT.split()[10:60])
    matches = day.post("/v1/match", {"text": excerpt}).get_json()["matches"]
    assert {match["relation"] for match in matches} == {"excerpt_of"}
    assert day.get("/v1/stories?source=unknown").get_json()["stories"] == []


def test_a_changed_story_keeps_its_history(day: ContractClient) -> None:
    day.post(
        "/v1/stories", {"id": "versions", "source": "v.example", "text": "First words of a text that will change."}
    )
    day.post(
        "/v1/stories", {"id": "versions", "source": "v.example", "text": "Other words of a text that has changed."}
    )
    answer = day.get("/v1/stories/versions").get_json()
    assert [revision["version"] for revision in answer["revisions"]] == [1, 2]
    assert answer["story"]["version"] == 2


def test_a_forgotten_story_is_matched_no_more(day: ContractClient) -> None:
    text = {
        "text": "Nobody had seen the lighthouse keeper since the first of the month, when the lamp went out for good."
    }
    day.post("/v1/stories", {"id": "keeper", **text})
    assert day.post("/v1/match", text).get_json()["total"] == 1
    assert day.delete("/v1/stories/keeper").status_code == 204
    assert day.post("/v1/match", text).get_json()["total"] == 0


def test_a_signature_loads_in_datasketch(day: ContractClient) -> None:
    from datasketch import MinHash

    told = day.post("/v1/signature", {"text": REPORT}).get_json()
    again = day.post("/v1/signature", {"text": REPORT}).get_json()
    loaded = [
        MinHash(num_perm=each["permutations"], seed=each["seed"], scheme=each["scheme"], hashvalues=each["signature"])
        for each in (told, again)
    ]
    assert loaded[0].jaccard(loaded[1]) == 1.0


@pytest.mark.parametrize("path", ["/v1/clean", "/v1/compare"])
def test_the_answer_that_the_contract_shows_is_the_real_one(app: Any, path: str) -> None:
    call = CONTRACT["paths"][path]["post"]
    request = call["requestBody"]["content"]["application/json"]["example"]
    shown, _ = resolved(call["responses"]["200"]["content"]["application/json"]["examples"]["shown"], "")
    assert ContractClient(app).post(path, request).get_json() == shown["value"]


def test_a_text_without_words_has_no_signature(day: ContractClient) -> None:
    told = day.post("/v1/signature", {"text": "— … —"}).get_json()
    assert (told["words"], told["signature"]) == (0, [])


def test_texts_with_every_kind_of_character_come_back_whole(day: ContractClient) -> None:
    text = "Ünïcödé 漢字 العربية 😀 \u200b\u2028 \ufdd0 \U0010ffff end of it all, at last."
    answer = day.post("/v1/stories", {"id": "characters", "text": text}).get_json()
    assert answer["story"]["text"] == text
