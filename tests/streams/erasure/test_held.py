"""What an export says of a customer's state."""

import base64
from typing import Any

import msgpack
import orjson

from detectors.customer import pack
from detectors.event import Event
from streams.erasure.held import _letter, _raw, _Search, state_of
from tests.streams.engine.build import Read, contact, log_of, lost_call, processor

NOON = 915_321_600.0 + 10 * 3600  # Sunday 3 January 1999, noon in Israel
SEARCH = _Search("c-1", b"c-1", b"c-1")


def scalars(value: Any) -> list[Any]:
    """Return what a structure is made of, down to the last value."""
    if isinstance(value, dict):
        return [one for pair in value.items() for each in pair for one in scalars(each)]
    if isinstance(value, list):
        return [one for each in value for one in scalars(each)]
    return [value]


def test_the_state_is_readable_and_complete() -> None:
    worker = processor()
    worker.process(
        log_of(
            [
                contact("started", NOON, "c-1", "a"),
                contact("ended", NOON + 300, "c-1", "a", wait_s=5.0, service_s=240.0,
                        outcome="answered"),
                *lost_call(NOON + 900, "c-1", "b"),
                Event("o", "shop", "case.opened", NOON + 950, "c-1", {"case": "case-77"}),
            ]
        )
    )  # fmt: skip
    customer = worker.customers.get("c-1")

    state = state_of(customer)

    assert state["id"] == "c-1"
    assert state["first_at"] == "1999-01-03T10:00:00.000000Z"
    assert state["contacts"]["abandoned_total"] == 1
    assert state["contacts"]["starts"] == [NOON, NOON + 840]
    assert {label["model"] for label in state["labels"]} >= {"repeat"}
    assert "case-77" in scalars(state)
    assert orjson.loads(orjson.dumps(state)) == state  # plain values alone
    # Every text that is packed is shown, whatever rooms the record gets.
    packed = msgpack.unpackb(pack(customer, 0.0)[9:], strict_map_key=False)
    texts = {one for one in scalars(packed) if isinstance(one, str)}
    assert texts
    assert not texts - set(scalars(state))


def letter(original: bytes, *, key: bytes | None = None, reason: str = "") -> Read:
    data = {"reason": reason, "original_base64": base64.b64encode(original).decode()}
    return Read(orjson.dumps({"data": data}), key=key)


def test_a_dead_letter_is_about_its_key_its_subject_or_whose_timer_failed() -> None:
    about = orjson.dumps({"subject": "c-1"})

    assert _letter(letter(b"\xff", key=b"c-1"), SEARCH)
    assert _letter(letter(about), SEARCH)["record"]["data"]["original"] == about.decode()
    assert _letter(letter(b"", reason="a timer of customer 'c-1', which lost"), SEARCH)


def test_a_dead_letter_of_another_is_not_given_away() -> None:
    assert _letter(letter(orjson.dumps({"subject": "c-11"})), SEARCH) is None
    assert _letter(letter(orjson.dumps({"data": "c-1"})), SEARCH) is None
    assert _letter(letter(b"[]", key=b"c-11", reason="customer 'c-11'"), SEARCH) is None


def test_a_raw_event_is_found_by_what_its_adapter_says() -> None:
    mine, other = log_of(
        [Event("1", "shop", "order.placed", NOON, name) for name in ("c-1", "c-11")]
    )
    mine.key = other.key = b"call-1"

    assert "c-1" in _raw(mine, SEARCH)["record"]["content"]
    assert _raw(other, SEARCH) is None
    assert _raw(Read(b"c-1 {", key=b"x"), SEARCH) is None
    assert _raw(Read(None, key=b"c-1"), SEARCH) is not None
