"""Errors as RFC 9457 problems: one table for the service's own errors, one answer for everything else.

The `type` URIs are part of the contract and never change.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

import msgspec
from flask import Flask, Response, current_app, request
from msgspec import UNSET, Struct, UnsetType
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from twicetold.domain.errors import (
    ExtractionFailed,
    ExtractionKilled,
    Forbidden,
    Gone,
    IncompatibleStore,
    Invalid,
    Malformed,
    NotFound,
    Overloaded,
    TooLarge,
    TwicetoldError,
    Unauthorised,
    Unavailable,
    UnsupportedMedia,
)
from twicetold.web.api.hints import nearest
from twicetold.web.observing import note
from twicetold.web.request_ids import request_id

log = logging.getLogger(__name__)

TYPE_PREFIX = "urn:twicetold:problem:"


class BodyTimeout(TwicetoldError):
    """A body did not arrive in time."""


class ProblemType(Struct, frozen=True):
    """What all problems of one type share."""

    name: str
    status: HTTPStatus
    title: str


PROBLEM_TYPES: dict[type[TwicetoldError], ProblemType] = {
    Malformed: ProblemType("malformed", HTTPStatus.BAD_REQUEST, "The request cannot be read"),
    Unauthorised: ProblemType("unauthorised", HTTPStatus.UNAUTHORIZED, "An API key is needed"),
    Forbidden: ProblemType("forbidden", HTTPStatus.FORBIDDEN, "This key does not allow that"),
    NotFound: ProblemType("not-found", HTTPStatus.NOT_FOUND, "There is no such thing"),
    Gone: ProblemType("gone", HTTPStatus.GONE, "It is not kept any more"),
    BodyTimeout: ProblemType("timeout", HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time"),
    TooLarge: ProblemType("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large"),
    UnsupportedMedia: ProblemType(
        "unsupported-media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This media type is not read"
    ),
    Invalid: ProblemType("invalid", HTTPStatus.UNPROCESSABLE_ENTITY, "A field breaks a rule"),
    ExtractionFailed: ProblemType(
        "extraction-failed", HTTPStatus.UNPROCESSABLE_ENTITY, "The page could not be turned into text"
    ),
    ExtractionKilled: ProblemType(
        "extraction-killed", HTTPStatus.UNPROCESSABLE_ENTITY, "The page took too much to read"
    ),
    Overloaded: ProblemType("overloaded", HTTPStatus.TOO_MANY_REQUESTS, "Too much work is waiting"),
    Unavailable: ProblemType("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "The service cannot take this now"),
    IncompatibleStore: ProblemType(
        "incompatible-store", HTTPStatus.SERVICE_UNAVAILABLE, "The store was made with other parameters"
    ),
}
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, "This path does not take that method"
)
INTERNAL = ProblemType("internal", HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed")

BY_STATUS = {one.status: one for one in (METHOD_NOT_ALLOWED, *reversed(PROBLEM_TYPES.values()))}


class Problem(Struct, frozen=True, kw_only=True):
    """A problem as the contract says; `field` names the member or parameter that was wrong."""

    type: str
    title: str
    status: int
    detail: str
    field: str | UnsetType = UNSET
    request_id: str | UnsetType = UNSET

    @classmethod
    def of(cls, type_: ProblemType, detail: str, *, field: str | None = None) -> Problem:
        """A problem of a type that the current request is answered with, and counted so."""
        note(type_.name)
        return cls(
            type=TYPE_PREFIX + type_.name,
            title=type_.title,
            status=int(type_.status),
            detail=detail,
            field=UNSET if field is None else field,
            request_id=request_id() or UNSET,
        )


def problem_of(error: Exception) -> Problem:
    """Any error as a problem. One that callers are not meant to see is logged, and answered without its particulars."""
    if isinstance(error, TwicetoldError):
        type_ = next((PROBLEM_TYPES[each] for each in type(error).__mro__ if each in PROBLEM_TYPES), None)
        if type_ is not None:
            return Problem.of(type_, error.detail, field=error.field)
    log.error("unexpected error", exc_info=error)
    return Problem.of(INTERNAL, "this is a fault of the service; quote the request id when reporting it")


def answer(problem: Problem) -> Response:
    """A problem as a response."""
    return Response(msgspec.json.encode(problem), status=problem.status, mimetype="application/problem+json")


def install(app: Flask) -> None:
    """Make every error of `app` a problem, Flask's own included."""
    app.register_error_handler(TwicetoldError, _own)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, lambda error: answer(problem_of(error)))


def _own(error: TwicetoldError) -> Response:
    response = answer(problem_of(error))
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(max(1, error.retry_after))
    if isinstance(error, IncompatibleStore):
        response.headers["Retry-After"] = "60"
    if isinstance(error, Unauthorised):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, UnsupportedMedia) and error.field == "Content-Encoding":
        response.headers["Accept-Encoding"] = "gzip, zstd, identity"
    return response


def _http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status < HTTPStatus.BAD_REQUEST:
        return Response(status=status, headers=error.get_headers())
    type_ = BY_STATUS.get(status, INTERNAL if status >= HTTPStatus.INTERNAL_SERVER_ERROR else PROBLEM_TYPES[Malformed])
    detail = _DETAILS.get(status, "the request cannot be read as HTTP")
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        methods = ", ".join(sorted(error.valid_methods))
        response = answer(Problem.of(type_, f"this path takes {methods}, not {request.method}"))
        response.headers["Allow"] = methods
        return response
    if status == HTTPStatus.NOT_FOUND:
        detail += _nearest(request.path)
    return answer(Problem.of(type_, detail))


def _nearest(path: str) -> str:
    """The path of this service that one that does not exist comes nearest to, as a question."""
    known = [rule.rule for rule in current_app.url_map.iter_rules() if "<" not in rule.rule]
    close = nearest(path.rstrip("/"), known, least=0.8)
    return f"; did you mean {close}?" if close else ""


_DETAILS = {
    HTTPStatus.NOT_FOUND: "this path does not exist; /openapi.yaml lists those that do",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the body is larger than this service takes; send less at a time",
    HTTPStatus.INTERNAL_SERVER_ERROR: "this is a fault of the service; quote the request id when reporting it",
}
