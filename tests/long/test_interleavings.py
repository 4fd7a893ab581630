"""A million interleavings of everything that gates look at: nothing goes out that must not."""

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context

import pytest

from tests.rules.interleavings import STARTS, play

INTERLEAVINGS = 1_000_000
SHARE = 4_000

pytestmark = pytest.mark.long


def test_a_million_interleavings_violate_nothing() -> None:
    shares = INTERLEAVINGS // SHARE
    zones = [sorted(STARTS)[number % len(STARTS)] for number in range(shares)]
    candidates, reasons = 0, Counter[str]()
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as processes:
        for found, ended, _ in processes.map(play, zones, range(shares), repeat(SHARE)):
            candidates += found
            reasons += ended

    assert shares * SHARE >= INTERLEAVINGS
    assert sum(reasons.values()) == candidates > INTERLEAVINGS
    assert reasons["sent"] > 0.1 * candidates
