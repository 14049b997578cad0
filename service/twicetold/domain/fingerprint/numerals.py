"""Words that stand for numbers and dates, folded, so that "two" against "2.5" counts as one number for another.

Only template detection looks at them. English and German write weekdays and months with a capital, which marks them
already; words that mean something else more often than a number ("un", "due") are left out.
"""

from __future__ import annotations

_ENGLISH = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion "
    "trillion half quarter"
)
_GERMAN = "zwei drei vier funf sechs sieben acht neun zehn elf zwolf hundert tausend millionen milliarden"
_FRENCH = (
    "deux trois quatre cinq sept huit neuf dix onze douze vingt trente cent mille millions milliards lundi mardi "
    "mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril juin juillet aout septembre octobre "
    "novembre decembre"
)
_SPANISH = (
    "dos tres cuatro cinco seis siete ocho nueve diez doce veinte treinta cien mil millones lunes martes "
    "miercoles jueves viernes sabado domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre "
    "noviembre diciembre"
)
_ITALIAN = (
    "quattro cinque sette otto dieci dodici venti trenta cento mila milioni miliardi lunedi martedi mercoledi "
    "giovedi venerdi domenica gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre"
)
_PORTUGUESE = (
    "dois duas quatro sete oito nove dez doze vinte trinta milhoes bilhoes segunda terca quarta quinta sexta "
    "janeiro fevereiro marco maio junho julho setembro outubro novembro dezembro"
)
_DUTCH = (
    "twee drie vijf zes zeven acht negen tien miljoen miljard maandag dinsdag woensdag donderdag vrijdag zaterdag "
    "zondag januari februari maart april mei juni juli augustus september oktober november december"
)
_RUSSIAN = (
    "два две три четыре пять шесть семь восемь девять десять сто тысяч миллион миллионов миллиардов понедельник "
    "вторник среду четверг пятницу субботу воскресенье января февраля марта апреля мая июня июля августа сентября "
    "октября ноября декабря"
)
_TURKISH = (
    "iki uc dort bes alti yedi sekiz dokuz yirmi yuz bin milyon milyar pazartesi sali carsamba persembe cuma "
    "cumartesi pazar ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik"
)
_ARABIC = (
    "اثنان ثلاثه اربعه خمسه سته سبعه ثمانيه تسعه عشره مئه الف مليون مليار الاحد الاثنين الثلاثاء الاربعاء الخميس "
    "الجمعه السبت"
)

_ALL = (_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _DUTCH, _RUSSIAN, _TURKISH, _ARABIC)
NUMERALS = frozenset(word for words in _ALL for word in words.split())

HAN = "〇零一二三四五六七八九十百千万萬亿億兆两兩廿卅壹贰貳叁參肆伍陆陸柒捌玖拾佰仟"
"""Han that stand for numbers; many words have one of them, too (一起, 十分)."""
_SCORES = "比对對対"
_COUNTED = "年月日时時点點秒号號度岁歲歳元円圆圓人名位次回倍级級轮輪局球票天周週"
HAN_NUMBER = (
    f"[{HAN}](?:[{HAN}]+"  # 十八, 二〇二四
    f"|(?=[{_SCORES}][{HAN}])|(?<=[{HAN}][{_SCORES}].)"  # 三比一
    f"|(?<=[〇零二三四五六七八九两兩])(?=[{_COUNTED}])"  # 三年, but neither 一时 nor 十分
    "|(?<=第.))"
)
"""A pattern for numbers written in Han, where what stands beside them leaves no doubt."""
