"""Random plays and streams against the definition; many more of them in tests/long."""

import pytest

from tests.rules.plays.random_plays import differences

EACH = 100


@pytest.mark.parametrize("first", range(0, 600, EACH))
def test_plays_are_what_the_definition_says(first: int) -> None:
    assert [found for seed in range(first, first + EACH) for found in differences(seed)] == []
