"""The tree of a page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.domain.cleaning.page import parse, text_of
from service.domain.cleaning.prescan import encoded

PIECES = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<br>", "<a href=x>", "</a>", "<!-- a -->", "<?x>", "&amp;", "&#233;", "<td>", "…\n"]
)


@given(st.lists(PIECES | st.text(max_size=9)).map("".join))
def test_the_text_of_an_element_is_the_one_that_lxml_tells(markup: str) -> None:
    tree = parse(encoded(f"<html><body>{markup}</body></html>")[0])
    assert tree is not None
    assert [text_of(element) for element in tree.iter()] == [element.text_content() for element in tree.iter()]
