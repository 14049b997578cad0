"""What the structure of a page says about its text: links, names, headlines, leads, frames."""

from __future__ import annotations

import pytest
from twicetold.domain.extraction.extract import extract
from twicetold.domain.model import Extracted

from tests.extraction.test_extract import ENGINEERS, HARBOUR, MAYOR, check_spans, kept, page, story

TEASERS = "".join(f"<li><a href=/{number}>{headline}</a></li>" for number, headline in enumerate((
    "Ferry fares to rise again in the new year", "Storm closes the coast road for two nights",
    "Museum finds a lost chart of the bay",
)))  # fmt: skip


def cut(extracted: Extracted) -> list[tuple[str, str]]:
    check_spans(extracted)
    return [(span.rule, span.text) for span in extracted.removed]


def test_a_list_of_headlines_within_the_story_is_cut() -> None:
    extracted = extract(story(f"<ul>{TEASERS}</ul>"), url=None)
    assert [rule for rule, _ in cut(extracted)] == ["links:list"]
    assert [part for part in (HARBOUR, ENGINEERS, MAYOR) if part not in kept(extracted)] == []


def test_a_list_of_names_within_the_story_stays() -> None:
    towns = ("Northport", "Eastquay", "Stonehaven")
    names = "".join(f"<li><a href=/{town}>{town} Commissioners' Association</a></li>" for town in towns)
    assert "Eastquay" in kept(extract(story(f"<ul>{names}</ul>"), url=None))


def test_a_list_that_a_sentence_announces_stays() -> None:
    announcement = "<p>The board has published three reports since the storm, which can be read on its site:</p>"
    assert "lost chart" in kept(extract(story(announcement, f"<ul>{TEASERS}</ul>"), url=None))


def test_a_list_of_news_told_in_a_linked_sentence_each_stays() -> None:
    digest = "".join(f"<li><a href=/{n}>{sentence}</a></li>" for n, sentence in enumerate((HARBOUR, ENGINEERS, MAYOR)))
    assert ENGINEERS in kept(extract(page(f"<p>{MAYOR} {HARBOUR}</p><ul>{digest}</ul>"), url=None))


def test_a_table_of_linked_names_within_the_story_stays() -> None:
    cells = "".join(f"<tr><td><a href=/{n}>Ada Quay</a></td><td><a href=/{n}>Ben Pier</a></td></tr>" for n in range(2))
    assert "Ada Quay | Ben Pier" in kept(extract(story(f"<table>{cells}</table>"), url=None))


TITLES = ("The Drowned Quay by Ada Pier", "Salt", "Nine Winters at the Wall", "What the Ferry Took")


@pytest.mark.parametrize("title", ["<a href=/x>{}</a>", "<b><a href=/x>{}</a></b>"], ids=["plain", "bold"])
def test_linked_titles_with_a_paragraph_about_each_stay(title: str) -> None:
    books = "".join(f"<p>{title.format(name)}</p><p>{ENGINEERS} {name}.</p>" for name in TITLES)
    blocks = kept(extract(page(f"<p>{HARBOUR}</p>{books}"), url=None)).split("\n\n")
    assert [name for name in TITLES if name not in blocks] == []


def test_single_links_between_the_paragraphs_of_a_story_are_cut() -> None:
    link = "<p><a href=/x>Ferry fares to rise again in the new year</a></p>"
    text = kept(extract(page(*(f"<p>{HARBOUR}</p><p>{ENGINEERS} {n}</p>{link}" for n in range(5))), url=None))
    assert "Ferry fares" not in text


def test_headlines_with_a_topic_before_the_link_are_cut_too() -> None:
    teasers = "".join(
        f"<li>Town: <a href=/{n}>Quay to be closed for the whole of winter {n}</a></li>" for n in range(3)
    )
    assert [rule for rule, _ in cut(extract(story(f"<ul>{teasers}</ul>"), url=None))] == ["links:list"]


