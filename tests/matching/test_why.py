from math import nan

import numpy as np
import pytest
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.matching.features import Context, Features, features
from twicetold.domain.matching.measure import compare_each
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.matching.why import SAID, reasons

TEXT = "The ferry between the two harbours ran again on Monday after 4 months of repairs to its pier, the port said."


def pair():
    one, other = (TextFeatures(fingerprint(text)) for text in (TEXT, TEXT.replace("4", "5")))
    (found,) = compare_each(one, [other])
    return features(found, Context(same_source=True, days=2.0))


def weighing(**weights):
    return np.array([weights.get(name, 0.0) for name in Features._fields])


def test_what_weighed_most_comes_first_and_what_weighed_against_is_left_out():
    why = reasons(pair(), weighing(log_days=1.0, numbers_kept=2.0, order=-3.0))
    assert why == "50% of the numbers agree; one source, 2.0 days apart"


def test_features_of_one_thing_weigh_together():
    why = reasons(pair(), weighing(short_covered=1.0, long_covered=1.0, order=1.5))
    assert why.startswith("95% of the words of the shorter text and 95% of the longer are shared")


def test_something_is_said_though_nothing_weighed_for_it():
    assert "are shared" in reasons(pair(), weighing())


@pytest.mark.parametrize(
    ("share", "told"),
    [(-0.2, "none"), (0.0, "none"), (0.001, "1%"), (0.5, "50%"), (0.999, "99%"), (1.0, "all"), (1.2, "all")],
)
def test_no_share_is_negative_and_no_part_is_told_as_nothing_or_all(share, told):
    given = pair()._replace(masked_share=share, numbers_kept=share)
    assert reasons(given, weighing(masked_share=1.0)) == f"numbers and names make up {told} of the difference"
    assert reasons(given, weighing(numbers_kept=1.0)) == f"{told} of the numbers agree"


def test_what_is_unknown_is_told_as_that():
    given = pair()._replace(masked_share=nan, numbers_kept=nan, names_kept=nan, order=nan)
    for name, told in (
        ("masked_share", "the texts do not differ"),
        ("numbers_kept", "numbers tell nothing"),
        ("names_kept", "names tell nothing"),
        ("order", "the order tells nothing"),
    ):
        assert reasons(given, weighing(**{name: 1.0})) == told


def test_each_feature_speaks_through_one_sentence():
    named = " ".join(SAID.values()).split()
    assert sorted(named) == sorted(Features._fields)
