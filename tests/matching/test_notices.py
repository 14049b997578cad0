import pytest
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Relation

from tests.usecases.stories import HARBOUR


def relation(one: str, other: str, *, days: float) -> Relation | None:
    texts = (TextFeatures(fingerprint(text)) for text in (one, other))
    return decide(*texts, same_source=True, days=days).relation


NOTICES = [
    (
        (
            "The net asset value of the fund was calculated at {} euros a share at the close of business, "
            "compared with 14.79 a day earlier. The fund invests in government and corporate bonds of the euro "
            "area with a remaining term of one to five years and pays out its income once a year in November. "
            "Investors can buy and sell shares on every day on which the exchange is open. Past returns are no "
            "guide to those of the future."
        ),
        "14.82",
        "14.85",
    ),
    (
        (
            "Der Wasserstand am Pegel der alten Schleuse betrug heute früh um sieben Uhr {} Zentimeter. Damit "
            "liegt er noch deutlich unter der Marke, ab der die Uferwege gesperrt werden. Die Schifffahrt ist "
            "nicht eingeschränkt, allerdings sollten Sportboote auf treibendes Holz achten. Für die kommenden "
            "Tage erwartet die Vorhersagezentrale kaum Veränderungen, weil im Einzugsgebiet nur wenig Regen "
            "fällt. Der nächste Bericht folgt morgen zur gleichen Zeit."
        ),
        "312",
        "309",
    ),
    (
        (
            "سجل سعر غرام الذهب من عيار واحد وعشرين في السوق المحلية اليوم {} دينارا عند بداية التعاملات، وسط "
            "إقبال محدود من المشترين بحسب ما أفاد به عاملون في محلات الصاغة. وتتأثر الأسعار المحلية بحركة الأسعار "
            "العالمية وبسعر صرف الدولار، ويتوقع التجار أن تبقى الحركة هادئة حتى نهاية الأسبوع، على أن ينشط الطلب "
            "مع اقتراب موسم الأعراس والأعياد."
        ),
        "48.60",
        "48.95",
    ),
    (
        (
            "मंडी में आज गेहूँ का औसत भाव {} रुपये प्रति क्विंटल रहा और आवक सामान्य बताई गई। व्यापारियों के "
            "अनुसार आटा मिलों की माँग बनी हुई है, जबकि निर्यात के सौदे फिलहाल कम हो रहे हैं। किसानों को सलाह दी "
            "गई है कि वे उपज को अच्छी तरह सुखाकर ही मंडी लाएँ, क्योंकि नमी अधिक होने पर दाम घट जाता है। नए भाव कल "
            "दोपहर को जारी किए जाएँगे।"
        ),
        "2,415",
        "2,430",
    ),
]


@pytest.mark.parametrize(("notice", "one", "other"), NOTICES)
def test_a_notice_that_a_source_tells_with_another_figure_on_another_day_is_a_template(notice, one, other):
    assert relation(notice.format(one), notice.format(other), days=1.0) is Relation.TEMPLATE
    assert relation(notice.format(one), notice.format(other), days=0.05) is Relation.REPRINT


def test_a_story_that_a_source_tells_again_days_later_with_a_word_changed_is_a_reprint():
    notice = NOTICES[0][0].format("14.82")
    assert relation(notice, notice.replace("guide", "promise"), days=1.0) is Relation.REPRINT


def test_a_long_story_with_a_figure_changed_days_later_is_a_reprint():
    story = f"{HARBOUR} The plan has 12 opponents."
    assert relation(story, story.replace("12", "13"), days=1.0) is Relation.REPRINT
