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


CORRECTIONS = [
    pytest.param(
        (
            "A coach carrying pilgrims left the mountain road near Ternava before dawn and rolled down a slope, "
            "killing the driver, police said. At least 40 people were injured, several of them seriously, and were "
            "taken to the hospital in Belograd. Witnesses said that the brakes had failed on the long descent. "
            "Rescue workers cut passengers out of the wreck with saws while helicopters waited in a field below. "
            "The governor, Milena Dragic, visited the wounded and promised help to their families. The road, which "
            "has no barrier along most of that stretch, stayed closed until the evening. It was the second such "
            "crash this year."
        ),
        {"40 people": "43 people"},
        id="bus",
    ),
    pytest.param(
        (
            "Floods in the south of Pakistan have killed 215 people since the monsoon began, the disaster agency "
            "said on Friday, and thousands of families in Sindh are still living on embankments. Soldiers brought "
            "food and tents by boat. Doctors warned that cholera could spread in the camps around Sukkur unless "
            "clean water came soon."
        ),
        {"215": "221"},
        id="flood",
    ),
    pytest.param(
        (
            "A court in Lyon sentenced the former mayor of Vienne to 3 years in prison for taking bribes from a "
            "builder. Paul Garnier, who denied the charges, will appeal, his lawyer Anne Roche said. Prosecutors "
            "had asked for a longer term. The builder, who told investigators about the payments, was fined."
        ),
        {"3 years": "4 years"},
        id="court",
    ),
    pytest.param(
        (
            "Thousands of farmers drove their tractors into the centre of Warsaw on Tuesday to protest against "
            "cheap grain imports. Organisers put the number at 15,000, police at 9,000. The column blocked the "
            "bridges over the Vistula for most of the day. Agriculture Minister Robert Telus met their leaders and "
            "promised an answer within a week. Similar protests were held in Lublin and Rzeszow, where the border "
            "crossings were closed to lorries. The farmers say that prices have fallen by half since the autumn and "
            "that many of them will not be able to pay for seed."
        ),
        {"15,000": "12,000", "9,000": "8,000"},
        id="protest",
    ),
    pytest.param(
        (
            "Un incendie s'est déclaré dans un immeuble du centre de Marseille dans la nuit, faisant 4 morts et 17 "
            "blessés, ont annoncé les pompiers. Les habitants ont été évacués vers un gymnase voisin. Selon le "
            "procureur Jean Morel, l'origine du sinistre reste inconnue. Le maire s'est rendu sur place et a promis "
            "un relogement rapide aux familles. Une enquête a été ouverte et la rue restera fermée toute la "
            "journée."
        ),
        {"4 morts": "5 morts", "17 bl": "19 bl"},
        id="fr",
    ),
    pytest.param(
        (
            "Un autobús que cubría la ruta entre Cusco y Puno cayó a un barranco durante la madrugada y dejó 11 "
            "muertos, informó la policía. Los heridos fueron trasladados al hospital de Juliaca. El conductor, que "
            "sobrevivió, declaró que la niebla le impedía ver la carretera. La presidenta del gobierno regional, "
            "Rosa Quispe, decretó luto y pidió a la empresa que entregara la lista de pasajeros. Es el tercer "
            "accidente grave en esa vía en lo que va del año."
        ),
        {"11 muertos": "13 muertos"},
        id="es",
    ),
    pytest.param(
        (
            "Bei einem Zugunglück in der Nähe von Kassel sind am Morgen 23 Menschen verletzt worden, teilte die "
            "Bundespolizei mit. Ein Regionalzug war auf einen Güterwagen aufgefahren, der auf dem Gleis stand. "
            "Warum der Wagen dort abgestellt war, blieb zunächst unklar. Die Strecke nach Göttingen wurde gesperrt, "
            "Reisende mussten auf Busse umsteigen. Der Sprecher der Bahn, Uwe Lindner, bat um Geduld. Die "
            "Verletzten kamen in umliegende Krankenhäuser, niemand schwebte in Lebensgefahr."
        ),
        {"23 M": "26 M"},
        id="de",
    ),
    pytest.param(
        (
            "قالت الشرطة إن حافلة تقل طلابا انقلبت صباح اليوم على الطريق الساحلي قرب مدينة صفاقس ما أدى إلى إصابة "
            "26 شخصا بجروح متفاوتة نقلوا إلى المستشفى الجهوي. وأضاف المتحدث باسم الحماية المدنية أن السائق فقد "
            "السيطرة على الحافلة بسبب الأمطار الغزيرة. وفتحت النيابة تحقيقا في الحادث بينما طالب الأهالي بإصلاح "
            "الطريق الذي شهد حوادث كثيرة في الأشهر الأخيرة."
        ),
        {"26": "29"},
        id="ar",
    ),
    pytest.param(
        (
            "पुलिस ने बताया कि शिमला के पास एक बस खाई में गिर गई जिससे 18 यात्री घायल हो गए और उन्हें अस्पताल में "
            "भर्ती कराया गया। अधिकारियों के अनुसार बस तेज गति से चल रही थी और मोड़ पर चालक ने नियंत्रण खो दिया। "
            "मुख्यमंत्री ने घटना पर दुख जताया और घायलों के इलाज का पूरा खर्च उठाने की घोषणा की। स्थानीय लोगों ने "
            "बचाव कार्य में मदद की।"
        ),
        {"18": "21"},
        id="hi",
    ),
    pytest.param(
        (
            "Konya yakınlarında bir yolcu otobüsünün devrilmesi sonucu 31 kişi yaralandı, yetkililer kazanın sabaha "
            "karşı yoğun sis nedeniyle meydana geldiğini söyledi. Yaralılar çevredeki hastanelere kaldırıldı, "
            "ikisinin durumu ağır. Vali Ahmet Demir olay yerinde incelemelerde bulundu ve soruşturma başlatıldığını "
            "açıkladı. Karayolu uzun süre trafiğe kapalı kaldı, sürücüler köy yollarına yönlendirildi."
        ),
        {"31": "34"},
        id="tr",
    ),
    pytest.param(
        (
            "Не менее 14 человек пострадали при взрыве газа в жилом доме в Саратове, сообщили в областном "
            "управлении. Жильцов вывели из здания и разместили в соседней школе. Губернатор Роман Бусаргин поручил "
            "обследовать дом и помочь семьям с жильём. По предварительным данным, причиной стала неисправная плита. "
            "Следователи возбудили дело, спасатели продолжают разбирать завалы и опасаются нового обрушения."
        ),
        {"14": "17"},
        id="ru",
    ),
    pytest.param(
        (
            "경찰은 강원도 산악 도로에서 관광버스가 미끄러져 승객 22명이 다쳤다고 밝혔다. 부상자들은 "
            "인근 병원 3곳으로 옮겨져 치료를 받고 있으며 대부분 가벼운 상처를 입은 것으로 알려졌다. "
            "운전사는 빙판길에서 제동 장치가 듣지 않았다고 진술했다. 도로 관리 당국은 사고 구간의 "
            "통행을 막고 제설 작업을 벌이고 있다. 경찰은 회사 관계자들을 불러 차량 정비 상태를 "
            "조사할 계획이다."
        ),
        {"22명": "25명", "3곳": "4곳"},
        id="ko2",
    ),
    pytest.param(
        (
            "警察によりますと、長野県の山道で観光バスが横転し、乗客35人がけがをして近くの病院に運ばれま"
            "した。運転手は霧で前がよく見えなかったと話しているということです。現場は急なカーブが続く場所"
            "で、以前から事故が多いと住民は話しています。バス会社の社長は記者会見で謝罪し、原因の調査に協"
            "力すると述べました。"
        ),
        {"35": "38"},
        id="ja",
    ),
    pytest.param(
        (
            "Un treno regionale è deragliato vicino a Bari nella tarda serata e 9 passeggeri sono rimasti feriti, "
            "hanno riferito i vigili del fuoco. La linea verso Lecce è interrotta. Il ministro Carlo Bianchi ha "
            "chiesto una relazione alle ferrovie, mentre i tecnici controllano lo scambio che avrebbe ceduto. I "
            "viaggiatori sono stati portati a destinazione con gli autobus."
        ),
        {"9 p": "12 p"},
        id="it",
    ),
    pytest.param(
        (
            "A gunman opened fire in a shopping mall in Columbus on Saturday, killing three people and wounding 7 "
            "before he was shot by police, Mayor Andrew Ginther said. Shoppers hid in storerooms. The police chief, "
            "Elaine Bryant, said that the man, 24, had acted alone and that no motive was known."
        ),
        {"wounding 7": "wounding 9"},
        id="shoot",
    ),
    pytest.param(
        (
            "The ruling Liberty party has widened its lead before the election in June, a poll by the Median "
            "institute showed on Wednesday. It would win 46 percent of the vote, against 31 percent for the "
            "opposition alliance led by Anna Veres, while 12 percent of those asked had not made up their minds. "
            "The pollster said that the mood had turned after the government raised pensions and cut the tax on "
            "bread. Veres told supporters in Szeged that she did not believe in polls and would keep knocking on "
            "doors."
        ),
        {"46 percent": "45 percent", "31 percent": "32 percent"},
        id="poll2",
    ),
    pytest.param(
        (
            "Rescuers in Shanxi brought 11 miners to the surface on Monday, eight days after an explosion blocked "
            "the shaft, and said that 10 others were still missing. The men were weak but could speak, state "
            "television said. Their relatives had waited at the pit in the cold. Officials blamed gas."
        ),
        {"brought 11": "brought 12", "that 10": "that 9"},
        id="mine",
    ),
    pytest.param(
        (
            "The city of Tampere will spend 2.5 million euros on a new library in the suburb of Hervanta, the "
            "council decided on Monday. Building is to start in May and to take about two years. The old library, "
            "in a former shop, has become too small, said the head of culture, Liisa Virtanen. Councillors of the "
            "Finns party voted against the plan and asked for the money to be spent on roads."
        ),
        {"2.5": "2.7"},
        id="grant",
    ),
    pytest.param(
        (
            "A landslide buried houses in a village in the Rwenzori mountains after days of heavy rain, killing 17 "
            "people, the Red Cross said. Another 46 were missing. Volunteers dug with their hands and with hoes "
            "because the road had been washed away and no machine could reach the place. Uganda's prime minister, "
            "Robinah Nabbanja, said the army was on its way. Survivors were sheltering in a church and in a school. "
            "Landslides are common in the region, where the slopes have been stripped of trees by people looking "
            "for land to farm and wood to burn."
        ),
        {"17": "21", "46": "38"},
        id="landslide2",
    ),
]


