import pytest

from service.domain.fingerprint.make import fingerprint
from service.domain.matching.decide import decide
from service.domain.matching.measure import Shingled
from service.domain.model import Relation


def relation(one: str, other: str) -> Relation | None:
    verdict = decide(Shingled(fingerprint(one)), Shingled(fingerprint(other)))
    mirrored = decide(Shingled(fingerprint(other)), Shingled(fingerprint(one)))
    assert mirrored.relation == (verdict.relation and verdict.relation.inverse)
    return verdict.relation


DIVIDEND = """The board of {} Industries declared a quarterly dividend of {} cents a share, unchanged from the
quarter before, payable on {} to holders of record on {}. The company last raised its dividend two years ago."""
WEATHER = """Today will be mostly sunny in the north with light winds from the west at {} to {} km/h. Highs of {}
degrees, lows of {}. The chance of rain is {} percent. Sunrise is at {}, sunset at {}."""
MARKET = """El índice cerró en {} puntos, un {} por ciento más que el día anterior, con un volumen de {} millones
de euros. El euro se cambió a {} dólares y el barril de crudo se pagó a {} dólares al final de la sesión."""
MATCH = """{} beat {} {} on Saturday before a crowd of {}. {} opened the scoring in the {} minute and {} made sure
of the points after the break. The teams meet again in {}."""
FILLINGS = [
    (DIVIDEND, "Halden; 24; June 14; May 30", "Corvane; 31; July 2; June 11"),
    (WEATHER, "10; 15; 24; 13; 20; 05:41; 20:12", "25; 30; 19; 9; 45; 05:44; 20:08"),
    (MARKET, "9.412,3; 0,8; 1.204; 1,0841; 82,15", "9.377,9; 1,4; 1.322; 1,0799; 80,60"),
    (
        MATCH,
        "Northam; Westley; 3-1; 12,410; Abiola; 17th; Renner; May",
        "Alm; Fenwick; 2-0; 8,905; Kovac; 41st; Vik; June",
    ),
]


@pytest.mark.parametrize(("form", "one", "other"), FILLINGS)
def test_a_form_filled_in_anew_is_never_a_reprint(form, one, other):
    filled = relation(form.format(*one.split("; ")), form.format(*other.split("; ")))
    assert filled in {Relation.TEMPLATE, Relation.PASSAGE, None}


def test_a_notice_in_which_only_the_figures_differ_is_a_template():
    one, other = ("Halden", "24", "June 14", "May 30"), ("Halden", "31", "July 2", "June 11")
    assert relation(DIVIDEND.format(*one), DIVIDEND.format(*other)) is Relation.TEMPLATE


HAN_MATCH = "周六晚进行的联赛第{}轮比赛中，北山队主场以{}战胜西陵队，在比赛开始后不久首开纪录，现场球迷达到{}人。"
HAN_WEATHER = "今日は全国的に晴れ、東京の最高気温は{}度、大阪の最高気温は{}度、降水確率は{}パーセントです。"


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        (HAN_MATCH, "十二; 三比一; 一万二千", "二十三; 二比零; 八千五百"),
        (HAN_WEATHER, "十八; 二十; 三十", "十五; 九; 四十"),
    ],
)
def test_numbers_in_han_fill_a_form_as_digits_do(form, one, other):
    assert relation(form.format(*one.split("; ")), form.format(*other.split("; "))) is Relation.TEMPLATE


STORY = """The council of Sandholm voted 7 to 4 on Monday to close the old swimming hall after engineers found
that its roof beams had rotted through. Mayor Ingrid Falk said repairs would cost 12 million crowns, more than the
town spends on all of its schools in a month. Swimmers who filled the gallery booed when the result was read out
and some of them left in tears. The hall was built in 1964 with money that workers at the paper mill had collected
over 9 years, and generations of children learned to swim there. Opposition leader Per Lund wants the town to ask
the county for 8 million crowns and to raise the rest by subscription, as the founders did. A decision on the
plot, which a builder from Karlby has offered to buy for 20 million crowns, was put off until the spring. The pool
will shut its doors on 31 October, and its 14 employees have been promised work at the new sports centre, which
opens in 2026 on the far side of the river."""


def test_a_story_with_corrected_figures_stays_a_reprint():
    corrected = STORY.replace("12 million", "21 million").replace("7 to 4", "8 to 3")
    assert relation(STORY, corrected) is Relation.REPRINT


def test_a_story_with_every_figure_updated_stays_a_reprint():
    draw = iter(range(31, 99))
    updated = " ".join(str(next(draw)) if word.isdigit() else word for word in STORY.split())
    assert relation(STORY, updated) is Relation.REPRINT


def test_a_short_notice_that_keeps_its_figures_and_rewords_its_note_is_a_reprint():
    figures = (
        "Shr 22 cts vs 16 cts Net 2,460,000 vs 1,730,000 Sales 37.0 mln vs 27.3 mln Year net 5,104,000 vs 4,990,000"
    )
    one, other = (
        f"{figures} Note: adjusted for a stock split in May.",
        f"{figures} Figures adjusted for a split of May.",
    )
    assert relation(one, other) is Relation.REPRINT


def test_a_follow_up_that_repeats_the_background_is_no_reprint():
    sentences = STORY.split(". ")
    background = ". ".join(sentences[3:])
    follow_up = """Protesters chained themselves to the doors of a disused pool in Sandholm on Thursday and said they
would stay until councillors agreed to talk. Police looked on and did not step in, while neighbours brought coffee,
blankets and a brass band. A spokesman for the group said more than 300 people had signed up to keep watch through the
nights, in shifts of six hours, and that a lawyer was preparing a complaint to the county. The mayor was travelling and
could not be reached, but her deputy called the action childish and asked everyone to go home. """
    assert relation(STORY, follow_up + background) in {Relation.PASSAGE, None}


def test_two_stories_in_capitals_that_share_a_paragraph_are_no_template():
    first, rest = STORY[: len(STORY) // 2], STORY[len(STORY) // 2 :]
    other = """Snow fell on the passes above Karlby for a third day and closed the road to the valley, where lorries
stood in line for as long as a man can see. Drivers slept in their cabs or were taken in by farmers, who gave them soup
and would not hear of money. Ploughs from three counties were sent for, but the first of them slid into a ditch before
noon and has to be pulled out by a tractor, its crew unhurt. """
    assert relation((first + rest).upper(), (other + rest).upper()) is Relation.PASSAGE
