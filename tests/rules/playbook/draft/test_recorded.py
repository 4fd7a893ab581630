from typing import Any

import pytest

from detectors.event import Event
from rules.playbook.draft.recorded import MAX_EVENTS, insert_test, record_test
from rules.playbook.loader import load
from rules.playbook.testing import run_tests
from rules.playbook.timeline import START_AT
from tests.rules.playbook.texts import RULE, small, texts

FIRST = 1_700_000_000.25


def event(at: float, kind: str = "contact.abandoned", **data: Any) -> Event:
    return Event(str(at), "centre", kind, FIRST + at, "Jane", data)


def recorded(*events: Event) -> dict[str, Any]:
    return dict(record_test(events, small(), "call-back-soon", "as it was").test)


def test_equal_texts_stay_equal_and_others_different() -> None:
    first, second, third = recorded(
        event(0, call="J1", topic="J2"), event(1, call="J3", topic="J2"), event(2, call="J1")
    )["events"]

    assert first["call"] == third["call"] == "call-1"
    assert second["call"] == "call-2"
    assert first["topic"] == second["topic"] == "topic-1"


def test_texts_that_the_playbook_names_stay() -> None:
    rule = RULE.replace('event.direction == "inbound"', 'event.topic == "cards"')
    book = load(texts(rule.replace("direction: inbound", "topic: cards")))
    events = [event(0, topic="cards", wait_s=60.0), event(1, topic="Jane", wait_s=60.0)]
    test = record_test(events, book, "call-back-soon", "as it was").test

    assert [each["topic"] for each in test["events"]] == ["cards", "topic-1"]
    assert test["expect"] == [{"at": "0s", "fires": "call-back-soon"}]


def test_times_move_along_and_values_stay() -> None:
    [promise] = recorded(event(0, "promise.made", promise="p", due_at=FIRST + 3600.0))["events"]
    [wait] = recorded(event(0, wait_s=60.5, direction="inbound", priority="vip"))["events"]

    assert promise["due_at"] == START_AT + 3600.0
    # A choice that does not exist cannot be written.
    assert wait == {
        "at": "0s", "event": "contact.abandoned", "direction": "inbound", "wait_s": "60.5s"
    }  # fmt: skip


def test_hours_of_the_day_stay_where_a_rule_reads_them() -> None:
    rule = RULE.replace("event.wait_s > 10s", "hour_of_day(event.at) >= 18")
    rule = rule.replace("at: 0s, event: c", "at: 15h, event: c", 1).replace(
        "at: 0s, fires", "at: 15h, fires"
    )
    book = load(texts(rule))
    late, early = 1_700_000_000.0, 1_700_035_200.0  # 22:13:20 UTC and, the next day, 08:00
    tests = [
        record_test(
            [Event("1", "s", "contact.abandoned", at, "Jane", {"direction": "inbound"})],
            book, "call-back-soon", "x",
        ).test
        for at in (late, early)
    ]  # fmt: skip

    # In Jerusalem it is two hours later than in UTC: 00:13 and 10:00.
    assert [len(test["expect"]) for test in tests] == [0, 0]
    assert tests[0]["events"][0]["at"] == "54800s"
    assert tests[1]["events"][0]["at"] == "1h"


def test_the_text_stands_under_the_rule_and_passes() -> None:
    test = record_test([event(0, direction="inbound", wait_s=60.0)], small(), "call-back-soon", "x")
    text = insert_test(texts()["rules.yaml"], "call-back-soon", test.text())

    assert text is not None
    results = run_tests(load(texts(text)))
    assert [result.name for result in results if result.passed][2:] == ["x"]


def test_only_a_rule_that_ends_in_its_tests_takes_one() -> None:
    flow = "rules:\n  - {id: a, tests: []}\n"
    last = "rules:\n  - id: a\n    tests:\n      - name: x\n    topic: calls\n"
    two = "rules:\n  - id: a\n    tests:\n      - name: x\n\n  - id: b\n    tests: []\n"

    assert insert_test(flow, "a", "      - name: y\n") is None
    assert insert_test(last, "a", "      - name: y\n") is None
    assert insert_test(two, "b", "      - name: y\n") is None
    assert insert_test(two, "c", "      - name: y\n") is None
    put = insert_test(two, "a", "      - name: y\n")
    assert put == two.replace("name: x\n", "name: x\n      - name: y\n")


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(ValueError, match="needs events that rules can read"):
        recorded(event(0, "cart.filled"))
    with pytest.raises(ValueError, match="at most 200 events; got 201"):
        recorded(*(event(float(number)) for number in range(MAX_EVENTS + 1)))
