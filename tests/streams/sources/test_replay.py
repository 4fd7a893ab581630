import asyncio

import pytest

from streams.settings import Settings
from streams.sources.replay import ReplayError, replay


@pytest.mark.parametrize(
    ("settings", "speed", "reason"),
    [
        (Settings(clock="live"), 1.0, "clock must be 'log' to replay history; got 'live'; set"),
        (Settings(clock="log"), 0.0, "speed must be positive; got 0.0"),
        (Settings(clock="log"), float("nan"), "speed must be positive; got nan"),
    ],
)
def test_refused_before_kafka_is_touched(settings: Settings, speed: float, reason: str) -> None:
    with pytest.raises(ReplayError, match=reason):
        asyncio.run(replay([], source="bank-calls", settings=settings, speed=speed))
