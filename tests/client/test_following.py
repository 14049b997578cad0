"""Exports and changes, with a service that breaks off in the middle."""

import json

import httpx
import pytest
from twicetold_client import Client
from twicetold_client.cli import main


def rows(*pairs):
    return "".join(json.dumps({"story_id": story, "end": end}) + "\n" for story, end in pairs)


class Broken(httpx.SyncByteStream):
    """An answer that ends in an error."""

    def __init__(self, text):
        self._text = text

    def __iter__(self):
        yield self._text.encode()
        raise httpx.ReadError("cut")


def client_of(*answers):
    asked = []
    coming = iter(answers)

    def handle(request):
        asked.append(dict(request.url.params))
        answer = next(coming)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, stream=answer)

    return Client(transport=httpx.MockTransport(handle), sleep=lambda _: None), asked


def test_an_export_that_breaks_off_goes_on_behind_its_last_row():
    client, asked = client_of(Broken(rows(("a", 1), ("b", 2))), httpx.Response(200, text=rows(("c", 3))))
    assert [row["story_id"] for row in client.export("assignments", source="x.example")] == ["a", "b", "c"]
    assert asked == [{"source": "x.example"}, {"source": "x.example", "after": "b"}]


def test_rows_of_one_story_are_given_when_all_of_them_were_read():
    cut = Broken(rows(("a", 1), ("a", 2), ("b", 1)))  # b may have more
    client, asked = client_of(cut, httpx.Response(200, text=rows(("b", 1), ("b", 2))))
    given = [(row["story_id"], row["end"]) for row in client.export("removed-spans")]
    assert given == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert asked[1] == {"after": "a"}


def test_an_export_that_nobody_offers_is_refused_by_name():
    with pytest.raises(ValueError, match="assignments"):
        list(Client().export("everything"))


def test_changes_go_on_behind_the_last_one_and_say_what_is_wanted():
    first = httpx.Response(200, text='{"seq": 7, "kind": "match"}\n{"seq": 9, "kind": "match"}\n')
    client, asked = client_of(first, httpx.Response(200, text=""), httpx.Response(200, text='{"seq": 10}\n'))
    changes = client.changes(after=5, kinds="match")
    assert [next(changes)["seq"] for _ in range(3)] == [7, 9, 10]
    assert [(call["after"], call["kinds"]) for call in asked] == [("5", "match"), ("9", "match"), ("9", "match")]


def test_a_table_holds_every_row():
    client, _ = client_of(httpx.Response(200, text=rows(("a", 1), ("b", 2))))
    table = client.to_pandas("assignments")
    assert list(table["story_id"]) == ["a", "b"]


def test_exports_and_changes_of_a_real_service_are_read_whole(server, client, tmp_path, capsys):
    client.submit({"id": "follow-1", "source": "follow.example", "text": "The ferry left the harbour at nine. " * 12})
    client.submit({"id": "follow-2", "source": "other.example", "text": "The ferry left the harbour at nine. " * 12})
    assignments = {row["story_id"]: row for row in client.export("assignments")}
    assert assignments["follow-2"]["canonical_id"] == assignments["follow-1"]["canonical_id"]
    changes = client.changes(after=0, wait=0, kinds="match,story.created")
    found = [next(changes) for _ in range(3)]
    assert {change["kind"] for change in found} == {"match", "story.created"}
    with pytest.raises(SystemExit) as ended:
        main(["export", "assignments", "--to", f"http://127.0.0.1:{server.port}", "--out", str(tmp_path / "a.csv")])
    assert ended.value.code == 0
    assert f"{len(assignments):,} rows" in capsys.readouterr().out
    assert len((tmp_path / "a.csv").read_text().splitlines()) == len(assignments) + 1
