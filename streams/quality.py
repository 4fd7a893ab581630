"""Live validation of every model, read from the labels topic."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from aiokafka import TopicPartition

from detectors.learning.choices import Told
from detectors.learning.validation import Validation
from streams.clock import monotonic
from streams.kafka.reading import reader
from streams.kafka.topics import Topics
from streams.metric_labels import WINDOWS
from streams.metrics import Metrics
from streams.settings import Settings

SHOW_EVERY_S = 10.0
SLICE = 50  # labels between two chances for the event loop
REST_S = 0.005


def add_label(validation: Validation, value: bytes) -> tuple[str, float] | None:
    """Take one record of the labels topic; return its model and when the score was given.

    ``None`` for a label decided under treatment: what came true there is our own doing as well, so
    nothing is learnt from it and no model is judged by it.
    """
    label = orjson.loads(value)
    if label.get("treated"):
        return None
    chosen = label.get("choice")
    told = chosen and Told("", chosen["chance"], chosen["share"], chosen["usual_y"])
    validation.add(
        label["model"], label["t0"], label["score"], label["baseline"], label["y"],
        label["earlier"], label["identified"], label.get("weight", 1), told,
    )  # fmt: skip
    return label["model"], label["t0"]


class QualityMonitor:
    """Pools the labels of all partitions, so that every worker shows the same figures.

    They survive a restart, because the topic does. The area under a curve is no mean of those of
    the partitions, so the labels themselves are pooled.
    """

    def __init__(
        self, client_options: Mapping[str, Any], settings: Settings, metrics: Metrics
    ) -> None:
        self._client_options = client_options
        topic = Topics(settings.topic_prefix).labels
        self._partitions = [TopicPartition(topic, each) for each in range(settings.partitions)]
        self._metrics = metrics
        self._validation = Validation()
        self._learnt: dict[str, int] = {}
        self._newest: dict[str, float] = {}

    async def run(self) -> None:
        """Read for ever, and show the figures every ten seconds when there are new labels."""
        async with reader(self._client_options) as consumer:
            consumer.assign(self._partitions)
            await consumer.seek_to_beginning(*self._partitions)
            new, shown_at = 0, 0.0
            while True:
                # A few at a time: events wait meanwhile.
                fetched = await consumer.getmany(timeout_ms=1000, max_records=SLICE)
                for batch in fetched.values():
                    new += len(batch)
                    for record in batch:
                        self._take(record.value)
                if new and monotonic() - shown_at >= SHOW_EVERY_S:
                    await self._show()
                    new, shown_at = 0, monotonic()
                await asyncio.sleep(REST_S)

    def _take(self, value: bytes) -> None:
        added = add_label(self._validation, value)
        if added is None:
            return
        model, t0 = added
        self._learnt[model] = self._learnt.get(model, 0) + 1
        self._newest[model] = max(t0, self._newest.get(model, t0))

    async def _show(self) -> None:
        for model in self._validation.models():
            # A month of labels takes tens of milliseconds: not on the event loop.
            await asyncio.to_thread(self.publish, model)

    def publish(self, model: str) -> None:
        """Show what the labels of a model say."""
        shown = self._metrics.model(model)
        for window in WINDOWS:
            report = self._validation.report(model, second_half=window == "newer_half")
            shown.show(window, report)
        shown.learnt(self._learnt[model], self._newest[model])
