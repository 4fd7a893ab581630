from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from detectors.local_time import LocalTime


@pytest.mark.parametrize("zone", ["UTC", "Asia/Jerusalem", "Asia/Kathmandu", "America/New_York"])
def test_the_hour_is_that_of_the_clock_on_the_wall(zone: str) -> None:
    clock = LocalTime(zone)
    at = datetime(1999, 3, 1, tzinfo=ZoneInfo("UTC"))
    for _ in range(24 * 90):  # over a change of the clocks
        at += timedelta(minutes=61)
        local = at.astimezone(ZoneInfo(zone))
        assert clock.hour_of_week(at.timestamp()) == local.weekday() * 24 + local.hour
