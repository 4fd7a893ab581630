"""The playbook's form as JSON Schema [1]_, for completion and checks in editors.

An editor sees one file at a time, so ids of teams, goals and templates are only checked by
``precede rules check``; the same holds for the types of expressions.

References
----------
.. [1] JSON Schema 2020-12, json-schema.org.
"""

from typing import Any, Final

from detectors.schema import Name
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.layout.writer import EXPRESSIONS
from rules.playbook.models import Playbook
from rules.playbook.words.english import ENGLISH

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
DURATION: Final = r"^\d{1,9}(\.\d{1,6})?[smhd]$"
_OWN_KEYS: Final = ("at", "event", "repeat", "every")
_TYPED_KEYS: Final = ("when", "count", "since", "last", "sum", "event", "absent", "of", "wait_for")
_FACTS: Final = ("count", "since", "last", "sum")


def playbook_schema(vocabulary: Vocabulary = VOCABULARY) -> dict[str, Any]:
    """Return the schema of one file of a playbook; every part may stand in another file."""
    schema = Playbook.model_json_schema(by_alias=True, mode="validation")
    definitions: dict[str, Any] = schema["$defs"]
    for name, definition in definitions.items():
        definition.pop("description", None)
        for key, part in definition.get("properties", {}).items():
            _retype(part)
            if key in _TYPED_KEYS and not (name == "Fact" and key == "of"):
                definition["properties"][key] = {"$ref": "#/$defs/EventType"}
            if key in EXPRESSIONS:
                definition["properties"][key] = {"$ref": "#/$defs/Expression"}
    for hours in definitions["WeekHours"]["properties"].values():
        hours["type"] = ["array", "string"]
    definitions["QuietHours"]["properties"]["channels"]["type"] = ["array", "string"]
    definitions["Template"]["required"] = ["id"]
    definitions["Template"]["oneOf"] = [{"required": ["text"]}, {"required": ["texts"]}]
    definitions["EventType"] = {
        "enum": vocabulary.triggers(),
        "description": _events(vocabulary),
    }
    definitions["Expression"] = {
        "type": ["string", "boolean"],
        "description": _expression(vocabulary),
    }
    definitions["Rule"]["properties"]["until"]["items"] = {"$ref": "#/$defs/EventType"}
    definitions["TestEvent"] = _test_event(vocabulary)
    definitions["RuleTest"]["properties"]["given"] = _given(vocabulary)
    for part in schema["properties"].values():
        _retype(part)
    definitions["Fact"]["oneOf"] = [{"required": [kind]} for kind in _FACTS]
    return {
        "$schema": DIALECT,
        "title": "Precede playbook",
        "description": "A file of a playbook: rules with their tests, goals, teams, gates.",
        "type": "object",
        "properties": schema["properties"],
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def _retype(part: Any) -> None:
    """Say of every number of seconds that it is written as a duration; drop titles."""
    if isinstance(part, list):
        for inner in part:
            _retype(inner)
        return
    if not isinstance(part, dict):
        return
    part.pop("title", None)
    if part.get("type") == "number":
        part.clear()
        part |= {"type": "string", "pattern": DURATION, "examples": ["90s", "15m", "24h", "7d"]}
    if part.get("type") == "string" and "pattern" not in part and "enum" not in part:
        part["type"] = ["string", "number", "boolean"]
    if isinstance(part.get("default"), float):
        del part["default"]
    for inner in part.values():
        if isinstance(inner, dict | list):
            _retype(inner)


def _events(vocabulary: Vocabulary) -> str:
    return "\n".join(f"{kind}: {ENGLISH.of_event(kind).happens}" for kind in vocabulary.triggers())


def _expression(vocabulary: Vocabulary) -> str:
    names = vocabulary.scope(None)
    told = "\n".join(f"{name} ({one.kind}): {one.meaning}" for name, one in names.items())
    return (
        "A condition: and or not in == != < <= > >= + - * / ( ) [ ], durations 90s 15m 24h 7d, "
        "has() starts_with() contains() abs() min() max() hour_of_day(). Names: event.FIELD of "
        f"the rule's event, facts of the rule, and\n{told}"
    )


def _test_event(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the schema of an event on a time line: which fields depends on its type."""
    duration = {"type": "string", "pattern": DURATION}
    own = {
        "at": {**duration, "description": "When, counted from the beginning of the test"},
        "event": {"enum": sorted(vocabulary.events)},
        "repeat": {"type": "integer", "minimum": 1, "maximum": 1000},
        "every": {**duration, "description": "Time between repetitions"},
    }
    branches = [
        {
            "if": {"properties": {"event": {"const": kind}}, "required": ["event"]},
            "then": {
                "properties": {
                    **dict.fromkeys(_OWN_KEYS, True),
                    **{field: _value(name) for field, name in fields.items()},
                },
                "additionalProperties": False,
            },
        }
        for kind, fields in sorted(vocabulary.events.items())
    ]
    return {
        "type": "object",
        "properties": own,
        "required": ["at", "event"],
        "allOf": branches,
    }


def _given(vocabulary: Vocabulary) -> dict[str, Any]:
    names = vocabulary.scope(None)
    return {
        "type": "object",
        "description": "Values that names have throughout, whatever the events say",
        "properties": {name: _value(one) for name, one in names.items()},
        "additionalProperties": False,
    }


def _value(name: Name) -> dict[str, Any]:
    """Return what may be written for a name."""
    told = f"{name.meaning}{f' ({name.unit})' if name.unit else ''}"
    if name.kind == "enum":
        return {"enum": list(name.values), "description": told}
    if name.kind == "bool":
        return {"type": "boolean", "description": told}
    if name.kind == "duration":
        seconds = {"type": ["number", "string"]}
        return {**seconds, "description": told, "examples": ["90s", "15m"]}
    if name.kind == "text":
        return {"type": ["string", "number", "boolean"], "description": told}
    return {"type": ["number", "string"], "description": told}