@pytest.mark.parametrize(
    "paragraph",
    [
        "<a href=https://example.org/report>https://example.org/report</a>",
        "<a href=mailto:desk@example.org>desk@example.org</a>",
        f"<a href=/x>{MAYOR}</a>",
    ],
    ids=["an address", "a mail address", "a whole sentence"],
)
def test_what_authors_themselves_set_as_a_link_stays(paragraph: str) -> None:
    assert cut(extract(story(f"<p>{paragraph}</p>"), url=None)) == []


def test_a_heading_is_cut_with_the_links_below_it() -> None:
    below = "<h3>More from the coast</h3>" + "".join(
        f"<p><a href=/{n}>Ferry fares to rise again in the new year, says company number {n}</a></p>" for n in range(2)
    )
    text = kept(extract(page(f"<p>{HARBOUR}</p><p>{ENGINEERS}</p><p>{MAYOR}</p>{below}"), url=None))
    assert ("More from the coast" in text, "Ferry fares" in text) == (False, False)


def test_a_heading_goes_with_the_links_below_it_that_end_a_page() -> None:
    links = "<ul><li><a href=/1>Ferry fares</a></li><li><a href=/2>Storm</a></li></ul>"
    text = kept(extract(page(f"<p>{HARBOUR}</p><p>{MAYOR}</p><h4>More on the wall</h4>{links}"), url=None))
    assert ("More on the wall" in text, "Storm" in text) == (False, False)


def test_a_heading_stays_when_prose_follows_a_box_of_links_below_it() -> None:
    box = "<div><a href=/1>Ferry fares</a> <a href=/2>Storm</a> <a href=/3>Museum</a></div>"
    text = kept(extract(page(f"<p>{HARBOUR}</p><h2>Who pays</h2>{box}<p>{ENGINEERS}</p><p>{MAYOR}</p>"), url=None))
    assert ("Who pays" in text, "Museum" in text) == (True, False)


def test_a_heading_above_a_cut_stays_when_prose_follows() -> None:
    section = f"<h3>Who pays</h3><p><a href=/1>Ferry fares to rise again in the new year</a></p><p>{ENGINEERS}</p>"
    extracted = extract(page(f"<p>{HARBOUR}</p>{section}<p>{MAYOR}</p>"), url=None)
    assert "Who pays" in kept(extracted) or "Who pays" not in extracted.text


def test_the_headline_is_cut_as_the_story_has_a_title() -> None:
    extracted = extract(
        page(
            "<h1>Harbour wall to cost twice as much</h1>", f"<p>{HARBOUR}</p><h2>Who pays</h2><p>{ENGINEERS}</p>",
            head="<title>Harbour wall to cost twice as much - Coast Gazette</title>",
        ),
        url=None,
    )  # fmt: skip
    assert cut(extracted) == [("title:headline", "Harbour wall to cost twice as much")]
    assert extracted.metadata.title == "Harbour wall to cost twice as much"


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("<div class='story-image__info'><p>The wall at low tide, seen from the north.</p></div>", "photo"),
        ("<div class='subscribe-box subscription'><p>Every morning in your mailbox.</p></div>", "newsletter"),
    ],
)
def test_parts_named_as_clutter_are_cut_on_record(part: str, kind: str) -> None:
    extracted = extract(page(f"<p>{HARBOUR}</p><p>{ENGINEERS}</p>{part}<p>{MAYOR} {HARBOUR}</p>"), url=None)
    check_spans(extracted)
    assert [span.kind for span in extracted.removed] == [kind]
    assert HARBOUR in kept(extracted)


def test_a_name_that_holds_most_of_the_story_cuts_nothing() -> None:
    extracted = extract(page(f"<div class=promo><p>{HARBOUR}</p><p>{ENGINEERS}</p></div><p>{MAYOR}</p>"), url=None)
    assert HARBOUR in kept(extracted)


