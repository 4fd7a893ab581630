"""The contact centre as one partition sees it: its queues, and how often callers hang up."""

import math
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from detectors.contacts import STALE_S, seconds, text
from detectors.event import Event
from detectors.local_time import LocalTime

MAX_QUEUES = 32
"""Queues whose state is kept; the first ones seen."""
MAX_TOPICS = 64
"""Topics of a queue that are kept; the first ones of each state."""
ABANDON_PRIOR = 0.2
"""One queued caller in five hangs up (Brown et al. 2005), until the centre's own rate is known."""
MAX_WAITING = 1_000
"""Callers in the queue who are remembered; more in one partition is no centre that answers."""
_PRIOR_WEIGHT = 20.0
_HOURS = 24
_MAX_COUNT = 1e6
_STAGES = frozenset({"contact.queued", "contact.answered", "contact.abandoned", "contact.ended"})


@dataclass(slots=True)
class QueueState:
    """The newest state of one queue; durations in seconds, 0 where nothing is known.

    Parameters
    ----------
    at
        Event time of the state.
    length, length_high, length_by_topic, longest_wait_s
        Who waits now, how many of them with high priority, and how many for which topic.
    answered_10m, abandoned_10m, mean_wait_10m_s, last_wait_s
        Who left the queue in the last ten minutes.
    in_service, served_10m
        Who speaks to an agent, and how many were answered in the last ten minutes.
    """

    at: float = -math.inf
    length: float = 0.0
    length_high: float = 0.0
    length_by_topic: dict[str, float] = field(default_factory=dict)
    longest_wait_s: float = 0.0
    answered_10m: float = 0.0
    abandoned_10m: float = 0.0
    mean_wait_10m_s: float = 0.0
    last_wait_s: float = 0.0
    in_service: float = 0.0
    served_10m: float = 0.0


