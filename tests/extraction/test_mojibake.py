"""Text that was decoded wrongly before it came here."""

from __future__ import annotations

import pytest
from twicetold.domain.extraction.extract import extract

from tests.extraction.test_extract import ENGINEERS, HARBOUR, page

GERMAN = "Der Rat hat beschlossen, die alte Brücke für elf Monate zu schließen – „über den Nordkai“, so heißt es nun."


def misread(text: str, codec: str = "cp1252") -> str:
    """A text in UTF-8 as one sees it who takes it for another charset; what that lacks is taken for Latin-1."""
    return "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_mojibake_is_repaired_and_told(codec: str) -> None:
    extracted = extract(page(f"<p>{misread(GERMAN, codec)}</p><p>{ENGINEERS}</p>"), url=None)
    assert GERMAN in extracted.text
    assert extracted.warnings == ("html: 1 texts had been decoded with a wrong charset, and were repaired",)


def test_a_title_is_repaired_too() -> None:
    head = f"<meta property='og:title' content='{misread('Brücke schließt für immer')}'>"
    assert extract(page(f"<p>{HARBOUR}</p>", head=head), url=None).metadata.title == "Brücke schließt für immer"


@pytest.mark.parametrize(
    "text",
    [
        GERMAN,
        "« À la mairie », a dit le maire à midi, « on a déjà tout décidé : le pont fermera, c’est là où ça mène… »",
        "Văn hóa Việt Nam: người dân địa phương đã quyết định đóng cây cầu cũ trong mười một tháng, Ủy ban cho biết.",
        "Ðað er alveg ljóst að brúin verður lokuð – Ïslenskt bréf sem Ë skrifaði á Íslandi í gær.",
    ],
)
def test_text_that_is_as_it_should_be_stays(text: str) -> None:
    extracted = extract(page(f"<p>{text}</p><p>{ENGINEERS}</p>"), url=None)
    assert text in extracted.text
    assert extracted.warnings == ()


def test_text_that_was_lost_before_is_told() -> None:
    extracted = extract(page(f"<p>{HARBOUR}</p><p>Br\ufffdcke f\ufffdr elf Monate zu schlie\ufffden</p>"), url=None)
    assert extracted.warnings == (
        "3 characters of the text were lost in decoding (U+FFFD); send the page's own bytes as text/html",
    )


@pytest.mark.parametrize(
    "hint", ["\u00ad", "\u200b", "\u2060", "\ufeff", "&shy;", "&#8203;", "&#x2060;", "&ZeroWidthSpace;"]
)
def test_hints_for_typesetting_leave_the_text(hint: str) -> None:
    word, rest = HARBOUR.split(" ", 1)
    assert extract(page(f"<p>{word[:2]}{hint}{word[2:]} {rest}</p>"), url=None).text == HARBOUR


def test_a_joiner_that_spells_a_word_stays() -> None:
    persian = "شورای شهر سه‌شنبه‌شب تصمیم گرفت پل قدیمی را یازده ماه ببندد تا مهندسان آن را عوض کنند."
    assert persian in extract(page(f"<p>{persian}</p>"), url=None).text
