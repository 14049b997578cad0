"""`POST /v1/stories/batch`: many stories, a line of NDJSON each or in a JSON array, answered likewise and in order.

The whole body is read first; then the stories are stored in chunks, and each chunk is answered when it is done.
"""

from __future__ import annotations

import codecs
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import IO

import msgspec
from flask import Blueprint, Request, Response, request, stream_with_context
from msgspec import Struct
from werkzeug.exceptions import MethodNotAllowed

from twicetold.domain.errors import TooLarge, TwicetoldError, Unavailable
from twicetold.domain.model import Submission
from twicetold.usecases.application import Application
from twicetold.usecases.pipeline import Outcome
from twicetold.usecases.read_models import ClusterSummary
from twicetold.usecases.results import SubmitAnswer
from twicetold.web.api.parsing import Query, decode
from twicetold.web.api.stories import STATUS
from twicetold.web.api.submissions import Intake
from twicetold.web.api.views import MatchView, StoryView
from twicetold.web.bodies import spool_body
from twicetold.web.exchange import exchange
from twicetold.web.options import WebHooks, WebOptions
from twicetold.web.problems import Problem, problem_of
from twicetold.web.responses import wants_minimal, wants_whole, with_preference

NDJSON = "application/x-ndjson"
PATH = "/v1/stories/batch"
METHODS = ("OPTIONS", "POST")
JSON = "application/json"
ALSO_TAKEN = ("application/ndjson", "application/jsonl", "application/jsonlines")
"""Other names that senders have for NDJSON; none is registered."""
PIECE = 1 << 16
"""Bytes from which on a part of an answer is sent."""
CHUNK_BYTES = 2**22
"""Bytes of lines from which on a chunk is complete: its pages are in memory together."""

_BEFORE_ARRAY = 64
"""Bytes in which an array begins, white space before it counted."""

MOST_LINES = 200_000
"""Lines of a batch, blank ones counted: a gigabyte of blank lines compresses to a megabyte, and costs minutes."""
MOST_REFUSED = 1000
"""Lines of a batch that are answered with an error of their own; the answer is many times longer than such a line."""

log = logging.getLogger(__name__)

Item = Submission | Exception
Answer = SubmitAnswer | Exception
Submitting = Callable[[Sequence[Submission | TwicetoldError]], Sequence[SubmitAnswer | TwicetoldError]]


class StoredLine(Struct, frozen=True, kw_only=True):
    """The answer to a line that was taken."""

    index: int
    status: int
    outcome: Outcome
    story: StoryView
    matches: Sequence[MatchView]
    matches_total: int
    cluster: ClusterSummary | None


class FailedLine(Struct, frozen=True, kw_only=True):
    """The answer to a line that was refused or failed."""

    index: int
    status: int
    problem: Problem


def blueprint(application: Application, options: WebOptions, hooks: WebHooks, intake: Intake) -> Blueprint:
    """The call that submits many stories."""
    calls = Blueprint("batch", __name__, url_prefix="/v1/stories")

    @calls.post("/batch")
    def batch() -> Response:
        Query(request.args, known=())
        whole = wants_whole(request)

        def submit(items: Sequence[Submission | TwicetoldError]) -> Sequence[SubmitAnswer | TwicetoldError]:
            return application.submit.submit(items, passages=whole)

        body = spool_body(request, options, media_types=(NDJSON, JSON, *ALSO_TAKEN))
        try:
            sent, in_array = _stories(body.file, longest=options.max_body)
        except TwicetoldError:
            body.close()
            raise
        array = _wants_array(request, in_array)
        require_client = exchange(request.environ).require_client

        def rendered() -> Iterator[bytes]:
            with body:
                parts = chunks(within_patience(read(sent, intake)), most=options.batch_chunk)
                first = 0
                for answers in answered(while_waited_for(parts, require_client), submit, stopping=hooks.stopping):
                    told = (_rendered(first + at, one, minimal=not whole) for at, one in enumerate(answers))
                    yield from pieces(_in_array(first, told) if array else told)
                    first += len(answers)
                if array:
                    yield b"]" if first else b"[]"

        response = Response(stream_with_context(rendered()), mimetype=JSON if array else NDJSON)
        response.call_on_close(body.close)
        response.vary.add("Accept")
        return with_preference(response, whole=whole, minimal=wants_minimal(request) and not whole)

    @calls.before_app_request
    def refuse() -> Response | None:
        """Take no other method of this path for one of a story with such an id."""
        if request.path != PATH or request.method == "POST":
            return None
        if request.method == "OPTIONS":
            return Response(status=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(METHODS)})
        raise MethodNotAllowed(METHODS)

    return calls


def _stories(body: IO[bytes], *, longest: int) -> tuple[Iterator[bytes | TooLarge], bool]:
    """The stories of a batch, each as JSON, and whether they stand in an array.

    An array is one value, so it may be as long as any other body. Raises `TooLarge`, and `Malformed` for a broken one.
    """
    begins_array = body.read(_BEFORE_ARRAY).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"[")
    body.seek(0)
    if not begins_array:
        return lines(body, longest=longest), False
    array = body.read(longest + 1)
    if len(array) > longest:
        raise TooLarge(f"the array is longer than {longest:,} bytes; send as many stories as lines of NDJSON, or fewer")
    elements, _ = decode(array, list[msgspec.Raw])
    return _counted(map(bytes, elements)), True


