"""Notices of one form about other days, places and companies: the form, and what fills it in twice."""

from __future__ import annotations

import pytest

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