def test_a_wrapper_named_after_its_sidebar_does_not_cost_the_story_nor_keep_the_sidebar() -> None:
    html = page(
        f"<div class='content-with-sidebar'><p>{HARBOUR}</p><p>{ENGINEERS}</p><p>{MAYOR}</p>"
        "<div class='sidebar'><p>Weather today: rain, later storm.</p></div></div>"
    )
    text = kept(extract(html, url=None))
    assert ENGINEERS in text
    assert "Weather" not in text


def test_a_lead_outside_the_body_is_taken_in_when_the_page_describes_itself_by_it() -> None:
    lead = "The wall that keeps the sea out of the old town will cost twice what was planned."
    html = (
        f"<html><head><meta property='og:description' content='{lead}'></head><body><header><h1>Wall</h1>"
        f"<div class=x><div>{lead}</div></div></header><div class='article-body'><p>{HARBOUR}</p><p>{ENGINEERS}</p>"
        f"<p>{MAYOR}</p></div></body></html>"
    )
    assert kept(extract(html, url=None)).strip() == f"{lead}\n\n{HARBOUR}\n\n{ENGINEERS}\n\n{MAYOR}"


@pytest.mark.parametrize("named", ["class=story__standfirst", "class='h-l sapo'", "itemprop=description"])
def test_a_lead_outside_the_body_is_taken_in_when_its_name_says_so(named: str) -> None:
    lead = "The wall that keeps the sea out of the old town will cost twice what was planned."
    html = f"<h1>Wall</h1><p {named}>{lead}</p><div class=article-body><p>{HARBOUR}</p><p>{ENGINEERS}</p></div>"
    assert kept(extract(f"<body>{html}</body>", url=None)).strip() == f"{lead}\n\n{HARBOUR}\n\n{ENGINEERS}"


def test_a_lead_that_the_body_has_is_not_doubled() -> None:
    head = f"<meta name=description content='{HARBOUR}'>"
    html = page(f"<h1>Wall</h1><p>{HARBOUR}</p><p>{ENGINEERS}</p><p>{MAYOR}</p>", head=head)
    assert extract(html, url=None).text.count(HARBOUR) == 1


def test_a_page_without_telling_names_is_read_where_most_text_is() -> None:
    menu = "".join(f"<td><a href=/{n}>Section {n}</a></td>" for n in range(9))
    html = (
        f"<html><body><table><tr>{menu}</tr></table><center><center><p>{HARBOUR}</p><p>{ENGINEERS}</p><p>{MAYOR}</p>"
        "</center></center><p>Imprint</p></body></html>"
    )
    assert extract(html, url=None).text == f"{HARBOUR}\n\n{ENGINEERS}\n\n{MAYOR}"


def test_a_link_within_a_paragraph_of_line_breaks_does_not_divide_it() -> None:
    html = page(f"<div>{HARBOUR}<br>Read the <a href=/r>whole report</a> of the board.<br>{ENGINEERS}<br>{MAYOR}</div>")
    assert "Read the whole report of the board." in extract(html, url=None).text


def test_scripts_drawings_and_templates_leave_no_text() -> None:
    unseen = (
        "<script>var a='x1'</script><svg><text>x2</text></svg><template><p>x3</p></template><noscript>x4</noscript>"
    )
    text = extract(story(unseen), url=None).text
    assert not any(mark in text for mark in ("x1", "x2", "x3", "x4"))


def test_readers_comments_are_no_part_of_the_story() -> None:
    comments = f"<div class='comments-list'><p>I like the wall. {MAYOR}</p></div>"
    assert "I like the wall" not in kept(extract(story(comments), url=None))


def piece(*paragraphs: str) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<div class=grid><div class='article__body'>{text}</div></div>"


def test_a_story_shown_in_pieces_is_put_together() -> None:
    advertisement = "<div class=grid><div class=ad-slot><p>Buy a boat.</p></div></div>"
    html = f"<body><div>{piece(HARBOUR, HARBOUR + ' So.')}{advertisement}{piece(ENGINEERS, MAYOR)}</div></body>"
    assert (
        kept(extract(html, url=None)).replace("\n\n\n\n", "\n\n")
        == f"{HARBOUR}\n\n{HARBOUR} So.\n\n{ENGINEERS}\n\n{MAYOR}"
    )


