"""Undoing UTF-8 that was read as Windows-1252, as far as it shows."""

from __future__ import annotations

import re

_CODEC = "cp1252"
_UNDEFINED = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
_SHOWN = {byte: bytes([byte]).decode(_CODEC) if byte not in _UNDEFINED else chr(byte) for byte in range(0x80, 0x100)}
_BYTE = {shown: byte for byte, shown in _SHOWN.items()} | {chr(byte): byte for byte in range(0x80, 0x100)}
_FOLLOWS = "".join({shown for shown, byte in _BYTE.items() if 0x80 <= byte < 0xC0})
_LEADS_TWO = "ÂÃÄÅÎÏÐÑØÙÚÛ"
"""Lead bytes of the alphabets that are met: Latin, Greek, Cyrillic and Arabic letters, and Latin-1's signs."""
_LEADS_THREE = "àâãäåæçèé"
"""Of Indic and Thai letters, punctuation, Kana and Han."""
_RARE = (*"ÃÐÑØÙÅÄÎÏÂ¤¥¸¹\x81\x82‚ƒ", "â€")
"""One of these stands in every garbled text; few others have one, and these are not looked at any further."""
_GARBLED = re.compile(f"[{_LEADS_TWO}][{re.escape(_FOLLOWS)}]|[{_LEADS_THREE}][{re.escape(_FOLLOWS)}]{{2}}")
_EVIDENCE = 3
"""Garbled letters from which on a text is believed to be garbled: one or two may be typed so (a capital before »)."""
_FILLER = "\u2060"


def undone(text: str) -> str:
    """Give a text with its garbled letters as they were; what keeps the length is invisible."""
    if text.isascii() or not any(sign in text for sign in _RARE):
        return text
    if sum(1 for _, _ in zip(_GARBLED.finditer(text), range(_EVIDENCE), strict=False)) < _EVIDENCE:
        return text
    return _GARBLED.sub(_decoded, text)


def _decoded(garbled: re.Match[str]) -> str:
    try:
        letter = bytes(_BYTE[shown] for shown in garbled[0]).decode()
    except UnicodeDecodeError:
        return garbled[0]
    return letter + _FILLER * (len(garbled[0]) - len(letter))
