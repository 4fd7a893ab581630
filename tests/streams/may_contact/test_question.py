"""What may be asked; the answers: tests/rules/test_reservation.py, over HTTP: tests/integration."""

from typing import Any

import orjson
import pytest

from streams.may_contact.question import QuestionError, read_question

ASKED = {
    "customer": "c-1", "system": "campaigns", "channel": "email", "class": "promotional",
    "topic": "savings",
}  # fmt: skip


def body(**changes: Any) -> bytes:
    asked = ASKED | changes
    return orjson.dumps({key: value for key, value in asked.items() if value is not None})


def test_a_question_becomes_an_event_of_its_customer() -> None:
    question = read_question(body(reserve=True, request="r-7", contact_point="a@b.example"))

    event = question.event(5.0)

    assert (event.customer, event.type, event.at) == ("c-1", "contact.requested", 5.0)
    assert event.data == {
        "system": "campaigns", "channel": "email", "class": "promotional", "topic": "savings",
        "contact_point": "a@b.example", "reserve": True, "request": "r-7",
    }  # fmt: skip
    # Asked again it is another event, else the engine would take it for a repeat and be silent.
    assert question.event(5.0).id != event.id


def test_a_question_without_a_name_gets_one_of_its_own() -> None:
    names = {read_question(body()).request for _ in range(3)}

    assert len(names) == 3


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"\xff", "must be JSON"),
        (b"[]", "body: "),
        (body(customer=None), "customer: "),
        (body(customer=""), "customer: "),
        (body(customer="c" * 257), "customer: "),
        (body(customer="call:7"), "known customer"),
        (body(customer=7), "customer: "),
        (body(system=" x"), "system: "),
        (body(channel="c" * 65), "channel: "),
        (body(**{"class": "urgent"}), "class: "),
        (body(topic=""), "topic: "),
        (body(reserve="yes"), "reserve: "),
        (body(request="a b"), "request: "),
        (body(request="r" * 65), "request: "),
        (body(surprise=1), "surprise: "),
    ],
)
def test_anything_else_is_refused_without_telling_the_values(sent: bytes, told: str) -> None:
    with pytest.raises(QuestionError, match=told) as refused:
        read_question(sent)

    assert "c" * 65 not in str(refused.value)
