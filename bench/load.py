"""An open load: contacts appended to Kafka by the clock, whatever the readers do.

Every four milliseconds one partition gets what is due. An event's id carries the time at which it
was due, so a generator or a broker that falls behind shows up as latency and hides nothing.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Iterator

from aiokafka import AIOKafkaProducer

from detectors.event import format_time
from streams.engine.transaction import partition_of
from streams.sources.cloudevents import CONTENT_TYPE

TICK_S = 0.004
CUSTOMERS = 100_000
STAGES = (b"started", b"queued", b"answered", b"ended")
MARKED = b"marked"
TOPICS = (b"internet", b"regular", b"new_customer", b"stocks")
VALUE = (
    b'{"specversion":"1.0","id":"%b","source":"bench","type":"contact.%b","time":"%b",'
    b'"subject":"%b","data":{"call":"%b","channel":"phone","direction":"inbound",'
    b'"topic":"%b","priority":"regular","wait_s":12.0,"service_s":95.0,"outcome":"answered"}}'
)


class Contacts:
    """The contacts of one partition, four stages each, with marked ones at random among them.

    Marks at equal distances would come in all partitions at once, which no real source does.
    """

    def __init__(self, partition: int, partitions: int, marked_share: float) -> None:
        self._partition = partition
        self._partitions = partitions
        self._marked_share = marked_share
        self._chance = random.Random(partition)
        names = (b"c-%d" % number for number in range(CUSTOMERS))
        self._customers = [name for name in names if partition_of(name, partitions) == partition]
        self._fresh = self._new_customers()
        self._count = 0
        self.marked = 0

    def next(self, due: float) -> tuple[bytes, bytes]:
        """Return key and value of the next event, which is due at this wall time."""
        number = self._count
        self._count += 1
        moment = format_time(due).encode()
        name = b"%d-%d-%d" % (int(due * 1e6), self._partition, number)
        if self._chance.random() < self._marked_share:
            self.marked += 1
            customer = next(self._fresh)  # a cool-down or a cap would hold back a known one
            return customer, VALUE % (name, b"started", moment, customer, name, MARKED)
        contact, stage = divmod(number, len(STAGES))
        customer = self._customers[contact * 7919 % len(self._customers)]
        call = b"%d-%d" % (self._partition, contact)
        topic = TOPICS[contact % len(TOPICS)]
        return customer, VALUE % (name, STAGES[stage], moment, customer, call, topic)

    def _new_customers(self) -> Iterator[bytes]:
        number = 0
        while True:
            name = b"m-%d" % number
            if partition_of(name, self._partitions) == self._partition:
                yield name
            number += 1


async def run(
    bootstrap: str, topic: str, partitions: int, rate: float, marked_share: float, seconds: float
) -> tuple[int, int]:
    """Append `rate` events a second for so many seconds; return how many, and how many marked."""
    headers = [CONTENT_TYPE]
    sources = [Contacts(number, partitions, marked_share) for number in range(partitions)]
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=0)
    await producer.start()
    start, sent = time.time(), 0
    late: list[asyncio.Future[object]] = []
    try:
        for tick in range(int(seconds / TICK_S)):
            due = start + tick * TICK_S
            await asyncio.sleep(max(0.0, due - time.time()))
            partition = tick % partitions
            batch = producer.create_batch()
            wanted = int((tick + 1) * TICK_S * rate)
            for _ in range(wanted - sent):
                key, value = sources[partition].next(due)
                batch.append(key=key, value=value, timestamp=None, headers=headers)
            if wanted > sent:
                late.append(await producer.send_batch(batch, topic, partition=partition))
            sent = wanted
        await asyncio.gather(*late)
    finally:
        await producer.stop()
    return sent, sum(source.marked for source in sources)


def main() -> None:
    parser = argparse.ArgumentParser(description="append contacts by the clock")
    parser.add_argument("bootstrap")
    parser.add_argument("topic")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1_000.0, help="events a second")
    parser.add_argument("--marked", type=float, default=0.01, help="share of events that act")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    sent, marked = asyncio.run(
        run(
            options.bootstrap, options.topic, options.partitions,
            options.rate, options.marked, options.seconds,
        )
    )  # fmt: skip
    print(sent, marked)


if __name__ == "__main__":
    main()
