"""A dead letter names its record and holds it whole."""

import base64

import orjson

from detectors.event import decode_event
from streams.metric_labels import DEAD_LETTER_REASONS
from streams.sources.cloudevents import CONTENT_TYPE
from streams.sources.deadletter import dead_letter
from tests.streams.engine.build import NOW, Read

POISON = Read(b"\xff\x00 {", 42, b"c-1", 3, "precede.raw-events")


def test_it_is_a_cloud_event_with_reason_and_position() -> None:
    letter = dead_letter(POISON, "unreadable", "must be JSON", "normalise", 5.0)

    event = decode_event(letter.value or b"")
    assert (event.type, event.source, event.at) == ("precede.dead-letter", "precede/normalise", 5.0)
    assert {key: event.data[key] for key in ("stage", "code", "reason", "bytes")} == {
        "stage": "normalise",
        "code": "unreadable",
        "reason": "must be JSON",
        "bytes": 4,
    }
    position = (event.data["topic"], event.data["partition"], event.data["offset"])
    assert position == ("precede.raw-events", 3, 42)
    assert base64.b64decode(event.data["original_base64"]) == POISON.value
    assert (letter.topic, letter.key, letter.headers) == ("dead_letters", b"c-1", (CONTENT_TYPE,))
    assert letter.since_ms == NOW * 1000
    assert event.data["code"] in DEAD_LETTER_REASONS


def test_the_same_record_gives_the_same_bytes() -> None:
    letters = [dead_letter(POISON, "unreadable", "must be JSON", "normalise", 5.0) for _ in "ab"]

    assert letters[0] == letters[1]


def test_the_id_follows_from_stage_position_and_subject_alone() -> None:
    def id_of(record: Read, stage: str = "engine", about: str = "", reason: str = "") -> str:
        letter = dead_letter(record, "error", reason, stage, 5.0, about=about)
        return str(orjson.loads(letter.value or b"")["id"])

    ids = [
        id_of(POISON),
        id_of(POISON, "normalise"),
        id_of(POISON, about="c-1"),
        id_of(Read(b"", 43, None, 3, "precede.raw-events")),
        id_of(Read(b"", 42, None, 2, "precede.raw-events")),
        id_of(Read(b"", 42, None, 3, "precede.actions")),
    ]

    assert len(set(ids)) == len(ids)
    assert id_of(POISON, reason="another wording") == ids[0]


def test_a_tombstone_has_no_bytes() -> None:
    letter = dead_letter(Read(None, 1), "unreadable", "got a tombstone", "normalise", 0.0)

    assert orjson.loads(letter.value or b"")["data"]["bytes"] == 0


def test_five_megabytes_fit_into_the_topic() -> None:
    letter = dead_letter(Read(b"x" * (5 * 2**20), 1), "too_large", "too large", "normalise", 0.0)

    assert len(letter.value or b"") < 12 * 2**20