class Centre:
    """Aggregates over all customers of a partition.

    Parameters
    ----------
    zone
        Time zone whose hours count, an IANA name.

    Examples
    --------
    >>> centre = Centre()
    >>> state = {"queue": "calls", "length": 3, "longest_wait_s": 40.0}
    >>> centre.update(Event("1", "bank", "queue.state", 0.0, "", state))
    >>> centre.queue("calls").length
    3.0
    >>> centre.abandon_rate(0.0)
    0.2
    """

    __slots__ = (
        "_abandoned",
        "_all_abandoned",
        "_all_left",
        "_first_at",
        "_left",
        "_states",
        "_time",
        "_waiting",
    )

    def __init__(self, zone: str = "UTC") -> None:
        self._time = LocalTime(zone)
        self._first_at: float | None = None
        self._states: dict[str, Event] = {}
        self._waiting: dict[tuple[str, str], tuple[str, float]] = {}
        self._left = [0] * _HOURS
        self._abandoned = [0] * _HOURS
        self._all_left = 0
        self._all_abandoned = 0

    def update(self, event: Event) -> None:
        """Take any event; those that say nothing about the centre change nothing."""
        kind = event.type
        if self._first_at is None:
            self._first_at = event.at
        if kind == "queue.state":
            # Read when it is asked for: states come often, and to every partition.
            name = event.data.get("queue")
            states = self._states
            if isinstance(name, str) and (name in states or len(states) < MAX_QUEUES):
                states[name] = event
        elif kind in _STAGES:
            self._wait(event)
            if kind == "contact.abandoned":
                self._leave(event, 1)
            elif kind == "contact.answered" and event.data.get("wait_s"):
                self._leave(event, 0)

    def queue(self, name: str) -> QueueState:
        """Return the newest state of the queue; of the only one there is if the name is unknown.

        Without any, a state of zeros.
        """
        states = self._states
        event = states.get(name)
        if event is None:
            if len(states) != 1:
                return QueueState()
            event = next(iter(states.values()))
        return _read(event)

    def waiting(self, queue: str, at: float) -> list[tuple[str, str]]:
        """Return (customer, call) of the known callers in this queue, in the order of their entry.

        Those that entered before `at`, at most 6 h before. A caller waits in the queue named like
        the topic, or in the only one there is.
        """
        waiting, states = self._waiting, self._states
        stale = [key for key, (_, queued_at) in waiting.items() if queued_at < at - STALE_S]
        for key in stale:
            del waiting[key]
        is_only = len(states) == 1 and queue in states
        return [
            key
            for key, (topic, queued_at) in waiting.items()
            if queued_at < at and (topic == queue or (is_only and topic not in states))
        ]

    def observed_s(self, at: float) -> float:
        """Return the seconds since the first event of the partition; never negative."""
        return 0.0 if self._first_at is None else max(0.0, at - self._first_at)

    def hour_of_week(self, at: float) -> int:
        """Return the hour since Monday 00:00 local time, 0 to 167."""
        return self._time.hour_of_week(at)

    def abandon_rate(self, at: float) -> float:
        """Return the share of queued inbound callers who hung up, in this hour of the day so far.

        The hour's own rate is pulled towards the rate of all hours, and that towards one in five,
        each with the weight of 20 callers.
        """
        rate = (self._all_abandoned + ABANDON_PRIOR * _PRIOR_WEIGHT) / (
            self._all_left + _PRIOR_WEIGHT
        )
        hour = self._time.hour_of_week(at) % _HOURS
        return (self._abandoned[hour] + rate * _PRIOR_WEIGHT) / (self._left[hour] + _PRIOR_WEIGHT)

    def snapshot(self) -> Any:
        """Return the state as plain values."""
        return {
            "first_at": self._first_at,
            "queues": [[name, asdict(_read(event))] for name, event in self._states.items()],
            "left": list(self._left),
            "abandoned": list(self._abandoned),
            "waiting": [[*key, *about] for key, about in self._waiting.items()],
        }

    def restore(self, state: Any) -> None:
        """Take the state of `snapshot`."""
        self._first_at = state["first_at"]
        self._states = {
            name: Event("", "", "queue.state", values["at"], "", values)
            for name, values in state["queues"]
        }
        self._left = list(state["left"])
        self._abandoned = list(state["abandoned"])
        self._waiting = {
            (customer, call): (topic, queued_at)
            for customer, call, topic, queued_at in state["waiting"]
        }
        self._all_left = sum(self._left)
        self._all_abandoned = sum(self._abandoned)

    def forget(self, customer: str) -> None:
        """Forget a customer."""
        for key in [key for key in self._waiting if key[0] == customer]:
            del self._waiting[key]

    def _wait(self, event: Event) -> None:
        waiting, get = self._waiting, event.data.get
        if event.type != "contact.queued":
            if waiting:
                waiting.pop((event.customer, text(get("call"))), None)
        elif get("direction") != "outbound" and len(waiting) < MAX_WAITING and event.identified:
            # Nobody acts on unknown callers.
            waiting[event.customer, text(get("call"))] = text(get("topic")), event.at

    def _leave(self, event: Event, abandoned: int) -> None:
        if event.data.get("direction") == "outbound":
            return
        hour = self._time.hour_of_week(event.at) % _HOURS
        self._left[hour] += 1
        self._abandoned[hour] += abandoned
        self._all_left += 1
        self._all_abandoned += abandoned


def _read(event: Event) -> QueueState:
    get = event.data.get
    return QueueState(
        event.at,
        _count(get("length")),
        _count(get("length_high")),
        _counts(get("length_by_topic")),
        seconds(get("longest_wait_s")),
        _count(get("answered_10m")),
        _count(get("abandoned_10m")),
        seconds(get("mean_wait_10m_s")),
        seconds(get("last_wait_s")),
        _count(get("in_service")),
        _count(get("served_10m")),
    )


def _count(value: object) -> float:
    if isinstance(value, (int, float)) and value > 0:
        return float(value) if value < _MAX_COUNT else _MAX_COUNT
    return 0.0


def _counts(value: object) -> dict[str, float]:
    if not isinstance(value, dict):
        return {}
    return {text(topic): _count(count) for topic, count in islice(value.items(), MAX_TOPICS)}
