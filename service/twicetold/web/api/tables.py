"""CSV (RFC 4180) that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

Cell = str | int | float | bool | datetime | None

_FORMULA_STARTS = frozenset("=+-@＝＋－＠")
"""What spreadsheets take for the start of a formula (OWASP, CSV injection), in full width too."""

_SEPARATORS = re.compile(r"([;\t\r\n])")
"""What may begin a cell inside of one: where decimals have a comma, lists have semicolons, and quotes do not hold."""


_PLAIN = re.compile(r"[A-Za-z0-9][^;\t\r\n]*")
"""What needs no second look."""


def to_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows of a table in UTF-8. Texts that a spreadsheet would run as a formula get an apostrophe before them."""
    out = io.StringIO()
    csv.writer(out).writerows([_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _cell(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return msgspec.json.encode(cell).decode().strip('"')
    if isinstance(cell, str):
        if _PLAIN.fullmatch(cell):
            return cell
        return "".join(map(_guarded, _SEPARATORS.split(cell)))
    return cell


def _guarded(part: str) -> str:
    """What may become a cell, with an apostrophe if the first of it that is seen could start a formula."""
    first = next((character for character in part if character not in ' "' and character.isprintable()), "")
    return f"'{part}" if first in _FORMULA_STARTS else part
