"""What the demo reads off the worker's metrics page, as Prometheus would."""

from collections import defaultdict
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


@dataclass(slots=True)
class Scrape:
    """The worker as its metrics page shows it.

    Parameters
    ----------
    ready
        Whether it takes records in every role.
    lag
        Role -> what waits: records not yet processed, actions due.
    processed
        Role -> records processed since it started.
    dead_letters
        Records refused, over all roles.
    states
        State of the dispatch ledger -> number of actions.
    """

    ready: bool = False
    lag: dict[str, float] = field(default_factory=dict)
    processed: dict[str, float] = field(default_factory=dict)
    dead_letters: int = 0
    states: dict[str, int] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Whether it is ready and has nothing to do."""
        return self.ready and not any(self.lag.values())


async def scrape(url: str) -> Scrape:
    """Read /metrics and /health/ready."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client:
        async with client.get(f"{url}/health/ready") as answer:
            ready = answer.status == HTTPStatus.OK
        async with client.get(f"{url}/metrics", headers={"Accept": "text/plain"}) as answer:
            text = await answer.text()
    lag: dict[str, float] = defaultdict(float)
    processed: dict[str, float] = defaultdict(float)
    states: dict[str, float] = defaultdict(float)
    dead_letters = 0.0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "precede_lag_records":
                lag[sample.labels["role"]] += sample.value
            elif sample.name == "precede_records_processed_total":
                processed[sample.labels["role"]] += sample.value
            elif sample.name == "precede_dispatch_actions":
                states[sample.labels["state"]] += sample.value
            elif sample.name == "precede_dead_letters_total":
                dead_letters += sample.value
    counts = {state: int(number) for state, number in states.items() if number}
    return Scrape(ready, dict(lag), dict(processed), int(dead_letters), counts)
