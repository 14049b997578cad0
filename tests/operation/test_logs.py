"""Logs: one JSON object a line, whatever happens, and nothing in it that should stay inside."""

import errno
import json
import logging

import pytest
from twicetold.observability.logs import JsonFormatter, ReadableFormatter, configuration, log_request, without_secrets
from twicetold.web.options import RequestSummary


def line_of(record: logging.LogRecord) -> dict:
    text = JsonFormatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("twicetold.test", logging.WARNING, __file__, 1, message, args, None)
    vars(made).update(extra)
    return made


def failing() -> None:
    try:
        raise KeyError("an inner cause")
    except KeyError as cause:
        raise ValueError("it broke\nin two lines") from cause


def told_of(error: Exception) -> dict:
    given = record("failed")
    given.exc_info = (type(error), error, error.__traceback__)
    return line_of(given)["error"]


def summary(**changes: object) -> RequestSummary:
    usual = {
        "request_id": "r-1", "method": "GET", "route": "/v1/stories/<story_id>", "status": 200, "seconds": 0.0123,
        "bytes": 512, "complete": True,
    }  # fmt: skip
    return RequestSummary(**(usual | changes))


def test_a_line_tells_when_how_grave_and_what():
    line = line_of(record("swept %d", 3, stories=3))
    assert line["time"].endswith("+00:00")
    assert (line["level"], line["message"], line["stories"]) == ("warning", "swept 3", 3)


def test_a_traceback_stays_inside_its_line():
    with pytest.raises(ValueError, match="it broke") as raised:
        failing()
    error = told_of(raised.value)
    assert error["type"] == "ValueError"
    assert error["traceback"][-1].endswith(" failing")
    assert error["cause"]["type"] == "KeyError"


def test_at_a_terminal_lines_are_for_people():
    line = ReadableFormatter().format(record("matched %d", 3, stories=3))
    assert line.endswith("warning matched 3 stories=3")
    assert configuration("info", terminal=True)["formatters"]["lines"]["()"] is ReadableFormatter
    assert configuration("info")["formatters"]["lines"]["()"] is JsonFormatter


@pytest.mark.parametrize("formatter", [JsonFormatter, ReadableFormatter])
def test_what_an_error_says_is_told_at_debug_level_only(formatter):
    with pytest.raises(ValueError, match="it broke") as raised:
        failing()
    given = record("failed")
    given.exc_info = (raised.type, raised.value, raised.tb)
    levels = {"debug": True, "info": False}
    assert {level: "it broke" in formatter(messages=level == "debug").format(given) for level in levels} == levels
    assert configuration("debug")["formatters"]["lines"]["messages"]
    assert not configuration("info")["formatters"]["lines"]["messages"]


def test_what_an_error_says_is_left_out_as_it_may_quote_a_story():
    error = ValueError("cannot read 'A CONFIDENTIAL TEXT'")
    error.__cause__ = KeyError("A CONFIDENTIAL TEXT")
    assert "CONFIDENTIAL" not in json.dumps(told_of(error))


def test_what_the_system_says_of_an_error_is_told():
    assert told_of(OSError(errno.ENOSPC, "No space left on device"))["message"] == "No space left on device"


def test_a_value_that_json_does_not_know_is_written_as_text():
    assert line_of(record("odd", value={1 + 2j}))["value"]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("cannot open postgresql://anna:hunter2@db7.internal:5432/news", ["anna", "hunter2", "db7"]),
        ('connection to server at "db7.internal" (10.1.2.3), port 5432 failed: refused', ["db7", "10.1.2.3", "5432"]),
        ('FATAL: password authentication failed for user "anna"', ["anna"]),
        ('could not translate host name "db7.internal" to address', ["db7"]),
        ("dsn: host=db7 user=anna password=hunter2", ["db7", "anna", "hunter2"]),
        ("fetched https://paywall.example/story?token=abc", ["paywall", "abc"]),
    ],
)
def test_hosts_users_and_passwords_in_messages_are_left_out(text, hidden):
    shown = without_secrets(text)
    assert [word for word in hidden if word in shown] == []


def test_a_message_is_cut_at_a_length_that_no_story_text_fits_in():
    assert len(line_of(record("x" * 10_000))["message"]) == 500


def test_a_request_is_one_line_with_its_figures(caplog):
    with caplog.at_level(logging.INFO, "twicetold.requests"):
        log_request(summary())
    line = line_of(caplog.records[0])
    del line["time"], line["message"]
    assert line == {
        "level": "info", "request_id": "r-1", "method": "GET", "route": "/v1/stories/<story_id>", "status": 200,
        "milliseconds": 12.3, "bytes": 512,
    }  # fmt: skip


@pytest.mark.parametrize(("status", "level"), [(200, "INFO"), (422, "INFO"), (503, "INFO"), (500, "ERROR")])
def test_only_faults_of_the_service_are_errors(caplog, status, level):
    with caplog.at_level(logging.INFO, "twicetold.requests"):
        log_request(summary(status=status))
    assert caplog.records[0].levelname == level


def test_an_answer_that_did_not_reach_its_end_says_so(caplog):
    with caplog.at_level(logging.INFO, "twicetold.requests"):
        log_request(summary(complete=False))
    assert line_of(caplog.records[0])["complete"] is False
