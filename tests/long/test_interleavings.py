"""A million interleavings of everything that gates look at: nothing goes out that must not.

Each of 100,000 beginnings goes on in ten ways. It takes about twenty minutes of a processor, over
two processes, and shows how far it is.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from time import monotonic

from tests.long.conftest import Tell
from tests.rules.interleavings import ENDS, STARTS, Tally, play

INTERLEAVINGS = 1_000_000
SHARE = 5_000
SHOWN_EVERY = 50_000
FIRST = 1_000_000
"""The short test has seeds below."""
LEAST = {
    "consent": 0.1, "already_asked": 0.05, "cap": 0.05, "quiet_hours": 0.02,
    "opening_hours": 0.01, "outcomes": 0.01, "once": 0.01, "cooldown": 0.01,
    "open_complaint": 0.01, "arbitration": 0.005, "usefulness": 0.005, "capacity": 0.002,
    "contact_point": 0.0005,
}  # fmt: skip
"""Gate -> share of the candidates that it must hold back, or the test says nothing of it."""


def test_a_million_interleavings_violate_nothing(tell: Tell, show: Tell) -> None:
    shares = INTERLEAVINGS // SHARE
    zones = [sorted(STARTS)[number % len(STARTS)] for number in range(shares)]
    firsts = [FIRST + number * SHARE // ENDS for number in range(shares)]
    total, began = Tally(), monotonic()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 2), get_context("spawn")) as processes:
        for tally in processes.map(play, zones, firsts, repeat(SHARE)):
            total.add(tally)
            for violation in tally.violations:
                show(violation)
            if total.interleavings % SHOWN_EVERY == 0:
                per_s = total.interleavings / (monotonic() - began)
                show(
                    f"{total.interleavings:,} of {INTERLEAVINGS:,}, {per_s:.0f} a second, "
                    f"{(INTERLEAVINGS - total.interleavings) / per_s / 60:.0f} min left, "
                    f"{len(total.violations)} violations"
                )

    tell(str(total))
    assert total.violations[:10] == []
    assert total.interleavings >= INTERLEAVINGS
    assert sum(total.reasons.values()) == total.candidates > 2 * INTERLEAVINGS
    assert total.reasons["sent"] > 0.2 * total.candidates
    assert total.released > 0.02 * total.candidates
    for gate, least in LEAST.items():
        assert total.held[gate] > least * total.candidates, gate
    assert total.answers["allowed"] > 0.05 * INTERLEAVINGS
    assert total.cancels["no_consent"] > 0.005 * INTERLEAVINGS
