"""Each invariant of the service has tests that are named after it."""

import re
from pathlib import Path

import pytest

INVARIANTS = {
    1: "raw events = normalised + dead-lettered; candidates = sum over reasons; actions = sum over "
    "states",
    2: "the same interactions log gives byte-identical decisions and actions",
    3: "no event is lost and no action goes out twice",
    4: "no cap, quiet hour or consent is ever violated",
    5: "bad input never stops the stream",
    6: "no customer identifier or free text in a metric label or a log line",
}
TESTS = Path(__file__).parent
NAMED = re.compile(r"^(?:async )?def test_invariant_(\d+)_", re.MULTILINE)


def named() -> dict[int, list[Path]]:
    """Return invariant -> the files that have a test named after it."""
    found: dict[int, list[Path]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for number in NAMED.findall(path.read_text()):
            found.setdefault(int(number), []).append(path)
    return found


@pytest.mark.parametrize("number", INVARIANTS)
def test_every_invariant_has_a_test(number: int) -> None:
    assert named().get(number), f"no test for: {INVARIANTS[number]}"


@pytest.mark.parametrize("number", [1, 2, 3, 5, 6])
def test_invariants_of_the_whole_are_shown_on_a_real_kafka(number: int) -> None:
    integration = TESTS / "integration"

    assert any(path.is_relative_to(integration) for path in named()[number])


def test_no_test_is_named_after_an_invariant_that_is_none() -> None:
    assert named().keys() <= INVARIANTS.keys()
