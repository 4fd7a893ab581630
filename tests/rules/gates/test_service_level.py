"""What makes customers call waits while they would not be answered."""

from typing import Any

import pytest

from detectors.centre import QueueState
from detectors.customer import Customer
from detectors.event import Event
from rules.decide import QUEUE_AGAIN_S, Decider
from rules.gates.service_level import FRESH_S, ServiceLevel
from rules.held import held
from streams.engine.processor import Processor
from tests.rules.gates.build import candidate, config, match, playbook, rule, utc
from tests.streams.engine.build import log_of, lost_call, only, playbook_switch, progress

AT = utc("2026-06-10 12:00")
LIMIT = {"queue": "calls", "wait": "2m"}


def check(state: QueueState, channel: str = "crm", **more: Any) -> tuple[bool, str]:
    gate = ServiceLevel(config(service_level=[LIMIT | more]), {"calls": state}.__getitem__)
    return gate.check(candidate(AT, of=rule(channel=channel)))


@pytest.mark.parametrize(
    ("length", "answered", "passes", "told"),
    [
        # (3 + 1) x 600 s / 20 = 120 s; one more in the queue makes it 150 s.
        (3, 20, True, "2 min"), (4, 20, False, "2.5 min"), (0, 0, True, "0 s"),
        (1, 0, False, "endless"),
    ],
)  # fmt: skip
def test_the_queue_by_its_rate_is_the_wait(
    length: int, answered: int, passes: bool, told: str
) -> None:
    state = QueueState(at=AT, length=length, answered_10m=answered)
    assert check(state) == (passes, f"calls: wait {told}, limit 2 min")


@pytest.mark.parametrize(("age_s", "passes"), [(FRESH_S, True), (FRESH_S + 1, False)])
def test_an_old_state_says_nothing(age_s: float, passes: bool) -> None:
    assert check(QueueState(at=AT - age_s, answered_10m=9))[0] is passes
    assert check(QueueState()) == (False, "calls: no state in the last 15 min")


def test_other_channels_do_not_wait() -> None:
    assert check(QueueState(), channels=["mail"]) == (True, "no queue is behind it")
    assert not check(QueueState(), channel="mail", channels=["mail"])[0]


def test_a_queue_of_other_channels_hides_none_after_it() -> None:
    mails = {"queue": "mails", "wait": "2m", "channels": ["mail"]}
    gate = ServiceLevel(config(service_level=[mails, LIMIT]), lambda _: QueueState())

    assert gate.check(candidate(AT)) == (False, "calls: no state in the last 15 min")


def test_it_waits_and_is_tried_again() -> None:
    book = playbook(rule(due="1h"), gates={"service_level": [LIMIT]})
    full = QueueState(at=AT, length=9, answered_10m=1)
    decider = Decider(book, 0, 1, "log", queue=lambda _: full)
    who = Customer("c-1")
    (decision,) = decider.decide(who, [match(book.rules[0], AT)])

    assert (decision.reason, decision.release_at) == ("capacity", AT + QUEUE_AGAIN_S)
    assert decision.verdicts[-1] == ("service_level", False, "calls: wait 1.7 h, limit 2 min")
    assert [one.release_at for one in held(who.gates)] == [AT + QUEUE_AGAIN_S]


def test_what_a_team_cannot_take_on_does_not_come_back() -> None:
    gates = {"capacity": [{"team": "desk", "max": 0}], "service_level": [LIMIT]}
    book, who = playbook(rule(), gates=gates), Customer("c-1")
    decider = Decider(book, 0, 1, "log", queue=lambda _: QueueState(at=AT))
    (decision,) = decider.decide(who, [match(book.rules[0], AT)])

    assert (decision.reason, decision.release_at) == ("capacity", None)


def state(at: float, length: int) -> Event:
    data = {"queue": "calls", "length": length, "longest_wait_s": 9.0, "answered_10m": 10,
            "abandoned_10m": 0}  # fmt: skip
    return Event(f"queue-{at}", "bank", "queue.state", at, "", data)


def test_it_goes_out_when_the_queue_is_short_again() -> None:
    book = playbook(rule(when="contact.abandoned", due="2h"), gates={"service_level": [LIMIT]})
    worker = Processor(0, 1, "live", only(book))
    log = [playbook_switch(book.hash), state(AT - 5, 30), *lost_call(AT, "7", "a")]
    log += [state(AT + 840, 30), progress(AT + 901), state(AT + 1740, 1), progress(AT + 1801)]
    output = worker.process(log_of(log))
    reasons = [
        record.value.partition(b'"reason":"')[2].partition(b'"')[0].decode()
        for record in output
        if record.topic == "decisions" and record.value
    ]

    assert reasons == ["capacity", "capacity", "sent"]
