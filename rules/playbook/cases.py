"""The values of a rule's test, of the types that their names have."""

from collections.abc import Collection, Iterator, Mapping

from detectors.schema import Name
from rules.language.checker import suggest
from rules.language.duration import parse_duration
from rules.language.errors import Flaw
from rules.language.interpreter import Value
from rules.language.vocabulary import Vocabulary
from rules.playbook.finding import Finding
from rules.playbook.models import Rule
from rules.playbook.tree import Path, fact_names, trigger_of
from rules.playbook.written_case import RuleTest


def parse_value(name: Name, text: str) -> Value:
    """Return a written value in the type of its name.

    >>> parse_value(Name("wait_s", "duration", "Wait"), "1.5m")
    90.0

    Raises
    ------
    ValueError
        When it is no value of this type.
    """
    if name.kind in {"text", "enum"}:
        if name.values and text not in name.values:
            msg = f"{name.name} is never {text!r}; values: {', '.join(name.values)}"
            raise ValueError(msg)
        return text
    if name.kind == "bool":
        if text not in {"true", "false"}:
            msg = f"{name.name} is true or false; got {text!r}"
            raise ValueError(msg)
        return text == "true"
    if name.kind == "duration" and text[-1:].isalpha():
        return parse_duration(text)
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) <= 1e300:  # noqa: PLR2004 - neither NaN nor infinite
        what = "a duration such as 90s" if name.kind == "duration" else "a number"
        msg = f"{name.name} is {what}; got {text!r}"
        raise ValueError(msg)
    return value


def check_test(
    test: RuleTest, rule: Rule, rule_ids: Collection[str], vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Yield everything in a test that names nothing known, or a value that cannot be."""
    yield from _values(("given",), test.given, vocabulary.scope(None))
    for number, event in enumerate(test.events):
        at: Path = ("events", number)
        if event.event not in vocabulary.events:
            help_ = suggest(event.event, vocabulary.events)
            flaw = Flaw(0, len(event.event), f"unknown event {event.event!r}", help_)
            yield Finding((*at, "event"), flaw)
            continue
        yield from _values(at, event.fields, vocabulary.events[event.event])
    for number, expected in enumerate(test.expect):
        at = ("expect", number)
        if expected.fires not in rule_ids:
            help_ = suggest(expected.fires, rule_ids)
            flaw = Flaw(0, len(expected.fires), f"unknown rule {expected.fires!r}", help_)
            yield Finding((*at, "fires"), flaw)
        elif expected.fires == rule.id:
            steps = {number for number, _, _ in rule.actions()}
            if expected.step not in steps:
                known = ", ".join(map(str, sorted(steps)))
                message = f"step {expected.step} of {rule.id} does nothing"
                yield Finding((*at, "step"), Flaw(0, 1, message, f"steps that act: {known}"))
            scope = vocabulary.scope(trigger_of(rule), fact_names(rule))
            yield from _values((*at, "because"), expected.because, scope)


def _values(at: Path, values: Mapping[str, str], names: Mapping[str, Name]) -> Iterator[Finding]:
    for key, text in values.items():
        if key not in names:
            flaw = Flaw(0, len(key), f"unknown name {key!r}", suggest(key, names))
            yield Finding((*at, key), flaw, is_key=True)
            continue
        try:
            parse_value(names[key], text)
        except ValueError as error:
            message, _, help_ = str(error).partition("; ")
            yield Finding((*at, key), Flaw(0, len(text), message, help_))
