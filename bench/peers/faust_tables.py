"""Faust as its manual teaches it: an agent, and a table that holds the state.

The table is in memory, with a changelog topic. Bytes come raw and are parsed with orjson, which is
faster than Faust's records. At least once, and in a crash a table counts events twice or loses
them.
"""

from typing import Any

import orjson

from bench.peers import trivial
from bench.peers.faust_app import application, run
from bench.peers.full import Pieces, Taken
from bench.peers.measure import PARTITIONS, Spec


def count(spec: Spec) -> None:
    """Do the trivial job; state is (count, average) by customer."""
    app = application(spec)
    table = app.Table("customers", partitions=PARTITIONS)
    out = app.topic(spec.output, key_serializer="raw", value_serializer="raw")

    async def handle(event: Any) -> None:
        found = orjson.loads(event.value)
        customer, data = found["subject"], found["data"]
        known: tuple[int, float] = table.get(customer) or (0, 0.0)
        state = trivial.observe(*known, data["value"])
        table[customer] = state
        if data["n"] % trivial.EACH == 0:
            await out.send(key=event.key, value=trivial.result(customer, *state))

    run(app, spec, handle)


def decide(spec: Spec) -> None:
    """Do the full job; state is each customer's packed record."""
    app = application(spec)
    table = app.Table("customers", key_type=bytes, value_type=bytes, partitions=PARTITIONS)
    out = app.topic(spec.output, key_serializer="raw", value_serializer="raw")
    pieces = Pieces()

    async def handle(event: Any) -> None:
        message = event.message
        said, changes = pieces.process(
            Taken(message.topic, message.partition, message.offset, event.key, event.value)
        )
        for key, value in changes:
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
        for outgoing in said:
            await out.send(key=outgoing.key, value=outgoing.value)

    run(app, spec, handle)


if __name__ == "__main__":
    read = Spec.read()
    (count if read.job == "trivial" else decide)(read)
