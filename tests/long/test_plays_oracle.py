"""Thousands of random plays and streams against the definition.

Events arrive in any order within the lateness; everything kept is written to bytes and read back
after random events.
"""

import pytest

from tests.long.conftest import Tell
from tests.rules.plays.random_plays import differences

STREAMS = 40_000
EACH = 5_000
FIRST = 100_000
"""The short test has the seeds below."""


@pytest.mark.parametrize("first", range(FIRST, FIRST + STREAMS, EACH))
def test_plays_are_what_the_definition_says(first: int, tell: Tell) -> None:
    found = [text for seed in range(first, first + EACH) for text in differences(seed)]

    tell(f"{EACH} streams, {len(found)} differences")
    assert found == []
