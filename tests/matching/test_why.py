import numpy as np
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.matching.features import Context, Features, features
from twicetold.domain.matching.measure import compare_each
from twicetold.domain.matching.text_features import TextFeatures
from twicetold.domain.matching.why import reasons

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
