"""Quix Streams with its state: RocksDB on disk, a changelog topic, a commit each 5 s.

These are its defaults, but for the guarantee.
The variant is Quix's own name of the guarantee, ``at-least-once`` or ``exactly-once``.
"""

from importlib import import_module
from typing import Any

import orjson

from bench.peers import trivial
from bench.peers.full import NOBODY, Pieces, Taken
from bench.peers.measure import Meter, Spec
from streams.kafka.topics import Topics


class Program:
    """A Quix application with one data frame, which ends when all of the input was seen."""

    def __init__(self, spec: Spec) -> None:
        quixstreams: Any = import_module("quixstreams")  # an extra of the comparison alone
        self._meter = Meter(spec)
        self._context = quixstreams.message_context
        self.app = quixstreams.Application(
            broker_address=spec.bootstrap,
            consumer_group=spec.run,
            processing_guarantee=spec.variant,
            auto_offset_reset="earliest",
            state_dir=spec.folder,
            loglevel="ERROR",
        )
        self._pieces = Pieces() if spec.job == "full" else None
        plain = {"key_deserializer": "bytes", "value_deserializer": "bytes"}
        frame = self.app.dataframe(self.app.topic(Topics(spec.prefix).interactions, **plain))
        out = self.app.topic(spec.output, key_serializer="bytes", value_serializer="bytes")
        if self._pieces is None:
            frame = frame.apply(self._count, stateful=True)
            frame = frame.filter(_is_said)
        else:
            frame = frame.apply(self._decide, stateful=True, expand=True)
        frame.to_topic(out)

    def run(self) -> None:
        """Return when all is committed, and the cost is written."""
        self.app.run()
        self._meter.finish()

    def _count(self, value: bytes, state: Any) -> bytes | None:
        event = orjson.loads(value)
        data = event["data"]
        known: tuple[int, float] = state.get("known") or (0, 0.0)
        known = trivial.observe(*known, data["value"])
        state.set("known", known)
        if self._meter.add():
            self.app.stop()
        if data["n"] % trivial.EACH:
            return None
        return trivial.result(event["subject"], *known)

    def _decide(self, value: bytes, state: Any) -> list[bytes]:
        assert self._pieces is not None
        context = self._context()
        said, changes = self._pieces.process(
            Taken(context.topic, context.partition, context.offset, NOBODY, value)
        )
        # Quix keeps state by the key of the message: what a record changes for other customers,
        # such as a timer that fires, is put beside it.
        for key, changed in changes:
            if changed is None:
                state.delete(key.decode())
            else:
                state.set_bytes(key.decode(), changed)
        if self._meter.add():
            self.app.stop()
        return [outgoing.value or b"" for outgoing in said]


def _is_said(value: bytes | None) -> bool:
    return value is not None


if __name__ == "__main__":
    Program(Spec.read()).run()
