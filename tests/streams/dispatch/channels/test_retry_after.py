import pytest

from streams.dispatch.channels.retry_after import retry_after_s


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("Thu, 01 Jan 1970 00:01:00 GMT", 50),  # 60 s after the epoch, read at 10 s
        ("Thu, 01 Jan 1970 00:00:05 GMT", 0),  # already over
        ("Thu, 01 Jan 1970 00:01:00 -0000", 50),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("\u0661", None),  # a digit, but none of HTTP's
    ],
)
def test_seconds_or_a_date(value: str | None, expected: float | None) -> None:
    assert retry_after_s(value, now=10) == expected
