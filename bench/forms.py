"""Forms that news fills in again and again, in several languages, with and without numbers.

`{N}` is a name, `{n}` a number of three digits, `{d}` a smaller, `{y}` a larger one, `{a|b|c}` one of some words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_RANGES = {"n": (100, 999), "d": (2, 59), "y": (100_000, 300_000)}
_SLOT = re.compile(r"\{([^}]*)\}")

_WITH_NAMES = """
Police in {N} arrested a {d}-year-old man on {Monday|Tuesday|Friday|Sunday} after a break-in at a
{bakery|pharmacy|garage|school|kiosk} on {N} Street. Officers were called at about {d}.{d} by a neighbour who heard
glass breaking. Nothing but {cash|tools|a laptop|cigarettes} was taken. Anyone who saw something is asked to call the
station in {N}.

The {N} library will be closed on {Monday|Thursday|Saturday} for {stocktaking|repairs|a staff meeting|cleaning}. Books
can be returned through the slot beside the main entrance. The reading room opens again at the usual hour on the
following day. Readers who have reserved a title will be told by letter.

A {lorry|van|car|coach} overturned on the road between {N} and {N} on {Monday|Wednesday|Friday}
{morning|afternoon|night}. The driver, {N} {N}, was taken to hospital with {light|serious|slight} injuries. The road
was closed for {two|three|several} hours and traffic was sent through {N}.

Inspectors visited {N} {Grill|Diner|Kitchen|Noodles|Bakery} in {N} last week and found {no|one|two|three} violations.
The kitchen was {clean|cluttered|dirty in places}, and food was stored at {the right|too high a} temperature. The
owner has been told to correct what was found before the next visit. A score of {d} was given.

{N} Energy expects to ship {n},000 tonnes of {coal|ore|wheat|urea} from {N} to {N} in {March|June|October}. The vessel
{N} {N} arrives on {d} {March|June|October} and takes {d} days to load. Freight was fixed at {d}.{d} dollars a tonne.

{N} {N} has been appointed {chief executive|finance director|chairman|head of sales} of {N}
{Holdings|Group|Bank|Foods}, the company said. {He|She} joins from {N}, where {he|she} led the
{retail|insurance|northern|research} business, and succeeds {N} {N}, who {retires|moves to the board|leaves at the end
of the year}.

Consumers should stop using the {N} {kettle|heater|pushchair|ladder|charger} sold at {N} stores between {March|May}
and {August|October}. The {handle|cord|wheel|plug} can {break|overheat|come loose}, and {two|four|seven} people have
been hurt. Buyers can return it to any store for a full refund. About {n},000 were sold.

The {N} {choir|chess club|garden society|quilting circle} meets on {Monday|Tuesday|Thursday} evening in the hall
behind {N} church. New members are welcome and no experience is needed. Tea and cake are served afterwards. Please
bring {a pencil|your own cup|a friend|indoor shoes} and arrive a little early.

Residents of {N} voted {for|against} a new {bus line|swimming pool|car park|fire station} on Sunday, with {d}.{d}
percent in favour. Turnout was {d} percent. Mayor {N} {N} said the council would respect the result. Work {would
begin|had been due to begin} in {spring|autumn}.

{N} beat {N} {d}-{d} {at home|away} on {Saturday|Sunday} to move {up to|down to} {second|fourth|ninth} in the table.
{N} scored in the {d}th minute and {N} added another after the break. {N} host {N} next week while {N} travel to {N}.

{Aries|Taurus|Leo|Virgo|Libra|Pisces}: {Money|Love|Work|A friend} is on your mind today. {Do not hurry|Take your
time|Say what you think|Keep a secret}, for the stars favour {patience|courage|silence|plans}. In the evening {an old
friend|a stranger|a relative} brings {news|a surprise|advice}. Lucky colour: {red|green|blue|white}. Lucky number:
{d}.

{N} County Court: {N} {N}, {d}, of {N}, was fined {n} dollars for {speeding|fishing without a licence|disorderly
conduct|driving without insurance}. {N} {N}, {d}, of {N}, was given {d} days for {theft|trespass|assault}. Both were
told to pay costs of {n} dollars within a month.

High water at {N} is at {d}.{d} and {d}.{d} today, low water at {d}.{d}. Winds are {light|fresh|strong} from the
{north|west|southwest}. The sea is {smooth|slight|moderate|rough}. Small craft are advised to {stay in harbour|take
care|watch the forecast} until {noon|evening|tomorrow}.

The {N} ministry said it would sell {n} billion {crowns|pounds|francs} of {two|five|ten}-year bonds at auction on {d}
{May|July|November}. The last sale drew bids of {n} billion at an average yield of {d}.{d} percent. Settlement is due
on {d} {May|July|November}.

