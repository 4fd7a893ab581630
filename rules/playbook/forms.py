"""Errors of form, in words: what pydantic found, said to a person who writes a playbook."""

import re
import types
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Tag, ValidationError

from rules.language.checker import suggest
from rules.language.errors import Flaw
from rules.playbook.finding import Finding
from rules.playbook.steps import MAX_PLAY_STEPS
from rules.playbook.tree import Path

MAX_TOLD = 200
"""Complaints that are put into words at once."""

_MANY = 15
"""Keys of a part from which on they are not all told."""
_CHOICES = {"do": "a task is for a team; an offer and a message are for the customer"}
_WHAT = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "string_type": "a text",
    "tuple_type": "a list",
    "list_type": "a list",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "mapping_type": "keys with values",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}


def findings(error: ValidationError, model: type[BaseModel], at: Path) -> list[Finding]:
    """Return what a model's validation complains about, each with its path in the playbook.

    Parameters
    ----------
    at
        Path of what was validated.
    """
    return [
        _finding(entry, model, at)
        for entry in error.errors(include_url=False)[:MAX_TOLD]
        # Items that are wrong do not count, and are reported themselves.
        if not (entry["type"] == "too_short" and entry["input"])
    ]


def _finding(entry: Mapping[str, Any], model: type[BaseModel], at: Path) -> Finding:
    kind, given = entry["type"], entry["input"]
    path: Path = (*at, *(part for part in entry["loc"] if not _is_tag(part)))
    name = str(path[-1]) if path else ""
    match kind:
        case "extra_forbidden":
            keys = _keys(model, entry["loc"][:-1])
            help_ = suggest(name, keys) or (f"keys: {', '.join(keys)}" if len(keys) < _MANY else "")
            if " " in name and given is None:
                help_ = "within braces, quote a text that holds a comma"
            found = Finding(path, Flaw(0, len(name), f"unknown key {name!r}", help_), is_key=True)
        case "missing":
            found = Finding(path[:-1], Flaw(0, 1, f"{name!r} is missing", f"add '{name}: ...'"))
        case "too_long" if name == "then":
            message = f"'then' holds at most {MAX_PLAY_STEPS} steps; more were given"
            help_ = "write a rule for the rest, which follows from the last step"
            found = Finding(path, Flaw(0, 4, message, help_), is_key=True)
        case _ if given is None:
            found = Finding(path, Flaw(0, len(name), f"{name!r} has no value"), is_key=True)
        case _:
            if isinstance(path[-1], int):
                name = f"an entry of {path[-2]}" if len(path) > 1 else "an entry"
            found = Finding(path, Flaw(0, 1000, *_said(entry, name)))
    return found


def _said(entry: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Return what is wrong with a value, and what to do."""
    kind, given, context = entry["type"], entry["input"], entry.get("ctx", {})
    if kind == "literal_error":
        expected = str(context.get("expected", ""))
        help_ = suggest(str(given), expected.split("'")[1::2]) or _CHOICES.get(name, "")
        return f"{name} must be {expected}; got {_shown(given)}", help_
    if kind == "value_error":
        message, _, help_ = str(context["error"]).partition("; write ")
        return message, f"write {help_}" if help_ else ""
    if kind == "string_pattern_mismatch":
        words = "-".join(re.findall("[a-z0-9]+", str(given).lower()))
        help_ = f"write {words!r}" if words[:1].isalpha() else ""
        return f"{name} must be lower-case words joined by '-'; got {_shown(given)}", help_
    if kind in _WHAT:
        return f"{name} must be {_WHAT[kind]}; got {_shown(given)}", _form_help(name, kind, given)
    if kind == "too_short":
        return f"{name} must not be empty", ""
    wanted = entry["msg"].replace("Input should", "must").replace("String should", "must")
    return f"{name} {wanted}; got {_shown(given)}", ""


def _form_help(name: str, kind: str, given: object) -> str:
    if kind in {"tuple_type", "list_type"}:
        is_none = str(given).strip().lower() in {"", "none", "no", "nothing", "null", "~"}
        return "write [] for none" if is_none else "begin each entry with '- '"
    if kind.startswith("int_"):
        digits = re.match("[0-9]+(?![0-9.])", str(given))
        return f"write {digits[0]}" if digits else "write digits alone, such as 10"
    if name == "an entry of sequence":
        return f"write {{event: {given}}}"
    if name in {"if", "unless", "arm_if"} and isinstance(given, list | tuple):
        return "write one text with 'and' or 'or' between the parts"
    return ""


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "keys with values"
    return "a list" if isinstance(value, list | tuple) else repr(value)[:60]


def _keys(model: Any, path: Path) -> list[str]:
    """Return the keys that may stand in the part of a model that a path leads to."""
    part: Any = model
    for step in path:
        part = _below(part, step)
    part = next((option for option in _options(part) if _is_model(option)), None)
    if part is None:
        return []
    return [field.alias or name for name, field in part.model_fields.items()]


def _below(part: Any, step: str | int) -> Any:
    if _is_tag(step):
        return _tagged(part, step)
    for option in _options(part):
        origin, inner = typing.get_origin(option), typing.get_args(option)
        if isinstance(step, int) and origin in {tuple, list}:
            return inner[0]
        if isinstance(step, str) and _is_model(option):
            for name, field in option.model_fields.items():
                if step in {name, field.alias}:
                    return field.annotation
        elif isinstance(step, str) and inner and origin not in {tuple, list}:
            return inner[-1]
    return None


def _is_tag(step: str | int) -> bool:
    """Return whether a part of a place says which of several forms was taken."""
    return isinstance(step, str) and step.startswith("(")


def _tagged(part: Any, tag: str | int) -> Any:
    """Return the form of a type that bears a tag."""
    inner = typing.get_args(part)
    if typing.get_origin(part) is typing.Annotated:
        if any(isinstance(told, Tag) and told.tag == tag for told in inner[1:]):
            return inner[0]
        return _tagged(inner[0], tag)
    return next((found for each in inner if (found := _tagged(each, tag)) is not None), None)


def _options(part: Any) -> list[Any]:
    """Return the alternatives of a type, with what only annotates it taken off."""
    origin = typing.get_origin(part)
    if origin is typing.Annotated:
        return _options(typing.get_args(part)[0])
    if origin in {typing.Union, types.UnionType}:
        return [option for inner in typing.get_args(part) for option in _options(inner)]
    return [part]


def _is_model(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)
