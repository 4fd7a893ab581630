from typing import Any

import msgpack
import pytest

from rules.gates.memory import Memory, Retention
from tests.rules.gates.build import DAY, HOUR, playbook, rule, send

WEEK = {"id": "week", "max": 2, "window": "7d"}


@pytest.mark.parametrize(
    ("caps", "cooldown", "contact_window", "keep_s"),
    [
        ([], "1h", "24h", DAY),
        ([], "2d", "24h", 2 * DAY),
        ([WEEK], "2d", "24h", 7 * DAY),
        ([WEEK, WEEK | {"id": "month", "window": "30d"}], "2d", "24h", 30 * DAY),
        ([WEEK], "2d", "10d", 10 * DAY),
        ([WEEK | {"window": "calendar week"}], "2d", "24h", 8 * DAY),
    ],
)
def test_a_send_is_kept_as_long_as_anything_counts_it(
    caps: list[dict[str, Any]], cooldown: str, contact_window: str, keep_s: float
) -> None:
    gates = {"caps": caps, "contact_window": contact_window}
    retention = Retention(playbook(rule(cooldown=cooldown), gates=gates))

    assert retention.holds(send(0.0), keep_s - 0.5)
    assert not retention.holds(send(0.0), keep_s)


def test_a_long_cooldown_keeps_only_its_own_rules_sends() -> None:
    book = playbook(rule("slow", cooldown="30d"), rule("fast"))
    retention = Retention(book)

    assert retention.holds(send(0.0, rule="slow"), 29 * DAY)
    assert not retention.holds(send(0.0, rule="fast"), DAY)
    assert not retention.holds(send(0.0, rule="gone"), DAY)


def test_state_packs_and_unpacks_unchanged() -> None:
    state: dict[str, Any] = {}
    memory = Memory(state)
    memory.add(send(0.1))
    memory.add(send(HOUR, shadow=True, rule="other"))
    packed = msgpack.packb(state)
    again: dict[str, Any] = msgpack.unpackb(packed)

    assert Memory(again).sends(shadow=True) == memory.sends(shadow=True)
    assert msgpack.packb(again) == packed


def test_what_is_forgotten_leaves_the_state() -> None:
    state: dict[str, Any] = {}
    memory = Memory(state)
    memory.add(send(0.0))
    memory.add(send(HOUR))
    retention = Retention(playbook())

    memory.forget(retention, DAY)
    assert Memory(state).sends(shadow=False) == [send(HOUR)]
    memory.forget(retention, DAY + HOUR)
    assert state == {}


def test_the_newest_is_the_newest_that_is_seen() -> None:
    memory = Memory({})
    assert memory.newest_at(shadow=False) == float("-inf")
    memory.add(send(5.0, shadow=True))
    memory.add(send(3.0))

    assert memory.newest_at(shadow=True) == 5.0
    assert memory.newest_at(shadow=False) == 3.0


def test_an_ordinary_customers_memory_is_small() -> None:
    state: dict[str, Any] = {}
    memory = Memory(state)
    for at in (0.0, HOUR, DAY):
        memory.add(send(at, rule="call-back-after-abandonment", topic="call-back"))

    # Per send: 9 bytes of time, 29 + 10 + 8 + 4 of names, 18 of id, 2 of the rest.
    assert len(msgpack.packb(state)) <= 3 * 85 + 8


def test_an_outcome_and_a_contact_point_cost_only_what_has_them() -> None:
    state: dict[str, Any] = {}
    memory = Memory(state)
    memory.add(send(0.0))
    bare = len(msgpack.packb(state))
    assert memory.settle(b"a" * 16, "delivered", 5.0) == send(
        0.0, outcome="delivered", outcome_at=5.0
    )
    assert memory.settle(b"b" * 16, "delivered", 5.0) is None
    # What stands between: no ghost (1), no time (9), no contact point (1); then 10 and 9 bytes.
    assert len(msgpack.packb(state)) == bare + 11 + 10 + 9
    assert Memory(state).sends(shadow=False) == memory.sends(shadow=False)


def test_what_a_person_may_still_let_go_is_not_forgotten() -> None:
    retention = Retention(playbook())
    assert retention.holds(send(0.0, outcome="parked"), 1000 * DAY)
    assert not retention.holds(send(0.0, outcome="cancelled"), DAY)
    assert retention.holds(send(0.0, not_after=2 * DAY), 2 * DAY - 1)


def test_refusals_are_kept_for_as_long_as_they_hold_something_back() -> None:
    twice = {"outcome": "ignored", "times": 2, "within": "30d", "for": "60d"}
    gates = {"until_outcome": "3d", "suppress_after": [twice]}
    retention = Retention(playbook(gates=gates))

    assert retention.holds(send(0.0), 93 * DAY - 1)
    assert not retention.holds(send(0.0), 93 * DAY)
    assert not retention.holds(send(0.0, outcome="expired"), 3 * DAY)

    retention = Retention(playbook(gates={"suppress_after": [twice | {"outcome": "rejected"}]}))
    assert retention.holds(send(0.0, outcome="rejected", outcome_at=5.0), 90 * DAY + 4)
    assert not retention.holds(send(0.0, outcome="rejected", outcome_at=5.0), 90 * DAY + 5)
    assert not retention.holds(send(0.0), DAY)


def test_an_outcome_that_holds_nothing_back_is_kept_until_it_came() -> None:
    left = {"outcome": "opted_out", "times": 1, "within": "30d", "for": "60d"}
    retention = Retention(playbook(gates={"suppress_after": [left]}))
    refused = send(0.0, outcome="rejected", outcome_at=2 * DAY)

    assert retention.holds(refused, 2 * DAY - 1)
    assert not retention.holds(refused, 2 * DAY)


def test_another_systems_contact_cannot_be_ignored() -> None:
    once = {"outcome": "ignored", "times": 1, "within": "30d", "for": "60d"}
    retention = Retention(playbook(gates={"until_outcome": "3d", "suppress_after": [once]}))

    assert retention.holds(send(0.0), 93 * DAY - 1)
    assert not retention.holds(send(0.0, rule="", action_id=b"", system="campaigns"), 3 * DAY)


def test_a_contact_of_another_system_counts_for_the_rules_of_its_topic() -> None:
    book = playbook(rule("slow", cooldown="30d"), rule("fast", topic="cards"))
    retention = Retention(book)
    made = {"rule": "", "action_id": b"", "system": "campaigns"}

    assert retention.holds(send(0.0, **made), 29 * DAY)
    assert not retention.holds(send(0.0, **made), 30 * DAY)
    assert not retention.holds(send(0.0, topic="cards", **made), DAY)
