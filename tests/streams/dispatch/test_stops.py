"""What dispatchers may call, as the control topic says it; on Kafka: tests/integration."""

from streams.dispatch.stops import PATIENCE_S, Stops
from streams.sources.control import Order, Scope
from tests.streams.dispatch.memory import Clock


def order(scope: Scope, name: str = "", *, stopped: bool = True) -> Order:
    return Order(scope, name, stopped, "ann", 0.0, "wrong text")


def heard(clock: Clock | None = None) -> Stops:
    stops = Stops(now=clock or Clock())
    stops.heard()
    return stops


def test_each_stop_holds_for_what_it_names_until_it_is_lifted() -> None:
    stops = heard()
    pairs = [("call-back", "crm"), ("call-back", "mail"), ("offer", "crm"), ("offer", "mail")]

    def allowed() -> list[bool]:
        return [stops.allows(*pair) for pair in pairs]

    assert allowed() == [True] * 4
    stops.take(order("rule", "call-back"))
    assert allowed() == [False, False, True, True]
    stops.take(order("channel", "crm"))
    assert allowed() == [False, False, False, True]
    stops.take(order("all"))
    assert allowed() == [False] * 4
    stops.take(order("all", stopped=False))
    stops.take(order("rule", "call-back", stopped=False))
    assert allowed() == [False, True, False, True]
    assert [each.what for each in stops.orders()] == ["channel crm"]


def test_a_rule_and_a_channel_of_one_name_are_two_things() -> None:
    stops = heard()
    stops.take(order("rule", "crm"))

    assert stops.allows("call-back", "crm")


def test_nothing_leaves_before_kafka_was_heard_nor_while_it_is_silent() -> None:
    clock = Clock()
    stops = Stops(now=clock)
    assert not stops.allows("call-back", "crm")

    stops.heard()
    clock.at += PATIENCE_S
    assert stops.allows("call-back", "crm")
    clock.at += 0.001
    assert not stops.allows("call-back", "crm")
    stops.heard()
    assert stops.allows("call-back", "crm")


def test_who_watches_is_told_of_each_order_and_when_kafka_speaks_again() -> None:
    clock, told = Clock(), []
    stops = Stops(now=clock)
    unwatch = stops.watch(lambda: told.append(stops.allows("call-back", "crm")))

    stops.heard()
    stops.heard()  # nothing new
    stops.take(order("all"))
    stops.take(order("all", stopped=False))
    clock.at += PATIENCE_S + 1
    stops.heard()
    assert told == [True, False, True, True]
    unwatch()
    unwatch()
    stops.take(order("all"))
    assert len(told) == 4
