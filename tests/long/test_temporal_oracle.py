"""Thousands of random rules and streams against the definition of every temporal operator.

Events arrive in any order within the lateness, some later than that; state is written to bytes and
read back after random events.
"""

import pytest

from tests.long.conftest import Tell
from tests.rules.random_streams import differences

STREAMS = 6000
EACH = 500
FIRST = 100_000
"""The short test has the seeds below."""


@pytest.mark.parametrize("first", range(FIRST, FIRST + STREAMS, EACH))
def test_the_engine_agrees_with_the_definition(first: int, tell: Tell) -> None:
    found = [text for seed in range(first, first + EACH) for text in differences(seed)]

    tell(f"{EACH} streams, {len(found)} differences")
    assert found == []
