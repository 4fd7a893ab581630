from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import orjson
import pytest

import rules.playbook
from detectors.event import Event, encode_event
from detectors.schema import EVENTS
from rules.cancel import Cancel, cancel_event, recall_event
from rules.playbook.document import read_document
from streams.engine.contract import Outgoing
from streams.schemas import closed, encoded, schemas
from streams.sources.normalise import Normaliser
from tests.streams.engine.build import (
    NOW,
    PARTITIONS,
    Read,
    calls,
    interactions,
    processor,
    raw,
)

FOLDER = Path(__file__).parents[2] / "deploy" / "schemas"
DEFAULT = Path(rules.playbook.__file__).parent / "default"


OPEN = ("interaction", "raw-event")
"""Sources may tell more than rules can read."""


@cache
def validator(name: str) -> Any:
    schema = schemas()[f"{name}.schema.json"]
    return jsonschema.Draft202012Validator(schema if name in OPEN else closed(schema))


def problems(name: str, values: list[bytes]) -> list[str]:
    check = validator(name)
    return [
        f"{list(error.path)}: {error.message[:300]}"
        for value in values
        for error in check.iter_errors(orjson.loads(value))
    ]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_committed_file_is_current(name: str) -> None:
    schema = schemas()[name]

    jsonschema.Draft202012Validator.check_schema(schema)
    assert (FOLDER / name).read_bytes() == encoded(schema), "run: precede schemas deploy/schemas"


def test_there_are_no_other_files() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(schemas())


@cache
def said() -> dict[str, list[bytes]]:
    """What normalise and the engine say to three recorded days, by topic."""
    found: dict[str, list[bytes]] = {}
    for partition in range(PARTITIONS):
        log = interactions()[partition]
        found.setdefault("interactions", []).extend(record.value or b"" for record in log)
        output: list[Outgoing] = list(processor(partition).process(log))
        for record in output:
            found.setdefault(record.topic, []).append(record.value or b"")
    return found


def test_real_records_are_of_these_forms() -> None:
    topics = said()

    for topic, name in (
        ("interactions", "interaction"),
        ("decisions", "decision"),
        ("actions", "action"),
    ):
        assert len(topics[topic]) > 50
        assert problems(name, topics[topic][:: max(1, len(topics[topic]) // 500)]) == []
    sent = [record.value for record in raw(calls(3))][:500]
    assert problems("raw-event", [value for value in sent if value is not None]) == []


def test_cancels_are_of_this_form() -> None:
    cancel = Cancel(UUID(int=7), "call-back", "c-1", "+49301234", "no_consent", NOW)
    values = [
        encode_event(cancel_event(cancel, partition=1, offset=2)),
        encode_event(recall_event(cancel, partition=1, offset=2)),
    ]

    assert problems("cancel", values) == []


def test_what_was_held_back_says_since_when() -> None:
    held = [value for value in said()["decisions"] if b'"held_since"' in value]

    assert held
    assert problems("decision", held) == []


def test_dead_letters_are_of_this_form() -> None:
    normaliser = Normaliser(0, PARTITIONS, PARTITIONS, "log", 30.0)
    broken = [Read(b"no event", 0, b"k", 0, "raw"), Read(None, 1, b"k", 0, "raw")]
    letters = [r.value or b"" for r in normaliser.process(broken) if r.topic == "dead_letters"]

    assert len(letters) == 2
    assert problems("dead-letter", letters) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"reason": "felt like it"}, "reason"),
        ({"pyramid_level": 6}, "pyramid_level"),
        ({"gates": [["cap", "maybe", ""]]}, "gates"),
        ({"surprise": 1}, "surprise"),
        ({"holdout": {"experiment": "e", "arm": "both", "layers": []}}, "holdout"),
        ({"holdout": {"experiment": "e", "arm": "treated", "layers": [["e", 10000, 5]]}}, "10000"),
    ],
)
def test_a_decision_of_another_form_is_refused(change: dict[str, Any], where: str) -> None:
    [value, *_] = said()["decisions"]
    found = orjson.loads(value)
    found["data"] |= change

    [problem] = problems("decision", [orjson.dumps(found)])
    assert where in problem


def test_an_interaction_with_a_wrong_field_is_refused() -> None:
    right = Event("1", "s", "contact.abandoned", 0.0, "c-1", {"wait_s": 9.0})
    wrong = Event("1", "s", "contact.abandoned", 0.0, "c-1", {"wait_s": "9"})
    lost = Event("1", "s", "contact.abandoned", 0.0, "", {"wait_s": 9.0})

    assert problems("interaction", [encode_event(right)]) == []
    assert len(problems("interaction", [encode_event(wrong), encode_event(lost)])) == 2


def test_an_editor_takes_what_weighs_and_measures_rules() -> None:
    text = (
        "rules: [{value: 2.5, cost: 3, lever: 0.5, propensity: score.repeat, holdout: 10, "
        "window: 2d, experiment: e-1}]\nholdout: {percent: 5, salt: 2026-Q4}\n"
        "context: {control: 1.5}\nlimits: {opt_outs: 0.5, echo_contacts: 3}"
    )
    root, _ = read_document("rules.yaml", text)

    assert root is not None
    check = jsonschema.Draft202012Validator(schemas()["playbook.schema.json"])
    found = [error.message for error in check.iter_errors(root.value())]
    assert all("is a required property" in message for message in found), found


@pytest.mark.parametrize("file", sorted(DEFAULT.rglob("*.yaml")), ids=lambda file: file.name)
def test_the_default_playbook_is_of_the_form_that_editors_check(file: Path) -> None:
    root, _ = read_document(file.name, file.read_bytes())

    assert root is not None
    check = jsonschema.Draft202012Validator(schemas()["playbook.schema.json"])
    assert [error.message for error in check.iter_errors(root.value())] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: [{when: contact.begun}]", "'contact.begun' is not one of"),
        ("rules: [{cooldown: 3 days}]", "'3 days' does not match"),
        ("rules: [{holdout: 60}]", "60 is not valid"),
        ("rules: [{value: dear}]", "'dear' is not valid"),
        ("context: {hygiene: 2}", "'hygiene' is not one of"),
        ("rules: [{wen: x}]", "Additional properties are not allowed ('wen' was unexpected)"),
        ("rules: [{tests: [{events: [{at: 0s, event: card.declined, wait_s: 3s}]}]}]", "'wait_s'"),
        ("rules: [{facts: {n: {count: card.declined, last: fee.charged}}}]", "is valid under each"),
        ("rules: [{tests: [{given: {customer.contacts: 3}}]}]", "'customer.contacts' was unexpect"),
    ],
)
def test_an_editor_shows_what_is_wrong(text: str, message: str) -> None:
    root, _ = read_document("rules.yaml", text)

    assert root is not None
    check = jsonschema.Draft202012Validator(schemas()["playbook.schema.json"])
    assert any(message in error.message for error in check.iter_errors(root.value()))


def test_an_editor_completes_every_event_and_name() -> None:
    definitions = schemas()["playbook.schema.json"]["$defs"]

    for kind in EVENTS:
        told = definitions["EventType"]["enum"], definitions["TestEvent"]["properties"]["event"]
        assert kind in told[0] or kind in told[1]["enum"]
    assert "customer.contacts_7d (num): Contacts the customer began" in str(
        definitions["Expression"]["description"]
    )
