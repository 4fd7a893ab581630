"""A test from what really happened to a customer, with nothing in it that leads back to them.

Texts are replaced, each by the same harmless word wherever it occurs, unless the playbook itself
names them; the same for times, which move along with the time line. What is left are amounts,
durations, choices from closed lists, and how far apart things happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from detectors.event import Event
from rules.language.nodes import Constant, walk
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.draft.firings import firings
from rules.playbook.layout.flow import exact_duration, flow
from rules.playbook.layout.formatting import format_file
from rules.playbook.models import Playbook
from rules.playbook.timeline import START_AT
from rules.playbook.written import rule_trees, written_conditions
from rules.playbook.written_case import RuleTest

MAX_EVENTS: Final = 200
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """A test, and what was left out of it.

    Parameters
    ----------
    test
        As it would stand in the playbook.
    unknown
        Event types that no rule can read, with how many there were.
    """

    test: Mapping[str, Any]
    unknown: Mapping[str, int]

    def text(self) -> str:
        """Return the test as lines of YAML, to stand under ``tests:`` of a rule."""
        raw = f"rules:\n  - id: r\n    tests:\n      - {flow(self.test)}\n"
        _, _, body = format_file("test.yaml", raw).after.partition("    tests:\n")
        return body


def record_test(
    events: Iterable[Event],
    playbook: Playbook,
    rule_id: str,
    name: str,
    given: Mapping[str, Any] | None = None,
    vocabulary: Vocabulary = VOCABULARY,
) -> Recorded:
    """Return a test of a rule from the events of one customer, in order of time.

    Parameters
    ----------
    given
        Values that names have throughout, such as ``score.repeat``: models do not run in tests.

    Raises
    ------
    ValueError
        When there is nothing to record, or too much.
    """
    known, unknown = _sorted_out(events, vocabulary)
    if not known:
        msg = "a test needs events that rules can read; got none"
        raise ValueError(msg)
    if len(known) > MAX_EVENTS:
        msg = f"a test holds at most {MAX_EVENTS} events; got {len(known):,}; shorten the time"
        raise ValueError(msg)
    veil = _Veil(kept_texts(playbook, vocabulary), known[0].at, playbook, vocabulary)
    test: dict[str, Any] = {"name": name}
    if given:
        test["given"] = dict(given)
    test["events"] = [veil.over(event) for event in known]
    case = RuleTest.model_validate({**test, "expect": []})
    test["expect"] = firings(playbook, rule_id, case, vocabulary)
    return Recorded(test, unknown)


def kept_texts(playbook: Playbook, vocabulary: Vocabulary = VOCABULARY) -> frozenset[str]:
    """Return the texts that the conditions of a playbook name."""
    return frozenset(
        str(part.value)
        for tree in rule_trees(playbook, vocabulary)
        for condition in written_conditions(tree)
        for part in walk(condition.node)
        if isinstance(part, Constant) and part.kind == "text"
    )


def _sorted_out(
    events: Iterable[Event], vocabulary: Vocabulary
) -> tuple[list[Event], dict[str, int]]:
    known: list[Event] = []
    unknown: dict[str, int] = {}
    for event in events:
        if event.type in vocabulary.events:
            known.append(event)
        else:
            unknown[event.type] = unknown.get(event.type, 0) + 1
    return sorted(known, key=lambda event: event.at), unknown


class _Veil:
    """Puts harmless words in the place of texts, and moves times."""

    def __init__(
        self, kept: frozenset[str], first: float, playbook: Playbook, vocabulary: Vocabulary
    ) -> None:
        self._kept = kept
        self._vocabulary = vocabulary
        self._words: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._offset = START_AT - first
        if _reads_the_clock(playbook, vocabulary):
            # Hours of the day stay what they were.
            self._offset += (first - START_AT) % _DAY_S

    def over(self, event: Event) -> dict[str, Any]:
        """Return an event as it stands in a test."""
        written: dict[str, Any] = {
            "at": exact_duration(max(0.0, event.at + self._offset - START_AT)),
            "event": event.type,
        }
        for field, name in self._vocabulary.events[event.type].items():
            value = event.data.get(field)
            if name.kind in {"text", "enum"} and isinstance(value, str):
                shown = value if name.values else self._word(field, value)
                if not name.values or value in name.values:
                    written[field] = shown
            elif name.kind == "bool" and isinstance(value, bool):
                written[field] = value
            elif isinstance(value, int | float) and not isinstance(value, bool):
                number = float(value)
                if name.kind == "time":
                    written[field] = round(number + self._offset, 6)
                elif name.kind == "num":
                    written[field] = number
                elif name.kind == "duration":
                    written[field] = exact_duration(number) if number >= 0 else number
        return written

    def _word(self, field: str, value: str) -> str:
        if value in self._kept or not value:
            return value
        if value not in self._words:
            number = self._numbers[field] = self._numbers.get(field, 0) + 1
            self._words[value] = f"{field.replace('_', '-')}-{number}"
        return self._words[value]


def _reads_the_clock(playbook: Playbook, vocabulary: Vocabulary) -> bool:
    return any(
        "hour_of_day" in condition.text
        for tree in rule_trees(playbook, vocabulary)
        for condition in written_conditions(tree)
    )


def insert_test(text: str, rule_id: str, test: str) -> str | None:
    """Return the text of a file with a test added to a rule, or nothing where it cannot be put.

    The rule's ``tests:`` must be its last key, with a line per test, as `format_file` writes it.
    """
    lines = text.split("\n")
    start = next(
        (n for n, line in enumerate(lines) if line.rstrip() == f"  - id: {rule_id}"
         or line.startswith(f"  - id: {rule_id} ")), None,
    )  # fmt: skip
    if start is None:
        return None
    end = next((n for n in range(start + 1, len(lines)) if _begins_another(lines[n])), len(lines))
    while end > start and not lines[end - 1].strip():
        end -= 1
    heads = [n for n in range(start, end) if lines[n].rstrip() == "    tests:"]
    if not heads or any(_is_key(lines[n]) for n in range(heads[0] + 1, end)):
        return None
    return "\n".join([*lines[:end], *test.rstrip("\n").split("\n"), *lines[end:]])


def _begins_another(line: str) -> bool:
    return line.startswith("  - ") or (line[:1] not in {"", " ", "#"})


def _is_key(line: str) -> bool:
    return line.startswith("    ") and line[4:5].isalpha()
