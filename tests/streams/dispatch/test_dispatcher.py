import asyncio
from collections import Counter
from random import Random

import pytest

from streams.dispatch.channels.client import Limits
from streams.dispatch.entry import Entry
from streams.dispatch.outcome import Kind, Outcome
from tests.streams.dispatch.desk import ACCEPTED, Desk, Line, run, saying, settle_down, until
from tests.streams.dispatch.memory import NOON, Broker, Owner, action, cancel, replay


def test_each_action_goes_out_once_and_its_intent_is_committed_before() -> None:
    async def test() -> None:
        states: list[str] = []

        async def answer(entry: Entry) -> Outcome:
            states.append(desk.broker.state(entry.id))
            await asyncio.sleep(0)
            return ACCEPTED

        line = Line(answer)
        desk = Desk(line)
        names = [f"a{n}" for n in range(100)]
        async with desk:
            desk.owner.read(*[action(name) for name in names], action("a7"))
            await until(lambda: desk.dispatcher.counts()["accepted"] == 100)
            await until(lambda: desk.dispatcher.idle)

        assert sorted(line.calls) == sorted(names)
        assert states == ["dispatched"] * 100
        assert sorted(desk.broker.results()) == sorted(f"{name}-accepted" for name in names)
        assert desk.meter.outcomes == ["accepted"] * 100
        # 100 actions, 16 at a time: many share a transaction.
        assert desk.broker.transactions < 30

    run(test())


def test_calls_of_a_channel_at_once_are_bounded_and_a_stuck_one_holds_up_no_other() -> None:
    async def test() -> None:
        gate = asyncio.Event()

        async def stuck(_: Entry) -> Outcome:
            await gate.wait()
            return ACCEPTED

        slow, quick = Line(stuck, name="slow"), Line(saying(ACCEPTED), name="quick")
        desk = Desk(slow, quick)
        async with desk:
            slow_ones = [action(f"s{n}", channel="slow") for n in range(40)]
            quick_ones = [action(f"q{n}", channel="quick") for n in range(40)]
            desk.owner.read(*slow_ones, *quick_ones)
            await until(lambda: desk.dispatcher.counts()["accepted"] == 40)

            assert len(slow.calls) == 16
            assert not desk.dispatcher.idle
            gate.set()
            await until(lambda: desk.dispatcher.counts()["accepted"] == 80)

        assert slow.most_out == 16

    run(test())


def test_an_action_is_tried_again_after_a_pause_until_it_is_taken() -> None:
    async def test() -> None:
        line = Line(saying(Outcome("retry", "HTTP 503"), Outcome("unknown", "reset"), ACCEPTED))
        desk = Desk(line)
        async with desk:
            desk.owner.read(action("a"))
            await until(lambda: desk.broker.state("a") == "planned" and len(line.calls) == 1)
            await settle_down()
            assert line.calls == ["a"]  # the pause is at least a quarter of a second
            assert not desk.dispatcher.idle  # but not long

            desk.at(0.5)
            await until(lambda: desk.broker.state("a") == "planned" and len(line.calls) == 2)
            desk.at(1.5)
            await until(lambda: desk.broker.state("a") == "accepted")

        assert line.calls == ["a"] * 3
        assert desk.meter.outcomes == ["retry", "unknown", "accepted"]

    run(test())


def test_after_the_last_attempt_an_action_is_parked_and_a_replay_sends_it() -> None:
    async def test() -> None:
        busy = Outcome("retry", "HTTP 503")
        limits = Limits(attempts=2, rate_per_s=1e6, burst=10)
        line = Line(saying(busy, busy, ACCEPTED), limits=limits)
        desk = Desk(line)
        async with desk:
            desk.owner.read(action("a"))
            await until(lambda: len(line.calls) == 1)
            await settle_down()
            desk.at(10)
            await until(lambda: desk.broker.state("a") == "parked")
            entry = desk.owner.ledger.get("a")
            assert entry is not None
            assert entry.reason == "gave up: HTTP 503"
            assert desk.dispatcher.idle

            desk.owner.read(replay("a"))
            await until(lambda: desk.broker.state("a") == "accepted")

    run(test())


