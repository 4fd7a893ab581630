"""A stop holds under full load."""

from pathlib import Path

from tests.integration.conftest import MakeSettings
from tests.integration.stopping import stop_under_load
from tests.long.conftest import Tell


def test_nothing_leaves_two_seconds_after_a_stop_under_10_000_events_a_second(
    settings: MakeSettings, tmp_path: Path, tell: Tell
) -> None:
    took_s = stop_under_load(settings, tmp_path, rate=10_000, marked=0.005)

    tell(f"the last call came {took_s:+.2f} s after the order")