{N} Inc reported {a profit|a loss} of {d} cents a share for the {first|second|third|fourth} quarter, compared with {d}
cents a year earlier. Sales {rose|fell} to {n}.{d} million dollars from {n}.{d} million. {N} {N}, its chairman, said
that {demand was firm|orders had slowed|costs had risen}.

In {N} hat am {Montag|Mittwoch|Samstag} ein {Schuppen|Auto|Dachstuhl|Container} gebrannt. Die Feuerwehr war mit {d}
Kräften im Einsatz und löschte die Flammen nach {einer|zwei|drei} Stunden. Verletzt wurde {niemand|ein Bewohner|eine
Frau}. Der Schaden beträgt rund {n}.000 Euro. Die Polizei in {N} ermittelt.

Ein {d}-jähriger Radfahrer ist am {Dienstag|Freitag|Sonntag} in {N} gestürzt und {leicht|schwer} verletzt worden. Er
war auf der {N}straße unterwegs, als ein {Auto|Lkw|Bus} vor ihm {bremste|abbog|wendete}. Zeugen werden gebeten, sich
bei der Polizei in {N} unter der Nummer {n}{d} zu melden.

Les pompiers de {N} sont intervenus {lundi|jeudi|samedi} vers {d} heures pour un feu de
{grange|voiture|cuisine|broussailles} à {N}. {Aucun|Un|Deux} blessé n'est à déplorer. {d} sapeurs-pompiers étaient sur
place avec {d} engins. La gendarmerie de {N} a ouvert une enquête.

El precio de la {luz|gasolina|papa|leche} {subió|bajó} un {d},{d} por ciento en {N} durante {marzo|julio|octubre},
informó el instituto. El kilo se vendió a {n} pesos en promedio, frente a {n} pesos del mes anterior. En {N} el
aumento fue del {d},{d} por ciento.

O {N} venceu o {N} por {d} a {d} neste {sábado|domingo}, no estádio {N}, e chegou a {d} pontos. {N} abriu o placar aos
{d} minutos e {N} marcou o segundo. Na próxima rodada o time enfrenta o {N} fora de casa.

In de haven van {N} is {maandag|woensdag|vrijdag} een {kraan|loods|schip|container} in brand gevlogen. De brandweer
had het vuur na {een|twee|drie} uur onder controle. Er raakte {niemand|één man} gewond. De politie van {N} onderzoekt
de oorzaak.

Kurs {dolara|euro|franka} wyniósł w {poniedziałek|środę|piątek} {d},{n} zł, czyli o {d} groszy {więcej|mniej} niż
dzień wcześniej. Za funta płacono {d},{n} zł. Indeks WIG {wzrósł|spadł} o {d},{d} procent do {n}{d} punktów.

В {Самаре|Казани|Омске|Твери} в {понедельник|среду|пятницу} загорелся {склад|гараж|жилой дом|магазин} на площади {n}
квадратных метров. На месте работали {d} человек и {d} единиц техники. Пострадавших {нет|двое}. Причины пожара
выясняются, сообщили в главном управлении ведомства.
"""

_WITHOUT_NAMES = """
سجل سعر {الدولار|اليورو|الجنيه|الذهب} اليوم {الاحد|الثلاثاء|الخميس} في السوق المحلية {n} للشراء و{n} للبيع مقارنة مع
{n} امس. وقال متعاملون ان الطلب {ارتفع|تراجع|استقر} خلال الايام الماضية وان البنوك {رفعت|خفضت|ثبتت} اسعارها. ومن
المتوقع ان تستمر الحركة {بطيئة|نشطة|محدودة} حتى نهاية الاسبوع.

لقي {شخص|شخصان|رجل|شاب} مصرعه وأصيب {d} آخرون في حادث {تصادم|انقلاب|دهس} وقع {صباح|مساء|فجر} اليوم على طريق
{القاهرة|بغداد|عمان|حلب|تونس}. ونقل المصابون الى مستشفى {المدينة|الجامعة|الهلال} لتلقي العلاج، وفتحت الشرطة تحقيقا
في الحادث، ورفعت آثار السيارات من الطريق لاعادة حركة المرور.

{لاہور|کراچی|ملتان|پشاور|کوئٹہ} میں سونے کی فی تولہ قیمت {n} روپے {بڑھ|کم ہو} کر {y} روپے ہوگئی۔ صرافہ بازار کے
مطابق دس گرام سونے کی قیمت {y} روپے رہی جبکہ چاندی {n} روپے فی تولہ پر {مستحکم|برقرار} ہے۔ عالمی منڈی میں سونا {d}
ڈالر {مہنگا|سستا} ہوا۔

{لاہور|کراچی|ملتان|پشاور} پولیس نے {پیر|منگل|جمعہ} کے روز کارروائی کرتے ہوئے {چوری|ڈکیتی|قتل|فراڈ} کے مقدمے میں
مطلوب {اکرم|رفیق|سلیم|اسلم} کو گرفتار کر لیا۔ ملزم کے قبضے سے {موٹر سائیکل|پستول|نقدی|موبائل فون} برآمد کر لی گئی۔
پولیس کے مطابق ملزم سے مزید تفتیش جاری ہے اور اسے عدالت میں پیش کیا جائے گا۔

