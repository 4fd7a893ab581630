"""What three heads cost on one sparse row, in CPU time: to score, and to learn from a label."""

import math
import random
import statistics
import time

from bench.figure import Figure
from detectors.learning.gate import Gate
from detectors.models.linear import LinearHead

INPUTS, ACTIVE, ROWS, ROUNDS = 24, 16, 4_000, 5


def figures() -> list[Figure]:
    """Return the microseconds of three heads with 24 inputs, 16 of them not zero."""
    chance = random.Random(1)
    names = [f"input_{i}" for i in range(INPUTS)]
    rows = [
        ({name: chance.random() for name in chance.sample(names, ACTIVE)}, chance.randint(0, 1))
        for _ in range(ROWS)
    ]
    scored, learnt, judged = [], [], []
    for _ in range(ROUNDS):
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
    return [
        _figure("three heads scored, us", scored, 3.0),
        _figure("three heads learnt, us", learnt, 20.0),
        _figure("three models judged by their gates, us", judged, math.nan),
    ]


def _us_since(began: float) -> float:
    return (time.process_time() - began) / ROWS * 1e6


def _figure(name: str, spent: list[float], bar: float) -> Figure:
    return Figure("cost", name, min(spent), statistics.stdev(spent), bar, at_most=True)
