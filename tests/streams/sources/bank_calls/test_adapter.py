from itertools import islice
from typing import Any

import pytest

from detectors.event import Event, InvalidEventError, decode_event
from streams.sources.bank_calls.adapter import adapt
from streams.sources.bank_calls.reader import CallLog
from streams.sources.bank_calls.stages import cut
from streams.sources.cloudevents import decode_record
from tests.streams.sources.bank_calls.test_reader import MALFORMED
from tests.streams.sources.bank_calls.test_rows import line, parse

STARTED, QUEUED, ANSWERED, ENDED = cut(parse())


def changed(event: Event, **data: Any) -> Event:
    return Event(
        event.id, event.source, event.type, event.at, event.customer, {**event.data, **data}
    )


def test_what_the_reader_writes_of_january_is_accepted(january: CallLog) -> None:
    for record in islice(january.records(), 20_000):
        event = decode_event(record.value)

        assert adapt(event) is event


@pytest.mark.parametrize(
    "event",
    [
        Event("opened-0", "bank-calls", "source.opened", 0.0, "",
              {"clock": "log", "ordered": True, "reacts": False, "lateness_s": 0.0}),
        Event("closed-0", "bank-calls", "source.closed", 0.0),
    ],
)  # fmt: skip
def test_the_source_itself_speaks(event: Event) -> None:
    assert adapt(event) is event


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (changed(STARTED, direction="sideways"),
         "data.direction: input should be 'inbound' or 'outbound'; got 'sideways'"),
        (changed(STARTED, extra=1), "data.extra: extra inputs are not permitted; got 1"),
        (changed(STARTED, call="x" * 65), "data.call: string should have at most 64 characters"),
        (changed(STARTED, topic=7), "data.topic: input should be a valid string; got 7"),
        (changed(ANSWERED, wait_s=-1.0), "data.wait_s: input should be greater than or equal to 0"),
        (changed(ANSWERED, wait_s="17"), "data.wait_s: input should be a valid number; got '17'"),
        (changed(ANSWERED, wait_s=1e9), "data.wait_s: input should be less than or equal"),
        (changed(ENDED, outcome="lost"), "data.outcome: input should be 'answered', 'abandoned'"),
        (changed(STARTED, call="other"), "id must be the call and its stage, 'other-started'; got"),
        (Event(ENDED.id, "bank-calls", "contact.ended", 0.0, "12", STARTED.data),
         "data.wait_s: field required"),
        (Event(STARTED.id, "bank-calls", "contact.started", 0.0, "", STARTED.data),
         "subject must be the customer's number, or 'call:990101-AA0101-33118' if nobody"),
        (Event(STARTED.id, "bank-calls", "contact.started", 0.0, "call:other", STARTED.data),
         "subject must be the customer's number"),
        (Event("q", "bank-calls", "queue.state", 0.0, "", {"queue": "calls", "length": -1}),
         "data.length: input should be greater than or equal to 0; got -1"),
        (Event("c", "bank-calls", "source.closed", 0.0, "12"), "subject must be absent from"),
        (Event("o", "bank-calls", "source.opened", 0.0, "", {"clock": "live"}),
         "data.clock: input should be 'log'; got 'live'"),
        (Event("t", "bank-calls", "contact.transferred", 0.0, "12"), "type must be one of contact"),
        (Event("r", "bank-calls", "bank-calls.row", 0.0, "", {"text": "a"}),
         "data of a bank-calls.row must be the row as text; got ['text']"),
        (Event("r", "bank-calls", "bank-calls.row", 0.0, "", {"row": line()}),
         "a bank-calls.row must be a row that cannot be read; this one can"),
    ],
)  # fmt: skip
def test_reason_says_what_is_wrong(event: Event, reason: str) -> None:
    with pytest.raises(InvalidEventError) as caught:
        adapt(event)

    assert str(caught.value).startswith(reason)


def test_each_malformed_row_has_its_reason() -> None:
    reasons = []
    for record in CallLog(MALFORMED).records():
        event = decode_record(record.value, record.headers)
        if event.type == "bank-calls.row":
            with pytest.raises(InvalidEventError) as caught:
                adapt(event)
            reasons.append(str(caught.value).split("; got")[0])
        else:
            assert adapt(event) is event

    assert reasons == [
        "customer_id must be 1 to 12 digits, 0 for nobody identified",
        "row must have 17 columns separated by tabs",
        "priority must be one of 0, 1, 2",
        "date must be YYMMDD",
        "date must be YYMMDD",
        "outcome must be one of AGENT, HANG, PHANTOM",
        "row must be text in UTF-8",
        "row must be at most 1000 bytes",
        "q_start must be a time H:MM:SS",
    ]
