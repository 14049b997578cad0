import pytest
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.fingerprint.words import TokenClass

SHOUTED = "MAYOR INGRID FALK SAID ON MONDAY THAT THE OLD HALL WILL CLOSE IN 2026 AND NEVER OPEN AGAIN"


def names(text: str) -> int:
    return fingerprint(text).kinds.tolist().count(TokenClass.NAME)


def test_words_with_a_capital_are_names():
    assert names("Mayor Falk told the BBC and NATO of a plan") == 4


def test_a_text_in_capitals_has_no_names():
    assert names(SHOUTED) == 0


def test_a_text_in_capitals_but_for_a_word_has_no_names():
    assert names(f"{SHOUTED} said {SHOUTED}") == 0


def test_a_sentence_in_capitals_leaves_the_names_around_it():
    assert names(f"The mayor, Ms Falk of Sandholm: {SHOUTED}. The town of Karlby was told by CNN.") == 7


def test_many_abbreviations_in_a_text_are_names():
    assert names("the BBC, CNN and NBC met as ABC, CBS and FOX were told by AP, AFP and DPA of it") == 9


def test_capitals_change_no_word():
    assert fingerprint(SHOUTED).digest == fingerprint(SHOUTED.lower()).digest


@pytest.mark.parametrize(
    "text",
    [
        "石桥下月起封闭维修，工期八个月",
        "駅弁の販売は今月末で終わる",
        "ตลาดน้ำจะย้ายไปริมคลองสายเหนือ",
        "제주 바다의 해녀들",
    ],
)
def test_tokens_of_scripts_that_write_words_together_are_parts_of_words(text):
    assert set(fingerprint(text).kinds.tolist()) <= {TokenClass.PART, TokenClass.NUMBER}


@pytest.mark.parametrize("text", ["यह पुस्तकालय आज खुला", "a word of 1 in 7", "新桥 is the name of a bridge"])
def test_tokens_that_are_written_apart_are_words(text):
    assert TokenClass.PART not in fingerprint(text).kinds.tolist()
