"""Which event is friction of which kind, as of the customer that was updated with it.

A signal says how things stand; here each event is counted once, when it makes them worse.
A step that slows down on purpose (``deliberate: true``) is no friction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from detectors.contacts import seconds, text
from detectors.effort import Effort
from detectors.event import Event
from detectors.notes import is_lost, is_thrashing
from detectors.signals import abandonment, queue_wait
from detectors.signals.channel_switch import channel_switch
from detectors.signals.form_loop import form_loop
from detectors.signals.hold import hold
from detectors.signals.ivr_loop import ivr_loop
from detectors.signals.long_silence import long_silence
from detectors.signals.negative_sentiment import negative_sentiment
from detectors.signals.page_loop import page_loop
from detectors.signals.quick_back import is_quick_back
from detectors.signals.repeat_contact import repeat_contact
from detectors.signals.search_without_result import search_without_result
from detectors.signals.web_to_call import web_to_call
from detectors.signals.zero_out import zero_out
from detectors.standing import BAD
from detectors.traces import checksum
from detectors.under_way import number

if TYPE_CHECKING:
    from detectors.customer import Customer

Kinds = tuple[str, ...]
Cause = Callable[[Event, "Customer"], Kinds]
_NOTHING: Kinds = ()


def count_friction(event: Event, customer: Customer, kinds: Kinds) -> None:
    """Count what the event was found to be, unless it slows down on purpose."""
    if event.data.get("deliberate") is True:
        return
    effort = customer.effort
    if effort is None:
        effort = customer.effort = Effort()
    topic = _topic(event, customer)
    visit = checksum(text(event.data.get("session"))) if event.type in _IN_VISIT else None
    for kind in kinds:
        # A bad answer is what effort is learnt from, and no part of it.
        in_issue = kind != "negative_feedback"
        effort.add(kind, event.at, visit=visit, topic=topic, in_issue=in_issue)


def _topic(event: Event, customer: Customer) -> str | None:
    """Return the topic that the friction is about; None where nobody said."""
    topic = text(event.data.get("topic"))
    if topic or event.type in _IN_VISIT:
        return topic or None
    contact = customer.contacts.open.get(text(event.data.get("call")))
    return contact.topic if contact is not None and contact.topic else None


def _click(event: Event, _: Customer) -> Kinds:
    get = event.data.get
    return tuple(
        kind
        for kind, flag in (("rage_click", "rage"), ("dead_click", "dead"), ("error_click", "error"))
        if get(flag) is True
    )


def _always(kind: str) -> Cause:
    return lambda _event, _customer: (kind,)


def _when(kind: str, says: Callable[[Event], bool]) -> Cause:
    return lambda event, _customer: (kind,) if says(event) else ()


def _felt(kind: str, signal: Callable[[Event, Customer, float], float]) -> Cause:
    return lambda event, customer: (kind,) if signal(event, customer, event.at) else ()


def _page(event: Event, customer: Customer) -> Kinds:
    kinds = _NOTHING
    if page_loop(event, customer, event.at):
        kinds = ("page_loop",)
    pages = customer.standing.pages if customer.standing is not None else []
    return (*kinds, "quick_back") if is_quick_back(pages, len(pages) - 1) else kinds


def _login(event: Event, _: Customer) -> Kinds:
    return ("login_failure",) * (3 if event.data.get("reason") == "locked" else 1)


def _payment(event: Event, _: Customer) -> Kinds:
    return ("payment_failure",) * (2 if event.data.get("hard") is True else 1)


def _contact(event: Event, customer: Customer) -> Kinds:
    if event.data.get("direction") == "outbound":
        return ()
    # On the way of every contact, so nothing is asked that cannot be.
    at, contacts, kinds = event.at, customer.contacts, _NOTHING
    if contacts.total > 1 and repeat_contact(event, customer, at):
        kinds = ("repeat_contact",)
    if len(contacts.reached) > 1 and channel_switch(event, customer, at):
        kinds = (*kinds, "channel_switch")
    if customer.standing is not None and web_to_call(event, customer, at):
        kinds = (*kinds, "web_to_call")
    return kinds


def _left_queue(event: Event, _: Customer) -> Kinds:
    wait_s = seconds(event.data.get("wait_s"))
    if wait_s <= abandonment.SHORT_S or event.data.get("direction") == "outbound":
        return ()
    kinds = ("queue_wait",) if wait_s >= queue_wait.NOTABLE_S else _NOTHING
    return (*kinds, "abandonment") if event.type == "contact.abandoned" else kinds


def _settled(event: Event, customer: Customer) -> Kinds:
    if customer.effort is not None:
        customer.effort.settle(text(event.data.get("topic")))
    return ()


def _menu(event: Event, customer: Customer) -> Kinds:
    kinds = _NOTHING
    if ivr_loop(event, customer, event.at):
        kinds = ("ivr_loop",)
    if event.data.get("agent_asked") is True and zero_out(event, customer, event.at):
        kinds = (*kinds, "zero_out")
    return kinds


def _is_bad(event: Event) -> bool:
    get = event.data.get
    score, scale = number(get("score")), text(get("scale"))
    return get("source") == "complaint" or (scale in BAD and score <= BAD[scale])


CAUSES: Final[Mapping[str, Cause]] = {
    "ui.click": _click,
    "app.error": _always("app_error"),
    "ui.pointer": _when("cursor_thrash", lambda event: is_thrashing(event.data)),
    "page.view": _page,
    "page.left": _when("excessive_scroll", lambda event: is_lost(event.data)),
    "form.abandoned": _always("form_abandonment"),
    "form.rejected": _felt("form_loop", form_loop),
    "form.returned": _felt("form_loop", form_loop),
    "search.done": _felt("search_without_result", search_without_result),
    "login.failed": _login,
    "payment.failed": _payment,
    "shipment.eta_changed": _when(
        "delivery_delay", lambda event: number(event.data.get("delay_s")) > 0
    ),
    "promise.broken": _always("promise_at_risk"),
    "contact.started": _contact,
    "contact.answered": _left_queue,
    "contact.abandoned": _left_queue,
    "contact.transferred": _always("transfer"),
    "contact.held": _felt("hold", hold),
    "contact.analysed": _felt("long_silence", long_silence),
    "contact.sentiment": _felt("negative_sentiment", negative_sentiment),
    "ivr.step": _menu,
    "callback.missed": _always("callback_not_kept"),
    "feedback.received": _when("negative_feedback", _is_bad),
    "case.reopened": _always("case_reopened"),
    "case.closed": _settled,
}
"""Event type -> the kinds of friction that an event is; ``case.closed`` settles an issue."""
_VISITS = ("ui.", "app.", "page.", "form.", "search.", "login.")
_IN_VISIT: Final = frozenset(kind for kind in CAUSES if kind.startswith(_VISITS))
