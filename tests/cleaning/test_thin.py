"""What is too little to match on is flagged, with a reason."""

import pytest
from twicetold.domain.cleaning.clean import clean

STORY = (
    "The council met on Monday evening to discuss the harbour wall and the cost of its repair, and nobody left early."
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no text"),
        ("View Comments", "no text"),
        ("The wall fell at noon.", "only 5 words"),
        ("防波堤が崩れた。", "only 4 words"),
        (
            "We and our partners value your privacy and store cookies on this very device of yours today.",
            "consent wall",
        ),
        (
            "To continue reading the rest of this long story about the wall please choose a plan that fits.",
            "paywall stub",
        ),
        (
            "You will have to enable JavaScript in the settings of the browser that you are using right now.",
            "JavaScript",
        ),
    ],
)
def test_a_body_that_is_no_story_is_thin(text: str, reason: str) -> None:
    cleaned = clean(text)
    assert cleaned.thin
    assert cleaned.text == "" or reason in cleaned.warnings[0]
    assert len(cleaned.warnings) == 1


@pytest.mark.parametrize(
    "text", [STORY, "防波堤の修理費をめぐる会議が月曜の夜に開かれ、住民は最後まで席を立たなかったという。"]
)
def test_a_short_story_is_not_thin(text: str) -> None:
    assert not clean(text).thin


def test_a_long_story_that_mentions_cookies_is_not_thin() -> None:
    assert not clean(" ".join([STORY] * 10) + " We use cookies, the mayor joked.").thin


@pytest.mark.parametrize(
    "text",
    [
        "Please confirm that you are human. We look at your connection before we go on with it.",
        "Bestätigen Sie bitte, dass Sie kein Roboter sind. Danach geht es gleich weiter mit den Nachrichten des Tages.",
        "Ваш браузер устарел. Установите новую версию, чтобы сайт работал быстро и правильно на всех устройствах.",
        "Connectez-vous pour lire la suite de cet article et de tous ceux que nous publions chaque jour de la semaine.",
        "続きを読むには会員登録が必要です。すでに会員の方はこちらからお進みください。",
    ],
)
def test_a_page_that_stands_in_for_many_is_thin(text: str) -> None:
    assert clean(text).thin


def test_a_page_with_the_title_of_a_bot_wall_is_thin_whatever_it_says() -> None:
    text = f"{STORY} {STORY}"
    assert clean(text, title="Just a moment... | Harbour News").thin
    assert not clean(text, title="Just a moment of silence | Harbour News").thin
    assert not clean(f"{STORY} " * 20, title="Just a moment...").thin


def test_a_short_story_about_a_browser_is_no_note_to_its_users() -> None:
    text = "The firm said on Monday that its new browser blocks robots, and that 4,000 offices use it."
    assert not clean(text).thin
