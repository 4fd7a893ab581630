import pytest

from streams.engine.refusal import SHOWN, Refusal, read_refusal


def test_a_refusal_is_read_as_it_was_written() -> None:
    refusal = Refusal(12.5, "tests", ("rules.yaml:3:1: a must fire",))

    assert read_refusal(refusal.pack()) == refusal


def test_only_the_first_complaints_are_told() -> None:
    refusal = Refusal(12.5, "invalid", tuple(f"rules.yaml:{line}: no" for line in range(100)))
    read = read_refusal(refusal.pack())

    assert read is not None
    assert len(read.said) == SHOWN


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[]",
        b"{",
        b'{"at": 1, "reason": "tests"}',
        b'{"at": "soon", "reason": "tests", "said": []}',
        b'{"at": 1, "reason": "because", "said": []}',
        b'{"at": 1, "reason": "tests", "said": 3}',
    ],
)
def test_what_is_no_refusal_is_none(value: bytes) -> None:
    assert read_refusal(value) is None
