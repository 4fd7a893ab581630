"""How a process of Precede that runs for long sets Python up."""

import asyncio
import gc
import sys
from collections.abc import Coroutine

SWITCH_S = 0.0005
"""Kafka is read in a thread: with Python's 5 ms it waits that long for each step of a fetch."""
COLLECT = (50_000, 20, 100)
"""When Python looks for cycles. Customers hold none, and a full look at 20,000 of them stops
everything for 170 ms (measured); with Python's own numbers that comes every few seconds."""


def set_up_python() -> None:
    """Set what holds for the whole process; what was imported so far stays for good."""
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()
    gc.set_threshold(*COLLECT)


def run_for_long(main: Coroutine[object, object, None]) -> None:
    """Set Python up and run `main` on the fastest event loop there is."""
    set_up_python()
    try:
        import uvloop  # noqa: PLC0415 -- not on every platform
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
