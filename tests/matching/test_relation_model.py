import json
from importlib.resources import files

import numpy as np
import pytest
from twicetold.domain.fingerprint.make import fingerprint
from twicetold.domain.matching import relation_model as module
from twicetold.domain.matching.features import Context, features
from twicetold.domain.matching.measure import compare_each
from twicetold.domain.matching.relation_model import WEIGHTS, RelationModel, relation_model
from twicetold.domain.matching.text_features import TextFeatures

from bench.generated_text import TextGenerator

WEIGHTS_FILE = files(module.__package__).joinpath(WEIGHTS)
RISING = ("short_covered", "long_covered", "numbers_kept", "names_kept", "title_kept", "lead_least")


@pytest.fixture(scope="module")
def pairs():
    """Copies of a story with more and more of its words changed."""
    words = TextGenerator(3).story(250).split()
    text = TextFeatures(fingerprint(" ".join(words)))
    copies = [" ".join(word if at % every else "xyz" for at, word in enumerate(words)) for every in (40, 20, 10, 7)]
    found = compare_each(text, [TextFeatures(fingerprint(copy)) for copy in copies])
    return [features(each, Context()) for each in found]


def test_chances_of_a_pair_add_up_to_one(pairs):
    for estimate in relation_model().estimate(pairs):
        assert sum(estimate.chances) == pytest.approx(1)


def test_nothing_is_estimated_of_no_pairs():
    assert relation_model().estimate([]) == []


def test_pairs_judged_together_are_judged_as_each_alone(pairs):
    together = relation_model().estimate(pairs)
    alone = [estimate for pair in pairs for estimate in relation_model().estimate([pair])]
    assert np.allclose([each.chances for each in together], [each.chances for each in alone])


@pytest.mark.parametrize("name", RISING)
def test_what_speaks_for_one_report_never_makes_it_less_likely(name, pairs):
    for pair in pairs:
        rising = [pair._replace(**{name: share}) for share in np.linspace(0, 1, 21).tolist()]
        chances = [estimate.chances[0] for estimate in relation_model().estimate(rising)]
        assert chances == sorted(chances)


def test_the_weights_file_is_small_and_says_how_it_was_made():
    raw = WEIGHTS_FILE.read_bytes()
    assert len(raw) < 200_000
    assert "bench.fit_relations" in json.loads(raw)["made"]


def test_weights_for_other_features_are_refused():
    weights = json.loads(WEIGHTS_FILE.read_text("utf-8"))
    weights["features"] = weights["features"][1:]
    with pytest.raises(ValueError, match="fit them anew"):
        RelationModel(json.dumps(weights))
