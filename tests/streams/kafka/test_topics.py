from dataclasses import FrozenInstanceError

import pytest

from streams.kafka.error import KafkaSetupError
from streams.kafka.topics import LOGICAL, Topics, partition_count, topic_config
from streams.settings import Settings


def test_names_are_prefix_and_logical_name_with_dashes() -> None:
    topics = Topics("precede.")

    assert topics.raw_events == "precede.raw-events"
    assert topics.normalise_state == "precede.normalise-state"
    assert topics.state == "precede.state"
    assert len(set(topics.names().values())) == len(LOGICAL) == 13


def test_the_prefix_may_be_empty() -> None:
    assert Topics("").dead_letters == "dead-letters"


def test_names_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Topics("a.").state = "b"  # type: ignore[misc]


def test_the_longest_name_kafka_takes_is_accepted() -> None:
    longest = 249 - len("normalise-state")

    assert len(Topics("p" * longest).normalise_state) == 249
    with pytest.raises(KafkaSetupError, match="no name may exceed 249"):
        Topics("p" * (longest + 1))


@pytest.mark.parametrize("prefix", ["a b.", "büro.", "a/", "a:", "a\n"])
def test_a_prefix_kafka_would_refuse_is_refused(prefix: str) -> None:
    with pytest.raises(KafkaSetupError, match="PRECEDE_TOPIC_PREFIX must consist of"):
        Topics(prefix)


def test_what_is_joined_by_partition_has_the_same_number() -> None:
    settings = Settings(partitions=7)

    joined = ("raw_events", "interactions", "decisions", "labels", "state", "normalise_state")
    assert {partition_count(logical, settings) for logical in joined} == {7}
    assert {partition_count(logical, settings) for logical in ("actions", "ledger")} == {7}
    single = ("dead_letters", "playbooks", "control", "erasures")
    assert {partition_count(logical, settings) for logical in single} == {1}


def test_state_is_compacted_and_the_log_is_not() -> None:
    settings = Settings()

    compacted = {each for each in LOGICAL if "cleanup.policy" in topic_config(each, settings)}
    assert compacted == {"state", "normalise_state", "ledger", "playbooks", "control", "erasures"}


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2"), (5, "4")])
def test_one_copy_may_be_away(replication: int, in_sync: str) -> None:
    settings = Settings(replication=replication)

    configs = [topic_config(logical, settings) for logical in LOGICAL]
    assert {config["min.insync.replicas"] for config in configs} == {in_sync}


def test_a_dead_letter_holds_the_largest_raw_record_in_base64() -> None:
    raw = int(topic_config("raw_events", Settings())["max.message.bytes"])
    dead = int(topic_config("dead_letters", Settings())["max.message.bytes"])

    assert dead > raw * 4 / 3