def test_an_action_of_a_channel_nobody_configured_is_parked() -> None:
    async def test() -> None:
        desk = Desk()
        async with desk:
            desk.owner.read(action("a", channel="pigeon"))
            await until(lambda: desk.broker.state("a") == "parked")
            entry = desk.owner.ledger.get("a")
            assert entry is not None
            assert "not configured" in entry.reason

    run(test())


def test_a_cancel_read_while_the_intent_is_written_prevents_the_call() -> None:
    async def test() -> None:
        line = Line(saying(ACCEPTED), limits=Limits(concurrency=1))
        desk = Desk(line)
        cancels = [cancel("a")]

        def meanwhile() -> None:
            if cancels:
                desk.owner.read(cancels.pop())

        desk.owner._before_commit = meanwhile
        async with desk:
            desk.owner.read(action("a"))
            await until(lambda: desk.broker.state("a") == "cancelled")
            assert line.calls == []
            desk.owner.read(action("b"))  # the only place of the channel is free again
            await until(lambda: desk.broker.state("b") == "accepted")

        assert desk.broker.results() == ["a-cancelled", "b-accepted"]

    run(test())


def test_a_channel_that_keeps_failing_is_left_alone_and_probed_by_one_call() -> None:
    async def test() -> None:
        line = Line(saying(*[Outcome("retry", "no connection")] * 7, ACCEPTED))
        limits = Limits(concurrency=5, rate_per_s=1e6, burst=1_000)
        line.limits = limits
        desk = Desk(line)
        async with desk:
            desk.owner.read(*[action(f"a{n}") for n in range(50)])
            await until(lambda: len(line.calls) == 5)  # five failures in a row open it
            await settle_down()
            assert len(line.calls) == 5
            assert desk.meter.is_open

            desk.at(1)  # half-open: one probe, which fails
            await until(lambda: len(line.calls) == 6)
            await settle_down()
            assert len(line.calls) == 6

            desk.at(2.9)  # now it is open for two seconds
            await settle_down()
            assert len(line.calls) == 6
            desk.at(3)
            await until(lambda: len(line.calls) == 7)
            await settle_down()
            desk.at(7)  # and then for four
            await until(lambda: desk.dispatcher.counts()["accepted"] >= 1)
            desk.at(60)
            await until(lambda: desk.dispatcher.counts()["accepted"] == 50)

        assert not desk.meter.is_open
        assert line.most_out == 5

    run(test())


def test_a_channel_that_asks_for_a_pause_gets_it_for_all_actions() -> None:
    async def test() -> None:
        limits = Limits(concurrency=1, rate_per_s=1e6, burst=1_000)
        line = Line(saying(Outcome("retry", "HTTP 429", retry_after_s=30), ACCEPTED), limits=limits)
        desk = Desk(line)
        async with desk:
            desk.owner.read(action("a"), action("b"))
            await until(lambda: len(line.calls) == 1)
            await settle_down()
            desk.at(29.9)
            await settle_down()
            assert line.calls == ["a"]
            assert not desk.dispatcher.idle  # within the horizon

            desk.at(31)
            await until(lambda: desk.dispatcher.counts()["accepted"] == 2)

        assert sorted(line.calls) == ["a", "a", "b"]

    run(test())


def test_a_channel_gets_no_more_calls_than_its_rate() -> None:
    async def test() -> None:
        line = Line(saying(ACCEPTED), limits=Limits(rate_per_s=10, burst=5))
        desk = Desk(line)
        async with desk:
            desk.owner.read(*[action(f"a{n}") for n in range(40)])
            await until(lambda: len(line.calls) == 5)  # the burst
            for tenths in range(1, 21):
                desk.at(tenths / 10)
                await until(lambda n=tenths: len(line.calls) == 5 + n)  # type: ignore[misc]
                await settle_down()
                assert len(line.calls) == 5 + tenths

    run(test())


