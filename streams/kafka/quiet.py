"""Kafka's client says the same thing hundreds of times a second while a broker is away."""

import logging

from streams.clock import monotonic

EVERY_S = 10.0
"""How often one message of a logger is let through."""
LIBRARY = "aiokafka"


class Sparing(logging.Filter):
    """Lets a message through once in ten seconds; the next one says how many were left out.

    Messages that differ only in their values are one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[object, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is told."""
        at = monotonic()
        key = (record.name, record.msg)
        told_at, left_out = self._last.get(key, (float("-inf"), 0))
        if at - told_at < EVERY_S:
            self._last[key] = (told_at, left_out + 1)
            return False
        if left_out:
            record.msg = f"{record.getMessage()} (and {left_out} more like it)"
            record.args = ()
        self._last[key] = (at, 0)
        return True


def quieten() -> None:
    """Let the client's loggers tell each of their messages sparingly, errors only."""
    sparing = Sparing()
    names = [name for name in logging.root.manager.loggerDict if name.startswith(f"{LIBRARY}.")]
    for name in (LIBRARY, *names):
        logger = logging.getLogger(name)
        logger.setLevel(logging.ERROR)
        logger.addFilter(sparing)
