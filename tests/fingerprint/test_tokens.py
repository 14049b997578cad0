import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twicetold.domain.fingerprint import make, unspaced
from twicetold.domain.fingerprint.make import fingerprint, hashed_words, word_spans
from twicetold.domain.fingerprint.orthography import orthography
from twicetold.domain.fingerprint.tokens import plain, spans, split
from twicetold.domain.fingerprint.words import TokenClass, spelling


def positions(text, words):
    (found,) = word_spans([(text, words)])
    return found


def words(text: str) -> list[str]:
    return [spelling(token, orthography(text)) for token in split(plain(text))]


@given(st.text(max_size=200))
def test_blanking_keeps_the_length_and_spans_are_the_tokens(text):
    blanked = plain(text)
    assert len(blanked) == len(text)
    assert [blanked[start:end] for start, end in spans(blanked)] == split(blanked)


@given(st.text(max_size=200))
def test_every_word_has_a_place_in_the_text_in_order(text):
    words = hashed_words(text)
    found = positions(text, words)
    assert words.tolist() == fingerprint(text).words.tolist()
    assert len(found) == len(words)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert found.tolist() == sorted(found.tolist())


@given(st.lists(st.text(st.one_of(st.characters(), st.sampled_from("漢字1. ,\r\n\u200b'")), max_size=30), max_size=5))
def test_the_words_of_many_texts_are_placed_as_those_of_each_alone(texts):
    known = [(text, hashed_words(text)) for text in texts]
    expected = [positions(text, words).tolist() for text, words in known]
    assert [found.tolist() for found in word_spans(known)] == expected
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(make, "_BATCH", 20)
        assert [found.tolist() for found in word_spans(known)] == expected


@given(st.text(st.characters(codec="ascii"), max_size=200))
def test_ascii_texts_are_cut_like_all_others(text):
    assert words(text) == words(text + " …")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Don’t — “stop”", "don't - 'stop'"),
        ("the company's", "the company’s"),
        ("l´homme ἀλλ᾽ ŉ", "l'homme ἀλλ’ n"),
        ("CAFÉ", "cafe\u0301"),
        ("ﬁnance", "finance"),
        ("co\u00adop\u200berate", "cooperate"),
        ("葛\U000e0100城市", "葛城市"),
        ("Straße", "STRASSE"),
        ("ISPARTA IŞIK İzmir", "ısparta ışık izmir"),
        ("١٢٣ و٤٥٫٦", "123 و45.6"),
        ("أَحْمَد إلى المدرسة", "احمد الي المدرسه"),
        ("کتاب فارسی", "كتاب فارسي"),
        ("מִלְחָמָה", "מלחמה"),
        ("ёлка Й", "елка и"),
        ("Ὀδυσσεύς", "οδυσσευσ"),
        ("2010–2015", "2010-2015"),
        ("1,000.5", "1.000,5"),
        ("45，000．5 ３：１ ６／７", "45,000.5 3:1 6/7"),
        ("ＡＢＣ１２３", "abc123"),
        ("ガギグ", "ｶﾞｷﾞｸﾞ"),
    ],
)
def test_spellings_of_the_same_words_are_one(one, other):
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("कि", "की"), ("ก่า", "กา"), ("1.5", "15"), ("1/2", "1.2"), ("6-3", "63"), ("が", "か"), ("عمل", "عمر")],
)
def test_signs_that_change_a_word_are_kept(one, other):
    assert words(one) != words(other)


def test_numbers_are_one_token_whatever_joins_their_digits():
    assert words("Up 6-3/16 pct at 09:31, 2,557.44 in all, 3–1.") == [
        "up", "6-3/16", "pct", "at", "09:31", "2557.44", "in", "all", "3-1",
    ]  # fmt: skip


@pytest.mark.parametrize("dash", "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d")
def test_every_dash_between_digits_reads_as_a_hyphen(dash):
    assert words(f"won 3{dash}1 in 2010{dash}11") == words("won 3-1 in 2010-11")


def test_a_sentence_end_does_not_join_numbers():
    assert words("It was 1987. 12 came, 3,and 4.") == ["it", "was", "1987", "12", "came", "3", "and", "4"]


def test_unspaced_scripts_are_cut_into_overlapping_pairs():
    assert words("新华社北京") == ["新华", "华社", "社北", "北京"]
    assert words("กรุงเทพ") == ["กรุ", "รุง", "งเท", "เทพ"]


