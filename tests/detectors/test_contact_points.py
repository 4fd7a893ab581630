"""Where a customer can be reached."""

from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.contact_points import MAX_POINTS, MAX_SUPPRESSED, ContactPoints


def phone(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "phone", "contact_point": name, **more}


def choose(points: ContactPoints, channel: str = "sms", *, critical: bool = False) -> str | None:
    return points.choose("phone", channel, critical=critical)[0]


def test_the_newest_that_is_there_is_used() -> None:
    points = ContactPoints()
    assert choose(points) == ""
    points.add(1.0, phone("+1"))
    points.add(3.0, phone("+3"))
    points.add(2.0, phone("+2"))
    assert choose(points) == "+3"
    points.remove(4.0, phone("+3"))
    assert choose(points) == "+2"
    points.add(2.0, phone("+10"))  # of the same time: by name, whatever came first
    assert choose(points) == "+10"
    assert points.choose("email", "mail", critical=False)[0] == ""


@pytest.mark.parametrize(("removed_at", "there"), [(1.0, True), (2.0, False), (3.0, False)])
def test_of_adding_and_removing_the_later_wins_and_ties_remove(
    removed_at: float, there: bool
) -> None:
    for first in ("add", "remove"):
        points = ContactPoints()
        steps = {"add": lambda p: p.add(2.0, phone("+1")),
                 "remove": lambda p: p.remove(removed_at, phone("+1"))}  # fmt: skip
        steps[first](points)
        steps["remove" if first == "add" else "add"](points)
        assert (choose(points) == "+1") is there


def test_where_all_are_suppressed_there_is_none_but_the_customers_id_is_no_way_round() -> None:
    points = ContactPoints()
    points.add(1.0, phone("+1"))
    points.suppress(2.0, "+1", "bounce", "*")

    assert points.choose("phone", "sms", critical=False) == (
        None, "no phone that may be used: bounce",
    )  # fmt: skip
    assert choose(points, critical=True) is None


def test_a_stop_holds_for_its_channel_and_not_for_what_must_be_said() -> None:
    points = ContactPoints()
    points.add(1.0, phone("+1"))
    points.suppress(2.0, "+1", "stop", "sms")
    assert choose(points, "sms") is None
    assert choose(points, "call") == "+1"
    assert choose(points, "sms", critical=True) == "+1"

    points.suppress(3.0, "+1", "complaint", "call")  # a second channel: all are meant
    assert choose(points, "other") is None


def test_only_a_newer_word_ends_a_suppression() -> None:
    points = ContactPoints()
    points.add(1.0, phone("+1"))
    points.suppress(5.0, "+1", "bounce", "*")
    points.add(5.0, phone("+1"))
    points.allow(9.0, "+1", "*")
    assert choose(points) is None
    points.add(6.0, phone("+1"))
    assert choose(points) == "+1"

    points.suppress(10.0, "+1", "stop", "sms")
    points.add(11.0, phone("+1"))  # the record is written again: nobody agreed
    points.allow(10.0, "+1", "sms")
    points.allow(12.0, "+1", "call")
    assert choose(points) is None
    points.allow(12.0, "+1", "sms")
    assert choose(points) == "+1"


def test_a_bounce_is_not_made_milder() -> None:
    points = ContactPoints()
    points.add(0.0, phone("+1"))
    points.suppress(1.0, "+1", "bounce", "*")
    points.suppress(2.0, "+1", "stop", "*")
    points.allow(3.0, "+1", "*")

    assert points.is_closed("+1", "sms", critical=True)


def test_among_many_suppressions_that_of_the_customers_id_stays() -> None:
    points = ContactPoints()
    points.suppress(0.0, "", "stop", "sms")
    for n in range(MAX_SUPPRESSED + 1):
        points.suppress(1.0 + n, f"+{n}", "stop", "sms")

    assert points.is_closed("", "sms", critical=False)
    assert len(points.to_list()[1]) == MAX_SUPPRESSED


def test_what_was_taken_away_is_closed() -> None:
    points = ContactPoints()
    assert not points.is_closed("", "sms", critical=False)
    assert points.is_closed("+1", "sms", critical=False)
    points.add(1.0, phone("+1"))
    assert not points.is_closed("+1", "sms", critical=False)
    points.suppress(2.0, "", "stop", "sms")
    assert points.is_closed("", "sms", critical=False)
    assert not points.is_closed("", "mail", critical=False)


@pytest.mark.parametrize("unreadable", [{}, {"kind": "phone"}, {"kind": "fax", "contact_point": 3}])
def test_what_cannot_be_read_changes_nothing(unreadable: dict[str, Any]) -> None:
    points = ContactPoints()
    points.add(1.0, unreadable)
    points.remove(2.0, unreadable)

    assert points.is_empty()


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "remove", "suppress", "allow"]), st.integers(0, 40),
            st.integers(0, 60),
        ),
        max_size=200,
    )
)  # fmt: skip
def test_it_is_bounded_and_a_point_in_use_never_loses_its_suppression(
    steps: list[tuple[str, int, int]],
) -> None:
    points = ContactPoints()
    barred: set[str] = set()
    for kind, number, at in steps:
        name = f"+{number}"
        if kind == "add":
            points.add(float(at), phone(name))
            barred.discard(name)
        elif kind == "remove":
            points.remove(float(at), phone(name))
        elif kind == "suppress":
            points.suppress(float(at), name, "stop", "*")
            if any(name == one for one, _ in points.present("phone")):
                barred.add(name)
        else:
            points.allow(float(at), name, "*")
            barred.discard(name)
        present = {one for one, _ in points.present("phone")}
        barred &= present
        assert choose(points) not in barred
        state = points.to_list()
        assert len(state[0]) <= MAX_POINTS
        assert len(state[1]) <= MAX_SUPPRESSED
        again = ContactPoints.from_list(msgpack.unpackb(msgpack.packb(state)))
        assert again.to_list() == state
