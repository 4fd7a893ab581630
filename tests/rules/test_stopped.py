"""The stops that hold, as the log says it."""

from typing import Any

import pytest

from detectors.event import Event
from detectors.schema import EVENTS
from rules.stopped import RESUME, STOP, Stopped, about
from tests.rules.gates.build import candidate, rule

WHY = {"by": "ann", "reason": "wrong text"}


def order(kind: str, **data: Any) -> Event:
    return Event("1", "precede/stop", f"control.{kind}", 0.0, "", WHY | data)


def after(*orders: Event) -> Stopped:
    stopped = Stopped()
    for each in orders:
        stopped.take(each)
    return stopped


ALL = order("stop", scope="all", name=None)
RULE = order("stop", scope="rule", name="call-back")
CHANNEL = order("stop", scope="channel", name="crm")


def test_an_order_is_about_everything_or_about_what_it_names() -> None:
    assert {STOP, RESUME} <= EVENTS.keys()
    named = [about({"scope": scope, "name": "x"}) for scope in ("all", "rule", "channel")]
    assert named == ["all", "rule:x", "channel:x"]


@pytest.mark.parametrize(
    "data",
    [
        {"scope": "planet", "name": "x"}, {"scope": "rule", "name": 7}, {"scope": "rule"},
        {"scope": "rule", "name": ""}, {"name": "x"}, {"scope": ["rule"], "name": "x"},
    ],
)  # fmt: skip
def test_an_order_about_nothing_is_none(data: dict[str, Any]) -> None:
    assert about(data) is None


@pytest.mark.parametrize(
    ("orders", "told"),
    [
        ((ALL,), "everything was stopped by ann: wrong text"),
        ((RULE,), "rule call-back was stopped by ann: wrong text"),
        ((CHANNEL,), "channel crm was stopped by ann: wrong text"),
        ((RULE, order("resume", scope="all")), "rule call-back was stopped by ann: wrong text"),
        ((ALL, order("resume", scope="rule", name="call-back")), "everything was stopped"),
    ],
)
def test_what_is_stopped_is_held_back(orders: tuple[Event, ...], told: str) -> None:
    passed, detail = after(*orders).check(candidate(0.0))

    assert not passed
    assert detail.startswith(told)


@pytest.mark.parametrize(
    "orders",
    [
        (),
        (order("stop", scope="rule", name="another"),),
        (order("stop", scope="channel", name="mail"),),
        # A channel of the rule's name, and the other way round.
        (order("stop", scope="channel", name="call-back"),),
        (order("stop", scope="rule", name="crm"),),
        (RULE, CHANNEL, order("resume", scope="rule", name="call-back"),
         order("resume", scope="channel", name="crm")),
        (order("stop", scope="rule"), order("stop", scope="everything"), order("stop")),
    ],
)  # fmt: skip
def test_nothing_else_is(orders: tuple[Event, ...]) -> None:
    assert after(*orders).check(candidate(0.0)) == (True, "not stopped")


def test_a_shadow_rule_shows_what_a_live_one_would_do() -> None:
    assert not after(RULE).check(candidate(0.0, of=rule(mode="shadow"), shadow=True))[0]


def test_stops_survive_a_restart_in_one_form_whatever_their_order() -> None:
    one, other = after(RULE, ALL), after(ALL, RULE)
    again = Stopped()
    again.restore(one.snapshot())

    assert one.snapshot() == other.snapshot() == again.snapshot()
    assert again.check(candidate(0.0)) == one.check(candidate(0.0))
    assert Stopped().snapshot() == []
