"""Datelines: the place, day and agency that open a wire story, before its first sentence."""

from __future__ import annotations

import re

from twicetold.domain.cleaning.credits.credit_lines import Credit, named
from twicetold.domain.cleaning.paragraphs import TextBlock, lower
from twicetold.domain.cleaning.spans import Cut

DATELINE_BLOCKS = 4
"""A dateline opens one of the first so many blocks: a headline and standfirst may come before."""
HEAD_REACH = 160

DASH = r"[-–—]"
PLACE = r"[^\W\d_][\w'’.\-]*(?:[ /][^\W\d_][\w'’.\-]*){0,3}"
MONTH = r"[^\W\d_]{3,12}\.?"
WIRES = "新华社|新華社|新华网|中新社|中新网|中央社|法新社|路透社|美联社|共同社|韩联社|塔斯社"
DATELINES = (
    # CARACAS, May 12 (Reuters) - | BERLIN (dpa) – | Madrid, 12 may (EFE).- | (ANSA) - ROMA, 12 MAG -
    re.compile(
        rf"(?:(?P<place>{PLACE}(?:,\s{PLACE}){{0,2}})(?:[,.]?\s(?P<date>[^()\n]{{2,24}}?))?\s?)?"
        rf"(?P<list>[(（\[][^()\n]{{2,60}}[)）\]])\s?[.:,]?\s?(?:[-–—=~]{{1,3}}|:)\s?"
        rf"(?:{PLACE},\s\d{{1,2}}\s\w{{3,9}}\s?{DASH}\s)?"
    ),
    # (— May 12, 2019) — | (12. Mai 2019) –
    re.compile(
        rf"[(（]\s?{DASH}{{0,2}}\s?(?P<date>{MONTH} \d{{1,2}},? \d{{4}}|\d{{1,2}}\.? {MONTH} \d{{4}}|\d{{4}}-\d\d-\d\d)"
        rf"\s?[)）]\s?{DASH}{{1,2}}\s?"
    ),
    # МОСКВА, 12 мая. /ТАСС/. | MOSCOW, May 12. /TASS/. | МОСКВА, 12 мая - РИА Новости.
    re.compile(
        rf"(?P<place>{PLACE}),\s(?P<date>\d{{1,2}}\s[^\W\d_]{{3,9}}\.?|[^\W\d_]{{3,9}}\s\d{{1,2}}\.?)\s?(?:{DASH}\s)?"
        rf"(?P<list>/[^/\n]{{2,30}}/|[^\s.]{{2,12}}(?: [^\s.]{{2,12}})?)\.\s"
    ),
    # Washington (CNN)The vice president | (CNN)A federal judge
    re.compile(
        rf"(?:(?P<place>{PLACE}(?:,\s{PLACE})?)\s)?(?P<list>\(cnn(?: business)?\))(?:\s?{DASH}{{1,2}}\s?|(?=\w))"
    ),
    # 新华社北京5月12日电（记者张三） | （中央社記者王小明台北12日電）
    re.compile(rf"[（(【]?(?P<list>{WIRES})[^\n。，]{{0,24}}?[电電][）)】]?\s?(?:[（(][^）)\n]{{2,20}}[）)])?\s?"),
    # 【ロンドン時事】 | 【ワシントン＝共同】
    re.compile(r"【(?P<place>[^】\n=＝]{1,14}?)[=＝]?(?P<list>時事|共同|ロイター|afp時事|afp)[^】\n]{0,8}】\s?"),
    # (서울=연합뉴스) 홍길동 기자 =
    re.compile(r"[(\[](?P<place>[^)=\n]{1,14})=(?P<list>[^)\n]{2,14})[)\]]\s?[^\n=]{0,24}=\s"),
)
"""Tried in turn on the lower-cased head of a block; `list` must name an agency, where there is one."""


HINT = re.compile(r"[(（\[【电電]|, (?:\d{1,2}\s|[^\W\d_]{3,9}\s\d)")
"""What every dateline holds: a bracket, or a day after the place."""


def dateline(block: TextBlock) -> Credit | None:
    """The dateline that opens a block, if one does."""
    lowered = lower(block.text[:HEAD_REACH])
    for pattern in DATELINES if HINT.search(lowered) else ():
        match = pattern.match(lowered)
        if match is None or match.end() >= len(block.text):
            continue
        groups = match.groupdict()
        written, place = groups.get("list"), groups.get("place")
        found = named(written)[0] if written else ()
        if (written and not found) or (place and block.text[match.start("place")].islower()):
            continue
        said = block.text[: match.end()].strip(" -–—=:~\t")
        cut = Cut(block.start, block.start + match.end(), "agency", "any.dateline")
        return Credit(cut, agencies=found, dateline=said if place or groups.get("date") else None)
    return None
