"""Two texts of a script that writes words together, and what they share."""

import pytest
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Relation

BRIDGE = "青石镇的老石桥下月起封闭维修，往来的居民将乘坐渡船。{}工人会先加固桥墩，再把缺损的栏杆补上。"
CALF = "走失多日的小象终于回到母亲身边，村里的孩子们拍手欢呼。{}巡护员决定继续留在山谷里观察象群的动向。"
FORMULA = "相关负责人在接受本报记者采访时表示有关情况正在进一步调查之中。"
QUOTE = "老人说他小时候常在桥下摸鱼，夏天夜里全镇的人都搬着竹椅到桥上乘凉，谁家有事都在那里商量，没有一个人会觉得孤单。"


@pytest.mark.parametrize(("shared", "expected"), [(FORMULA, None), (QUOTE, Relation.PASSAGE)])
def test_a_sentence_of_thirty_letters_is_a_formula_and_one_of_fifty_a_quotation(shared, expected):
    one, other = (TextFeatures(fingerprint(text.format(shared))) for text in (BRIDGE, CALF))
    assert decide(one, other).relation is expected
    assert decide(other, one).relation is expected
