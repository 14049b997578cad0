"""Bytes of pages into text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.extraction.decoding import decode_page

GERMAN = "Der Rat hat beschlossen, die Brücke für elf Monate zu schließen, über den Nordkai. " * 3
RUSSIAN = "Городской совет решил закрыть старый мост на одиннадцать месяцев. " * 3
JAPANESE = "町の議会は火曜日の夜、古い橋を十一か月の間閉鎖することを決めた。" * 3
CHINESE = "市议会星期二晚上决定关闭旧桥十一个月，以便工程师更换钢梁。" * 3


def page(text: str, charset: str | None = None) -> str:
    declaration = f"<meta http-equiv=Content-Type content='text/html; charset={charset}'>" if charset else ""
    return f"<html><head>{declaration}<title>Wall</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "codec", "header", "declared"),
    [
        (GERMAN, "utf-8", None, None),
        (GERMAN, "utf-8-sig", "iso-8859-1", None),
        (RUSSIAN, "utf-16", None, None),
        (GERMAN, "cp1252", "iso-8859-1", None),
        (GERMAN, "cp1252", None, "ISO-8859-1"),
        (RUSSIAN, "koi8-r", "koi8-r", "windows-1251"),
        (RUSSIAN, "cp1251", None, "windows-1251"),
        (JAPANESE, "cp932", None, "Shift_JIS"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp", None),
        (CHINESE, "gb18030", None, "gb2312"),
    ],
)
def test_a_page_is_read_as_it_declares(text: str, codec: str, header: str | None, declared: str | None) -> None:
    decoded = decode_page(page(text, declared).encode(codec), charset=header)
    assert (decoded.html, decoded.warnings) == (page(text, declared), ())


@pytest.mark.parametrize(
    ("text", "codec"),
    [(GERMAN, "cp1252"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "euc_jp"), (CHINESE, "gbk")],
)
@pytest.mark.parametrize("declared", [None, "utf-8", "x-unknown", "utf-7", "base64"])
def test_a_page_that_does_not_say_what_it_is_is_told_by_its_bytes(text: str, codec: str, declared: str | None) -> None:
    decoded = decode_page(page(text, declared).encode(codec), charset=None)
    assert text in decoded.html
    assert len(decoded.warnings) == 1


def test_utf8_is_read_as_that_whatever_is_declared() -> None:
    decoded = decode_page(page(GERMAN, "iso-8859-1").encode(), charset=None)
    assert GERMAN in decoded.html
    assert decoded.warnings == ("html: it is UTF-8, not windows-1252 as it says, and was read as that",)


def test_a_damaged_page_keeps_its_charset_and_says_what_was_lost() -> None:
    decoded = decode_page(page(GERMAN).encode().replace("ß".encode(), b"\xc3", 1), charset=None)
    assert "schlie\ufffden" in decoded.html
    assert decoded.warnings == ("html: bytes that are not utf-8 became U+FFFD (1)",)


def test_a_page_in_ascii_has_nothing_to_be_warned_of() -> None:
    assert decode_page(page("Wall", "iso-8859-1").encode(), charset="us-ascii").warnings == ()


@given(
    st.binary(max_size=3000), st.sampled_from([None, "utf-8", "utf-16", "shift_jis", "iso-2022-jp", "idna", "\0", ""])
)
def test_any_bytes_are_some_text(written: bytes, charset: str | None) -> None:
    assert isinstance(decode_page(written, charset=charset).html, str)
