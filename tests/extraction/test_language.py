"""The language of a text, detected and declared."""

from __future__ import annotations

import pytest
from twicetold.domain.analysis import Analysis, AnalysisInput, analyse
from twicetold.domain.extraction.language import OVERRULING_WORDS, detect, settle
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.domain.fingerprint.parameters import FingerprintParameters
from twicetold.domain.model import LanguageSource

GERMAN = (
    "Der Gemeinderat hat am Dienstagabend beschlossen, die alte Brücke für elf Monate zu sperren, damit die Träger "
    "ersetzt werden können. Der Verkehr wird über den Nordkai umgeleitet, und eine kleine Fähre fährt zwischen sechs "
    "und zehn Uhr alle zwanzig Minuten. Die Ladenbesitzer befürchten, dass sie ein Drittel ihres Umsatzes verlieren."
)
RUSSIAN = "Городской совет решил закрыть старый мост."
CROATIAN = "Vijeće je u utorak odlučilo zatvoriti stari most na jedanaest mjeseci zbog obnove čeličnih nosača. " * 4
JAPANESE = "町の議会は火曜日の夜、古い橋を十一か月の間閉鎖することを決めた。"


def told(declared: str | None, text: str) -> tuple[str | None, LanguageSource | None]:
    return settle(declared, detect(text))


def test_a_text_without_a_declaration_is_told_by_detection() -> None:
    assert told(None, GERMAN) == ("de", LanguageSource.DETECTED)


@pytest.mark.parametrize("text", ["", "Wall", "12 34 56 78 90 12 34"])
def test_a_text_that_tells_nothing_has_no_language(text: str) -> None:
    assert told(None, text) == (None, None)


def test_a_declaration_that_fits_keeps_its_region() -> None:
    assert told("de-AT", GERMAN) == ("de-AT", LanguageSource.DECLARED)


def test_another_language_in_forty_words_overrules_a_declaration() -> None:
    assert len(GERMAN.split()) >= OVERRULING_WORDS
    assert told("en", GERMAN) == ("de", LanguageSource.DETECTED)


def test_fewer_words_do_not() -> None:
    assert told("en", GERMAN[:150]) == ("en", LanguageSource.DECLARED)


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [("en", RUSSIAN, "ru"), ("ru", "The council decided to close the old bridge.", "en"), ("de", JAPANESE, "ja")],
)
def test_another_script_overrules_in_fewer_words(declared: str, text: str, language: str) -> None:
    assert told(declared, text) == (language, LanguageSource.DETECTED)


@pytest.mark.parametrize("declared", ["sr", "bs", "hr", "sr-Latn"])
def test_languages_that_nobody_tells_apart_stay_as_declared(declared: str) -> None:
    assert told(declared, CROATIAN) == (declared, LanguageSource.DECLARED)


def test_a_text_without_a_page_has_its_language_detected_too() -> None:
    def language_of(text: str, declared: str | None) -> tuple[str | None, LanguageSource | None]:
        given = AnalysisInput(text=text, language=declared, whole=True)
        found = analyse(given, FingerprintParameters(), PageLimits()).metadata
        return found.language, found.language_from

    assert language_of(GERMAN, None) == ("de", LanguageSource.DETECTED)
    assert language_of(GERMAN, "de-AT") == ("de-AT", LanguageSource.DECLARED)


@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, CROATIAN])
@pytest.mark.parametrize("declared", [None, "de-AT", "sr", "en"])
def test_a_text_that_is_cleaned_again_in_its_language_comes_out_as_one_whose_language_is_detected_again(
    text: str, declared: str | None
) -> None:
    def analysed(language: str | None, *, settled: bool) -> Analysis:
        given = AnalysisInput(text=text, language=language, settled=settled, whole=True)
        return analyse(given, FingerprintParameters(), PageLimits())

    told = analysed(declared, settled=False).metadata.language
    once, twice = (analysed(told, settled=settled) for settled in (True, False))
    assert (once.metadata.language, once.cleaned) == (told, twice.cleaned)
    assert once.indexable.fingerprint.words.tolist() == twice.indexable.fingerprint.words.tolist()


def test_a_language_that_is_settled_is_not_detected_again() -> None:
    given = AnalysisInput(text=GERMAN, language="en", settled=True, whole=True)
    assert analyse(given, FingerprintParameters(), PageLimits()).metadata.language == "en"
