"""Before the first rule: which contacts cost most, what came before them, what data is missing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

from detectors.schema import EVENTS
from rules.backtest.reasons import ANY, Counts, Pair, TopicCounts
from rules.language.vocabulary import BROADCAST

OWN: Final = "action"
"""Results of our own actions: no data to connect, they come by themselves."""
NO_CLAIM: Final = "what comes before need not be the cause: no causal claim"
COST_PER_HOUR: Final = 30.0
"""What an hour of an agent costs where nobody says; in the currency of whoever reads it."""
MIN_FOLLOWED: Final = 5
"""Fewer contacts than this after a kind of moment say nothing."""


@dataclass(frozen=True, slots=True)
class Before:
    """A kind of moment that came before contacts about a topic, within 24 h.

    Parameters
    ----------
    name
        An event, the end of a contact with its outcome, or a signal.
    coverage
        Of the contacts of known customers about the topic: the share that it came before.
    moments, followed
        How many such moments there were, and how many a contact about the topic followed.
    lift
        The share of these, over the same share of all moments of known customers.
    median_lead_s
        From the newest such moment to the contact, seconds.
    """

    name: str
    coverage: float
    moments: int
    followed: int
    lift: float
    median_lead_s: float


@dataclass(frozen=True, slots=True)
class Reason:
    """What customers contact us about.

    Parameters
    ----------
    hours, cost
        Time with agents, and what it cost.
    mean_service_s
        Of an answered contact; ``None`` where none was.
    repeat_share
        Contacts of known customers who had begun another one within 7 days before.
    before
        What came before, the highest lift first.
    """

    topic: str
    contacts: int
    identified: int
    abandoned: int
    hours: float
    cost: float
    mean_service_s: float | None
    repeat_share: float | None
    before: tuple[Before, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole of it.

    Parameters
    ----------
    reasons
        The costliest first.
    no_data
        Family of events -> types of it that the log lacks, all of them or some.
    """

    reasons: tuple[Reason, ...]
    no_data: Mapping[str, tuple[str, ...]]

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "note": NO_CLAIM,
            "reasons": [asdict(reason) for reason in self.reasons],
            "no_data": {family: list(types) for family, types in self.no_data.items()},
        }


def assess(
    parts: Iterable[Counts],
    cost_per_hour: float = COST_PER_HOUR,
    known: Collection[str] = tuple(EVENTS),
) -> Assessment:
    """Return what was counted, put together.

    Parameters
    ----------
    parts
        Of every partition.
    cost_per_hour
        Of an agent, at least 0.
    known
        Event types that could be there.
    """
    counts = Counts()
    for part in parts:
        counts.add(part)
    reasons = [_reason(topic, counts, cost_per_hour) for topic in counts.topics]
    reasons.sort(key=lambda reason: (-reason.cost, -reason.contacts, reason.topic))
    return Assessment(tuple(reasons), _no_data(counts, known))


def _reason(topic: str, counts: Counts, cost_per_hour: float) -> Reason:
    about: TopicCounts = counts.topics[topic]
    hours = about.service_s / 3600.0
    return Reason(
        topic=topic,
        contacts=about.contacts,
        identified=about.identified,
        abandoned=about.abandoned,
        hours=hours,
        cost=hours * cost_per_hour,
        mean_service_s=about.service_s / about.answered if about.answered else None,
        repeat_share=about.repeats / about.identified if about.identified else None,
        before=_before(topic, counts),
    )


def _before(topic: str, counts: Counts) -> tuple[Before, ...]:
    every = counts.followed[Pair(ANY, topic)]
    found = []
    for name, moments in counts.moments.items():
        pair = Pair(name, topic)
        followed = counts.followed[pair]
        leads = counts.leads.get(pair)
        if name == ANY or followed < MIN_FOLLOWED or not leads:
            continue
        base = every / counts.moments[ANY]
        found.append(
            Before(
                name=name,
                coverage=counts.covered[pair] / counts.topics[topic].identified,
                moments=moments,
                followed=followed,
                lift=followed / moments / base,
                median_lead_s=median(leads),
            )
        )
    found.sort(key=lambda before: (-before.lift, before.name))
    return tuple(found)


def _no_data(counts: Counts, known: Collection[str]) -> dict[str, tuple[str, ...]]:
    absent = sorted(
        kind
        for kind in known
        if kind not in BROADCAST and not counts.events[kind] and not kind.startswith(f"{OWN}.")
    )
    families = dict.fromkeys(kind.split(".", 1)[0] for kind in absent)
    return {
        family: tuple(kind for kind in absent if kind.split(".", 1)[0] == family)
        for family in families
    }