def edited(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(("text", "changes"), CORRECTIONS)
def test_a_short_story_with_a_corrected_figure_or_two_is_a_reprint(text, changes):
    assert relation(text, edited(text, changes)) is Relation.REPRINT


NOTICES = [
    pytest.param(
        (
            "{} Bancorp said its board declared a regular cash dividend of {} cents per share on its common stock. "
            "The dividend will be paid on {} to holders of record at the close of business on {}."
        ),
        "Wilmot; 12; March 3; February 14",
        "Pinecrest; 17; March 15; February 28",
        id="dividend2",
    ),
    pytest.param(
        (
            "Wilmot Bancorp said its board declared a regular cash dividend of {} cents per share on its common "
            "stock. The dividend will be paid on {} to holders of record at the close of business on {}."
        ),
        "12; March 3; February 14",
        "13; June 4; May 16",
        id="dividend-same",
    ),
    pytest.param(
        (
            "Bergen will see a mix of sun and cloud today with a high of {} degrees and a low of {} degrees "
            "overnight. Winds will come from the southwest at {} kilometres an hour. Walkers in the hills should "
            "carry a rain jacket, the weather office said, since showers can build up quickly there in the "
            "afternoon."
        ),
        "17; 9; 20",
        "14; 6; 35",
        id="weather2",
    ),
    pytest.param(
        (
            "The foreign exchange reserves of Pakistan's central bank {} {} million dollars to {} billion dollars "
            "in the week that ended on {}, the bank said. Total reserves of the country, which include those of "
            "commercial banks, stood at {} billion dollars."
        ),
        "rose by; 45; 8.02; March 8; 13.15",
        "rose by; 17; 7.89; March 15; 13.01",
        id="reserves",
    ),
    pytest.param(
        (
            "Der Euro ist am {} gestiegen. Die Europäische Zentralbank setzte den Referenzkurs auf {} Dollar fest, "
            "nach {} Dollar am {}. Der Dollar kostete damit {} Euro. Eine Feinunze Gold wurde in London mit {} "
            "Dollar gehandelt."
        ),
        "Dienstag; 1,0841; 1,0799; Montag; 0,9224; 2.031",
        "Freitag; 1,0912; 1,0877; Donnerstag; 0,9164; 2.046",
        id="rate",
    ),
    pytest.param(
        (
            "Shares of {} closed {} percent higher at {} dollars on {} on a volume of {} million, outpacing a rise "
            "of {} percent in the broad index. The stock is {} percent below its high of the past year."
        ),
        "Nordwind; 2.3; 145.20; Tuesday; 3.1; 0.4; 11",
        "Nordwind; 1.1; 151.75; Thursday; 2.6; 0.2; 7",
        id="shares",
    ),
    pytest.param(
        (
            "An earthquake of magnitude {} struck {} kilometres {} of {} at {} local time on {}, the geological "
            "survey said. It was centred at a depth of {} kilometres. There were no immediate reports of damage or "
            "casualties and no tsunami warning was issued."
        ),
        "5.6; 24; southeast; Hualien; 04:12; Monday; 17",
        "6.1; 88; west; Padang; 21:40; Thursday; 35",
        id="quake",
    ),
    pytest.param(
        (
            "An earthquake of magnitude {} struck {} kilometres southeast of Hualien at {} local time, the "
            "geological survey said. It was centred at a depth of {} kilometres. There were no immediate reports of "
            "damage or casualties and no tsunami warning was issued."
        ),
        "5.6; 24; 04:12; 17",
        "4.9; 31; 16:55; 12",
        id="quake-same",
    ),
    pytest.param(
        (
            "{} {} has been appointed chief executive of {}, the company said in a statement. {} succeeds {} {}, "
            "who is retiring after many years at the head of the group. The new chief will take office after the "
            "general meeting, subject to the approval of the supervisory board and of the regulator."
        ),
        "Martin; Hale; Corvane; Hale; Peter; Lang",
        "Julia; Brandt; Westport; Brandt; Simon; Oakes",
        id="appoint",
    ),
    pytest.param(
        (
            "The board of {} named {} {} chief financial officer with immediate effect. {} had been deputy head of "
            "finance since the merger. The shares of the company, which makes packaging for food and medicine, were "
            "little changed in early trading and analysts called the choice expected."
        ),
        "Halden; Laura; Meier; Meier",
        "Torvik; Oskar; Lind; Lind",
        id="appoint2",
    ),
    pytest.param(
        (
            "The Federal Grain Inspection Service said {} tonnes of wheat were inspected for export in the week to "
            "{}, against {} a week before and {} a year earlier. Shipments of corn were {} tonnes and those of "
            "soybeans {} tonnes."
        ),
        "412,300; May 4; 388,100; 450,900; 1,020,400; 310,700",
        "377,800; May 11; 412,300; 498,200; 998,600; 287,500",
        id="ship",
    ),
    pytest.param(
        (
            "The winning numbers in the evening drawing of the lottery's game were {}, {}, {}, {} and {}. The "
            "estimated jackpot for the next drawing is {} dollars. Players match numbers drawn from a machine, and "
            "tickets must be claimed within half a year of the drawing at any of the lottery's offices."
        ),
        "04; 11; 23; 31; 38; 120,000",
        "02; 09; 17; 28; 35; 145,000",
        id="lottery",
    ),
    pytest.param(
        (
            "Brent crude settled at {} dollars a barrel on {}, up {} cents, while U.S. West Texas Intermediate "
            "ended at {} dollars, up {} cents. Traders said that supply remained tight."
        ),
        "82.15; Monday; 64; 77.90; 51",
        "83.40; Wednesday; 35; 79.02; 28",
        id="oil",
    ),
    pytest.param(
        (
            "La Bourse de Paris a terminé en hausse de {} % {} à {} points, dans un volume d'échanges de {} "
            "milliards d'euros. Le titre {} a signé la plus forte hausse de l'indice, gagnant {} % à {} euros."
        ),
        "0,84; lundi; 7.412,30; 3,1; Danone; 2,7; 58,14",
        "0,31; jeudi; 7.455,02; 2,8; Renault; 4,1; 39,90",
        id="fr-bourse",
    ),
    pytest.param(
        (
            "In Freiburg scheint heute meist die Sonne, am Nachmittag ziehen vereinzelt Wolken auf. Die "
            "Temperaturen steigen auf {} Grad, in der Nacht sinken sie auf {} Grad. Der Wind weht schwach aus {}. "
            "Die Luftfeuchtigkeit liegt bei {} Prozent. Die Sonne geht um {} Uhr auf und um {} Uhr unter."
        ),
        "24; 13; West; 55; 5.41; 21.12",
        "27; 15; Süd; 48; 5.43; 21.10",
        id="de-wetter",
    ),
    pytest.param(
        (
            "Центральный банк установил официальный курс доллара на {} в размере {} рубля, что на {} копейки выше "
            "предыдущего значения. Курс евро составил {} рубля, увеличившись на {} копейки. Курс юаня вырос до {} "
            "рубля."
        ),
        "12 марта; 90,63; 21; 98,91; 34; 12,58",
        "15 марта; 91,87; 42; 99,97; 53; 12,71",
        id="ru-kurs",
    ),
    pytest.param(
        (
            "Gram altın güne yükselişle başladı ve {} liradan işlem görüyor. Çeyrek altın {} lira, cumhuriyet "
            "altını ise {} liradan satılıyor. Önceki kapanışta gram altın {} lira olmuştu. Ons altın {} dolarda "
            "dengelendi."
        ),
        "2.245; 3.720; 15.140; 2.231; 2.178",
        "2.291; 3.802; 15.455; 2.274; 2.196",
        id="tr-altin",
    ),
    pytest.param(
        (
            "東京株式市場の日経平均株価は値上がりし、終値はきのうより{}円高い{}円でした。東証株価指数"
            "は{}上がって{}でした。一日の出来高は{}億株でした。"
        ),
        "212; 38919; 8; 2704; 16",
        "354; 39274; 14; 2731; 18",
        id="ja-kabu",
    ),
    pytest.param(
        (
            "दिल्ली सर्राफा बाजार में सोना {} रुपये बढ़कर {} रुपये प्रति दस ग्राम पर पहुंच गया। चांदी {} रुपये "
            "चढ़कर {} रुपये प्रति किलोग्राम रही। पिछले सत्र में सोना {} रुपये पर बंद हुआ था।"
        ),
        "250; 66200; 400; 77500; 65950",
        "310; 66950; 700; 78300; 66640",
        id="hi-sona",
    ),
    pytest.param(
        (
            "{} plc today announces that its net asset value per share, including income, stood at {} pence on {}. "
            "The figure is unaudited and was worked out under the rules of the investment association. Enquiries "
            "should be made to the company secretary at the usual address."
        ),
        "Alder Trust; 214.5; 6 May",
        "Kestrel Trust; 98.7; 6 May",
        id="fewnum",
    ),
    pytest.param(
        (
            "Alder Trust plc today announces that its net asset value per share, including income, stood at {} "
            "pence on {}, and excluding income at {} pence. The figure is unaudited and was worked out under the "
            "rules of the investment association."
        ),
        "214.5; 6 May; 211.8",
        "215.9; 7 May; 213.2",
        id="nav-day",
    ),
]


@pytest.mark.parametrize(("form", "one", "other"), NOTICES)
def test_a_notice_of_another_day_or_company_is_a_template(form, one, other):
    assert relation(form.format(*one.split("; ")), form.format(*other.split("; "))) is Relation.TEMPLATE


RESPELLED = [
    (
        """Zelenskyy said in Kyiv that 12 missiles had been fired at Kharkiv and Mykolaiv overnight and that 9 of them
were shot down. Air defence in Kyiv had worked well, Zelenskyy said, but Kharkiv needed more of it. A school in
Mykolaiv was hit; nobody was inside at the time.""",
        {"Zelenskyy": "Zelensky", "Kyiv": "Kiev", "Kharkiv": "Kharkov", "Mykolaiv": "Nikolayev"},
    ),
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


def test_a_long_bulletin_of_another_day_with_all_its_readings_changed_is_a_template():
    one, other = ("Monday", 212, 187, 240, 265, 301, 333), ("Friday", 219, 179, 251, 272, 296, 340)
    assert relation(RIVER.format(*one), RIVER.format(*other)) is Relation.TEMPLATE


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
    assert relation(GERMAN_APPOINTMENT.format(*one), GERMAN_APPOINTMENT.format(*other)) is Relation.TEMPLATE


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
