import numpy as np
import pytest
from twicetold.domain.matching.trees import Trees

NAN = float("nan")


def stump(feature, threshold, left, right, *, unknown_left=True):
    """A tree that asks once, in the form of the weights file."""
    middle = (left + right) / 2
    value = [middle, left, right, left, left, right, right, *[left] * 4, *[right] * 4]
    return [feature] + [0] * 6, [threshold] + [1e9] * 6, [unknown_left] + [1] * 6, value


def trees(*stumps, outputs=1, features=2):
    return Trees(*map(list, zip(*stumps, strict=True)), outputs=outputs, features=features)


def test_a_row_goes_left_up_to_the_threshold_and_right_above():
    one = trees(stump(0, 0.5, -1.0, 2.0))
    assert one.score(np.array([[0.5, 9.0], [0.51, -9.0]])).sums.tolist() == [[-1.0], [2.0]]


@pytest.mark.parametrize(("unknown_left", "expected"), [(True, -1.0), (False, 2.0)])
def test_what_is_unknown_goes_where_the_tree_says(unknown_left, expected):
    one = trees(stump(1, 0.5, -1.0, 2.0, unknown_left=unknown_left))
    assert one.score(np.array([[0.0, NAN]])).sums.tolist() == [[expected]]


def test_trees_of_one_output_add_up_and_those_of_others_do_not():
    both = trees(stump(0, 0.0, 1.0, 2.0), stump(0, 0.0, 10.0, 20.0), stump(0, 0.0, 3.0, 4.0), stump(0, 0.0, 30.0, 40.0),
                 outputs=2)  # fmt: skip
    assert both.score(np.array([[1.0, 0.0]])).sums.tolist() == [[6.0, 60.0]]


def test_a_weight_is_what_the_answer_to_a_question_changed():
    two = trees(stump(0, 0.0, -1.0, 1.0), stump(1, 0.0, -5.0, 5.0))
    (weights,) = two.score(np.array([[1.0, -1.0]])).weights
    assert weights.tolist() == [[1.0, -5.0]]


def test_the_weights_and_the_mean_of_all_trees_add_up_to_the_sum():
    draw = np.random.default_rng(5)
    feature = draw.integers(0, 4, (12, 7)).tolist()
    threshold, value = draw.normal(size=(12, 7)).tolist(), draw.normal(size=(12, 15))
    many = Trees(feature, threshold, np.ones((12, 7), dtype=bool).tolist(), value.tolist(), outputs=3, features=4)
    score = many.score(draw.normal(size=(6, 4)))
    mean = value[:, 0].reshape(4, 3).sum(axis=0)
    assert np.allclose(score.weights.sum(axis=2) + mean, score.sums)
