"""The forms of everything on the wire as JSON Schema [1]_, made of the code that writes it.

Readers must bear fields that they do not know, so objects stay open; `closed` shuts them, for
tests that everything which is written is told here.

References
----------
.. [1] JSON Schema 2020-12, json-schema.org.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import orjson
from pydantic import TypeAdapter

from detectors.event import MAX_ID_LENGTH
from detectors.schema import EVENTS, Name
from rules.action import SOURCE, Action
from rules.cancel import CANCEL, CancelReason
from rules.decision import Rival
from rules.holdout import BUCKETS, Arm
from rules.language.vocabulary import BROADCAST
from rules.match import Evidence, TriggerKind
from rules.playbook.json_schema import DIALECT, playbook_schema
from rules.playbook.models import Mode
from rules.playbook.steps import MAX_PLAY_STEPS
from rules.reason import REASONS
from rules.reservation import ALLOWED, ANSWER
from streams.metric_labels import DEAD_LETTER_REASONS, ROLES
from streams.sources.control import Order

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "number"}
_WHOLE: Final = {"type": "integer", "minimum": 0}
_SECONDS: Final = {"type": "number", "description": "Unix seconds UTC"}
_UUID: Final = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_LEVEL: Final = {"type": "integer", "minimum": 1, "maximum": 5}
_STEP: Final = {"type": "integer", "minimum": 1, "maximum": MAX_PLAY_STEPS}
_VALUE: Final = {"type": ["string", "number", "boolean", "null"]}
_HASH: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_ID: Final = {"type": "string", "minLength": 1, "maxLength": MAX_ID_LENGTH}


def schemas() -> dict[str, dict[str, Any]]:
    """Return file name -> schema."""
    return {
        "playbook.schema.json": playbook_schema(),
        "raw-event.schema.json": raw_event(),
        "interaction.schema.json": interaction(),
        "decision.schema.json": decision(),
        "action.schema.json": action(),
        "cancel.schema.json": cancel(),
        "dead-letter.schema.json": dead_letter(),
        "answer.schema.json": answer(),
        "order.schema.json": order(),
        "approval.schema.json": approval(),
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into a folder, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, schema in schemas().items():
        file = folder / name
        file.write_bytes(encoded(schema))
        files.append(file)
    return files


def encoded(schema: Mapping[str, Any]) -> bytes:
    """Return a schema as it stands in its file."""
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2) + b"\n"


def closed(schema: Any) -> Any:
    """Return a schema whose objects hold nothing but what it tells."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(inner) for key, inner in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        shut.setdefault("additionalProperties", False)
    return shut


def raw_event() -> dict[str, Any]:
    """Return the form of what is sent to raw-events in structured mode."""
    return _event(
        "What a source saw: a CloudEvent in structured mode",
        _TEXT | {"minLength": 1, "maxLength": MAX_ID_LENGTH},
        {"type": "object"},
    )


def interaction() -> dict[str, Any]:
    """Return the form of the log of record: each known type has its own data."""
    schema = _event(
        "An event of the log of record; types that are not listed have data of their own",
        _ID,
        {"type": "object"},
    )
    schema["allOf"] = [
        {
            "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
            "then": {
                "properties": {"data": _fields(fields)},
                **({} if kind in BROADCAST else {"required": ["subject"]}),
            },
        }
        for kind, fields in EVENTS.items()
    ]
    return schema


def decision() -> dict[str, Any]:
    """Return the form of a decision: one candidate's end, and everything behind it."""
    rival = [_of(Rival)["properties"][name] for name in ("rule", "score")]
    data = _object(
        {
            "decision_id": _UUID,
            "customer": _ID,
            "rule": _TEXT,
            "rule_version": _TEXT,
            "mode": {"enum": list(get_args(Mode))},
            "pyramid_level": _LEVEL,
            "goal": _TEXT,
            "topic": _TEXT,
            "trigger": _object(
                {
                    "event_id": _TEXT,
                    "type": _TEXT,
                    "at": _SECONDS,
                    "kind": {"enum": list(get_args(TriggerKind))},
                }
            ),
            "matched_at": _SECONDS,
            "occurrence": _TEXT,
            "facts": {"type": "object", "additionalProperties": _VALUE},
            "conditions": _list(_tuple(_TEXT, {"type": "boolean"})),
            "missing": _list(_TEXT),
            "explanation": _TEXT,
            "models": _list(_model()),
            "gates": _list(_tuple(_TEXT, {"enum": ["pass", "fail"]}, _TEXT)),
            "arbitration": _object(
                {"score": {"type": ["number", "null"]}, "rivals": _list(_tuple(*rival))}
            ),
            "holdout": _holdout(),
            "reason": {"enum": list(REASONS)},
            "action_id": _UUID,
            "origin": _origin(),
            "playbook": _HASH,
            "approval": _or_none(_object({"by": _TEXT, "at": _SECONDS})),
        }
    )
    # Only of a rule with several steps.
    data["properties"]["held_since"] = _SECONDS
    data["properties"]["play"] = _object({"id": _UUID, "step": _STEP, "of": _STEP})
    return _event("What became of a candidate", {"const": "precede.decision"}, data, own=True)


def action() -> dict[str, Any]:
    """Return the form of an action: everything that dispatch needs."""
    told = _of(Action)["properties"]
    # As `action_event` writes it: the time is the event's own, the cause is laid open.
    named = {name.rstrip("_"): part for name, part in told.items() if name not in {"at", "cause"}}
    ids = {"action_id": _UUID, "decision_id": _UUID, "pyramid_level": _LEVEL}
    data = _object({**named, **ids, "origin": _origin(), "playbook": _HASH})
    data["properties"] |= {"cause_depth": _WHOLE, "cause_rule": _TEXT}
    return _event("One thing to do, once", {"const": "precede.action"}, data, own=True)


