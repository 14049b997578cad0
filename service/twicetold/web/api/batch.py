"""`POST /v1/stories/batch`: NDJSON in, NDJSON out, one answer per line in the same order.

The whole body is read first; then the lines are stored in chunks, and each chunk is answered when it is done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO

import msgspec
from flask import Blueprint, Response, request, stream_with_context
from msgspec import Struct

from twicetold.domain.errors import TooLarge, TwicetoldError, Unavailable
from twicetold.domain.model import Submission
from twicetold.usecases.application import Application
from twicetold.usecases.pipeline import Outcome
from twicetold.usecases.read_models import ClusterSummary
from twicetold.usecases.results import SubmitAnswer
from twicetold.web.api.parsing import Query
from twicetold.web.api.stories import STATUS
from twicetold.web.api.submissions import Intake
from twicetold.web.api.views import MatchView, StoryView
from twicetold.web.bodies import spool_body
from twicetold.web.options import WebHooks, WebOptions
from twicetold.web.problems import Problem, problem_of
from twicetold.web.responses import wants_minimal, with_preference

NDJSON = "application/x-ndjson"
TAKEN = (NDJSON, "application/ndjson", "application/jsonl")
"""Names under which clients send lines of JSON; none of them is registered."""
PIECE = 1 << 16
"""Bytes from which on a part of an answer is sent."""
CHUNK_BYTES = 2**22
"""Bytes of lines from which on a chunk is complete: its pages are in memory together."""

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
        minimal = wants_minimal(request)

        def submit(items: Sequence[Submission | TwicetoldError]) -> Sequence[SubmitAnswer | TwicetoldError]:
            return application.submit.submit(items, passages=not minimal)

        body = spool_body(request, options, media_types=TAKEN)

        def rendered() -> Iterator[bytes]:
            with body:
                sent = lines(body, longest=options.max_body)
                parts = chunks(read(sent, intake), most=options.batch_chunk)
                first = 0
                for answers in answered(parts, submit, stopping=hooks.stopping):
                    yield from pieces(_rendered(first + at, one, minimal=minimal) for at, one in enumerate(answers))
                    first += len(answers)

        response = Response(stream_with_context(rendered()), mimetype=NDJSON)
        response.call_on_close(body.close)
        return with_preference(response, minimal=minimal)

    return calls


def lines(body: IO[bytes], *, longest: int) -> Iterator[bytes | TooLarge]:
    """The lines of a batch that are not blank; one longer than `longest` bytes is passed over and gives an error."""
    while line := body.readline(longest + 2):
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


def _item(line: bytes, intake: Intake) -> Item:
    try:
        return intake.story(line)
    except TwicetoldError as error:
        return error.with_traceback(None)  # which would hold the line
    except Exception as error:
        return error


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