@pytest.mark.parametrize("sign", "\ufeff\u00ad\u200b\u200c\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufe00")
@pytest.mark.parametrize(
    "text", ["新华社北京", "ひらがなとカタカナ", "กรุงเทพ เมือง", "ខ្មែរ", "won 3-1 at 09:31 and 1,000"]
)
def test_invisible_signs_change_nothing_wherever_they_stand(text, sign):
    assert words(sign.join(text)) == words(text)


def test_a_token_is_found_with_the_invisible_signs_within_it_and_without_those_around_it():
    text = "\ufeff北\u200b京\u00ad市\ufeff"
    assert [text[start:end] for start, end in spans(plain(text))] == ["北\u200b京", "京\u00ad市"]


@pytest.mark.parametrize("feed", ["\n", "\r\n"])
@pytest.mark.parametrize("text", ["新华社北京，电", "ひらがなとカタカナ", "กรุงเทพ เมืองน้ำ", "ខ្មែរ"])
def test_lines_of_unspaced_scripts_may_be_broken_between_any_letters(text, feed):
    assert words(feed.join(text)) == words(text)


def test_a_token_is_found_with_the_line_break_within_it():
    text = "北京\n市"
    assert [text[start:end] for start, end in spans(plain(text))] == ["北京", "京\n市"]


@pytest.mark.parametrize("text", ["北京\n\n上海", "北京\n\u3000上海", "กรุง \nเทพ", "กรุง\n เทพ"])
def test_an_empty_line_and_an_indent_part_words_of_unspaced_scripts(text):
    assert words(text) == words(" ".join(text.split()))


def test_a_line_break_beside_another_script_parts_words():
    assert words("北京\nParis\nRome\n上海\n2024\n年") == ["北京", "paris", "rome", "上海", "2024", "年"]


def test_numbers_in_han_are_tokens_of_their_own_as_digits_are():
    assert words("以三比一获胜") == ["以", "三", "比", "一", "获胜"]
    assert words("第三节二〇二四年三月十八日") == ["第", "三", "节", "二〇二四", "年", "三", "月", "十八", "日"]


def test_words_with_a_numeral_in_them_are_no_numbers():
    assert words("统一起来十分好") == ["统一", "一起", "起来", "来十", "十分", "分好"]
    assert TokenClass.NUMBER not in fingerprint("这一个").kinds.tolist()


def test_a_mixed_text_keeps_words_and_pairs_apart():
    assert words("iPhone发布会2024年") == ["iphone", "发布", "布会", "2024", "年"]


def test_no_letter_of_an_unspaced_script_stands_before_the_first():
    assert not unspaced.LETTER.search("".join(map(chr, range(unspaced.FIRST))))
    assert unspaced.LETTER.match(chr(unspaced.FIRST))


def test_hindi_vowel_signs_stay_in_their_word():
    assert words("प्रधानमंत्री ने कहा") == [unicodedata.normalize("NFC", w) for w in ["प्रधानमंत्री", "ने", "कहा"]]


@pytest.mark.parametrize(
    "text",
    ["a " * 100_000, "x" * 1_000_000, "😀" * 50_000, "\u200b" * 100_000, "'" * 100_000, "1," * 100_000, "漢" * 50_000,
     "\ud800 lone \udfff", "\x00\x01\x02 nul", "e" + "\u0301" * 100_000],
)  # fmt: skip
def test_hostile_texts_are_fingerprinted_and_mapped(text):
    words = fingerprint(text).words
    assert len(positions(text, words)) == len(words)


@pytest.mark.parametrize("sign", ["👍🏽", "❤️", "1️⃣"[1:], "¨", "^", "¯", "`", "´", "\u0301", "\u200b"])
def test_a_sign_that_stands_alone_is_no_word(sign):
    assert fingerprint(f"The hall {sign} closed {sign}").digest == fingerprint("The hall closed").digest


def test_a_skin_tone_does_not_stick_to_the_word_after_it():
    assert words("👍🏽great") == ["great"]


def test_texts_without_words_have_no_keys_but_differ():
    one, other = fingerprint("😀😀"), fingerprint("— —")
    assert [len(one.words), len(one.bands), len(one.passages)] == [0, 0, 0]
    assert one.digest != other.digest
