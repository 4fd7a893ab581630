"""aiokafka alone: the limit of a Python program that reads from Kafka.

`getmany`, a dictionary for the state, results written without waiting. Nothing is committed:
whatever dies is lost.
"""

import asyncio
from typing import Any

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.peers import trivial
from bench.peers.measure import PARTITIONS, Meter, Spec
from streams.kafka.topics import Topics

FETCH_BYTES = 4 * 1024 * 1024


async def main(spec: Spec) -> None:
    meter = Meter(spec)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=spec.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    producer = AIOKafkaProducer(bootstrap_servers=spec.bootstrap)
    await producer.start()
    await consumer.start()
    topic = Topics(spec.prefix).interactions
    consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
    sent: list[Any] = []
    known: dict[bytes, tuple[int, float]] = {}
    done = False
    while not done:
        fetched = await consumer.getmany(timeout_ms=1000, max_records=5000)
        for records in fetched.values():
            for record in records:
                event = orjson.loads(record.value)
                data, key = event["data"], record.key
                known[key] = state = trivial.observe(*known.get(key, (0, 0.0)), data["value"])
                if data["n"] % trivial.EACH == 0:
                    value = trivial.result(event["subject"], *state)
                    sent.append(await producer.send(spec.output, key=key, value=value))
            done = meter.add(len(records))
    await asyncio.gather(*sent)
    meter.finish()
    await consumer.stop()
    await producer.stop()


if __name__ == "__main__":
    uvloop.run(main(Spec.read()))
