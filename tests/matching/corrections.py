"""Short stories, each with the changes that a corrected edition made."""

from __future__ import annotations

import pytest

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
