from typing import Any
from zoneinfo import ZoneInfo

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.gates.capacity import KEPT_DAYS, Capacity, share
from tests.rules.gates.build import DAY, candidate, config, rule, utc

AT = utc("2026-06-10 12:00")


def gate(most: int, partition: int = 0, of_n: int = 1, zone: str = "UTC") -> Capacity:
    block = config(capacity=[{"team": "desk", "max": most}])
    return Capacity(block, partition, of_n, ZoneInfo(zone))


def take(capacity: Capacity, times: int, at: float = AT, **changes: Any) -> int:
    """Return how many of so many were let through."""
    taken = 0
    for _ in range(times):
        one = candidate(at, **changes)
        if capacity.check(one)[0]:
            capacity.reserve(one)
            taken += 1
    return taken


@given(total=st.integers(0, 10_000), of_n=st.integers(1, 64))
def test_the_parts_add_up_to_the_total_and_differ_by_one_at_most(total: int, of_n: int) -> None:
    parts = [share(total, partition, of_n) for partition in range(of_n)]

    assert sum(parts) == total
    assert max(parts) - min(parts) <= 1


def test_all_partitions_together_take_the_total() -> None:
    assert sum(take(gate(7, partition, 4), 10) for partition in range(4)) == 7


def test_the_detail_names_share_and_total() -> None:
    capacity = gate(5, partition=1, of_n=2)  # share 2 of 5
    take(capacity, 1)

    assert capacity.check(candidate(AT)) == (
        True, "desk: 1 of 2 on 2026-06-10, this partition's share of 5",
    )  # fmt: skip


def test_zero_hands_nothing_over() -> None:
    assert take(gate(0), 1) == 0


def test_the_day_is_the_local_one() -> None:
    capacity = gate(1, zone="Asia/Jerusalem")  # UTC+3 in June

    assert take(capacity, 2, utc("2026-06-10 20:59")) == 1
    assert take(capacity, 1, utc("2026-06-09 21:00")) == 0  # 00:00 of the same day
    assert take(capacity, 2, utc("2026-06-10 21:00")) == 1


@pytest.mark.parametrize("to", ["shop", None])
def test_who_has_no_limit_takes_all(to: str | None) -> None:
    assert take(gate(1), 5, of=rule(to=to, do="message")) == 5


def test_a_shadow_rule_takes_nothing_from_live_ones_but_sees_them() -> None:
    capacity = gate(3)

    assert take(capacity, 1) == 1
    assert take(capacity, 5, shadow=True) == 2
    assert take(capacity, 5) == 2


def test_a_shadow_rule_sees_a_day_of_which_nothing_is_taken() -> None:
    assert take(gate(1), 2, shadow=True) == 1


def test_a_limit_stated_at_noon_knows_the_morning() -> None:
    unlimited = Capacity(config(), 0, 1, ZoneInfo("UTC"))
    take(unlimited, 3)
    limited = gate(4)
    limited.restore(unlimited.snapshot())

    assert take(limited, 5) == 1


def test_a_snapshot_brings_back_the_same_counts() -> None:
    capacity = gate(3)
    take(capacity, 2)
    take(capacity, 1, AT + DAY, shadow=True)
    packed = msgpack.packb(capacity.snapshot())
    again = gate(3)
    again.restore(msgpack.unpackb(packed))

    assert msgpack.packb(again.snapshot()) == packed
    assert again.snapshot() == {"desk": {"2026-06-10": [2, 0], "2026-06-11": [0, 1]}}
    assert take(again, 5) == 1


def test_a_snapshot_does_not_depend_on_the_order_of_days_and_teams() -> None:
    one, other = gate(3), gate(3)
    for capacity, days in ((one, (0, 1)), (other, (1, 0))):
        for day in days:
            take(capacity, 1, AT + day * DAY)
    take(one, 1, of=rule(to="shop"))
    other.restore({"shop": {"2026-06-10": [1, 0]}} | other.snapshot())

    assert msgpack.packb(one.snapshot()) == msgpack.packb(other.snapshot())


def test_a_day_that_was_forgotten_is_over() -> None:
    capacity = gate(1)
    assert take(capacity, 1, AT) == 1
    for day in range(1, KEPT_DAYS):
        assert take(capacity, 2, AT + day * DAY) == 1

    assert len(capacity.snapshot()["desk"]) == KEPT_DAYS == 32
    assert take(capacity, 1, AT) == 0  # remembered
    assert take(capacity, 1, AT + KEPT_DAYS * DAY) == 1
    assert len(capacity.snapshot()["desk"]) == KEPT_DAYS
    assert capacity.check(candidate(AT)) == (False, "desk: 2026-06-10 is over")
    assert take(capacity, 1, AT + DAY) == 0  # the oldest one remembered


def test_a_late_day_is_taken_while_there_is_room_to_remember_it() -> None:
    capacity = gate(1)
    for day in range(1, KEPT_DAYS):
        take(capacity, 1, AT + day * DAY)

    assert take(capacity, 2, AT) == 1


def test_the_oldest_remembered_day_still_takes_what_it_has_room_for() -> None:
    capacity = gate(2)
    for day in range(KEPT_DAYS):
        take(capacity, 1, AT + day * DAY)

    assert take(capacity, 2, AT) == 1
