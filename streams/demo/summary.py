"""The figures at the end of a run, from the topics themselves."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from detectors.learning.validation import Validation
from streams.demo.watch import Watch, percentile
from streams.kafka.reading import read_to_end
from streams.kafka.topics import Topics
from streams.settings import Settings
from streams.sources.bank_calls.reader import Summary

DIGITS = 4


async def count_records(settings: Settings, client_options: Mapping[str, Any]) -> dict[str, int]:
    """Count what stands in the topics: raw records, interactions of customers, dead letters.

    A broadcast counts once, not once per partition, so that raw = normalised + dead letters; so
    does progress not count at all, which no raw record asked for.
    """
    topics = Topics(settings.topic_prefix)
    counts: Counter[str] = Counter()
    for partition in range(settings.partitions):
        async for batch in read_to_end(client_options, topics.raw_events, partition):
            counts["events"] += len(batch)
        async for batch in read_to_end(client_options, topics.interactions, partition):
            for record in batch:
                first_copy = partition == 0 and b'"type":"progress"' not in record.value
                if record.key is not None or first_copy:
                    counts["normalised"] += 1
    async for batch in read_to_end(client_options, topics.dead_letters, 0):
        for record in batch:
            counts["dead_letters"] += 1
            counts[f"dead_letters_{orjson.loads(record.value)['data']['stage']}"] += 1
    return counts


def model_figures(validation: Validation) -> dict[str, dict[str, float | int | None]]:
    """Return every model's figures over the second half of its labels, all partitions pooled."""
    return {
        model: {
            name: _rounded(value)
            for name, value in asdict(validation.report(model, second_half=True)).items()
        }
        for model in validation.models()
    }


def summarise(
    calls: Summary,
    counts: Mapping[str, int],
    watch: Watch,
    states: Mapping[str, int],
    rules: Mapping[str, Any],
    seconds: float,
    restarts: int,
) -> dict[str, Any]:
    """Return the summary as one JSON object."""
    return {
        "calls": {
            "replayed": calls.replayed, "excluded": calls.excluded, "unreadable": calls.unreadable,
        },
        "events": counts["events"],
        "normalised": counts["normalised"],
        "dead_letters": counts["dead_letters"],
        "candidates": dict(sorted(watch.reasons.items())),
        "actions": watch.actions,
        "dispatched": dict(sorted(states.items())),
        "event_to_action_ms": {
            "p50": _rounded(percentile(watch.latencies_ms, 0.5)),
            "p99": _rounded(percentile(watch.latencies_ms, 0.99)),
        },
        "events_per_s": round(counts["events"] / seconds, 1),
        "seconds": round(seconds, 1),
        "worker_restarts": restarts,
        "models": model_figures(watch.validation),
        "rules": rules,
    }  # fmt: skip


def _rounded(value: float | int | None) -> float | int | None:
    if value is None or isinstance(value, int):
        return value
    return round(value, DIGITS) if math.isfinite(value) else None
