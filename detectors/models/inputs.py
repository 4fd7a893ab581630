"""Every input of every model: its code in stored labels, and its name for people."""

from bisect import bisect_right
from collections.abc import Sequence
from types import MappingProxyType

from detectors.models.shapes import Hinges


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

_SIGNALS = (
    "queue_wait",
    "abandonment",
    "repeat_contact",
    "rage_click",
    "dead_click",
    "error_click",
    "page_loop",
    "form_abandonment",
    "search_without_result",
    "login_failure",
    "payment_failure",
    "delivery_delay",
    "promise_at_risk",
    "negative_feedback",
    "case_reopened",
)
FELT = MappingProxyType({signal: f"felt.{signal}" for signal in _SIGNALS})
"""Signal -> its input."""
TENURE = Hinges("tenure", 1.5, (30, 180, 365, 1095))
USE = Hinges("use_28d", 8.0, (0, 2, 8, 16), log=False)
LOST_USE = Hinges("lost_use", 8.0, (0, 4, 12), log=False)
IDLE = Hinges("idle", 1.2, (7, 28, 60))
CALLS_7D = Hinges("calls_7d", 0.7, (1, 3))
CALLS_30D = Hinges("calls_30d", 0.7, (1, 3, 8))
SINCE_BAD = Hinges("since_bad", 1.5, (7, 30))
"""Numbers of `detectors.models.churn`: days, days of use, contacts; knots in their units."""

WORDS = "words of the text"
_OFTEN = "how often the customer contacts us"
_WAITING = "how many wait"
_WAITS = "how long they wait"
_STAFF = "how many are served"
_USE = "how much is used"
_TENURE = "how long a customer"
_CROSS = "complaint or bad answer"
_UNPAID = "payments that failed"
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
    | {name: signal.replace("_", " ") for signal, name in FELT.items()}
    | {"friction": "how much is in the way", "open_contact": "in touch with us now"}
    | dict.fromkeys(("active_8w", "active_13w", "active_26w", "active_days"), _USE)
    | dict.fromkeys(IDLE.names, "how long nothing was used")
    | {"amount": "usual amount of an order", "gap": "usual time between days of use"}
    | dict.fromkeys(TENURE.names, _TENURE)
    | dict.fromkeys((*USE.names, "never_used"), _USE)
    | dict.fromkeys(LOST_USE.names, "less use than before")
    | dict.fromkeys((*CALLS_7D.names, *CALLS_30D.names), _OFTEN)
    | dict.fromkeys((*SINCE_BAD.names, "bad_answer"), _CROSS)
    | {
        "bad_answer*calls": _CROSS,
        "pays_by_hand": "pays by hand",
        "pays_by_hand*unpaid": _UNPAID,
        "unpaid": _UNPAID,
        "reopened": "cases opened again",
        "open_cases": "open cases",
        "downgraded": "made the contract smaller",
        "renewal_near": "the contract ends or renews soon",
        "new*calls": "new and calls often",
        "locked_out": "could not log in",
    }
)
"""Name -> what a person calls it; several inputs may share that."""

CODES = MappingProxyType({name: code for code, name in enumerate(INPUTS)})
"""Name -> its code in a stored label, below 256."""
