"""Every input of every model: its code in stored labels, and its name for people."""

from bisect import bisect_right
from collections.abc import Sequence
from types import MappingProxyType


class Bins:
    """One-hot inputs for the ranges of a number: a linear model learns a step per range.

    Parameters
    ----------
    name
        First part of the inputs' names.
    edges
        Ascending; a value equal to an edge belongs to the range above it.

    Examples
    --------
    >>> bins = Bins("age", (1, 7))
    >>> bins.names
    ('age<1', 'age<7', 'age>=7')
    >>> bins.of(7)
    'age>=7'
    """

    __slots__ = ("_edges", "names")

    def __init__(self, name: str, edges: Sequence[float]) -> None:
        self._edges = tuple(edges)
        below = tuple(f"{name}<{edge:g}" for edge in edges)
        self.names = (*below, f"{name}>={edges[-1]:g}")

    def of(self, value: float) -> str:
        """Return the name of the input that is 1; NaN belongs to the highest range."""
        return self.names[bisect_right(self._edges, value)]


SERVICES_S = Bins("service_s", (8, 32, 64, 256))
HOURS = Bins("hour", (8, 9, 10, 12, 14, 16, 17, 19, 21, 23))
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS = tuple(f"day={day}" for day in _WEEK)
RATE_BY_DAY = tuple(f"rate_7d*{day}" for day in _WEEK)
_TOPICS = ("regular", "regular-english", "internet", "stock-exchange", "prospect")
TOPICS = MappingProxyType({topic: f"topic={topic}" for topic in _TOPICS})
RATES = ("rate_30d", "rate_7d", "rate_3d", "contacts_1d")
QUEUE = (
    "length",
    "length_topic",
    "length_high",
    "longest_wait",
    "mean_wait",
    "last_answer_wait",
    "in_service",
    "answered",
    "abandoned",
    "served",
    "turns",
)
HISTORY = ("earlier", "abandon_share", "abandoned_7d")

_OFTEN = "how often the customer contacts us"
_WAITING = "how many wait"
_WAITS = "how long they wait"
_STAFF = "how many are served"
_PATIENCE = "how often the customer hung up in the queue"

# The order is part of the stored form: new names go to the end, and none is ever removed.
INPUTS = MappingProxyType(
    dict.fromkeys(RATES, _OFTEN)
    | dict.fromkeys(DAYS, "day of the week")
    | dict.fromkeys(RATE_BY_DAY, _OFTEN)
    | dict.fromkeys(SERVICES_S.names, "length of the conversation")
    | dict.fromkeys(TOPICS.values(), "topic")
    | {
        "first": "first contact",
        "unserved": "no agent was reached",
        "unserved*rate_7d": "no agent was reached",
        "cut_off*rate_7d": "length of the conversation",
        "company_called": "we called within a day",
        "high_priority": "priority of the customer",
        "unidentified": "we do not know who it is",
        "last_abandoned": _PATIENCE,
    }
    | dict.fromkeys(HOURS.names, "hour of the day")
    | dict(
        zip(
            QUEUE,
            (
                _WAITING,
                _WAITING,
                _WAITING,
                _WAITS,
                _WAITS,
                _WAITS,
                _STAFF,
                _STAFF,
                "how many hung up of late",
                _STAFF,
                "waiting callers per caller served",
            ),
            strict=True,
        )
    )
    | dict(zip(HISTORY, (_OFTEN, _PATIENCE, _PATIENCE), strict=True))
)
"""Name -> what a person calls it; several inputs may share that."""

CODES = MappingProxyType({name: code for code, name in enumerate(INPUTS)})
"""Name -> its code in a stored label, below 256."""
