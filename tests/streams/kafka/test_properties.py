from pathlib import Path

from streams.kafka.properties import format_properties, logging_properties, server_properties


def test_kafka_listens_on_loopback_alone() -> None:
    properties = server_properties(Path("/data"), 20_001, 20_002)

    listeners = properties["listeners"].split(",")
    assert listeners == ["PLAINTEXT://127.0.0.1:20001", "CONTROLLER://127.0.0.1:20002"]
    assert properties["advertised.listeners"] == listeners[0]
    assert properties["controller.quorum.voters"] == "1@127.0.0.1:20002"


def test_nothing_asks_for_a_second_node() -> None:
    properties = server_properties(Path("/data"), 20_001, 20_002)

    copies = {key: value for key, value in properties.items() if "repl" in key or "isr" in key}
    assert len(copies) == 2 + 1 + 2 + 2  # default, offsets, transactions, share groups
    assert set(copies.values()) == {"1"}


def test_a_misspelt_topic_is_not_created() -> None:
    properties = server_properties(Path("/data"), 20_001, 20_002)

    assert properties["auto.create.topics.enable"] == "false"


def test_text_beyond_ascii_is_written_as_utf_16_escapes() -> None:
    # U+1F600 is the pair D83D DE00 in UTF-16.
    text = format_properties({"log.dirs": "/büro/\U0001f600 a=b"})

    assert text == "log.dirs=/b\\u00fcro/\\ud83d\\ude00 a=b\n"


def test_log_goes_into_a_file_of_bounded_size() -> None:
    properties = logging_properties(Path("/home/kafka/server.log"))

    assert properties["appender.file.fileName"] == "/home/kafka/server.log"
    assert properties["appender.file.policies.size"] == "5MB"
    assert properties["appender.file.strategy.max"] == "2"
