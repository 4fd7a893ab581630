"""Random rules and streams against the definition; many more of them in tests/long."""

import pytest

from tests.rules.random_streams import differences

EACH = 30


@pytest.mark.parametrize("first", range(0, 300, EACH))
def test_the_engine_agrees_with_the_definition(first: int) -> None:
    assert [found for seed in range(first, first + EACH) for found in differences(seed)] == []
