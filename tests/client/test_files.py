"""Parquet and feeds as files that stories come from and answers go to."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet as arrow
from twicetold_client import parquet
from twicetold_client.progress import Bar
from twicetold_client.records import Mapped, Unreadable, records

RSS = """<?xml version="1.0" encoding="iso-8859-1"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Herald</title>
<language>de</language>
<item><title>Die F\xe4hre &amp; der Hafen</title><link>https://herald.example/1</link>
<pubDate>Mon, 02 Mar 2026 07:30:00 GMT</pubDate><description>kurz</description>
<content:encoded>&lt;p&gt;Die erste F\xe4hre legte an.&lt;/p&gt;</content:encoded></item>
<item><title>Ohne Adresse</title><guid>https://herald.example/2</guid><description>Nur Text.</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Ferry</title>
<link rel="self" href="https://herald.example/api/3"/><link href="https://herald.example/3"/>
<published>2026-03-02T07:30:00Z</published>
<summary>The first ferry docked.</summary></entry></feed>"""


def stories(path, **names):
    return [record.story or record.error for record in records(str(path), Mapped(names))]


def test_the_items_of_a_feed_are_stories(tmp_path):
    path = tmp_path / "news.rss"
    path.write_bytes(RSS.encode("latin-1"))
    first, second = stories(path)
    assert first == {
        "url": "https://herald.example/1", "title": "Die Fähre & der Hafen", "html": "<p>Die erste Fähre legte an.</p>",
        "language": "de", "published_at": "Mon, 02 Mar 2026 07:30:00 GMT",
    }  # fmt: skip
    assert second == {"url": "https://herald.example/2", "title": "Ohne Adresse", "text": "Nur Text.", "language": "de"}


def test_the_entries_of_atom_are_stories_at_their_own_address(tmp_path):
    path = tmp_path / "news.atom"
    path.write_text(ATOM)
    (story,) = stories(path)
    assert story["url"] == "https://herald.example/3"
    assert story["text"] == "The first ferry docked."
    assert story["published_at"] == "2026-03-02T07:30:00Z"


def test_a_feed_that_is_broken_gives_what_stands_before_the_break(tmp_path):
    path = tmp_path / "news.xml"
    path.write_text(ATOM.replace("</feed>", "<entry>"))
    story, error = stories(path)
    assert story["title"] == "Ferry"
    assert "not well-formed" in error


def test_columns_of_parquet_that_are_no_text_are_sent_as_a_story_has_them(tmp_path):
    path = tmp_path / "news.parquet"
    page = "<meta charset=windows-1252><p>Die erste F\xe4hre legte an."
    columns = {"id": [7, 8], "html": [page.encode("latin-1")] * 2, "published_at": [date(2026, 3, 2), None]}
    arrow.write_table(pa.table(columns | {"title": pa.array([float("nan"), None])}), path)
    first, second = stories(path)
    assert first == {"id": "7", "html": page, "published_at": "2026-03-02"}
    assert second == {"id": "8", "html": page}


def test_rows_of_parquet_are_stories_under_the_names_the_file_has(tmp_path):
    path = tmp_path / "news.parquet"
    when = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    arrow.write_table(pa.table({"link": ["https://a.example/1"], "body": ["One."], "published_at": [when]}), path)
    (story,) = stories(path, url="link", text="body")
    assert story == {"url": "https://a.example/1", "text": "One.", "published_at": when}


def test_parquet_without_the_column_says_what_it_has(tmp_path):
    path = tmp_path / "news.parquet"
    arrow.write_table(pa.table({"link": ["x"], "body": ["One."]}), path)
    (error,) = stories(path, text="content")
    assert "no 'content'" in error
    assert "body, link" in error


def test_what_is_no_parquet_is_refused(tmp_path):
    path = tmp_path / "news.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(Unreadable, match="no Parquet"):
        stories(path)


def test_rows_are_written_with_the_types_of_their_columns(tmp_path):
    path = tmp_path / "assignments.parquet"
    row = {"story_id": "a", "is_canonical": True, "confidence": None, "words": 7, "published_at": None, "why": ["x"]}
    late = row | {"story_id": "b", "confidence": 0.5, "published_at": "2026-03-02T07:30:00Z", "why": None}
    assert parquet.write(path, [row] * parquet.ROWS + [late]) == parquet.ROWS + 1
    table = arrow.read_table(path)
    assert table.schema.field("confidence").type == pa.float64()
    assert table.slice(parquet.ROWS).to_pylist() == [late | {"published_at": datetime(2026, 3, 2, 7, 30, tzinfo=UTC)}]
    assert table.slice(0, 1).to_pylist()[0]["why"] == '["x"]'


def test_a_write_that_fails_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "assignments.parquet"
    parquet.write(path, [{"story_id": "a"}])

    def failing():
        yield {"story_id": "b"}
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        parquet.write(path, failing())
    assert arrow.read_table(path).to_pylist() == [{"story_id": "a"}]


def test_progress_tells_the_rate_and_what_is_left():
    bar = Bar(1000)
    bar.read(250)
    bar.show(50)
    assert bar.line(10) == "[#####...............] 25%, 50 done, 5/s, 0:30 left"
    assert Bar().line(1) == "0 done, 0/s"
