"""What people send: forms, and the filters in addresses, where an empty field says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import MultiDict

from twicetold.domain.errors import Malformed
from twicetold.web.api.parsing import Query
from twicetold.web.bodies import read_body
from twicetold.web.options import WebOptions

MOST_FIELDS = 40


class Form:
    """The fields of a form; each is read once, the last of several."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """A field, empty where it was not sent."""
        return self._fields.get(name, "")


def read_form(request: Request, options: WebOptions) -> Form:
    """The form that a request sends, with the line ends of texts. Raises `Malformed` and what `read_body` does."""
    body = read_body(request, options, media_type="application/x-www-form-urlencoded")
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace", encoding="utf-8"
        )
    except ValueError:
        raise Malformed("this form cannot be read; load its page again") from None
    return Form({name: value.replace("\r\n", "\n") for name, value in fields})


def filters(request: Request, *, known: Iterable[str]) -> Query:
    """The filters in an address: fields left empty do not count, days are their midnight in UTC."""
    given = MultiDict[str, str]()
    for name, value in request.args.items(multi=True):
        if stripped := value.strip():
            given.add(name, f"{stripped}T00:00:00Z" if name in {"since", "until"} and len(stripped) == 10 else stripped)
    return Query(given, known=known)
