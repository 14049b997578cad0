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
