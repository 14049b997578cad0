"""The contract of `clean`: nothing is lost between what it keeps and what it cuts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twicetold.domain.cleaning.clean import clean
from twicetold.domain.model import Cleaned, RemovedSpan

STORY = "The council met on Monday evening to discuss the harbour wall and the cost of its repair."
BAR = "Watch video 03:12 Share The wall Send Facebook Twitter Whatsapp Tumblr Permalink https://example.org/p The wall"
BLOCKS = [
    STORY,
    BAR,
    "Read more: Harbour wall to cost twice as much",
    "Advertisement",
    "By Ann Lee",
    "Teilen",
    "© Hafenbote",
]
CREDITS = ["(AFP, dpa)", "BERLIN (dpa) - ", "12. Mai 2019", "ab/cd (AP)", "Mehr zum Thema", "İstanbul"]
END = "Engineers said that the work would take eleven months and would close the eastern quay."
PIECES = st.sampled_from([*BLOCKS, *CREDITS, "\n", "\n\n", " ", "  ", "\u2028", "\r\n"])


def rebuilt(cleaned: Cleaned) -> str:
    """The input, put together again from what was kept and what was cut."""
    kept, parts, at = cleaned.text, [], 0
    for span in cleaned.removed:
        length = span.start - at
        parts += [kept[:length], span.text]
        kept, at = kept[length:], span.end
    return "".join(parts) + kept


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_kept_and_removed_text_together_are_the_input(text: str) -> None:
    assert rebuilt(clean(text)) == text


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=200, deadline=None)
def test_kept_and_removed_text_together_are_the_input_for_cluttered_text(text: str) -> None:
    cleaned = clean(text, title="The wall")
    assert rebuilt(cleaned) == text
    assert all(text[span.start : span.end] == span.text for span in cleaned.removed)
    assert all(a.end <= b.start for a, b in zip(cleaned.removed, cleaned.removed[1:], strict=False))


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(0, 100), st.integers(1, 100))
def test_spans_cut_before_stay_cut(text: str, start: int, length: int) -> None:
    end = min(len(text), start + length)
    before = (
        [RemovedSpan(kind="teaser", rule="html.links", start=start, end=end, text=text[start:end])]
        if start < end
        else []
    )
    cleaned = clean(text, removed=before)
    assert rebuilt(cleaned) == text
    covered = {i for span in cleaned.removed for i in range(span.start, span.end)}
    assert covered >= set(range(start, end))


def test_cuts_leave_no_double_blank_lines_and_no_blank_ends() -> None:
    text = f"Advertisement\n\n{STORY}\n\nAdvertisement\n\nRead more: The wall\n\n{END}\n\nShare"
    assert clean(text).text == f"{STORY}\n\n{END}"


def test_text_without_clutter_is_left_as_it_is() -> None:
    text = f"  {STORY}\n\n\n{END} \n"
    assert clean(text).text == text
    assert clean(text).removed == ()


def test_learned_blocks_go_with_their_support() -> None:
    from twicetold.domain.cleaning.learned import blocks

    block = "The Harbour Bote has been read on the quays since 1901."
    seen = blocks("The Harbour Bote has been read on the quays since 1950.")[0]
    cleaned = clean(f"{STORY}\n\n{block}\n\n{END}", learned={seen.hash: 7})
    assert cleaned.text == f"{STORY}\n\n{END}"
    assert [(s.kind, s.support) for s in cleaned.removed] == [("boilerplate", 7)]
    assert cleaned.removed[0].rule == f"learned:{seen.hash & 0xFFFFFFFFFFFFFFFF:016x}"


def test_an_empty_text_is_thin_and_says_why() -> None:
    cleaned = clean("Advertisement")
    assert cleaned.text == ""
    assert cleaned.thin
    assert "no text is left" in cleaned.warnings[0]


def test_explain_tells_which_blocks_came_near_a_cut_and_what_saved_them() -> None:
    text = f"{STORY}\n\nRead more books, says the minister.\n\n{END}"
    cleaned = clean(text, explain=True)
    assert cleaned.text == text
    kept = [(text[near.start : near.end], near.why) for near in cleaned.kept]
    assert ("Read more books, says the minister.", "no separator follows the phrase") in kept
    assert clean(text).kept == ()


def test_a_story_cleaned_twice_stays_as_it_is() -> None:
    blocks = [
        "By Ann Lee",
        "HAVENTON (AP) — " + STORY,
        "Advertisement",
        END,
        "Related stories",
        "Ten ports that moved",
        "(AP)",
    ]
    text = "\n\n".join(blocks)
    once = clean(text).text
    assert clean(once).text == once


def test_the_words_of_one_language_do_not_cut_the_sentences_of_another() -> None:
    for sentence in (
        "Del Potro vendió su casa.",
        "Jaa, das war es.",
        "Mix the dough with care.",
        "Se ringer han ikke.",
    ):
        text = f"{STORY}\n\n{sentence}\n\n{END}"
        assert clean(text).text == text


def test_a_leading_unknown_language_code_is_no_error() -> None:
    for language in ("xx", "", "de-AT", "zh_Hant", "nb"):
        assert clean(f"{STORY}\n\nAdvertisement\n\n{END}", language=language).text == f"{STORY}\n\n{END}"


def test_a_list_of_links_under_its_heading_goes_and_the_story_after_it_stays() -> None:
    links = "Related stories\n\n• Ten ports that moved\n\n• The island that voted to stay dark"
    assert clean(f"{STORY}\n\n{links}\n\n{END}").text == f"{STORY}\n\n{END}"
    text = f"{STORY}\n\nRelated stories were told by three other witnesses.\n\n{END}"
    assert clean(text).text == text


def test_captions_that_a_gallery_breaks_off_and_repeats_go() -> None:
    caption = "A crane lifts the first stone of the new harbour wall while the mayor and the engineers look on."
    short = "A crane lifts the first stone of the ... more"
    text = "\n\n".join([f"• {caption}", short, caption, short, STORY, END])
    assert clean(text).text == "\n\n".join([f"• {caption}", STORY, END])


def test_questions_asked_again_and_again_stay() -> None:
    question = "What was the first thing that you saw when you came home to the harbour after the storm of May?"
    text = "\n\n".join(f"{question}\n\nAnswer number {n}: a boat in a tree." for n in range(4))
    assert clean(text).text == text


def test_paragraphs_below_a_heading_of_links_stay_when_they_read_like_the_story() -> None:
    more = f"{STORY} {END} Nobody knows when it will be finished, and few dare to ask the engineers about it any more?!"
    text = f"{STORY}\n\n{END}\n\n{STORY} Twice.\n\n{END} Twice.\n\nRelated stories\n\nTen ports that moved\n\n{more}"
    assert clean(text).text.endswith(more)


def test_an_appeal_for_money_goes_with_all_its_sentences_but_not_the_paragraph_before_it() -> None:
    appeal = "Enjoying this story? Sign up for our newsletter."
    assert clean(f"{STORY}\n\n{END}\n\n{appeal}").text == f"{STORY}\n\n{END}"
    mixed = f"{STORY}\n\n{END} Sign up for our newsletter."
    assert clean(mixed).text == f"{STORY}\n\n{END}"


def test_sentences_of_clutter_are_cut_from_a_story_that_was_run_together_into_one_block() -> None:
    story = " ".join(
        f"The council of ward {number} met on Monday and agreed to pay for the bridge, its chairman said."
        for number in range(9)
    )
    notice = "Do you have information you want to share with the Harbour Post? Follow Ann Lee on Twitter at @annlee."
    assert clean(f"{story} {notice}").text == story


@pytest.mark.parametrize("owner", ["© 2019 Harbour News Ltd. All rights reserved.", "Copyright © 2019 Hafenblatt"])
def test_whose_the_text_is_goes_from_the_end_of_a_paragraph(owner: str) -> None:
    said = "The wall will be finished before the winter storms, and the town will not pay, the mayor said."
    assert clean(f"{said} {owner}").text == said
