"""When a request has arrived, whatever the pieces it comes in."""

from hypothesis import given
from hypothesis import strategies as st
from twicetold.server.admission import FORM, HEAD, WHOLE, Arrival, Bounds, State

POST = b"POST /v1/stories HTTP/1.1\r\nHost: here\r\n"
BOUNDS = Bounds(max_body=4 * WHOLE)

bodies = st.binary(max_size=200)
chunked = st.lists(st.binary(min_size=1, max_size=40), max_size=5).map(
    lambda parts: b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
)
requests = st.one_of(
    bodies.map(lambda body: POST + b"Content-Length: %d\r\n\r\n" % len(body) + body),
    chunked.map(lambda body: POST + b"Transfer-Encoding: chunked\r\n\r\n" + body),
)


def arrival(begun: bytes = b"", *, admitted: bool = True) -> Arrival:
    return Arrival(BOUNDS, lambda head: admitted, now=0.0, begun=begun)


@given(requests, st.lists(st.integers(1, 60), min_size=1))
def test_a_request_is_ready_with_its_last_byte_and_not_before(request, sizes):
    arriving, at = arrival(), 0
    while at < len(request):
        size = sizes[at % len(sizes)]
        state = arriving.add(request[at : at + size], now=0.0)
        at += size
        assert (state is State.READY) == (at >= len(request))
    assert arriving.take() == request


@given(st.binary(max_size=300))
def test_no_bytes_are_too_odd(data):
    arrival(data)
    arrival(POST + b"Transfer-Encoding: chunked\r\n\r\n" + data)


def test_a_head_without_end_is_too_long():
    assert arrival(b"GET / HTTP/1.1\r\nX: " + b"y" * HEAD).state is State.TOO_LONG


def test_a_long_body_gets_a_thread_before_it_is_whole_and_one_over_the_limit_at_once():
    long = arrival(POST + b"Content-Length: %d\r\n\r\n" % (2 * WHOLE))
    assert long.state is State.BODY
    assert long.add(b"x" * WHOLE, now=0.0) is State.READY
    assert long.long
    assert arrival(POST + b"Content-Length: %d\r\n\r\n" % (5 * WHOLE)).state is State.READY


def test_a_body_is_not_waited_for_when_its_head_is_refused_or_wants_to_be_answered_first():
    head = POST + b"Content-Length: 100\r\n"
    assert arrival(head + b"\r\n").state is State.BODY
    assert arrival(head + b"\r\n", admitted=False).state is State.READY
    assert arrival(head + b"Expect: 100-continue\r\n\r\n").state is State.READY


def test_silence_and_slowness_end_at_a_deadline():
    slow = arrival(POST)
    assert slow.deadline == BOUNDS.patience
    slow.add(b"Content-Length: 100\r\n\r\n", now=1.0)
    assert slow.deadline == 1.0 + BOUNDS.silence
    slow.add(b"x", now=BOUNDS.body - 1)
    assert slow.deadline == BOUNDS.body


def test_small_forms_of_the_screens_are_told_from_what_needs_a_key_first():
    def is_form(path: bytes, length: int) -> bool:
        head = arrival(b"POST %b HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (path, length)).head
        return head is not None and head.form

    assert is_form(b"/ui/sign-in", 100)
    assert not is_form(b"/ui/try", FORM + 1)
    assert not is_form(b"/v1/stories", 100)
