import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.kafka.client import client_options
from streams.kafka.error import KafkaSetupError
from streams.kafka.topics import (
    LOGICAL,
    create_topics,
    delete_topics,
    partition_count,
    topic_config,
)
from streams.settings import Settings
from tests.integration.conftest import MakeSettings


async def _partitions(settings: Settings) -> dict[str, int]:
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        topics = await admin.describe_topics()
    finally:
        await admin.close()
    mine = (topic for topic in topics if topic["topic"].startswith(settings.topic_prefix))
    return {topic["topic"]: len(topic["partitions"]) for topic in mine}


async def _config(settings: Settings, name: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        [response] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    finally:
        await admin.close()
    [resource] = response.to_object()["resources"]
    return {entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]}


def test_creating_twice_creates_once(settings: MakeSettings) -> None:
    own = settings(partitions=3)

    topics = asyncio.run(create_topics(own))
    asyncio.run(create_topics(own))

    expected = {name: partition_count(each, own) for each, name in topics.names().items()}
    assert asyncio.run(_partitions(own)) == expected


def test_what_is_missing_is_added(settings: MakeSettings) -> None:
    own = settings()

    async def two_at_once() -> None:
        await asyncio.gather(create_topics(own), create_topics(own))

    asyncio.run(two_at_once())

    assert len(asyncio.run(_partitions(own))) == len(LOGICAL)


def test_another_number_of_partitions_is_refused(settings: MakeSettings) -> None:
    asyncio.run(create_topics(settings(partitions=2)))

    with pytest.raises(KafkaSetupError, match=r"interactions has 2 instead of 4, .*_PARTITIONS"):
        asyncio.run(create_topics(settings(partitions=4)))


@pytest.mark.parametrize("logical", ["state", "raw_events"])
def test_broker_took_the_settings(settings: MakeSettings, logical: str) -> None:
    own = settings()
    topics = asyncio.run(create_topics(own))

    config = asyncio.run(_config(own, topics.names()[logical]))

    expected = topic_config(logical, own)
    assert {key: config[key] for key in expected} == expected


def test_more_copies_than_brokers_are_refused_by_kafka(settings: MakeSettings) -> None:
    with pytest.raises(KafkaSetupError, match=r"Kafka must let us create topics; got .*replica"):
        asyncio.run(create_topics(settings(replication=9)))


def test_deleted_topics_are_gone_and_may_be_made_anew(settings: MakeSettings) -> None:
    own = settings(partitions=2)
    asyncio.run(create_topics(own))

    asyncio.run(delete_topics(own))
    assert asyncio.run(_partitions(own)) == {}

    asyncio.run(delete_topics(own))
    asyncio.run(create_topics(settings(partitions=4)))
    assert len(asyncio.run(_partitions(own))) == len(LOGICAL)


def test_no_broker_is_told_with_its_address(settings: MakeSettings) -> None:
    with pytest.raises(KafkaSetupError, match=r"Kafka must answer at 127\.0\.0\.1:1; got"):
        asyncio.run(create_topics(settings(bootstrap_servers="127.0.0.1:1")))
