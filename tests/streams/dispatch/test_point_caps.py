"""Caps per contact point: exact whatever the order, across customers and restarts."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.dispatch.ledger import Ledger
from streams.dispatch.outcome import Outcome
from streams.dispatch.point_caps import PointCap, PointCaps
from tests.streams.dispatch.memory import NOON, Broker, Owner, Read, action, cancel

DAY = 86_400.0
TWO_A_DAY = {"id": "two-a-day", "max": 2, "window": "1d"}
PHONE = "+49305550101"


def to_phone(name: str, at: float = NOON, **data: object) -> Read:
    return action(name, at=at, contact_point=PHONE, point_caps=[TWO_A_DAY], **data)  # type: ignore[arg-type]


def state(ledger: Ledger, name: str) -> str:
    found = ledger.get(name)
    assert found is not None
    return found.state


def test_the_third_action_to_a_shared_phone_is_refused_whoever_the_customer_is() -> None:
    ledger = Ledger(0)
    output = ledger.process([to_phone(name) for name in "abc"])

    assert [state(ledger, name) for name in "abc"] == ["planned", "planned", "refused"]
    found = ledger.get("c")
    assert found is not None
    assert found.customer == "customer-c"
    assert found.reason == "two-a-day: 2 in 1d to this contact point already"
    assert [o.key for o in output if o.topic == "raw_events"] == [b"customer-c"]


def test_another_phone_and_another_cap_count_apart() -> None:
    ledger = Ledger(0)
    other = {"id": "one-a-week", "max": 1, "window": "7d"}
    ledger.process(
        [
            to_phone("a"),
            to_phone("b"),
            action("c", contact_point="+1", point_caps=[TWO_A_DAY]),
            action("d", contact_point=PHONE, point_caps=[other]),
            action("e", contact_point=PHONE, point_caps=[other]),
            action("f", contact_point=PHONE),
        ]
    )

    assert [state(ledger, name) for name in "cdef"] == ["planned", "planned", "refused", "planned"]


@pytest.mark.parametrize(("after", "expected"), [(DAY - 1, "refused"), (DAY, "planned")])
def test_the_window_is_half_open(after: float, expected: str) -> None:
    ledger = Ledger(0)
    ledger.process([to_phone("a"), to_phone("b"), to_phone("c", at=NOON + after)])

    assert state(ledger, "c") == expected


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_actions_read_in_another_order_than_decided_fill_the_same_stretch(
    order: tuple[int, ...],
) -> None:
    times = [NOON, NOON + 0.4 * DAY, NOON + 0.9 * DAY]
    ledger = Ledger(0)
    ledger.process([to_phone(f"a{n}", at=times[n]) for n in order])

    assert ledger.counts()["refused"] == 1
    assert state(ledger, f"a{order[-1]}") == "refused"


def test_the_same_action_again_counts_once() -> None:
    ledger = Ledger(0)
    ledger.process([to_phone("a"), to_phone("a"), to_phone("b")])

    assert ledger.counts()["refused"] == 0


def test_what_certainly_did_not_get_there_gives_its_place_back() -> None:
    ledger = Ledger(0)
    ledger.process([to_phone("a"), to_phone("b"), cancel("a"), to_phone("c")])
    ledger.intend("b", NOON, repeatable=False)
    ledger.settle("b", Outcome("failed", "HTTP 410"), NOON, retry_at=None)
    ledger.process([to_phone("d"), to_phone("e")])

    expected = {"a": "cancelled", "b": "failed", "c": "planned", "d": "planned", "e": "refused"}
    assert {name: state(ledger, name) for name in "abcde"} == expected


@pytest.mark.parametrize("kind", ["unknown", "accepted", "parked"])
def test_what_got_there_or_may_yet_keeps_its_place(kind: str) -> None:
    ledger = Ledger(0)
    ledger.process([to_phone("a"), to_phone("b")])
    ledger.intend("a", NOON, repeatable=False)
    ledger.settle("a", Outcome(kind), NOON, retry_at=None)  # type: ignore[arg-type]
    ledger.process([to_phone("c")])

    assert state(ledger, "c") == "refused"


def test_a_restart_forgets_nothing() -> None:
    broker = Broker()
    owner = Owner(broker)
    owner.read(to_phone("a"), to_phone("b"), cancel("b"))
    owner.commit()
    owner = Owner(broker)
    owner.read(to_phone("c"), to_phone("d"))

    assert state(owner.ledger, "c") == "planned"
    assert state(owner.ledger, "d") == "refused"


def test_what_counts_is_remembered_for_as_long_as_it_counts() -> None:
    month = {"id": "one-a-quarter", "max": 1, "window": "90d"}
    ledger = Ledger(0, retention_s=10 * DAY)
    ledger.process([action("a", contact_point=PHONE, point_caps=[month])])
    ledger.intend("a", NOON, repeatable=False)
    ledger.settle("a", Outcome("accepted"), NOON, retry_at=None)

    assert ledger.sweep(NOON + 90 * DAY) == []
    assert len(ledger.sweep(NOON + 90 * DAY + 1)) == 1


@pytest.mark.parametrize(
    "caps",
    [
        {},
        ["two"],
        [{"id": "a", "max": 0, "window": "1d"}],
        [{"id": "a", "max": 1, "window": "calendar day"}],
        [{"id": "a", "max": 1, "window": "soon"}],
        [{"id": "a", "max": 1}],
    ],
)
def test_caps_that_cannot_be_read_make_the_action_a_dead_letter(caps: object) -> None:
    (letter,) = Ledger(0).process([action("a", point_caps=caps)])

    assert letter.topic == "dead_letters"


@settings(max_examples=300, deadline=None)
@given(
    times=st.lists(st.integers(0, 60), max_size=25),
    most=st.integers(1, 4),
    window=st.integers(1, 20),
    removed=st.lists(st.integers(0, 24), max_size=8),
)
def test_no_stretch_of_time_ever_holds_more_than_the_cap(
    times: list[int], most: int, window: int, removed: list[int]
) -> None:
    cap = PointCap("cap", most, f"{window}s", float(window))
    caps, taken = PointCaps(), dict[str, float]()
    for number, at in enumerate(map(float, times)):
        name = str(number)
        full = [
            end
            for end in {at, *taken.values()}
            if end - window < at <= end
            and sum(end - window < other <= end for other in taken.values()) >= most
        ]
        assert (caps.exceeded("p", [cap], at) is not None) == bool(full)
        if not full:
            caps.add("p", [cap], at, name)
            taken[name] = at
        for gone in removed[number : number + 1]:
            caps.remove("p", [cap], taken.pop(str(gone), -1.0), str(gone))