def test_a_fault_of_a_channel_ends_one_action_and_no_other() -> None:
    async def test() -> None:
        async def answer(entry: Entry) -> Outcome:
            await asyncio.sleep(0)
            if entry.id == "bad":
                raise ZeroDivisionError
            return ACCEPTED

        desk = Desk(Line(answer, recognises_repeats=False))
        async with desk:
            desk.owner.read(action("bad"), action("good"))
            await until(lambda: desk.broker.state("good") == "accepted")
            await until(lambda: desk.broker.state("bad") == "unknown")
            entry = desk.owner.ledger.get("bad")
            assert entry is not None
            assert entry.reason == "the channel failed: ZeroDivisionError"

    run(test())


@pytest.mark.parametrize(("repeats", "expected"), [(True, "planned"), (False, "unknown")])
def test_stopping_cuts_off_a_call_without_an_answer_and_writes_that_down(
    *, repeats: bool, expected: str
) -> None:
    async def test() -> None:
        async def never(_: Entry) -> Outcome:
            await asyncio.Event().wait()
            return ACCEPTED

        line = Line(never, recognises_repeats=repeats, limits=Limits(concurrency=1))
        desk = Desk(line)
        async with desk:
            desk.owner.read(action("a"), action("b"))
            await until(lambda: len(line.calls) == 1)

        assert desk.broker.state("a") == expected
        assert desk.owner.ledger.counts()["dispatched"] == 0
        assert line.calls == ["a"]  # none began while it stopped
        other = desk.owner.ledger.get("b")
        assert other is not None
        assert (other.state, other.history) == ("planned", [])
        assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    run(test())


def test_the_next_dispatcher_of_a_kept_ledger_settles_what_the_last_one_left() -> None:
    async def test() -> None:
        line = Line(saying(ACCEPTED))
        desk = Desk(line)
        desk.owner.read(action("key"), action("blind"))
        for name in ("key", "blind"):
            desk.owner.add(desk.owner.ledger.intend(name, NOON, repeatable=name == "key"))
        desk.owner.commit()
        async with desk:
            await until(lambda: desk.broker.state("key") == "accepted")

        assert line.calls == ["key"]
        assert desk.broker.state("blind") == "unknown"

    run(test())


def test_stopping_waits_for_an_answer_that_comes_in_time() -> None:
    async def test() -> None:
        gate = asyncio.Event()

        async def soon(_: Entry) -> Outcome:
            await gate.wait()
            return ACCEPTED

        line = Line(soon)
        desk = Desk(line)
        desk.dispatcher.start()
        desk.owner.read(action("a"))
        await until(lambda: len(line.calls) == 1)
        asyncio.get_running_loop().call_later(0.01, gate.set)
        await desk.dispatcher.stop(grace_s=5)

        assert desk.broker.state("a") == "accepted"

    run(test())


def test_an_intent_that_stopping_overtakes_goes_back_to_planned() -> None:
    async def test() -> None:
        line = Line(saying(ACCEPTED))
        desk = Desk(line)
        stops: list[asyncio.Task[None]] = []

        def meanwhile() -> None:
            if not stops:
                desk.dispatcher._stopping = True

        desk.owner._before_commit = meanwhile
        desk.dispatcher.start()
        desk.owner.read(action("a"))
        await until(lambda: desk.broker.state("a") == "planned")
        await desk.dispatcher.stop()

        assert line.calls == []
        entry = desk.owner.ledger.get("a")
        assert entry is not None
        assert (entry.state, entry.attempts) == ("planned", 0)

    run(test())


def test_no_call_begins_when_the_partition_is_lost_before_its_intent_is_committed() -> None:
    async def test() -> None:
        line = Line(saying(ACCEPTED))
        desk = Desk(line)

        def lose() -> None:
            desk.owner.lost = True

        desk.owner._before_commit = lose
        desk.dispatcher.start()
        desk.owner.read(action("a"))
        with pytest.raises(ConnectionError, match="the partition was lost"):
            await desk.dispatcher.wait()
        await desk.dispatcher.stop()

        assert line.calls == []
        assert desk.broker.state("a") == "absent"

    run(test())


