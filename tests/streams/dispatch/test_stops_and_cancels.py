"""What must not go out any more does not, wherever it waits."""

import asyncio
import math

import pytest

from streams.dispatch.channels.client import Limits
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Outcome
from streams.dispatch.stops import Stops
from streams.sources.control import Order
from tests.streams.dispatch.desk import ACCEPTED, FAST, Desk, Line, run, saying, settle_down, until
from tests.streams.dispatch.memory import NOON, action, cancel, replay

RETRY = Outcome("retry", "HTTP 503")


def order(kind: str, name: str = "", *, stopped: bool = True) -> Order:
    return Order(kind, name, stopped, "ann", NOON, "a wrong text")  # type: ignore[arg-type]


def listening() -> Stops:
    return Stops(patience_s=math.inf)


@pytest.mark.parametrize(("kind", "name"), [("rule", "call-back"), ("channel", "crm"), ("all", "")])
def test_what_is_stopped_waits_and_goes_out_when_it_is_resumed(kind: str, name: str) -> None:
    async def test() -> None:
        line, stops = Line(saying(ACCEPTED)), listening()
        desk = Desk(line, stops=stops)
        stops.take(order(kind, name))
        async with desk:
            desk.owner.read(*[action(f"a{n}") for n in range(100)])
            await settle_down()
            assert line.calls == []
            assert desk.dispatcher.counts()["planned"] == 100

            stops.take(order(kind, name, stopped=False))
            await until(lambda: desk.dispatcher.counts()["accepted"] == 100)

        assert len(line.calls) == 100

    run(test())


def test_a_stopped_rule_holds_up_no_other_of_the_same_channel() -> None:
    async def test() -> None:
        line, stops = Line(saying(ACCEPTED), limits=Limits(concurrency=1)), listening()
        desk = Desk(line, stops=stops)
        stops.take(order("rule", "call-back"))
        async with desk:
            desk.owner.read(*[action(f"a{n}") for n in range(10)], action("b", rule="other"))
            await until(lambda: desk.broker.state("b") == "accepted")
            assert line.calls == ["b"]
            assert desk.dispatcher.idle  # a stop may last: nobody waits for its end

    run(test())


def test_a_stop_while_the_intent_is_written_prevents_the_call() -> None:
    async def test() -> None:
        line, stops = Line(saying(ACCEPTED)), listening()
        desk = Desk(line, stops=stops)
        desk.owner._before_commit = lambda: stops.take(order("channel", "crm"))
        async with desk:
            desk.owner.read(action("a"))
            await until(lambda: desk.broker.state("a") == "planned")
            await settle_down()
            found = desk.owner.ledger.get("a")
            assert found is not None
            assert (found.state, found.attempts) == ("planned", 0)

        assert line.calls == []

    run(test())


def test_nothing_leaves_before_it_is_known_what_is_stopped() -> None:
    async def test() -> None:
        line, stops = Line(saying(ACCEPTED)), Stops(patience_s=1e6)
        desk = Desk(line, stops=stops)
        async with desk:
            desk.owner.read(action("a"))
            await settle_down()
            assert line.calls == []
            # It is not left aside: whoever waits for the end of the work waits for it.
            assert desk.owner.ledger.waiting(NOON) == 1

            stops.heard()
            await until(lambda: desk.broker.state("a") == "accepted")

    run(test())


def test_a_stopped_live_action_expires() -> None:
    async def test() -> None:
        line, stops = Line(saying(ACCEPTED)), listening()
        desk = Desk(line, stops=stops)
        stops.take(order("all"))
        async with desk:
            desk.owner.read(action("a", not_after=NOON + 10))
            await settle_down()
            desk.at(10)
            await until(lambda: desk.broker.state("a") == "expired")
            stops.take(order("all", stopped=False))
            await settle_down()

        assert line.calls == []

    run(test())


