"""Draws how often what was said with some probability came true: a reliability plot, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_SIDE, _MARGIN = 320, 48


class Bin(NamedTuple):
    """Pairs judged alike: the mean probability that was given, the share that came true, how many they are."""

    said: float
    true: float
    pairs: int


def reliability_svg(bins: Sequence[Bin], title: str) -> str:
    """A circle for each bin, as large as it has pairs; those on the line are said as they come true."""
    whole = _SIDE + 2 * _MARGIN
    most = max((each.pairs for each in bins), default=1)
    marks = "".join(
        f'<circle cx="{_x(each.said):.1f}" cy="{_y(each.true):.1f}" r="{4 + 14 * (each.pairs / most) ** 0.5:.1f}" '
        'fill="#2b6cb0" fill-opacity="0.55">'
        f"<title>said {each.said:.2f}, true {each.true:.2f}, {each.pairs} pairs</title></circle>"
        for each in bins
    )
    ticks = "".join(
        f'<text x="{_x(at):.0f}" y="{_y(0) + 18:.0f}" text-anchor="middle">{at:g}</text>'
        f'<text x="{_x(0) - 8:.0f}" y="{_y(at) + 4:.0f}" text-anchor="end">{at:g}</text>'
        for at in (0, 0.2, 0.4, 0.6, 0.8, 1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" font-family="sans-serif" '
        'font-size="12">'
        f'<rect width="{whole}" height="{whole}" fill="#fff"/>'
        f'<text x="{whole / 2}" y="24" text-anchor="middle" font-size="13">{title}</text>'
        f'<rect x="{_x(0)}" y="{_y(1)}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>'
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#888" stroke-dasharray="4 4"/>'
        f"{ticks}{marks}"
        f'<text x="{whole / 2}" y="{whole - 10}" text-anchor="middle">probability that was given</text>'
        f'<text x="14" y="{whole / 2}" text-anchor="middle" transform="rotate(-90 14 {whole / 2})">share that came true'
        "</text></svg>\n"
    )


def _x(share: float) -> float:
    return _MARGIN + share * _SIDE


def _y(share: float) -> float:
    return _MARGIN + (1 - share) * _SIDE