BOX = "<div class=ad></div>"
BARE = {
    "lines": f"{HARBOUR}<br><br>{ENGINEERS}<br>{MAYOR}",
    "around boxes": f"{HARBOUR}{BOX}{ENGINEERS}{BOX}{MAYOR}",
    "bold first": f"<b>{HARBOUR}<br>{ENGINEERS}</b><br>{BOX}{MAYOR}",
    "between paragraphs": f"{HARBOUR}<p>{ENGINEERS}</p>{MAYOR}",
    "around a centred line": f"{HARBOUR}<center>{ENGINEERS}</center>{MAYOR}",
    "in spans": f"<span>{HARBOUR}</span><br>{BOX}<span>{ENGINEERS}</span><br><span>{MAYOR}</span>",
    "in containers": f"<div>{HARBOUR}</div><div>{ENGINEERS}</div><div>{MAYOR}</div>",
}


@pytest.mark.parametrize("text", BARE.values(), ids=BARE)
@pytest.mark.parametrize("holder", ["<article>{}", "<main>{}", "<div class=x>{}", "<table><tr><td>{}"])
def test_text_without_paragraphs_of_its_own_is_read(text: str, holder: str) -> None:
    links = "".join(f"<li><a href=/{n}>Part {n}</a></li>" for n in range(5))
    found = extract(f"<body><ul>{links}</ul>{holder.format(text)}</body>", url=None).text
    assert [part for part in (HARBOUR, ENGINEERS, MAYOR) if part not in found] == []
    assert "Part 1" not in found


def test_a_short_text_without_blanks_needs_no_second_look() -> None:
    told = [
        "港の防波堤の修理について市議会が月曜日の夜に話し合った。",
        "工事には一年近くかかる見通しだと技師は述べた。",
    ]
    body = "".join(f"<div>{sentence * 3}</div>" for sentence in told)
    text = extract(
        f"<body><div class=x>{body}</div><div><div><a href=/1>別の記事</a></div></div></body>", url=None
    ).text
    assert text == "\n\n".join(sentence * 3 for sentence in told)


def test_links_on_lines_of_their_own_that_end_a_text_are_cut() -> None:
    links = "<br>".join(f"<a href=/{n}>Ferry fares to rise again, part {n}</a>" for n in range(3))
    extracted = extract(page(f"<div>{HARBOUR}<br>{ENGINEERS}<br>{MAYOR}<br>{links}</div>"), url=None)
    assert kept(extracted).strip() == f"{HARBOUR}\n{ENGINEERS}\n{MAYOR}"


def test_a_last_line_with_a_link_in_it_stays() -> None:
    last = "More on the wall is in <a href=/report>the report of the board</a>."
    assert "More on the wall" in kept(
        extract(page(f"<div>{HARBOUR}<br>{ENGINEERS}<br>{MAYOR}<br>{last}</div>"), url=None)
    )


def test_a_formula_is_text() -> None:
    formula = "<math><mi>P</mi><mo>=</mo><mi>F</mi><annotation>P equals F</annotation></math>"
    text = kept(
        extract(page(f"<p>{HARBOUR}</p><p>The force on the wall is {formula} as everybody knows.</p>"), url=None)
    )
    assert "The force on the wall is P=F as everybody knows." in text


def test_a_short_item_of_a_list_stays_with_the_rest_of_it() -> None:
    items = (ENGINEERS, "Two tons.", MAYOR, "Forty.")
    listed = "".join(f"<li>{item}</li>" for item in items)
    text = kept(extract(page(f"<p>{HARBOUR}</p><ul>{listed}</ul>"), url=None))
    assert [item for item in items if item not in text] == []
