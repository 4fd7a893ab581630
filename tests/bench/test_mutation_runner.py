"""Which tests a fault is shown to."""

import pytest

from bench.mutation_runner import BUDGET_S, Seen, concerning


def test_the_mirrored_tests_come_first_and_all_within_a_time() -> None:
    calls = frozenset({"rules/held.py:hold"})
    seen = [
        Seen("tests/rules/test_decide.py::slow", BUDGET_S, calls),
        Seen("tests/rules/test_decide.py::quick", 0.1, calls),
        Seen("tests/rules/test_held.py::late", 0.3, calls),
        Seen("tests/rules/test_held.py::elsewhere", 0.1, frozenset({"rules/held.py:held"})),
        Seen("tests/rules/test_held.py::constant", 0.2, frozenset()),
    ]
    fault = {"file": "rules/held.py", "function": "hold"}

    tests, seconds = concerning(fault, seen)
    assert tests == ["tests/rules/test_held.py::late", "tests/rules/test_decide.py::quick"]
    assert seconds == pytest.approx(0.4)
    # A fault outside of functions concerns whoever calls anything of the file, and its mirror.
    everywhere, _ = concerning(fault | {"function": ""}, seen)
    mirror = "tests/rules/test_held.py"
    assert everywhere == [f"{mirror}::elsewhere", f"{mirror}::constant", *tests]
