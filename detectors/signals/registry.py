"""All friction signals, in one table, and what they add up to."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from detectors.contacts import text
from detectors.customer import Customer
from detectors.effort import HALF_LIVES_S, Effort, Points
from detectors.effort_points import FIRST, MEDIUM
from detectors.event import Event
from detectors.signals.abandonment import abandonment
from detectors.signals.callback_not_kept import callback_not_kept
from detectors.signals.case_overdue import case_overdue
from detectors.signals.case_reopened import case_reopened
from detectors.signals.channel_switch import channel_switch
from detectors.signals.cursor_thrash import cursor_thrash
from detectors.signals.dead_click import dead_click
from detectors.signals.delivery_delay import delivery_delay
from detectors.signals.delivery_silence import delivery_silence
from detectors.signals.error_click import error_click
from detectors.signals.excessive_scroll import excessive_scroll
from detectors.signals.form_abandonment import form_abandonment
from detectors.signals.form_loop import form_loop
from detectors.signals.hold import hold
from detectors.signals.ivr_loop import ivr_loop
from detectors.signals.login_failure import login_failure
from detectors.signals.long_silence import long_silence
from detectors.signals.negative_feedback import negative_feedback
from detectors.signals.negative_sentiment import negative_sentiment
from detectors.signals.page_loop import page_loop
from detectors.signals.payment_failure import payment_failure
from detectors.signals.promise_at_risk import promise_at_risk
from detectors.signals.queue_wait import queue_wait
from detectors.signals.quick_back import quick_back
from detectors.signals.rage_click import rage_click
from detectors.signals.repeat_contact import repeat_contact
from detectors.signals.search_without_result import search_without_result
from detectors.signals.transfer import transfer
from detectors.signals.web_to_call import web_to_call
from detectors.signals.zero_out import zero_out

Signal = Callable[[Event, Customer, float], float]
Sum = Callable[[Effort, Event, float, Mapping[str, Points]], float]

REGISTRY: Mapping[str, Signal] = MappingProxyType(
    {
        "queue_wait": queue_wait,
        "abandonment": abandonment,
        "repeat_contact": repeat_contact,
        "transfer": transfer,
        "hold": hold,
        "callback_not_kept": callback_not_kept,
        "channel_switch": channel_switch,
        "web_to_call": web_to_call,
        "ivr_loop": ivr_loop,
        "zero_out": zero_out,
        "long_silence": long_silence,
        "negative_sentiment": negative_sentiment,
        "rage_click": rage_click,
        "dead_click": dead_click,
        "error_click": error_click,
        "cursor_thrash": cursor_thrash,
        "excessive_scroll": excessive_scroll,
        "page_loop": page_loop,
        "quick_back": quick_back,
        "form_abandonment": form_abandonment,
        "form_loop": form_loop,
        "search_without_result": search_without_result,
        "login_failure": login_failure,
        "payment_failure": payment_failure,
        "delivery_delay": delivery_delay,
        "delivery_silence": delivery_silence,
        "promise_at_risk": promise_at_risk,
        "negative_feedback": negative_feedback,
        "case_reopened": case_reopened,
        "case_overdue": case_overdue,
    }
)
"""Name without its namespace -> how strong it is: event, customer, time -> [0, 1]."""

NOTABLE = 0.5
"""Strength from which a signal counts."""


def _faded(half_life_s: float) -> Sum:
    return lambda effort, _event, at, points: effort.friction(at, half_life_s, points["friction"])


def _visit(effort: Effort, _event: Event, at: float, points: Mapping[str, Points]) -> float:
    return effort.visit_friction(at, points["friction"])


def _issue(effort: Effort, event: Event, at: float, points: Mapping[str, Points]) -> float:
    return effort.effort(at, text(event.data.get("topic")), points["effort"])


SUMS: Mapping[str, Sum] = MappingProxyType(
    {
        "friction_visit": _visit,
        **{
            f"friction_{name}": _faded(half_life_s)
            for name, half_life_s in zip(("5m", "1d", "7d"), HALF_LIVES_S, strict=True)
        },
        "effort": _issue,
    }
)
"""Name without its namespace -> what friction adds up to, in points, 0 or more."""


def is_notable(name: str, value: float) -> bool:
    """Return whether a signal is notable, or a sum medium.

    >>> is_notable("rage_click", 0.5), is_notable("friction_5m", 5.9)
    (True, False)
    """
    return value >= (MEDIUM if name in SUMS else NOTABLE)


class Felt(Mapping[str, float]):
    """Every signal of a customer as of one moment, each computed when it is first asked for.

    Most events meet rules that read no signal, and then nothing is computed. Ask before the
    customer changes.
    """

    __slots__ = ("_at", "_customer", "_event", "_found", "_points")

    def __init__(
        self, event: Event, customer: Customer, at: float, points: Mapping[str, Points] = FIRST
    ) -> None:
        self._event = event
        self._customer = customer
        self._at = at
        self._points = points
        self._found: dict[str, float] | None = None

    def __getitem__(self, name: str) -> float:
        found = self._found
        if found is None:
            found = self._found = {}
        if name not in found:
            found[name] = self._compute(name)
        return found[name]

    def __iter__(self) -> Iterator[str]:
        yield from REGISTRY
        yield from SUMS

    def __len__(self) -> int:
        return len(REGISTRY) + len(SUMS)

    def _compute(self, name: str) -> float:
        signal = REGISTRY.get(name)
        if signal is not None:
            return signal(self._event, self._customer, self._at)
        add_up, effort = SUMS[name], self._customer.effort
        return 0.0 if effort is None else add_up(effort, self._event, self._at, self._points)


def detect(
    event: Event, customer: Customer, at: float, points: Mapping[str, Points] = FIRST
) -> Felt:
    """Return every signal of the customer as of `at`; call after `Customer.update`.

    Parameters
    ----------
    event
        The event that is looked at; for a timer the one that armed it.
    at
        Event time, the event's own or the timer's deadline.
    points
        How much each kind of friction weighs, as the partition has learnt it.

    Returns
    -------
    Name -> strength in [0, 1], then name -> sum in points; all names, in the registry's order.
    """
    return Felt(event, customer, at, points)
