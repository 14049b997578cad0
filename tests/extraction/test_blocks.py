"""The blocks of a page's tree."""

from __future__ import annotations

from twicetold.domain.extraction.blocks import PageBlock
from twicetold.domain.extraction.page import parse
from twicetold.domain.extraction.walk import page_blocks


def blocks(body: str) -> list[PageBlock]:
    tree = parse(f"<html><body>{body}</body></html>".encode())
    assert tree is not None
    return page_blocks(tree)


def texts(body: str) -> list[str]:
    return [block.text for block in blocks(body)]


def gaps(body: str) -> list[str]:
    return [block.gap for block in blocks(body)][1:]


def test_inline_elements_do_not_divide_a_block() -> None:
    assert texts("<p>One <b>two</b> <a href=/x>three</a>,<i>four</i></p>") == ["One two three,four"]


def test_text_around_blocks_is_read_in_page_order() -> None:
    assert texts("<div>One<p>two</p>three<div>four</div>five</div>") == ["One", "two", "three", "four", "five"]


def test_lines_of_a_paragraph_and_items_of_a_list_are_divided_by_a_line_break() -> None:
    assert gaps("<p>One<br>two<br><br>three</p>") == ["\n", "\n\n"]
    assert gaps("<ul><li>One</li><li>two</li></ul><p>three</p>") == ["\n", "\n\n"]


def test_paragraphs_of_one_item_are_divided_by_a_blank_line() -> None:
    assert gaps("<ul><li><p>One</p><p>two</p></li><li>three</li></ul>") == ["\n\n", "\n"]


def test_cells_of_a_row_of_data_are_one_block() -> None:
    table = "<table><tr><td>One<td>two<tr><td>three<td>four</table>"
    assert (texts(table), gaps(table)) == (["One | two", "three | four"], ["\n"])


def test_cells_that_lay_out_a_page_are_blocks_of_their_own() -> None:
    assert texts("<table><tr><td>Menu<td><p>One</p><p>two</p><p>three</p></table>") == ["Menu", "One", "two", "three"]


def test_the_letter_that_opens_a_paragraph_stays_with_it() -> None:
    assert texts("<p><span class=dropcap>T</span>he council met</p>") == ["The council met"]


def test_an_unknown_element_is_a_block_unless_it_stands_in_a_line() -> None:
    assert texts("<x-text>One</x-text><x-text>two</x-text>") == ["One", "two"]
    assert texts("<p>One <x-link>two</x-link> three</p>") == ["One two three"]


def test_what_is_hidden_within_a_line_is_a_block_of_its_own() -> None:
    assert texts("<p>One <span style='display:none'>extra</span> two</p>") == ["One", "extra", "two"]


def test_a_shadow_root_is_read_and_an_inert_template_is_not() -> None:
    assert texts("<template>One</template><div><template shadowrootmode=open><p>two</p></template></div>") == ["two"]


def test_soft_hyphens_and_invisible_characters_leave_the_text_and_joiners_stay() -> None:
    assert texts("<p>Har\u00adbour\u200b wall \u0645\u06cc\u200c\u0634\u0648\u062f</p>") == [
        "Harbour wall \u0645\u06cc\u200c\u0634\u0648\u062f"
    ]


def test_links_are_counted_by_their_share_of_the_text() -> None:
    half, none, whole = blocks("<p>abcd<a href=/x>efgh</a></p><p><a name=x>abcd</a></p><p><a href=/x>abcd</a></p>")
    assert (half.linked, none.linked, whole.linked) == (0.5, 0, 1)


def test_lines_of_preformatted_text_stay_apart() -> None:
    assert texts("<pre>One\ntwo\n\nthree</pre>") == ["One", "two", "three"]
