"""What three heads cost on one sparse row, in CPU time: to score, and to learn from a label.

The bars are those of the machine on which they were set. How much slower this one is, is told by
three of River's own heads on the same rows, in the same rounds; the bars are moved by that much,
and never below what they were set at.
"""

import math
import random
import statistics
import time
from typing import Any

from river.linear_model import LogisticRegression
from river.optim import AdaGrad

from bench.figure import Figure
from detectors.learning.gate import Gate
from detectors.models.linear import LinearHead

INPUTS, ACTIVE, ROWS, ROUNDS = 24, 16, 4_000, 5
RIVER_SCORED_US, RIVER_LEARNT_US = 2.3, 20.9
"""What three of River's heads took on these rows where the bars were set."""

Rows = list[tuple[dict[str, float], int]]


def figures() -> list[Figure]:
    """Return the microseconds of three heads with 24 inputs, 16 of them not zero."""
    rows = _rows()
    scored, learnt, judged, slower = [], [], [], []
    for _ in range(ROUNDS):
        slower.append(_river(rows))
        heads = [LinearHead(0.2, caution=1.0) for _ in range(3)]
        gates = [Gate() for _ in heads]
        began = time.process_time()
        for x, y in rows:
            for head in heads:
                head.learn(x, y)
        learnt.append(_us_since(began))
        began = time.process_time()
        for x, _ in rows:
            for head in heads:
                head.score(x)
        scored.append(_us_since(began))
        began = time.process_time()
        for at, (x, y) in enumerate(rows):
            for gate in gates:
                gate.add(at, x.get("input_0", 0.5), 0.2, y, 60.0)
        judged.append(_us_since(began))
    river_scored, river_learnt = (min(column) for column in zip(*slower, strict=True))
    return [
        _figure("three heads scored, us", scored, 3.0, river_scored, RIVER_SCORED_US),
        _figure("three heads learnt, us", learnt, 20.0, river_learnt, RIVER_LEARNT_US),
        _figure("three models judged by their gates, us", judged, math.nan),
    ]


def slowness() -> float:
    """Return how much longer River takes here than where the bars were set; at least 1."""
    rows = _rows()
    spent = min(sum(_river(rows)) for _ in range(ROUNDS))
    return max(1.0, spent / (RIVER_SCORED_US + RIVER_LEARNT_US))


def _rows() -> Rows:
    chance = random.Random(1)
    names = [f"input_{i}" for i in range(INPUTS)]
    return [
        ({name: chance.random() for name in chance.sample(names, ACTIVE)}, chance.randint(0, 1))
        for _ in range(ROWS)
    ]


def _river(rows: Rows) -> tuple[float, float]:
    """Return the microseconds in which River's own heads score and learn a row."""
    heads: list[Any] = [LogisticRegression(AdaGrad(0.05)) for _ in range(3)]
    began = time.process_time()
    for x, y in rows:
        for head in heads:
            head.learn_one(x, bool(y))
    learnt = _us_since(began)
    began = time.process_time()
    for x, _ in rows:
        for head in heads:
            head.predict_proba_one(x)
    return _us_since(began), learnt


def _us_since(began: float) -> float:
    return (time.process_time() - began) / ROWS * 1e6


def _figure(
    name: str, spent: list[float], bar: float, river: float = math.nan, there: float = math.nan
) -> Figure:
    reference = ""
    if not math.isnan(river):
        reference = f"River alone {river:.1f}; where it takes {there}, the bar is {bar:g}"
        bar *= max(1.0, river / there)
    return Figure("cost", name, min(spent), statistics.stdev(spent), bar, True, reference)
