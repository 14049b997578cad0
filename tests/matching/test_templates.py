import pytest
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Relation

from tests.matching.corrections import CORRECTIONS
from tests.matching.notices import NOTICES


def relation(one: str, other: str, **known) -> Relation | None:
    verdict = decide(TextFeatures(fingerprint(one)), TextFeatures(fingerprint(other)), **known)
    mirrored = decide(TextFeatures(fingerprint(other)), TextFeatures(fingerprint(one)), **known)
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


def edited(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(("text", "changes"), CORRECTIONS)
def test_a_short_story_with_a_corrected_figure_or_two_is_a_reprint(text, changes):
    assert relation(text, edited(text, changes)) is Relation.REPRINT


@pytest.mark.parametrize(("form", "one", "other"), NOTICES)
def test_a_notice_of_another_day_or_company_is_a_template(form, one, other):
    filled = form.format(*one.split("; ")), form.format(*other.split("; "))
    assert relation(*filled, same_source=True, days=1.0) is Relation.TEMPLATE


RESPELLED = [
    (
        """Moammar Gadhafi told a crowd in Benghazi that 300 fighters had surrendered. Gadhafi, who spoke for 75
minutes, said that Tripoli would not fall. Residents of Misrata reported shelling, and a doctor there said that 18
people had been brought to his hospital since the morning, most of them with wounds from shrapnel.""",
        {"Moammar Gadhafi": "Muammar Qaddafi", "Gadhafi": "Qaddafi", "Misrata": "Misurata"},
    ),
]


@pytest.mark.parametrize(("text", "changes"), RESPELLED)
def test_a_story_that_spells_its_names_another_way_and_keeps_its_figures_is_a_reprint(text, changes):
    assert relation(text, edited(text, changes)) is Relation.REPRINT


RIVER = """The river authority published its bulletin for the Lauter on {}. The readings are taken at seven in the
morning at the six gauges between the source and the mouth, and owners of boats and of gardens along the banks are asked
to follow them closely during the season of high water. At Aldenburg the gauge showed {} centimetres, while the
average for the season is lower and the mark at which warnings are sent out has not been reached. At Breitfurt
the gauge showed {} centimetres, while the average for the season is lower and the mark at which warnings are
sent out has not been reached. At Cornau the gauge showed {} centimetres, while the average for the season is
lower and the mark at which warnings are sent out has not been reached. At Dornweiler the gauge showed {}
centimetres, while the average for the season is lower and the mark at which warnings are sent out has not been
reached. At Eschbach the gauge showed {} centimetres, while the average for the season is lower and the mark at
which warnings are sent out has not been reached. At Falkenau the gauge showed {} centimetres, while the average
for the season is lower and the mark at which warnings are sent out has not been reached. The authority does not
expect any danger for the towns on the lower river. Ferries run as usual, and the locks are open from sunrise to
sunset. The next bulletin will be published on the following day at noon and can be heard on the radio as well."""


def test_a_long_bulletin_with_one_reading_corrected_is_a_reprint():
    one, other = ("Monday", 212, 187, 240, 265, 301, 333), ("Monday", 212, 187, 240, 265, 301, 338)
    assert relation(RIVER.format(*one), RIVER.format(*other)) is Relation.REPRINT


GERMAN_APPOINTMENT = """Der Aufsichtsrat der {0} AG hat {1} {2} zum Vorsitzenden des Vorstands bestellt, wie das
Unternehmen mitteilte. Die Berufung gilt vom Beginn des Geschäftsjahres an und steht unter dem Vorbehalt der Zustimmung
der Aufsicht. {2} folgt auf {3} {4}, der nach langer Zeit an der Spitze des Konzerns in den Ruhestand tritt. Der
Vorsitzende des Aufsichtsrats dankte dem Vorgänger für seine Verdienste um den Konzern und seine Mitarbeiter. Analysten
in Frankfurt nannten die Wahl erwartet, die Aktie bewegte sich am Nachmittag kaum."""


def test_two_appointments_in_one_form_without_numbers_are_a_template():
    one, other = ("Corvan", "Martin", "Hale", "Peter", "Lang"), ("Westhafen", "Julia", "Brandt", "Simon", "Ohlsen")
    filled = GERMAN_APPOINTMENT.format(*one), GERMAN_APPOINTMENT.format(*other)
    assert relation(*filled, same_source=True, days=30.0) is Relation.TEMPLATE


def test_a_story_without_numbers_that_spells_one_name_another_way_is_a_reprint():
    text = GERMAN_APPOINTMENT.format("Corvan", "Martin", "Hale", "Peter", "Lang")
    assert relation(text, text.replace("Hale", "Hahle")) is Relation.REPRINT


EARTHQUAKE = """An earthquake of magnitude {} struck {} kilometres {} of {} at {} local time on {}, the geological
survey said. It was centred at a depth of {} kilometres. There were no immediate reports of damage or casualties and no
tsunami warning was issued."""


def test_a_form_filled_in_anew_is_a_template_though_one_text_writes_no_capitals():
    one = EARTHQUAKE.format("5.6", "24", "southeast", "Hualien", "04:12", "Monday", "17")
    other = EARTHQUAKE.format("6.1", "88", "west", "Padang", "21:40", "Thursday", "35")
    assert relation(one.lower(), other) is Relation.TEMPLATE


def test_a_story_with_a_corrected_figure_is_a_reprint_though_one_text_writes_no_capitals():
    text = GERMAN_APPOINTMENT.format("Corvan", "Martin", "Hale", "Peter", "Lang") + " Er ist 54 Jahre alt."
    assert relation(text.lower(), text.replace("54", "56")) is Relation.REPRINT


def test_two_stories_in_capitals_that_share_a_paragraph_are_no_template():
    first, rest = STORY[: len(STORY) // 2], STORY[len(STORY) // 2 :]
    other = """Snow fell on the passes above Karlby for a third day and closed the road to the valley, where lorries
stood in line for as long as a man can see. Drivers slept in their cabs or were taken in by farmers, who gave them soup
and would not hear of money. Ploughs from three counties were sent for, but the first of them slid into a ditch before
noon and has to be pulled out by a tractor, its crew unhurt. """
    assert relation((first + rest).upper(), (other + rest).upper()) is Relation.PASSAGE