{मुंबई|दिल्ली|पटना|जयपुर|लखनऊ} में आज {पेट्रोल|डीजल|सोना|प्याज} {n} रुपये पर बिक रहा है, जो कल की तुलना में {d}
रुपये {अधिक|कम} है। व्यापारियों ने कहा कि मांग {बढ़ने|घटने} से भाव {चढ़े|गिरे} हैं। मौसम विभाग ने अगले {दो|तीन|चार}
दिन {बारिश|धूप|कोहरे} की संभावना जताई है।

{पुणे|आगरा|भोपाल|इंदौर} पुलिस ने {सोमवार|बुधवार|शनिवार} को {चोरी|लूट|ठगी|मारपीट} के आरोप में {d} साल के
{रमेश|सुरेश|महेश|दिनेश} को गिरफ्तार किया। आरोपी के पास से {मोबाइल|बाइक|नकदी|जेवर} बरामद किए गए। पुलिस ने मामला दर्ज
कर जांच शुरू कर दी है और आरोपी को अदालत में पेश किया जाएगा।

{長野県|高知県|青森県|三重県}で{月|水|金}曜日の{朝|夕方|深夜}、{乗用車|トラック|バイク|自転車}と{歩行者|バス|軽乗用車}が衝突し、{d}歳の{男性|女性}が{軽い|重い}けがをしました。警察は運転していた{会社員|大学生|農業}の{男|女}から話を聞くとともに、当時の状況を詳しく調べています。現場は見通しのよい交差点でした。

{札幌|仙台|広島|那覇}はきょう{晴れ|雨|曇り|雪}で、最高気温は{d}度、最低気温は{d}度の見込みです。あすは{南|北|西}の風が{強く|弱く}、{午前|午後}は{雷|霧|にわか雨}に注意が必要です。波の高さは{d}メートルと予想されています。

{成都|武汉|大连|昆明}今日{晴|多云|小雨|阴}，最高气温{d}度，最低气温{d}度，{东|南|西|北}风{d}级。气象台预计未来三天气温将{上升|下降}{d}度，市民出行请注意{防晒|带伞|保暖}。空气质量为{优|良|轻度污染}，适宜{户外活动|开窗通风|短途旅行}。

{上证|深证|恒生|创业板}指数{周一|周三|周五}收{涨|跌}{d}.{d}%，报{n}{d}点，成交{n}亿元。{银行|地产|医药|汽车}板块{领涨|领跌}，{银行|煤炭|白酒|芯片}股走{强|弱}。分析人士认为，短期内市场仍将{震荡|反弹|调整}，投资者应注意{风险|机会|节奏}。

ตำรวจ{เชียงใหม่|ภูเก็ต|ขอนแก่น}จับ{ชาย|หญิง|วัยรุ่น}วัย {d} ปี ในคดี{ลักทรัพย์|ฉ้อโกง|ทำร้ายร่างกาย}
เมื่อ{เช้า|คืน}วัน{จันทร์|พุธ|ศุกร์} ยึด{โทรศัพท์|เงินสด|รถจักรยานยนต์}เป็นของกลาง
และนำตัวส่งพนักงานสอบสวนเพื่อดำเนินคดีตามกฎหมายต่อไป

{서울|부산|대구|광주} 경찰은 {월|수|금}요일 {절도|사기|폭행} 혐의로 {d}세 {남성|여성|대학생}을 {체포|입건}했다고
밝혔다. 경찰에 따르면 피의자는 {새벽|오후|저녁} 시간에 {편의점|주택|식당}에서 {현금|휴대전화|귀금속}을 훔친 혐의를
받고 있다. 경찰은 정확한 경위를 조사하고 있다.

{코스피|코스닥}는 {월|화|목}요일 {n}.{d}로 마감해 전날보다 {d}.{d} {올랐다|내렸다}. {외국인|기관|개인}이 {n}억
원어치를 {사들였다|팔았다}. 원 달러 환율은 {n}{d}원으로 {d}원 {상승|하락}했다.
"""

FORMS = tuple(" ".join(form.split()) for part in (_WITH_NAMES, _WITHOUT_NAMES) for form in part.split("\n\n"))


def fill(form: str, names: Sequence[str], draw: random.Random) -> str:
    """Fill a form once."""

    def one(slot: re.Match[str]) -> str:
        wanted: str = slot[1]
        if wanted == "N":
            return draw.choice(names)
        if wanted in _RANGES:
            return str(draw.randint(*_RANGES[wanted]))
        return draw.choice(wanted.split("|"))

    return _SLOT.sub(one, form)