def test_a_stopped_action_on_a_log_clock_expires_when_the_log_has_passed_it() -> None:
    async def test() -> None:
        line, stops = Line(saying(ACCEPTED)), listening()
        desk = Desk(line, stops=stops)
        stops.take(order("rule", "call-back"))
        async with desk:
            desk.owner.read(
                action("over", clock="log", not_after=NOON + 60),
                action("later", clock="log", not_after=NOON + 90),
            )
            await settle_down()
            desk.owner.read(action("next", clock="log", at=NOON + 60, rule="other"))
            await until(lambda: desk.owner.ledger.counts()["expired"] == 1)
            stops.take(order("rule", "call-back", stopped=False))
            await until(lambda: desk.broker.state("later") == "accepted")
            # Once it may go, a log clock ends it no more: a replay at full speed would else.
            desk.owner.read(action("last", clock="log", at=NOON + 1e6))
            await until(lambda: desk.broker.state("last") == "accepted")

        assert desk.broker.state("over") == "expired"
        assert sorted(line.calls) == ["last", "later", "next"]

    run(test())


@pytest.mark.parametrize("where", ["later", "held", "stopped", "retried", "parked", "replayed"])
def test_a_cancel_ends_an_action_wherever_it_waits(where: str) -> None:
    async def test() -> None:
        line, stops = Line(saying(RETRY), limits=Limits(attempts=1)), listening()
        if where == "retried":
            line.limits = FAST
        desk = Desk(line, stops=stops)
        if where == "stopped":
            stops.take(order("all"))
        held = where == "held"
        start = NOON + 60 if where == "later" or held else NOON
        async with desk:
            desk.owner.read(action("a", clock="log" if held else "live", not_before=start))
            if where == "parked":
                await until(lambda: desk.broker.state("a") == "parked")
            if where == "replayed":
                await until(lambda: desk.broker.state("a") == "parked")
                stops.take(order("all"))
                desk.owner.read(replay("a"))
            if where == "retried":
                await until(lambda: desk.broker.state("a") == "planned" and len(line.calls) == 1)
            await settle_down()
            calls = len(line.calls)
            desk.owner.read(cancel("a", at=NOON))
            desk.owner.commit()
            stops.take(order("all", stopped=False))
            desk.at(100)
            await until(lambda: desk.broker.state("a") == "cancelled")
            desk.owner.read(action("b", clock="log", at=NOON + 100))
            await settle_down()

        assert line.calls[:calls] == ["a"] * calls
        assert "a" not in line.calls[calls:]
        found = desk.owner.ledger.get("a")
        assert found is not None
        assert found.reason == "the customer called"
        assert [r for r in desk.broker.results() if r == "a-cancelled"] == ["a-cancelled"]

    run(test())


def test_a_cancel_after_the_call_changes_nothing() -> None:
    async def test() -> None:
        gate = asyncio.Event()

        async def answer(_: Entry) -> Outcome:
            await gate.wait()
            return ACCEPTED

        line = Line(answer)
        desk = Desk(line)
        async with desk:
            desk.owner.read(action("a"))
            await until(lambda: line.calls == ["a"])
            desk.owner.read(cancel("a"))
            gate.set()
            await until(lambda: desk.broker.state("a") == "accepted")

        assert desk.broker.results() == ["a-accepted"]

    run(test())


def test_an_uncertain_action_that_was_cancelled_goes_out_for_nobody() -> None:
    async def test() -> None:
        line = Line(saying(Outcome("unknown", "reset")), recognises_repeats=False)
        desk = Desk(line)
        async with desk:
            desk.owner.read(action("a"))
            await until(lambda: desk.broker.state("a") == "unknown")
            desk.owner.read(cancel("a"), replay("a", even_if_taken=True))
            await settle_down()
            desk.owner.commit()

        assert line.calls == ["a"]
        (letter,) = desk.broker.events("dead_letters")
        assert "nobody cancelled" in letter["data"]["reason"]

    run(test())


def test_a_person_may_send_an_uncertain_action_again_by_saying_so() -> None:
    async def test() -> None:
        line = Line(saying(Outcome("unknown", "reset"), ACCEPTED), recognises_repeats=False)
        desk = Desk(line)
        async with desk:
            desk.owner.read(action("a"))
            await until(lambda: desk.broker.state("a") == "unknown")
            desk.owner.read(replay("a"))
            await settle_down()
            assert line.calls == ["a"]
            desk.owner.read(replay("a", even_if_taken=True))
            await until(lambda: desk.broker.state("a") == "accepted")

        assert line.calls == ["a", "a"]

    run(test())