def dead_letter() -> dict[str, Any]:
    """Return the form of what could not be read or processed."""
    data = _object(
        {
            "stage": {"enum": list(ROLES)},
            "code": {"enum": list(DEAD_LETTER_REASONS)},
            "reason": _TEXT,
            "topic": _TEXT,
            "partition": _WHOLE,
            "offset": _WHOLE,
            "bytes": _WHOLE,
            "original_base64": {"type": "string", "contentEncoding": "base64"},
        }
    )
    return _event("A record that was refused", {"const": "precede.dead-letter"}, data)


def answer() -> dict[str, Any]:
    """Return the form of the answer to another system, which stands in the topic decisions."""
    data = _object(
        {
            "request": _TEXT,
            "customer": _ID,
            "system": _TEXT,
            "channel": _TEXT,
            "class": _TEXT,
            "topic": _TEXT,
            "contact_point": {"type": ["string", "null"]},
            "reserve": {"type": "boolean"},
            "asked_at": _SECONDS,
            "allowed": {"type": "boolean"},
            "reserved": {"type": "boolean"},
            "reason": {"enum": [ALLOWED, *REASONS]},
            "detail": _TEXT,
            "retry_at": {"type": ["number", "null"], "description": "Unix seconds UTC"},
            "gates": _list(_tuple(_TEXT, {"enum": ["pass", "fail"]}, _TEXT)),
            "origin": _origin(),
            "playbook": _or_none(_HASH),
        }
    )
    title = "Whether another system may contact a customer"
    return _event(title, {"const": ANSWER}, data, own=True)


def cancel() -> dict[str, Any]:
    """Return the form of a cancel: to dispatch, and beside the decisions of the customer."""
    reasons = {"enum": list(get_args(CancelReason))}
    data = _object({"action_id": _UUID, "reason": reasons, "at": _SECONDS, "origin": _origin()})
    data["properties"] |= {"customer": _ID, "rule": _TEXT}
    return _event("What must not go out any more", {"const": CANCEL}, data, own=True)


def order() -> dict[str, Any]:
    """Return the form of the topic control: the newest order of operators about each thing."""
    told = {key: part for key, part in _of(Order).items() if key != "description"}
    return {"$schema": DIALECT, "title": "To stop or to go on", **told}


def approval() -> dict[str, Any]:
    """Return the form of an approval, which stands in the topic playbooks."""
    told = _object({"content": _HASH, "by": _TEXT, "at": _SECONDS})
    return {"$schema": DIALECT, "title": "Someone approves the content of a playbook", **told}


def _event(
    title: str, kind: dict[str, Any], data: dict[str, Any], *, own: bool = False
) -> dict[str, Any]:
    """Return the envelope: a CloudEvent in structured mode."""
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": _ID,
            "source": {"const": SOURCE} if own else _ID,
            "type": kind,
            "time": {"type": "string", "format": "date-time"},
            "subject": {"type": "string", "maxLength": MAX_ID_LENGTH},
            "datacontenttype": _TEXT,
            "dataschema": _TEXT,
            "data": data,
        },
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _tuple(*items: dict[str, Any]) -> dict[str, Any]:
    number = len(items)
    return {"type": "array", "prefixItems": list(items), "minItems": number, "maxItems": number}


def _holdout() -> dict[str, Any]:
    percent = _WHOLE | {"maximum": 100}
    lot = _tuple(_TEXT, _WHOLE | {"maximum": BUCKETS - 1}, percent)
    told = {"experiment": _TEXT, "arm": {"enum": list(get_args(Arm))}, "layers": _list(lot)}
    return {"anyOf": [_object(told), {"type": "null"}]}


def _or_none(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _origin() -> dict[str, Any]:
    return _object({"partition": _WHOLE, "offset": _WHOLE})


def _model() -> dict[str, Any]:
    told: dict[str, Any] = _of(Evidence)["properties"]
    model = _object({**told, "score": {"type": "number", "minimum": 0, "maximum": 1}})
    model["required"].remove("withdrawn")  # said only where it is so
    return model


def _of(kind: type) -> dict[str, Any]:
    """Return the schema of a dataclass, without titles."""
    schema: dict[str, Any] = _untitled(TypeAdapter(kind).json_schema())
    return schema


def _untitled(part: Any) -> Any:
    if isinstance(part, list):
        return [_untitled(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    return {key: _untitled(inner) for key, inner in part.items() if key != "title"}


def _fields(fields: Mapping[str, Name]) -> dict[str, Any]:
    return {"type": "object", "properties": {key: _field(name) for key, name in fields.items()}}


def _field(name: Name) -> dict[str, Any]:
    """Return what a field may hold: a value of its type, or nothing."""
    unit = f" ({name.unit})" if name.unit else ""
    told = {"description": f"{name.meaning}{unit}"}
    match name.kind:
        case "enum":
            return {"enum": [*name.values, None], **told}
        case "bool":
            return {"type": ["boolean", "null"], **told}
        case "text":
            return {"type": ["string", "null"], **told}
        case "time":
            return {"type": ["number", "null"], "description": f"{name.meaning} (Unix seconds)"}
        case _:
            return {"type": ["number", "null"], **told}
