"""What a `read_committed` reader sees while the demo runs: decisions, actions, labels."""

from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

import orjson
from aiokafka import TopicPartition

from detectors.learning.validation import Validation
from rules.decision import DECISION
from streams.clock import now
from streams.engine.output import SINCE
from streams.kafka.reading import reader
from streams.kafka.topics import Topics
from streams.quality import add_label
from streams.settings import Settings

NEWEST = 6


class Watch:
    """Collects figures from the topics themselves.

    Attributes
    ----------
    reasons
        Terminal reason -> candidates.
    actions
        Number of actions.
    newest
        The newest actions' data, newest last.
    latencies_ms
        From the append of what caused an action to raw-events until this reader saw the action.
    validation
        Every label of every partition.
    """

    def __init__(self, settings: Settings, client_options: Mapping[str, Any]) -> None:
        topics = Topics(settings.topic_prefix)
        self._client_options = client_options
        self._partitions = [
            TopicPartition(topic, partition)
            for topic in (topics.decisions, topics.actions, topics.labels)
            for partition in range(settings.partitions)
        ]
        self._take = {
            topics.decisions: self._decision,
            topics.actions: self._action,
            topics.labels: self._label,
        }
        self.reasons: Counter[str] = Counter()
        self.actions = 0
        self.newest: deque[dict[str, Any]] = deque(maxlen=NEWEST)
        self.latencies_ms: list[float] = []
        self.validation = Validation()

    async def run(self) -> None:
        """Read for ever."""
        async with reader(self._client_options) as consumer:
            consumer.assign(self._partitions)
            await consumer.seek_to_beginning(*self._partitions)
            while True:
                fetched = await consumer.getmany(timeout_ms=1000)
                seen_ms = now() * 1000
                for tp, batch in fetched.items():
                    take = self._take[tp.topic]
                    for record in batch:
                        take(record, seen_ms)

    def _decision(self, record: Any, _: float) -> None:
        event = orjson.loads(record.value)
        if event["type"] == DECISION:
            self.reasons[event["data"]["reason"]] += 1

    def _action(self, record: Any, seen_ms: float) -> None:
        self.actions += 1
        self.newest.append(orjson.loads(record.value)["data"])
        since = dict(record.headers).get(SINCE)
        if since is not None:
            self.latencies_ms.append(seen_ms - float(since))

    def _label(self, record: Any, _: float) -> None:
        add_label(self.validation, record.value)


def percentile(values: list[float], share: float) -> float | None:
    """Return the smallest value that at least `share` of the values do not exceed.

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5)
    2.0
    """
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share * 1000) // 1000) - 1)]
