import math

import msgpack
import pytest

from detectors.contacts import (
    DAY_S,
    MAX_OPEN,
    MAX_REACHED,
    MAX_STARTS,
    STALE_S,
    Contacts,
    seconds,
)
from tests.detectors.build import contact


def _apply(contacts: Contacts, *events: tuple[str, float, str]) -> None:
    for stage, at, call in events:
        event = contact(stage, at, call)
        contacts.update(event.type, at, event.data)


def test_a_contact_is_under_way_from_its_start_to_its_end() -> None:
    contacts = Contacts()
    _apply(contacts, ("started", 0.0, "a"), ("queued", 5.0, "a"))

    assert contacts.open["a"].stage == "queued"
    assert contacts.open["a"].queued_at == 5.0

    _apply(contacts, ("answered", 20.0, "a"))
    assert contacts.open["a"].stage == "answered"

    _apply(contacts, ("ended", 90.0, "a"))
    assert contacts.open == {}
    assert contacts.last_ended_at == 90.0
    assert contacts.last_outcome == "answered"


def test_an_outbound_contact_is_no_contact_of_the_customer() -> None:
    contacts = Contacts()
    for stage, at in (("started", 1.0), ("queued", 2.0), ("abandoned", 3.0), ("ended", 3.0)):
        event = contact(stage, at, direction="outbound", priority="high")
        contacts.update(event.type, at, event.data)

    assert contacts.total == 0
    assert contacts.abandoned_total == 0
    assert contacts.outbound_total == 1
    assert contacts.last_outbound_at == 1.0
    assert math.isnan(contacts.last_ended_at)
    assert contacts.priority == ""


def test_windows_are_open_at_their_start_and_closed_at_their_end() -> None:
    contacts = Contacts()
    _apply(contacts, ("started", 100.0, "a"), ("started", 200.0, "b"), ("started", 300.0, "c"))

    assert contacts.count(100.0, 300.0) == 2
    assert contacts.count(99.9, 299.9) == 2
    assert contacts.count(0.0, 1000.0) == 3


def test_a_count_is_halved_after_each_half_life_and_leaves_the_newest_contact_out() -> None:
    contacts = Contacts()
    _apply(contacts, ("started", 0.0, "a"), ("started", DAY_S, "b"))

    one_day, three_days, _, _ = contacts.earlier_counts(2 * DAY_S)
    assert one_day == pytest.approx(0.5**2)
    assert three_days == pytest.approx(0.5 ** (2 / 3))


def test_the_order_of_arrival_does_not_matter_for_the_counts() -> None:
    in_order, late = Contacts(), Contacts()
    _apply(in_order, ("started", 0.0, "a"), ("started", 30.0, "b"), ("started", 90.0, "c"))
    _apply(late, ("started", 90.0, "c"), ("started", 0.0, "a"), ("started", 30.0, "b"))

    assert late.decayed == pytest.approx(in_order.decayed)
    assert late.starts == in_order.starts
    assert late.last_started_at == 90.0


def test_abandonments_fade_with_seven_days() -> None:
    contacts = Contacts()
    _apply(contacts, ("queued", 0.0, "a"), ("abandoned", 0.0, "a"))

    assert contacts.abandoned_7d(7 * DAY_S) == 0.5


def test_a_stale_contact_makes_room_and_so_does_the_oldest() -> None:
    contacts = Contacts()
    _apply(contacts, ("started", 0.0, "stale"), ("started", STALE_S + 1.0, "new"))
    assert list(contacts.open) == ["new"]

    for i in range(MAX_OPEN):
        _apply(contacts, ("started", STALE_S + 2.0 + i, f"more-{i}"))
    assert len(contacts.open) == MAX_OPEN
    assert "new" not in contacts.open


def test_only_the_newest_starts_are_kept() -> None:
    contacts = Contacts()
    for i in range(MAX_STARTS + 5):
        _apply(contacts, ("started", float(i), f"{i}"))

    assert contacts.starts == [float(i) for i in range(5, MAX_STARTS + 5)]
    assert contacts.total == MAX_STARTS + 5


def test_days_are_counted_once() -> None:
    contacts = Contacts()
    for i, at in enumerate((0.0, 10.0, DAY_S, DAY_S + 1, 5 * DAY_S)):
        _apply(contacts, ("started", at, str(i)))

    assert contacts.days_seen == 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        (-1, 0.0),
        (math.inf, DAY_S),
        (1e308, DAY_S),
        (math.nan, 0.0),
        (None, 0.0),
        ("1", 0.0),
    ],
)
def test_durations_can_be_computed_with(value: object, expected: float) -> None:
    assert seconds(value) == expected


def test_channels_are_counted_per_topic_and_their_number_is_bounded() -> None:
    contacts = Contacts()
    contacts.reach("phone", "limits", 0.0)
    contacts.reach("chat", "limits", 10.0)
    contacts.reach("phone", "limits", 20.0)
    contacts.reach("fax", "limits", 30.0)  # no channel of ours
    assert [at for at, _, _ in contacts.reached] == [10.0, 20.0]
    assert contacts.channels(-1.0, 20.0) == 2
    assert contacts.channels(10.0, 20.0) == 1
    contacts.reach("phone", "limits", 5.0)  # late: what is known is newer
    assert [at for at, _, _ in contacts.reached] == [10.0, 20.0]

    for number in range(100):
        contacts.reach("email", f"topic-{number}", 40.0 + number)
    assert len(contacts.reached) == MAX_REACHED
    again = Contacts.from_list(msgpack.unpackb(msgpack.packb(contacts.to_list())))
    assert again.reached == contacts.reached


def test_what_belongs_to_the_newest_contact() -> None:
    contacts = Contacts()
    assert contacts.before_newest(100.0, 60.0) == 40.0
    _apply(contacts, ("started", 70.0, "a"))

    after = contacts.before_newest(100.0, 60.0)
    assert after < 70.0
    assert math.nextafter(after, math.inf) == 70.0
    assert contacts.before_newest(100.0, 20.0) == 80.0
    assert contacts.before_newest(69.0, 20.0) == 49.0  # it had not begun
