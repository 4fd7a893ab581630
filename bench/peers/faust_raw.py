"""Faust at its fastest without a plug-in: an agent on raw bytes, state in a plain dictionary.

Nothing keeps the state: a crash loses it.
"""

from typing import Any

import orjson

from bench.peers import trivial
from bench.peers.faust_app import application, run
from bench.peers.measure import Spec


def count(spec: Spec) -> None:
    """Do the trivial job."""
    app = application(spec)
    out = app.topic(spec.output, key_serializer="raw", value_serializer="raw")
    known: dict[bytes, tuple[int, float]] = {}

    async def handle(event: Any) -> None:
        found = orjson.loads(event.value)
        data, key = found["data"], event.key
        known[key] = state = trivial.observe(*known.get(key, (0, 0.0)), data["value"])
        if data["n"] % trivial.EACH == 0:
            await out.send(key=key, value=trivial.result(found["subject"], *state))

    run(app, spec, handle)


if __name__ == "__main__":
    count(Spec.read())
