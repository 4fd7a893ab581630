"""What holds for every test."""

import signal


def pytest_configure() -> None:
    """Let commands that tests start be interrupted, however the tests themselves were started.

    A shell starts what runs in the background with interrupts ignored, and programs pass that on.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
