import pytest

from rules.language.duration import read_duration


@pytest.mark.parametrize("value", [24, "24", -1, "1 h", "PT1H", ""])
def test_a_number_without_a_unit_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="is not a duration; write 90s, 15m, 24h, 7d"):
        read_duration(value)


@pytest.mark.parametrize("value", [0, 12.5, None, True])
def test_what_is_no_writing_is_left_alone(value: object) -> None:
    assert read_duration(value) is value
