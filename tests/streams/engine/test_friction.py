"""What friction weighs is part of the partition's state: learnt in time, restored to the bit."""

import orjson

from detectors.effort_model import HORIZON_S
from detectors.event import Event
from rules.playbook.models import Playbook
from streams.engine.processor import Processor
from tests.rules.gates.build import playbook, rule
from tests.streams.engine.build import (
    PARTITIONS,
    Read,
    compacted,
    contact,
    log_of,
    of,
    only,
    playbook_switch,
    processor,
    progress,
)

START = 1_790_000_000.0
ERROR, ANSWER = "app.error", "feedback.received"


def happened(kind: str, customer: str, after_s: float, **data: object) -> Event:
    at = START + after_s
    return Event(f"{kind}-{customer}-{after_s:g}", "app", kind, at, customer, data)


def watching() -> Playbook:
    condition = {"if": "signal.friction_5m >= 6 and signal.effort < 100"}
    return playbook(rule("in-trouble", when=ERROR, mode="shadow", **condition))


def log() -> list[Read]:
    """Return two days of six customers: errors, a call by every second one, answers at the end."""
    events = [playbook_switch(watching().hash), progress(START)]
    for number in range(6):
        name = f"c-{number}"
        events += [happened(ERROR, name, 10.0 * number + n, session="s") for n in (1, 2)]
        if number % 2:
            at = START + 100.0 + number
            events.append(contact("started", at, name, f"call-{number}", topic="limits"))
            moved = {"call": f"call-{number}", "topic": "limits"}
            events.append(happened("contact.transferred", name, 110.0 + number, **moved))
    events.append(progress(START + HORIZON_S))
    events.append(progress(START + HORIZON_S + 60.0))
    for number in range(6):
        survey = {"source": "survey", "scale": "ces", "score": 1 + number, "topic": "limits"}
        events.append(happened(ANSWER, f"c-{number}", HORIZON_S + 100.0 + number, **survey))
    again = [happened(ERROR, "c-1", 2 * HORIZON_S + n, session="t") for n in (1, 2)]
    return log_of([*events, *again, progress(START + 2 * HORIZON_S + 60.0)])


def test_contacts_that_followed_and_answers_are_learnt_from_when_they_are_certain() -> None:
    worker = processor(playbook=watching())
    labels = [
        orjson.loads(record.value or b"")
        for record in worker.process(log())
        if record.topic == "labels"
    ]
    asked = [label for label in labels if label["model"] == "friction"]
    answered = [label for label in labels if label["model"] == "effort"]

    assert [label["y"] for label in asked] == [0, 1, 0, 1, 0, 1]
    assert [label["t0"] for label in asked] == [START + 10.0 * n + 2.0 for n in range(6)]
    assert [label["y"] for label in answered] == [1, 1, 1, 0, 0, 0]  # at most 3 of 7
    assert len({label["label_id"] for label in labels}) == len(labels)
    points = worker.mind.effort.points
    assert points["friction"]["app_error"] != points["effort"]["app_error"]


def test_what_follows_an_action_is_noted_as_treated() -> None:
    book = playbook(rule("help", when="usage.session"))
    events = [
        playbook_switch(book.hash),
        happened("usage.session", "c-1", 0.0),
        *(happened(ERROR, name, at, session="s") for at in (60.0, 61.0) for name in ("c-1", "c-2")),
    ]
    worker = processor(playbook=book)
    output = worker.process(log_of(events))

    assert len(list(of(output, "actions"))) == 1  # for c-1, before the error
    for name, treated in (("c-1", True), ("c-2", False)):
        effort = worker.customers.get(name).effort
        assert effort is not None
        assert effort.asked is not None
        assert effort.asked.treated is treated


def test_rules_read_the_sums() -> None:
    output = processor(playbook=watching()).process(log())
    decisions = [event["data"] for event in of(output, "decisions")]

    # The first error is 5 points, the second makes it medium; a day later the weights have moved.
    assert len(decisions) == 7
    first = 5.0 + 5.0 * 0.5 ** (1.0 / 300.0)
    assert decisions[0]["facts"] == {"signal.friction_5m": first, "signal.effort": 0.0}  # type: ignore[index]


def test_a_restart_anywhere_changes_nothing() -> None:
    reads = log()
    whole = processor(playbook=watching())
    expected = [record for read in reads for record in whole.process([read])]
    end: dict[bytes, bytes] = {}
    compacted(end, whole)

    for cut in range(1, len(reads), 2):
        first = processor(playbook=watching())
        state: dict[bytes, bytes] = {}
        output = first.process(reads[:cut])
        compacted(state, first)
        second = Processor(0, PARTITIONS, "log", only(watching()))
        for key, value in state.items():
            second.restore(key, value)
        second.restored(0)
        assert output + second.process(reads[cut:]) == expected
        compacted(state, second)
        assert state == end