def test_it_is_idle_when_what_is_left_waits_for_the_log_or_for_much_later() -> None:
    async def test() -> None:
        desk = Desk(Line(saying(ACCEPTED)))
        async with desk:
            assert desk.dispatcher.idle
            desk.owner.read(
                action("held", clock="log", not_before=NOON + 60),
                action("tomorrow", not_before=NOON + 86_400),
            )
            assert desk.dispatcher.idle
            desk.owner.read(action("soon", not_before=NOON + 5))
            assert not desk.dispatcher.idle
            desk.at(5)
            await until(lambda: desk.broker.state("soon") == "accepted")
            await until(lambda: desk.dispatcher.idle)
            assert desk.dispatcher.counts()["planned"] == 2

    run(test())


def test_a_live_action_that_waits_too_long_expires_without_a_call() -> None:
    async def test() -> None:
        line = Line(saying(ACCEPTED), limits=Limits(rate_per_s=0.001, burst=1))
        desk = Desk(line)
        async with desk:
            desk.owner.read(action("a"), action("b", not_after=NOON + 10))
            await until(lambda: desk.broker.state("a") == "accepted")
            desk.at(10)
            await until(lambda: desk.broker.state("b") == "expired")

        assert line.calls == ["a"]

    run(test())


def test_an_action_whose_every_call_ends_in_a_crash_is_parked() -> None:
    async def test() -> None:
        broker = Broker()
        line = Line(saying(ACCEPTED), limits=Limits(attempts=3))
        owner = Owner(broker)
        owner.read(action("a"))
        for _ in range(3):
            owner.add(owner.ledger.intend("a", NOON, repeatable=True))
            owner.commit()
            owner = Owner(broker)
        desk = Desk(line, owner=owner)
        async with desk:
            await until(lambda: desk.broker.state("a") == "parked")

        assert line.calls == []

    run(test())


@pytest.mark.parametrize("seed", range(25))
def test_crashes_at_any_moment_lose_nothing_and_repeat_only_under_a_key(seed: int) -> None:
    random = Random(seed)
    broker, effects = Broker(), Counter[str]()
    log = [action(name, channel=kind) for kind in ("key", "blind") for name in _names(kind)]
    random.shuffle(log)
    log += random.choices(log, k=10)  # the same again is the same action
    kinds: list[Kind] = ["accepted", "accepted", "retry", "unknown"]

    async def answer(entry: Entry) -> Outcome:
        await asyncio.sleep(0)
        kind = random.choice(kinds)
        effects[entry.id] += kind == "accepted" or (kind == "unknown" and random.random() < 0.5)
        for _ in range(random.randrange(4)):
            await asyncio.sleep(0)
        return Outcome(kind, kind)

    def unfinished(desk: Desk) -> bool:
        return any(desk.dispatcher.counts()[state] for state in ("planned", "dispatched"))

    async def live_and_die(steps: int | None) -> None:
        limits = Limits(attempts=50, rate_per_s=1e6, burst=1_000)
        lines = [
            Line(answer, name=name, recognises_repeats=name == "key", limits=limits)
            for name in ("key", "blind")
        ]
        desk = Desk(*lines, owner=Owner(broker))
        desk.dispatcher.start()
        desk.owner.read(*log[desk.owner.applied :])
        seconds = 0.0
        while unfinished(desk) if steps is None else steps > 0:
            steps = None if steps is None else steps - 1
            seconds += random.choice([0, 0, 100])
            desk.at(seconds)
            await asyncio.sleep(0)
        desk.owner.lost = steps is not None
        await desk.dispatcher.stop(grace_s=0.01)

    for _ in range(6):
        asyncio.run(live_and_die(random.randrange(1, 60)))
    asyncio.run(live_and_die(None))

    ledger = broker.restored()[0]
    names = [*_names("key"), *_names("blind")]
    assert sum(ledger.counts().values()) == len(names)
    for name in _names("key"):
        assert broker.state(name) == "accepted"
        assert effects[name] >= 1
    for name in _names("blind"):
        assert broker.state(name) in {"accepted", "unknown"}
        assert effects[name] <= 1
        assert effects[name] == 1 or broker.state(name) == "unknown"
    # One result each, and the one of the state it ended in.
    assert sorted(broker.results()) == sorted(f"{name}-{broker.state(name)}" for name in names)


def _names(kind: str) -> list[str]:
    return [f"{kind}-{n}" for n in range(20)]
