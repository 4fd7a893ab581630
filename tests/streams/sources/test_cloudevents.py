"""CloudEvents as SDKs put them on Kafka."""

import pytest

from detectors.event import Event, InvalidEventError, encode_event
from streams.sources.cloudevents import (
    CONTENT_TYPE,
    MAX_RECORD_BYTES,
    TooLargeError,
    decode_record,
)

# The example of the Kafka protocol binding's section 3.3, with our kind of data.
STRUCTURED = (
    b'{"specversion":"1.0","type":"com.example.order.placed","source":"/shop/eu",'
    b'"id":"A234-1234-1234","time":"2018-04-05T17:31:00Z","subject":"c-1",'
    b'"comexampleextension1":"value","comexampleothervalue":5,'
    b'"datacontenttype":"application/json","data":{"total":9.5}}'
)
PLACED = Event(
    "A234-1234-1234", "/shop/eu", "com.example.order.placed", 1522949460.0, "c-1", {"total": 9.5}
)
BINARY = {
    "ce_specversion": b"1.0",
    "ce_type": b"com.example.order.placed",
    "ce_source": b"/shop/eu",
    "ce_id": b"A234-1234-1234",
    "ce_time": b"2018-04-05T17:31:00Z",
    "ce_subject": b"c-1",
    "content-type": b"application/json",
}


@pytest.mark.parametrize(
    "headers",
    [
        [CONTENT_TYPE],
        [("content-type", b"application/cloudevents+json")],
        [("Content-Type", b"Application/CloudEvents+JSON; charset=utf-8")],
        [],
        [("content-type", b"application/json")],
        [("traceparent", b"\xff\x00")],
        [("content-type", b"application/cloudevents+json"), ("ce_specversion", b"1.0")],
    ],
    ids=str,
)
def test_structured_mode(headers: list[tuple[str, bytes]]) -> None:
    assert decode_record(STRUCTURED, headers) == PLACED


@pytest.mark.parametrize(
    "kind", [b"application/json", b"application/json; charset=utf-8", b"application/vnd.shop+json"]
)
def test_binary_mode(kind: bytes) -> None:
    headers = BINARY | {"content-type": kind}

    assert decode_record(b'{"total":9.5}', list(headers.items())) == PLACED


def test_binary_mode_without_json_carries_the_text() -> None:
    headers = BINARY | {"content-type": b"text/plain"}

    event = decode_record("a\trow\xe9".encode(), list(headers.items()))

    assert event.data == {"row": "a\trow\xe9"}
    assert decode_record(b"\xff", list(headers.items())).data == {"row": "\ufffd"}


def test_binary_mode_without_a_subject_concerns_nobody_yet() -> None:
    headers = [item for item in BINARY.items() if item[0] != "ce_subject"]

    assert decode_record(b"{}", headers).customer == ""
    assert decode_record(b"{}", [*headers, ("ce_subject", b"")]).customer == ""


@pytest.mark.parametrize("name", ["ce_id", "ce_type", "ce_source", "ce_time"])
def test_binary_mode_must_have(name: str) -> None:
    headers = [item for item in BINARY.items() if item[0] != name]

    with pytest.raises(InvalidEventError, match=name):
        decode_record(b"{}", headers)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ce_id", b"", "ce_id must be a text of 1 to 256"),
        ("ce_id", b"x" * 257, "got 257 characters"),
        ("ce_id", b"\xff", "must be UTF-8"),
        ("ce_source", b"", "ce_source must be"),
        ("ce_type", b"x" * 300, "ce_type must be"),
        ("ce_subject", b"x" * 257, "ce_subject must be a text of 0 to 256"),
        ("ce_time", b"yesterday", "RFC 3339"),
        ("ce_time", b"2018-04-05T17:31:00", "with an offset"),
        ("ce_specversion", b"0.3", "must be '1.0'; got '0.3'"),
        ("ce_specversion", b"", "ce_specversion"),
    ],
)
def test_binary_mode_is_checked_like_structured(name: str, value: bytes, reason: str) -> None:
    headers = BINARY | {name: value}

    with pytest.raises(InvalidEventError, match=reason):
        decode_record(b"{}", list(headers.items()))


@pytest.mark.parametrize("value", [b"", b"{", b"[1]", b"7", b"null", b"\xff"])
def test_binary_mode_with_json_must_be_an_object(value: bytes) -> None:
    with pytest.raises(InvalidEventError, match="data must be"):
        decode_record(value, list(BINARY.items()))


@pytest.mark.parametrize("headers", [[], [CONTENT_TYPE], list(BINARY.items())], ids=len)
def test_no_value_is_no_event(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(InvalidEventError, match="tombstone"):
        decode_record(None, headers)


def test_largest_record_and_one_byte_more() -> None:
    room = MAX_RECORD_BYTES - len(encode_event(Event("1", "s", "t", 0.0, "c", {"x": ""})))
    largest = encode_event(Event("1", "s", "t", 0.0, "c", {"x": "x" * room}))
    assert len(largest) == MAX_RECORD_BYTES

    assert decode_record(largest, []).customer == "c"
    with pytest.raises(TooLargeError, match=f"got {MAX_RECORD_BYTES + 1}"):
        decode_record(largest + b" ", [])


def test_what_is_told_of_an_error_shows_no_subject() -> None:
    with pytest.raises(InvalidEventError) as refused:
        decode_record(STRUCTURED.replace(b'"c-1"', b'"' + b"secret" * 50 + b'"'), [])

    assert "secret" not in str(refused.value)
