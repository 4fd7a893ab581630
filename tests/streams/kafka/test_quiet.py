import logging

import pytest

import streams.app  # noqa: F401 -- it quietens them
from streams.kafka import quiet
from streams.kafka.quiet import EVERY_S, Sparing


def test_the_same_message_is_told_once_in_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [0.0]
    monkeypatch.setattr(quiet, "monotonic", lambda: clock[0])
    logger = logging.getLogger("test-sparing")
    logger.addFilter(Sparing())

    for number in range(500):
        clock[0] = number * EVERY_S / 500
        logger.error("Unable to connect to %s", number)
        logger.error("Topic %s is not available", number)
    clock[0] = EVERY_S
    logger.error("Unable to connect to %s", 500)

    assert [record.getMessage() for record in caplog.records] == [
        "Unable to connect to 0",
        "Topic 0 is not available",
        "Unable to connect to 500 (and 499 more like it)",
    ]


def test_the_library_s_loggers_are_quiet() -> None:
    for name in ("aiokafka", "aiokafka.producer.sender", "aiokafka.consumer.fetcher"):
        assert any(isinstance(each, Sparing) for each in logging.getLogger(name).filters)
