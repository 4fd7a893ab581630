"""Calibration and quality over time of a model, as a picture: in a terminal, and as SVG."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from rich.text import Text

from detectors.event import format_time
from detectors.learning.gate import Past
from streams.learnt import Learnt

HEIGHT, WIDTH = 11, 48
LOWEST_AUC = 0.4
MODEL, BASELINE, BOTH = "●", "○", "◐"

Point = tuple[float, float]


def calibration_points(model: Learnt) -> list[tuple[float, float, float]]:
    """Return (labels by weight, mean score, share of positives) of each bin of the score."""
    return model.tally().calibration()


def in_terminal(model: Learnt) -> Text:
    """Return both pictures as text: dots on a grid, the diagonal where a score keeps its word."""
    shown = Text()
    points = [(said, came) for _, said, came in calibration_points(model)]
    shown.append("What it says, and how often that came true\n", style="bold")
    diagonal = [((i + 0.5) / WIDTH, (i + 0.5) / WIDTH) for i in range(WIDTH)]
    grid = _grid([(diagonal, "·"), (points, MODEL)])
    for row, line in enumerate(grid):
        shown.append(f"{1 - row / (HEIGHT - 1):4.1f} │{line}\n")
    shown.append(f"     └{'─' * WIDTH}\n      0{'says'.center(WIDTH - 2)}1\n")
    past = model.history()
    shown.append("AUC over time", style="bold")
    shown.append(f"  {MODEL} model  {BASELINE} naive baseline, each of 500 labels\n", style="dim")
    if not past:
        shown.append("      not yet: the first point stands after 500 labels of a partition\n")
        return shown
    ours, naive = _over_time(past)
    for row, line in enumerate(_grid([(naive, BASELINE), (ours, MODEL)])):
        value = 1 - (1 - LOWEST_AUC) * row / (HEIGHT - 1)
        shown.append(f"{value:4.2f} │{line}\n")
    first, last = format_time(past[0].t0)[:10], format_time(past[-1].t0)[:10]
    shown.append(f"     └{'─' * WIDTH}\n      {first}{last.rjust(WIDTH - len(first))}\n")
    return shown


def as_svg(model: Learnt) -> str:
    """Return both pictures beside each other as one SVG document; it needs nothing else."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 420" role="img" '
        f'font-family="sans-serif" font-size="13"><title>{escape(model.name)}</title>',
        '<rect width="860" height="420" fill="#fff"/>',
        f'<text x="20" y="28" font-size="17" font-weight="bold">score.{escape(model.name)}'
        f'<tspan font-weight="normal" fill="#555">  {model.labels:,} labels</tspan></text>',
        *_panel(50, "what it says", "how often it came true", "0", "1", ("0", "1")),
        '<line x1="50" y1="350" x2="350" y2="50" stroke="#999" stroke-dasharray="4 4"/>',
    ]
    bins = calibration_points(model)
    most = max((labels for labels, *_ in bins), default=1)
    for labels, said, came in bins:
        radius = 3 + 9 * math.sqrt(labels / most)
        parts.append(
            f'<circle cx="{50 + 300 * said:.1f}" cy="{350 - 300 * came:.1f}" r="{radius:.1f}" '
            f'fill="#06c" fill-opacity=".65"><title>{labels:,.0f} labels: says {said:.3f}, '
            f"came true {came:.3f}</title></circle>"
        )
    past = model.history()
    first, last = ("", "") if not past else (
        format_time(past[0].t0)[:10], format_time(past[-1].t0)[:10]
    )  # fmt: skip
    parts += _panel(490, "time of the scores", "AUC", f"{LOWEST_AUC}", "1", (first, last))
    if past:
        ours, naive = _over_time(past)
        for points, colour, name in ((naive, "#888", "naive baseline"), (ours, "#06c", "model")):
            parts += [
                f'<circle cx="{490 + 300 * x:.1f}" cy="{350 - 300 * y:.1f}" r="3.5" '
                f'fill="{colour}"><title>{name}</title></circle>'
                for x, y in points
            ]
    parts.append(
        '<text x="490" y="410"><tspan fill="#06c">\u25cf model</tspan>'
        '<tspan fill="#888">   \u25cf naive baseline</tspan></text></svg>'
    )
    return "\n".join(parts) + "\n"


def _panel(
    left: int, across: str, up: str, low: str, high: str, ends: tuple[str, str]
) -> list[str]:
    return [
        f'<rect x="{left}" y="50" width="300" height="300" fill="none" stroke="#333"/>',
        f'<text x="{left + 150}" y="388" text-anchor="middle">{across}</text>',
        f'<text x="{left - 34}" y="200" text-anchor="middle" '
        f'transform="rotate(-90 {left - 34} 200)">{up}</text>',
        f'<text x="{left - 8}" y="354" text-anchor="end">{low}</text>',
        f'<text x="{left - 8}" y="56" text-anchor="end">{high}</text>',
        f'<text x="{left}" y="368">{escape(ends[0])}</text>',
        f'<text x="{left + 300}" y="368" text-anchor="end">{escape(ends[1])}</text>',
    ]


def _over_time(past: Sequence[Past]) -> tuple[list[Point], list[Point]]:
    """Return points in the unit square: time across, AUC up from .4."""
    begin = past[0].t0
    length = max(past[-1].t0 - begin, 1.0)

    def points(values: Sequence[float]) -> list[Point]:
        return [
            ((one.t0 - begin) / length, max(0.0, (value - LOWEST_AUC) / (1 - LOWEST_AUC)))
            for one, value in zip(past, values, strict=True)
            if not math.isnan(value)
        ]

    return points([one.auc for one in past]), points([one.auc_baseline for one in past])


def _grid(layers: Sequence[tuple[Sequence[Point], str]]) -> list[str]:
    """Return lines of text with the points of each layer drawn over those before."""
    cells = [[" "] * WIDTH for _ in range(HEIGHT)]
    for points, mark in layers:
        for x, y in points:
            row = HEIGHT - 1 - min(HEIGHT - 1, max(0, round(y * (HEIGHT - 1))))
            column = min(WIDTH - 1, max(0, int(x * WIDTH)))
            taken = cells[row][column]
            cells[row][column] = BOTH if {taken, mark} == {MODEL, BASELINE} else mark
    return ["".join(line) for line in cells]
