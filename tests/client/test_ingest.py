"""Archives taken in by the command, from files of every kind."""

import gzip
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import zstandard
from twicetold_client.cli import main
from twicetold_client.records import Mapped, Unreadable, decoded, files, records

from bench.generated_text import TextGenerator

PAGE = "<html><head><title>Ferry</title></head><body><article><p>{text}</p></article></body></html>"


def texts(count):
    writer = TextGenerator(count)
    return [writer.story(60) for _ in range(count)]


def lines(name, count):
    stories = [
        {"id": f"{name}-{at}", "source": f"{name}.example", "text": text} for at, text in enumerate(texts(count))
    ]
    return [json.dumps(story) for story in stories]


def read(path, **names):
    return list(records(str(path), Mapped(names)))


def warc(path, pages, *, status="200 OK", kind="text/html; charset=iso-8859-1"):
    """An archive (ISO 28500), each record packed by itself where its name says so."""
    written = b""
    for url, page in pages:
        answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + page
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-03-01T00:00:00Z\r\n"
            f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
        )
        record = head.encode() + answer + b"\r\n\r\n"
        written += gzip.compress(record) if path.suffix == ".gz" else record
    path.write_bytes(written)
    return path


def run(server, capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["ingest", "--to", f"http://127.0.0.1:{server.port}", *map(str, arguments)])
    return end.value.code, capsys.readouterr()


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_json_lines_are_read_plain_and_compressed(tmp_path, packed):
    lines = b'{"id": "a", "text": "one"}\n\n{"id": "b", "text": "two"}\n'
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}[packed]
    path = tmp_path / f"stories.jsonl{packed}"
    path.write_bytes(pack(lines[:28]) + pack(lines[28:]))  # of two members, as archives are that grow
    assert [record.story for record in read(path)] == [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]


