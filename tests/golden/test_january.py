"""The first three days of January 1999 are decided as they were when somebody last looked.

A difference is either a fault or a change of mind. If it is meant, look at the counts, then write
the file anew with ``python -m tests.golden.january`` and say in the change why decisions differ.
"""

import orjson

from tests.golden.january import FILE, summary


def test_decisions_are_those_of_the_file() -> None:
    expected, found = orjson.loads(FILE.read_bytes()), summary()

    # Counts first: they say what changed, a digest only that something did.
    assert found["playbook"] == expected["playbook"]
    assert found["records"] == expected["records"]
    assert found["decisions"] == expected["decisions"]
    assert found == expected


def test_the_file_shows_something() -> None:
    expected = orjson.loads(FILE.read_bytes())

    rules = {name.split()[0] for name in expected["decisions"]}
    assert len(rules) >= 3
    assert sum(expected["decisions"].values()) == expected["records"]["decisions"] > 50