def _counted(stories: Iterable[bytes]) -> Iterator[bytes | TooLarge]:
    for number, story in enumerate(stories, 1):
        if number > MOST_LINES:
            yield TooLarge(f"the batch has more than {MOST_LINES:,} stories; send those from here on as another batch")
            return
        yield story


def _wants_array(request: Request, sent_array: bool) -> bool:
    """Whether to answer with a JSON array: as `Accept` prefers, or else as the stories were sent."""
    named = {name.partition(";")[0].strip(): quality for name, quality in request.accept_mimetypes}
    array, told_lines = named.get(JSON, 0), named.get(NDJSON, 0)
    return sent_array if array == told_lines else array > told_lines


def _in_array(first: int, answers: Iterable[bytes]) -> Iterator[bytes]:
    """Answers from the `first` on as the elements of an array that is still to be ended."""
    for at, answer in enumerate(answers, first):
        yield (b"," if at else b"[") + answer


def lines(body: IO[bytes], *, longest: int) -> Iterator[bytes | TooLarge]:
    """The lines of a batch that are not blank; one longer than `longest` bytes is passed over and gives an error.

    So does the first of too many, after which nothing is read.
    """
    number = 0
    while line := body.readline(longest + 2):
        number += 1
        if number > MOST_LINES:
            yield TooLarge(f"the batch has more than {MOST_LINES:,} lines; send those from here on as another batch")
            return
        if len(line) > longest and len(line.rstrip(b"\r\n")) > longest:
            while line and not line.endswith(b"\n"):
                line = body.readline(longest)
            yield TooLarge(f"the line is longer than {longest:,} bytes, the largest that is taken")
        elif not line.isspace():
            yield line


def chunks(items: Iterable[tuple[int, Item]], *, most: int) -> Iterator[list[Item]]:
    """What is stored together of items that come with the bytes of their lines: so many, or fewer of CHUNK_BYTES."""
    chunk: list[Item] = []
    size = 0
    for length, item in items:
        chunk.append(item)
        size += length
        if len(chunk) == most or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def read(sent: Iterable[bytes | TooLarge], intake: Intake) -> Iterator[tuple[int, Item]]:
    """The lengths of lines, in bytes, and what they hold."""
    for line in sent:
        if isinstance(line, TooLarge):
            yield 0, line
        else:
            yield len(line), _item(line, intake)


def within_patience(items: Iterable[tuple[int, Item]]) -> Iterator[tuple[int, Item]]:
    """Items until too many of them are errors: the next one tells to send it and what follows again, once mended."""
    refused = 0
    for length, item in items:
        if refused == MOST_REFUSED:
            yield (
                0,
                TooLarge(f"{refused:,} lines of the batch were refused; mend them, and send those from here on again"),
            )
            return
        refused += isinstance(item, Exception)
        yield length, item


def _item(line: bytes, intake: Intake) -> Item:
    try:
        return intake.story(line)
    except TwicetoldError as error:
        return error.with_traceback(None)  # which would hold the line
    except Exception as error:
        return error


def while_waited_for(parts: Iterable[Sequence[Item]], require_client: Callable[[], None]) -> Iterator[Sequence[Item]]:
    """The parts of a batch, as long as its client is there: work on what nobody will hear of is not begun."""
    for part in parts:
        require_client()
        yield part


def answered(
    parts: Iterable[Sequence[Item]], submit: Submitting, *, stopping: Callable[[], bool]
) -> Iterator[Sequence[Answer]]:
    """Chunk by chunk the answer to each item: what became of a submission, or the error that an item is or met."""
    for part in parts:
        submissions = [item for item in part if isinstance(item, Submission)]
        answers = iter(_stopped(submissions) if stopping() else _submitted(submissions, submit))
        yield [next(answers) if isinstance(item, Submission) else item for item in part]


def pieces(answers: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines until they have PIECE bytes: to send each for itself takes as long as to read and refuse it."""
    piece = bytearray()
    for line in answers:
        piece += line
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _stopped(submissions: Sequence[Submission]) -> Sequence[Answer]:
    return [Unavailable("the service is shutting down; send this line again")] * len(submissions)


def _submitted(submissions: Sequence[Submission], submit: Submitting) -> Sequence[Answer]:
    if not submissions:
        return []
    try:
        return submit(submissions)
    except TwicetoldError as error:
        return [error] * len(submissions)
    except Exception as error:
        if len(submissions) == 1:
            return [error]
        # Submitting again changes nothing for those already stored, and shows which line it is that fails.
        log.exception("a chunk of %d lines failed; taking its lines one by one", len(submissions))
        return [answer for submission in submissions for answer in _submitted([submission], submit)]


def _rendered(index: int, answer: Answer, *, minimal: bool) -> bytes:
    try:
        return msgspec.json.encode(_line(index, answer, minimal=minimal)) + b"\n"
    except Exception as error:
        return msgspec.json.encode(_line(index, error, minimal=minimal)) + b"\n"


def _line(index: int, answer: Answer, *, minimal: bool) -> StoredLine | FailedLine:
    if isinstance(answer, Exception):
        problem = problem_of(answer)
        return FailedLine(index=index, status=problem.status, problem=problem)
    return StoredLine(
        index=index,
        status=STATUS[answer.outcome],
        outcome=answer.outcome,
        story=StoryView.of(answer.story, minimal=minimal),
        matches=[MatchView.of(match) for match in answer.matches],
        matches_total=answer.total,
        cluster=answer.cluster,
    )
