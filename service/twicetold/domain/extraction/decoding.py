"""Bytes of a page into text, in the order of the HTML Standard, but bytes that are UTF-8 are read as that.

See https://html.spec.whatwg.org/#determining-the-character-encoding.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from charset_normalizer import from_bytes

_ENCODINGS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "big5": "big5hkscs", "shift_jis": "cp932",
    "utf-16": "utf-16-le",
} | {
    name: name
    for name in (
        "utf-8", "utf-16-le", "utf-16-be", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256",
        "cp1257", "cp1258", "cp874", "cp866", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6",
        "iso8859-7", "iso8859-8", "iso8859-10", "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "koi8-r",
        "koi8-u", "mac-roman", "mac-cyrillic", "gb18030", "big5hkscs", "cp932", "euc_jp", "iso2022_jp", "cp949",
    )
}  # fmt: skip
"""Python's codecs for the encodings of the web, by the name that Python has for a label. Others, such as UTF-7, are
none of the web's, and some of Python's codecs are no encodings of text."""

_DETECTED = ("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874", "cp866",
             "iso8859_2", "iso8859_5", "gb18030", "big5", "cp932", "euc_jp", "cp949", "mac_cyrillic")  # fmt: skip

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PRESCANNED = 4096
_META = re.compile(rb"""<meta\s[^>]{0,500}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.IGNORECASE)
_XML = re.compile(rb"""\s{0,99}<\?xml\s[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})""")
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_FOREIGN = re.compile(rb"[\x80-\xff]")
_ENDS = re.compile(rb"[<>\r\n]")
_AROUND = 500
_SAMPLE = 16_000
"""Bytes that detection looks at: text around bytes beyond ASCII, so many on each side, or up to the end of a line or
the next tag."""

_MOSTLY = 10
"""Times that sequences of UTF-8 outnumber bytes that are none, in a page that is UTF-8 with some damage."""


class DecodedPage(NamedTuple):
    """A page's text, and what its sender should know of how it was decoded."""

    html: str
    warnings: tuple[str, ...]


def decode_page(written: bytes, *, charset: str | None) -> DecodedPage:
    """The text of a page whose sender gives its `charset`, if any; time is linear in the page's length.

    By a byte order mark, UTF-8 if it is that, the charset given, the one in the page, or detection. Bytes that do not
    decode become U+FFFD.
    """
    for mark, encoding in _MARKS:
        if written.startswith(mark):
            return _replaced(written[len(mark) :], encoding)
    declared = _declared(written, charset)
    if declared != "iso2022_jp":
        try:
            return DecodedPage(written.decode(), _contradicted(written, declared))
        except UnicodeDecodeError as error:
            if _is_mostly_utf8(written, error.start):
                return _replaced(written, "utf-8")
    if declared and declared != "utf-8":
        return _replaced(written, declared)
    detected = _detected(written)
    fault = "its charset is not UTF-8, as it says" if declared else "its charset is not declared"
    told = f"html: {fault}; it was read as {_web_name(detected)}"
    decoded = _replaced(written, detected)
    return decoded._replace(warnings=(told, *decoded.warnings))


def _declared(written: bytes, charset: str | None) -> str | None:
    """The codec of the first label that names one of the web's encodings."""
    start = written[:_PRESCANNED]
    found = (match[1].decode("ascii", "replace") for match in (_META.search(start), _XML.match(start)) if match)
    for label in (charset, *found):
        try:
            known = _ENCODINGS.get(codecs.lookup(label.strip("\"' ")).name) if label else None
        except (LookupError, ValueError):
            continue
        # A page whose declaration can be read is not UTF-16.
        if known is not None and (label is charset or not known.startswith("utf-16")):
            return known
    return None


def _contradicted(written: bytes, declared: str | None) -> tuple[str, ...]:
    if declared is None or declared == "utf-8" or written.isascii():
        return ()
    return (f"html: it is UTF-8, not {_web_name(declared)} as it says, and was read as that",)


def _is_mostly_utf8(written: bytes, start: int) -> bool:
    """Whether a page is UTF-8 but for damage; `start` is the first byte that is none."""
    decoded = written.decode("utf-8", "replace")
    lost = decoded.count("\ufffd")
    sequences = len(decoded) - lost - len(written.translate(None, _BEYOND_ASCII))
    return start > 0 and sequences >= _MOSTLY * lost


def _detected(written: bytes) -> str:
    sample = b"\n".join(islice(_foreign(written), 100))[:_SAMPLE]
    best = from_bytes(sample, cp_isolation=list(_DETECTED)).best()
    if best is None:
        return "cp1252"
    # Of encodings that read the sample alike the West's is the likeliest for the rest of the page.
    return "cp1252" if sample.decode("cp1252", "replace") == str(best) else str(best.encoding)


def _foreign(written: bytes) -> Iterator[bytes]:
    """Pieces of text around bytes beyond ASCII."""
    read = 0
    while found := _FOREIGN.search(written, read):
        at = found.start()
        before = _ENDS.split(written[max(read, at - _AROUND) : at])[-1]
        after = _ENDS.split(written[at : at + 1 + _AROUND], maxsplit=1)[0]
        yield before + after
        read = at + max(len(after), 1)


def _replaced(written: bytes, encoding: str) -> DecodedPage:
    html = written.decode(encoding, "replace")
    lost = html.count("\ufffd") - (written.count("\ufffd".encode()) if encoding == "utf-8" else 0)
    return DecodedPage(
        html, (f"html: bytes that are not {_web_name(encoding)} became U+FFFD ({lost})",) if lost > 0 else ()
    )


def _web_name(codec: str) -> str:
    """An encoding as pages write it."""
    return codec.replace("cp12", "windows-12").replace("iso8859", "iso-8859").replace("_", "-")
