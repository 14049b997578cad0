"""A phrase takes itself along and what belongs to it: the story's sentences beside it stay."""

import pytest
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.cleaning.rules.phrases import phrase_end

BEFORE = "The harbour froze over on Monday, for the first time in thirty years."
AFTER = "Ferries stayed in port until the wind turned and broke the ice at noon."


def left_of(text: str, language: str = "en") -> str:
    return clean(text, language=language).text


SPLICED = [
    ("en", BEFORE, "Subscribe to our newsletter", AFTER),
    (
        "de",
        "Der Hafen fror am Montag zu.",
        "Melden Sie sich für unseren Newsletter an",
        "Die Fähren blieben liegen, bis der Wind drehte und das Eis zerbrach.",
    ),
    (
        "fr",
        "Le port a gelé lundi.",
        "Inscrivez-vous à notre newsletter",
        "Les bacs sont restés à quai jusqu'à ce que le vent tourne à midi.",
    ),
    (
        "ko",
        "항구가 월요일에 얼었다.",
        "뉴스레터를 구독하세요",
        "여객선은 바람이 바뀌고 정오에 얼음이 깨질 때까지 항구에 머물렀다.",
    ),
]


@pytest.mark.parametrize(("language", "before", "phrase", "after"), SPLICED, ids=[each[0] for each in SPLICED])
def test_a_phrase_without_a_full_stop_leaves_the_next_sentence(
    language: str, before: str, phrase: str, after: str
) -> None:
    assert left_of(f"{before} {phrase} {after}", language) == f"{before} {after}"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Follow us on Mastodon and Facebook."),
        ("de", "Laden Sie unsere App herunter."),
        ("fr", "Nous utilisons des cookies sur ce site."),
        ("tr", "Uygulamamızı indirin."),
        ("hi", "हमारा ऐप डाउनलोड करें।"),
    ],
)
def test_what_the_outlet_asks_in_a_sentence_of_its_own_goes_alone(language: str, sentence: str) -> None:
    assert left_of(f"{BEFORE} {sentence} {AFTER}", language) == f"{BEFORE} {AFTER}"


@pytest.mark.parametrize(
    "sentence",
    [
        "Download the free app of the coast guard, which warns you of the tide.",
        "Please consider giving blood.",
        "Bakers use butter in their cookies.",
        "Follow the harbour board on Facebook to learn when the bridge opens.",
    ],
)
def test_advice_to_the_readers_of_a_story_stays(sentence: str) -> None:
    text = f"{BEFORE}\n\n{AFTER}\n\n{sentence}"
    assert left_of(text) == text


def test_the_tail_of_a_summary_goes_and_the_summary_stays() -> None:
    assert left_of(f"{BEFORE} {AFTER} Read more") == f"{BEFORE} {AFTER}"
    assert left_of(f"{BEFORE} {AFTER} Nobody … Read more").startswith(f"{BEFORE} {AFTER}")


def test_a_one_word_answer_stays_though_buttons_are_called_so() -> None:
    text = f"{BEFORE}\n\nWhat did the mayor say?\n\nClose.\n\nAnd then?\n\nShare.\n\n{AFTER}"
    assert left_of(text) == text


def test_a_line_made_up_of_the_words_of_such_lines_goes_in_any_language() -> None:
    for line in ("Artikkelen fortsetter under bildet", "24 kommentarer", "Se også video: Isen brytes"):
        assert left_of(f"{BEFORE}\n\n{line}\n\n{AFTER}", "no") == f"{BEFORE}\n\n{AFTER}"


def test_a_short_ending_belongs_to_the_phrase() -> None:
    text = "Sign up for our newsletter today and miss nothing"
    assert phrase_end(text, text.index(" today")) == len(text)
