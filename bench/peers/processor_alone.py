"""The pure processor alone, without Kafka on its way: what the full job itself costs.

Records are read before the measurement begins. They come in batches of 500, as in the worker; a
checkpoint is made every 50,000 records and thrown away. Python is set up as in the worker.
"""

import asyncio
from itertools import islice
from typing import Any

from bench.peers.full import playbook, processor
from bench.peers.measure import PARTITIONS, Meter, Spec
from streams.kafka.reading import read_to_end
from streams.kafka.topics import Topics
from streams.process import set_up_python

BATCH = 500
CHECKPOINT = 50_000


async def read(spec: Spec) -> list[list[Any]]:
    """Return the partitions of the input."""
    options = {"bootstrap_servers": spec.bootstrap}
    topic = Topics(spec.prefix).interactions
    return [
        [record async for batch in read_to_end(options, topic, number) for record in batch]
        for number in range(PARTITIONS)
    ]


def main(spec: Spec) -> None:
    set_up_python()
    known = playbook()
    pending = [iter(log) for log in asyncio.run(read(spec))]
    workers = [processor(number, known) for number in range(PARTITIONS)]
    said: list[bytes] = []
    meter = Meter(spec)
    done = False
    since = 0
    while not done:
        for worker, rest in zip(workers, pending, strict=True):
            batch = list(islice(rest, BATCH))
            said.extend(outgoing.value or b"" for outgoing in worker.process(batch))
            since += len(batch)
            done = meter.add(len(batch))
        if since >= CHECKPOINT or done:
            since = 0
            for worker in workers:
                worker.checkpoint()
    meter.finish()
    spec.said.write_bytes(b"\n".join(said))


if __name__ == "__main__":
    main(Spec.read())