def test_columns_are_called_what_the_file_calls_them(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text('link,content,site\nhttps://a.example/1,"One,\ntwo",a.example\n', "utf-8")
    (record,) = read(path, text="content", url="link", source="site")
    assert record.story == {"url": "https://a.example/1", "source": "a.example", "text": "One,\ntwo"}


def test_a_record_without_its_text_says_what_it_has(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text("link,body\nhttps://a.example/1,text\n", "utf-8")
    (record,) = read(path)
    assert "no 'text'" in record.error
    assert "body, link" in record.error


def test_a_line_that_is_no_story_does_not_stop_the_others(tmp_path):
    path = tmp_path / "stories.jsonl"
    path.write_text('{"id": "a", "text": "one"}\nnot json\n[1]\n{"id": "b", "text": "two"}\n')
    assert [record.error is None for record in read(path)] == [True, False, False, True]


def test_records_without_an_id_get_the_same_one_at_every_run(tmp_path):
    path = tmp_path / "stories.jsonl"
    path.write_text('{"text": "same"}\n{"text": "same"}\n')
    first, second = (record.story["id"] for record in read(path))
    assert first != second
    assert [record.story["id"] for record in read(path)] == [first, second]


def test_pages_of_an_archive_are_read_in_their_own_encoding(tmp_path):
    path = warc(tmp_path / "crawl.warc.gz", [("https://a.example/1", "<p>Zürich – früh</p>".encode("cp1252"))])
    (record,) = read(path)
    assert record.story == {"url": "https://a.example/1", "html": "<p>Zürich – früh</p>"}


@pytest.mark.parametrize(("status", "kind"), [("404 Not Found", "text/html"), ("200 OK", "image/png")])
def test_what_is_no_page_of_an_archive_is_passed_over(tmp_path, status, kind):
    assert read(warc(tmp_path / "crawl.warc", [("https://a.example/1", b"x")], status=status, kind=kind)) == []


@pytest.mark.parametrize(
    ("page", "charset", "text"),
    [
        ("é".encode(), None, "é"),
        ("é".encode("cp1252"), None, "é"),
        ("\ufeffé".encode("utf-16-le"), "utf-8", "é"),
        ('<meta charset="koi8-r">Дом'.encode("koi8-r"), None, '<meta charset="koi8-r">Дом'),
        ("“é”".encode("cp1252"), "iso-8859-1", "“é”"),
        ("é".encode(), "no-such-charset", "é"),
    ],
)
def test_a_page_is_decoded_by_what_is_known_of_it(page, charset, text):
    assert decoded(page, charset) == text


def test_a_folder_is_read_in_order_and_without_what_is_no_archive(tmp_path):
    for name in ("b.html", "a.jsonl", "notes.txt"):
        (tmp_path / name).write_text("{}")
    assert [Path(path).name for path in files([str(tmp_path)])] == ["a.jsonl", "b.html"]


def test_what_cannot_be_read_is_refused_by_name(tmp_path):
    (tmp_path / "x.doc").write_text("x")
    for path in (tmp_path / "x.doc", tmp_path / "missing.csv"):
        with pytest.raises(Unreadable, match=path.name):
            list(files([str(path)]))


def test_an_archive_goes_in_and_a_second_run_finds_it_known(server, capsys, tmp_path):
    pages = [(f"https://warc.example/{at}", PAGE.format(text=text).encode()) for at, text in enumerate(texts(30))]
    path = warc(tmp_path / "crawl.warc.gz", pages)
    code, said = run(server, capsys, path)
    assert (code, said.out) == (0, "30 created, 0 changed, 0 unchanged, 0 failed\n")
    code, said = run(server, capsys, path)
    assert (code, said.out) == (0, "0 created, 0 changed, 30 unchanged, 0 failed\n")


def test_what_fails_is_a_line_of_the_errors_and_the_exit_status(server, capsys, tmp_path):
    path = tmp_path / "stories.jsonl"
    good = lines("bad", 3)
    wrong = ["{", '{"id": "no text"}', '{"id": "a b", "text": "x"}', "[]"]
    path.write_text("\n".join([good[0], wrong[0], good[1], *wrong[1:3], good[2], wrong[3]]))
    code, said = run(server, capsys, path, "--errors", tmp_path / "bad.jsonl")
    assert (code, said.out) == (1, "3 created, 0 changed, 0 unchanged, 4 failed\n")
    failures = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()]
    assert [failure["record"] for failure in failures] == [1, 3, 4, 6]
    assert all(failure["file"] == str(path) and failure["reason"] for failure in failures)


def test_a_finished_run_has_nothing_left_to_do(server, capsys, tmp_path):
    path = tmp_path / "stories.jsonl"
    path.write_text("\n".join(lines("fin", 5)))
    run(server, capsys, path, "--resume", tmp_path / "state")
    code, said = run(server, capsys, path, "--resume", tmp_path / "state")
    assert (code, said.out) == (0, "0 created, 0 changed, 0 unchanged, 0 failed\n")


def test_the_state_of_another_run_is_refused(server, capsys, tmp_path):
    path = tmp_path / "stories.jsonl"
    path.write_text(json.dumps({"id": "state", "text": "x"}))
    run(server, capsys, path, "--resume", tmp_path / "state")
    code, _ = run(server, capsys, path, "--resume", tmp_path / "state", "--source", "other")
    assert "another file with --resume" in code


def test_a_run_that_is_killed_goes_on_and_loses_nothing(server, tmp_path, client):
    path = tmp_path / "stories.jsonl"
    path.write_text("\n".join(lines("kill", 900)))
    command = [
        sys.executable, "-m", "twicetold_client.cli", "ingest", str(path), "--resume", str(tmp_path / "state"),
        "--to", f"http://127.0.0.1:{server.port}",
    ]  # fmt: skip
    kills = 0
    for pause in (0.6, 0.9, 1.2, 1.5):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert kills
    assert done.returncode == 0, done.stderr
    assert len({story["story"]["id"] for story in client.stories(source="kill.example")}) == 900
