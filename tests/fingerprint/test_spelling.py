"""One text in two spellings is one text, whichever came first."""

import pytest
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.fingerprint.words import TokenClass, values
from twicetold.domain.matching.decide import decide
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.model import Relation

BUDGET = (
    "The harbour board approved a budget of 1,250,000 crowns on Monday, up from 980,500 a year "
    "ago. It buys 12,000 metres "
    "of rope and 3.5 kilometres of chain. The board, which has 14 members, said 45,000 visitors "
    "had come by ferry."
)
BERICHT = (
    "Der Gemeinderat hat am Dienstag beschlossen, die alte Brücke über den Mühlbach für "
    "1.250.000 Franken zu erneuern. "
    "Bürgermeister Jörg Häberle sagte, die Arbeiten würden früher beginnen als geplant, spätestens im März."
)
HINDI = "परिषद ने मंगलवार को पुराने पुल को बंद करने का फ़ैसला किया ताकि इंजीनियर ज़ंग लगे खंभे को बदल सकें और लंबी सड़क खुले।"
PAIRS = {
    "digits without groups": (BUDGET, BUDGET.replace("1,250,000", "1250000").replace("980,500", "980500")),
    "groups by points": (BUDGET, BUDGET.replace(",", ".").replace("3.5", "3,5").replace(". ", ", ")),
    "groups by blanks": (BUDGET, BUDGET.replace("1,250,000", "1 250 000").replace("980,500", "980 500")),
    "groups by thin blanks": (
        BUDGET,
        BUDGET.replace("1,250,000", "1\u2009250\u2009000").replace("12,000", "12\u202f000"),
    ),
    "groups by apostrophes": (BUDGET, BUDGET.replace("1,250,000", "1’250’000").replace("12,000", "12'000")),
    "groups as in India": (BUDGET, BUDGET.replace("1,250,000", "12,50,000")),
    "a scale in a word": (BUDGET, BUDGET.replace("1,250,000", "1.25 million").replace("45,000", "45 thousand")),
    "a scale in a letter": (BUDGET, BUDGET.replace("1,250,000", "1.25m").replace("45,000", "45K")),
    "numbers in words": (
        (
            "The board of fourteen met for twenty-five minutes and gave two hundred and five crowns to "
            "each of the ferry crews "
            "that had brought the visitors from the island to the old harbour last summer without "
            "charging any fare"
        ),
        (
            "The board of 14 met for 25 minutes and gave 205 crowns to each of the ferry crews "
            "that had brought the visitors from the island to the old harbour last summer without "
            "charging any fare"
        ),
    ),
    "Arabic decimals": (
        (
            "اعلنت الشركة ان ارباحها ارتفعت الى 8ر27 مليون دينار في الربع الاول من العام الحالي مقابل "
            "6ر14 مليون دينار في الربع نفسه"
        ),
        (
            "اعلنت الشركة ان ارباحها ارتفعت الى 8.27 مليون دينار في الربع الاول من العام الحالي مقابل "
            "6٫14 مليون دينار في الربع نفسه"
        ),
    ),
    "a slash between blanks": (
        ("بدأ العام الدراسي 1436 / 1437 في جميع المدارس اليوم وقال الوزير ان الكتب وصلت الى كل الطلاب في المدن والقرى"),
        ("بدأ العام الدراسي 1436/1437 في جميع المدارس اليوم وقال الوزير ان الكتب وصلت الى كل الطلاب في المدن والقرى"),
    ),
    "fractions": (
        (
            "Shares of the ferry line rose 1½ crowns to .50 above the price at which the harbour board "
            "had sold them in spring"
        ),
        (
            "Shares of the ferry line rose 1-1/2 crowns to 0.50 above the price at which the harbour "
            "board had sold them in spring"
        ),
    ),
    "Urdu heh and hamza": (
        "وزیر نے کہا کہ ہم یہ فیصلہ جلد کریں گے اور ہر شہر میں ہسپتال کھولے جائیں گے تاکہ لوگوں کو سہولت ہو",
        "وزیر نے كها كه هم يه فيصله جلد كريں گے اور هر شهر ميں هسپتال كھولے جاءیں گے تاكه لوگوں كو سهولت هو",
    ),
    "traditional Han": (
        (
            "市議會星期二晚上決定關閉舊橋十四個月，讓工程師更換生鏽的轉軸。議長說這座橋已經不能承受公車的"
            "重量，商人擔心顧客會減少。"
        ),
        (
            "市议会星期二晚上决定关闭旧桥十四个月，让工程师更换生锈的转轴。议长说这座桥已经不能承受公车的"
            "重量，商人担心顾客会减少。"
        ),
    ),
    "Serbian": (
        (
            "Градско веће је у уторак одлучило да затвори стари мост код воденице док мајстори не замене "
            "зарђали зглоб, рекла је Јелић"
        ),
        (
            "Gradsko veće je u utorak odlučilo da zatvori stari most kod vodenice dok majstori ne zamene "
            "zarđali zglob, rekla je Jelić"
        ),
    ),
    "Uzbek": (
        ("Шаҳар ҳокимлиги сешанба куни эски кўприкни ўн тўрт ойга ёпишга қарор қилди, деди кенгаш раиси Елена Юсупова"),
        (
            "Shahar hokimligi seshanba kuni eski ko‘prikni o‘n to‘rt oyga yopishga qaror qildi, dedi "
            "kengash raisi Yelena Yusupova"
        ),
    ),
    "Kazakh": (
        (
            "Қала мәслихаты сейсенбі күні ескі көпірді он төрт айға жабу туралы шешім қабылдады, деді "
            "кеңес төрайымы Айгүл"
        ),
        (
            "Qala mäslihaty seisenbi küni eski köpirdi on tört aiğa jabu turaly şeşim qabyldady, dedi "
            "keñes töraiymy Aigül"
        ),
    ),
    "German umlauts": (BERICHT, BERICHT.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"}))),
    "Korean blanks": (
        (
            "군의회는 화요일 밤 방앗간 옆의 오래된 다리를 14개월 동안 폐쇄하기로 했다. 의장은 다리가 더 "
            "이상 버스를 견딜 수 없다고 말했다."
        ),
        (
            "군의회는 화요일밤 방앗간옆의 오래된 다리를 14개월동안 폐쇄하기로 했다. 의장은 다리가 더이상 "
            "버스를 견딜수 없다고 말했다."
        ),
    ),
    "hyphens after a prefix": (
        (
            "The re-elected chairman of the non-profit co-operative sent an e-mail to all members and "
            "promised more co-operation"
        ),
        (
            "The reelected chairman of the nonprofit cooperative sent an email to all members and "
            "promised more cooperation"
        ),
    ),
    "British and American": (
        (
            "The labour ministry's programme to modernise grey harbours was criticised by an auditor "
            "whose organisers favoured tyres"
        ),
        (
            "The labor ministry's program to modernize gray harbors was criticized by an auditor whose "
            "organizers favored tires"
        ),
    ),
    "Turkish endings": (
        (
            "Belediye başkanı Işık, Karşıyaka Tesisleri'nde yaptığı açıklamada İzmir'in yeni köprüsünün "
            "Ankara'dan geleceğini söyledi"
        ),
        (
            "Belediye başkanı Işık, Karşıyaka Tesisleri nde yaptığı açıklamada İzmir in yeni köprüsünün "
            "Ankara dan geleceğini söyledi"
        ),
    ),
    "lost apostrophes": (
        (
            "The board's chairman doesn't want the island's ferry to sail, and the crew's union can't "
            "say when it'll go again"
        ),
        (
            "The board s chairman doesn t want the island s ferry to sail and the crew s union can t say "
            "when it ll go again"
        ),
    ),
    "look-alikes": (
        (
            "The board of the harbour voted on Monday to close the old swing bridge for fourteen months "
            "after a long debate"
        ),
        (
            "Тhе bоаrd оf the hаrbоur vоtеd on Mоnday tо clоse thе оld swing bridge fоr fоurtееn months "
            "аftеr а long debate"
        ),
    ),
    "Latin look-alikes in Russian": (
        (
            "Городской совет во вторник вечером решил закрыть старый мост у мельницы на четырнадцать "
            "месяцев для ремонта опоры"
        ),
        (
            "Гоpoдской coвет вo втоpник вечеpом pешил закpыть cтаpый моcт у мельницы на четыpнадцать "
            "меcяцев для pемонта опоpы"
        ),
    ),
    "garbled UTF-8": (
        (
            "Le conseil a décidé mardi à l’unanimité de fermer le vieux pont près du moulin dès l’été, "
            "après un débat animé"
        ),
        (
            "Le conseil a dÃ©cidÃ© mardi Ã\u00a0 lâ€™unanimitÃ© de fermer le vieux pont prÃ¨s du moulin "
            "dÃ¨s lâ€™Ã©tÃ©, aprÃ¨s un dÃ©bat animÃ©"
        ),
    ),
    "Hindi nukta and nasals": (
        HINDI,
        HINDI.replace("\u093c", "")
        .replace("बंद", "बन्द")
        .replace("इंजी", "इन्जी")
        .replace("खंभे", "खम्भे")
        .replace("लंबी", "लम्बी"),
    ),
}


def relation(a: str, b: str) -> Relation | None:
    return decide(TextFeatures(fingerprint(a)), TextFeatures(fingerprint(b))).relation


@pytest.mark.parametrize("kind", PAIRS)
def test_a_text_in_another_spelling_is_the_same_text_in_both_directions(kind):
    one, other = PAIRS[kind]
    assert one != other
    assert {relation(one, other), relation(other, one)} <= {Relation.EXACT, Relation.REPRINT}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.5 metres", "15 metres"),
        ("1 25 metres", "125 metres"),
        ("0.250 metres", "0250 metres"),
        ("2010 250 people came", "2010250 people came"),
        ("5 m and 5,000", "5m and 5000"),
        ("9.30 and 9:30", "9:30 and 9.30"),
        ("12.05.2024", "12052024"),
        ("München liegt vorn", "Muenchen liegt vorn"),  # nothing says that this is German
        ("Hän näki sään", "Haen naeki saeaen"),
        ("El niño pidió perdón", "El nino pidio perdoon"),
        ("Москва верит", "Moskva verit"),
        ("گھر", "گهر"),
        ("the co and operation", "the coand operation"),
        ("night-shift", "nightshift"),
        ("one hundred", "1 hundred"),
        ("CAFÉ» und É»", "ɻ und ɻ"),
    ],
)
def test_what_is_no_spelling_of_the_same_stays_apart(one, other):
    assert fingerprint(one).digest != fingerprint(other).digest


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("1.250", "en", "1.25"),
        ("1,250", "en-GB", "1250"),
        ("1.250", "de-AT", "1250"),
        ("1,250", "fr", "1.25"),
        ("1.250", None, "1250"),
        ("1,250", None, "1250"),
        ("0.250", None, "0.25"),
        ("1.250 of 3.000.000,5", "en", "1250"),  # the text itself shows what its points are
        ("1,250 of 3.000.000,5", None, "1.25"),
    ],
)
def test_a_sign_before_three_digits_reads_as_the_text_and_its_language_have_it(text, language, number):
    assert numbers(text, language=language)[0] == numbers(number)[0]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("twelve", 12), ("ninety-nine", 99), ("two thousand three hundred and five", 2305), ("ten thousand", 10_000),
        ("siebzehn", 17), ("einundzwanzig", 21), ("zweitausenddreihundertfünf", 2305), ("zehntausend", 10_000),
        ("dix-sept", 17), ("soixante-quinze", 75), ("quatre-vingt-dix-sept", 97), ("deux mille trois cent cinq", 2305),
        ("veintitrés", 23), ("treinta y cinco", 35), ("dos mil trescientos cinco", 2305), ("diez mil", 10_000),
        ("ventotto", 28), ("centoventi", 120), ("duemilatrecentocinque", 2305), ("diecimila", 10_000),
        ("vinte e cinco", 25), ("dois mil trezentos e cinco", 2305), ("dez mil", 10_000),
        ("eenentwintig", 21), ("tweeduizenddriehonderdvijf", 2305), ("tienduizend", 10_000),
        ("двадцать пять", 25), ("две тысячи триста пять", 2305), ("десять тысяч", 10_000),
        ("five million", 5_000_000), ("zwei Milliarden", 2_000_000_000),
    ],
)  # fmt: skip
def test_a_number_in_words_equals_the_same_in_digits_but_is_another_word(written, number):
    words, digits = fingerprint(f"all {written} of them"), fingerprint(f"all {number} of them")
    assert numbers(f"all {written} of them") == numbers(f"all {number} of them")
    assert words.kinds.tolist() == digits.kinds.tolist()
    assert words.words.tolist() != digits.words.tolist()


@pytest.mark.parametrize(("one", "other"), [("1/2", ".50"), ("0.5", "0.50"), ("1½", "1.5"), ("007", "7")])
def test_numbers_of_one_value_are_equal_however_exact(one, other):
    assert numbers(one) == numbers(other)


@pytest.mark.parametrize(("one", "other"), [("12", "13"), ("1/2", "1/3"), ("1.5", "15"), ("1436/1437", "1436/1438")])
def test_numbers_of_different_values_differ(one, other):
    assert numbers(one) != numbers(other)


def numbers(text: str, language: str | None = None) -> list[int]:
    found = fingerprint(text, language=language)
    return values(found.words[found.kinds == TokenClass.NUMBER]).tolist()
