"""The only reader of the wall clock."""

import time


def now() -> float:
    """Return Unix seconds UTC."""
    return time.time()


def monotonic() -> float:
    """Return seconds that never go backwards, for measuring durations."""
    return time.monotonic()
