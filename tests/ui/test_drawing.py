"""Pictures: where marks stand, how scales are cut, and that labels stay labels."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from twicetold.web.ui.drawing import Mark, Span, Stretch, axis, bars, minimap, shaded, spark, step_of, timeline

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_marks_stand_in_proportion_to_time():
    span = Span.of([NOON, NOON + timedelta(hours=4)])
    assert [span.place(NOON + timedelta(hours=hours)) for hours in (-1, 0, 1, 4, 9)] == [0, 0, 25, 100, 100]


def test_a_single_moment_has_a_place():
    assert Span.of([NOON]).place(NOON) == 0


def test_labels_are_escaped():
    drawn = timeline([Mark(NOON, "exact", "<script>", "/x?a=1&b=2")], Span.of([NOON]))
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert 'href="/x?a=1&amp;b=2"' in drawn


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=36500)))
def test_an_axis_has_some_ticks_and_never_many(length):
    start = datetime(1950, 6, 7, 8, 9, tzinfo=UTC)
    assert axis(Span(start, start + length)).count("<line") <= 13


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8))
def test_shades_are_the_text_in_order(text, spans):
    spans = [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in spans]
    assert "".join(shade.text for shade in shaded(text, spans, of=8)) == text


def test_a_stretch_is_shaded_by_how_many_carry_it():
    shades = shaded("abcd", [(0, 2), (1, 3)], of=2)
    assert [each.text for each in shades] == ["a", "b", "c", "d"]
    assert [each.label for each in shades] == ["in 1 of 2", "in 2 of 2", "in 1 of 2", "in 0 of 2"]
    assert shades[1].step > shades[0].step > shades[3].step == 0


def test_anything_above_nothing_is_seen():
    assert [step_of(value, 1000) for value in (0, 1, 500, 1000)] == [0, 1, 2, 5]


def test_bars_and_maps_stay_within_their_picture():
    assert 'height="36"' in bars([1, 2], label="two")
    assert bars([], label="none").count("<rect") == 0
    assert 'href="#b3"' in minimap([Stretch(0.2, 0.4, 3)], side="b")


def test_a_spark_has_a_bar_for_each_week_with_something_the_tallest_as_high_as_it_is() -> None:
    drawn = spark([0, 4, 1, 0], label="5 & more")
    assert 'viewBox="0 0 4 10"' in drawn
    assert 'aria-label="5 &amp; more"' in drawn
    assert 'd="M1 10V0h.8V10ZM2 10V7.5h.8V10Z"' in drawn
