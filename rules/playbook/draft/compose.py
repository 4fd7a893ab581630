"""A wish -> the text of a file with the rule, its template and two tests that pass."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from detectors.schema import Name
from rules.language.duration import parse_duration
from rules.language.errors import ExpressionError
from rules.language.interpreter import Value
from rules.language.nodes import references
from rules.language.text import parse_wording
from rules.language.vocabulary import VOCABULARY, Scope, Vocabulary
from rules.playbook.draft.examples import find_examples, sample
from rules.playbook.draft.firings import firings
from rules.playbook.draft.pattern import Pattern
from rules.playbook.draft.wish import Condition, Wish, WishError, known_event, read_condition
from rules.playbook.errors import PlaybookError
from rules.playbook.layout.flow import exact_duration, flow
from rules.playbook.layout.formatting import format_file
from rules.playbook.layout.scalars import written
from rules.playbook.loader import load
from rules.playbook.models import Playbook
from rules.playbook.testing import run_tests
from rules.playbook.timeline import START_AT
from rules.playbook.words.english import ENGLISH
from rules.playbook.written_case import RuleTest

COUNT: Final = "times"
"""Name of the fact that a rule counts with."""
_ASKS = frozenset(
    f"contact.{stage}"
    for stage in ("started", "queued", "waiting", "answered", "abandoned", "ended")
)
_OTHER = ("profile.updated", "usage.session")
_SHOWN = 3
_MODE_NOTE = "mode: draft  # next: shadow (decides, sends nothing), then live"
Files = Mapping[str, str | bytes]


def compose(
    wish: Wish, name: str, files: Files, vocabulary: Vocabulary = VOCABULARY
) -> tuple[str, Playbook]:
    """Return the text of a new file for a playbook, and the playbook with it.

    Parameters
    ----------
    name
        The new file's name.
    files
        The playbook's other files, by their names.

    Raises
    ------
    WishError
        When the rule cannot be made of the answers.
    """
    draft = _Draft(wish, vocabulary)
    problem: PlaybookError | None = None
    for level in draft.levels():
        try:
            load({**files, name: draft.text(level, draft.tests())}, vocabulary)
        except PlaybookError as error:
            problem = error
            if all("level" in each.message for each in error.problems):
                continue
            raise
        return draft.finished(level, name, files)
    if problem is None:
        msg = "a rule needs a level"
        raise WishError(msg)
    raise problem


def counted(pattern: Pattern) -> Scope:
    """Return the facts of a rule with this pattern, which its words may show."""
    counts = pattern.times > 1 and not pattern.absent
    return {COUNT: Name(COUNT, "num", "How often it happened")} if counts else {}


class _Draft:
    def __init__(self, wish: Wish, vocabulary: Vocabulary) -> None:
        self._wish = wish
        self._vocabulary = vocabulary
        known_event(wish.event, vocabulary)
        if wish.pattern.absent:
            known_event(wish.pattern.absent, vocabulary)
        self._condition: Condition = read_condition(wish.condition, wish.event, vocabulary)
        self._scope = vocabulary.scope(wish.event)

    def levels(self) -> tuple[int, ...]:
        """Return levels to claim, until one is deserved."""
        wish = self._wish
        if wish.level is not None:
            return (wish.level,)
        if wish.do == "message":
            return (1,)
        return (2,) if wish.event in _ASKS and not wish.pattern.silent else (4, 3)

    def finished(self, level: int, name: str, files: Files) -> tuple[str, Playbook]:
        """Return the text with what the whole playbook does on the tests' events."""
        tests = self.tests()
        playbook = load({**files, name: self.text(level, tests)}, self._vocabulary)
        rule_id = self._wish.id
        for test, must_fire in zip(tests, (True, False), strict=True):
            case = RuleTest.model_validate({**test, "expect": []})
            test["expect"] = firings(playbook, rule_id, case, self._vocabulary)
            if any(each["fires"] == rule_id for each in test["expect"]) != must_fire:
                msg = (
                    f"no events were found for which {rule_id} {'fires' if must_fire else 'rests'}"
                )
                raise WishError(msg, "make the condition simpler, then edit the file by hand")
        text = self.text(level, tests)
        playbook = load({**files, name: text}, self._vocabulary)
        failed = [
            f"{result.name}: {failure}"
            for result in run_tests(playbook, self._vocabulary)
            for failure in result.failures
            if result.rule == rule_id
        ]
        if failed:
            msg = f"the tests of {rule_id} must pass; {failed[0]}"
            raise WishError(msg, "make the condition simpler, then edit the file by hand")
        return text, playbook

    def text(self, level: int, tests: list[dict[str, Any]]) -> str:
        """Return the file."""
        wish = self._wish
        step = {"do": wish.do, "to": wish.to, "channel": wish.channel, "template": wish.id}
        if wish.do == "task":
            step["due"] = "4h"
        rule = {
            "id": wish.id,
            "owner": wish.owner,
            "description": self._description(),
            "pyramid_level": level,
            "goal": wish.goal,
            **self._shape(),
            "topic": wish.topic,
            "cooldown": wish.cooldown,
            "mode": wish.mode,
            "then": [{key: value for key, value in step.items() if value}],
            "explain": self._explain(),
            "tests": tests,
        }
        template = f"  - id: {wish.id}\n    text: {written(wish.text)}\n"
        raw = f"rules: {flow([rule])}\n\ntemplates:\n{template}"
        text = format_file(wish.id, raw).after
        return text.replace("mode: draft", _MODE_NOTE)

    def tests(self) -> list[dict[str, Any]]:
        """Return one case that fires and one that stays silent, as far as can be told."""
        wish, pattern = self._wish, self._wish.pattern
        holds: Mapping[str, Value] = {}
        fails: Mapping[str, Value] | None = None
        if self._condition.node is not None:
            zone = ZoneInfo("UTC")
            found = find_examples(self._condition.node, self._scope, zone)
            if found is None:
                msg = f"no values were found for which this holds: {self._condition.text}"
                raise WishError(msg, "can it ever be true? compare with a constant")
            holds, fails = found.holds, found.fails
        fires = self._test(f"{wish.event} as asked for", holds, pattern.times)
        fires["expect"] = [{"at": "0s", "fires": wish.id}]
        if fails is not None:
            silent = self._test("just not what is asked for", fails, pattern.times)
        elif pattern.absent:
            silent = self._test(f"{pattern.absent} comes in time", holds, pattern.times)
            last = parse_duration(silent["events"][0]["at"]) + (pattern.times - 1) * self._every()
            at = exact_duration(last + parse_duration(pattern.wait) / 2)
            silent["events"].append({"at": at, "event": pattern.absent})
        elif pattern.times > 1:
            silent = self._test("once too few", holds, pattern.times - 1)
        else:
            other = next(kind for kind in _OTHER if kind != wish.event)
            silent = {"name": "something else", "events": [{"at": "0s", "event": other}]}
        silent["expect"] = []
        return [fires, silent]

    def _test(self, name: str, values: Mapping[str, Value], times: int) -> dict[str, Any]:
        at = values.get("event.at")
        event: dict[str, Any] = {
            "at": exact_duration(at - START_AT if isinstance(at, float) else 0.0),
            "event": self._wish.event,
        }
        if times > 1:
            event |= {"repeat": times, "every": exact_duration(self._every())}
        fields = self._vocabulary.events[self._wish.event]
        shown = {next(iter(fields), ""), *self._shown()}
        for field, described in fields.items():
            value = values.get(f"event.{field}")
            if value is None and field in shown:
                value = sample(field, described)
            if value is not None:
                event[field] = self._written(f"event.{field}", value)
        given = {
            key: self._written(key, value)
            for key, value in values.items()
            if value is not None and not key.startswith("event.")
        }
        return {"name": name, **({"given": given} if given else {}), "events": [event]}

    def _shown(self) -> set[str]:
        """Return the fields that the wording shows."""
        try:
            names = parse_wording(self._wish.text).names()
        except ExpressionError as error:
            raise WishError(error.flaw.message, error.flaw.help) from None
        return {name.removeprefix("event.") for name in names if name.startswith("event.")}

    def _every(self) -> float:
        """Return how far apart repetitions are, seconds."""
        pattern = self._wish.pattern
        within = parse_duration(pattern.within) if pattern.within else 60.0
        return min(60.0, within / (pattern.times + 1))

    def _written(self, name: str, value: Value) -> Value:
        is_duration = self._scope[name].kind == "duration" and isinstance(value, float)
        return exact_duration(value) if is_duration else value  # type: ignore[arg-type]

    def _shape(self) -> dict[str, Any]:
        """Return what sets the rule off."""
        wish, pattern, condition = self._wish, self._wish.pattern, self._condition
        where = {"if": condition.text} if condition.text else {}
        if pattern.silent:
            parts = {
                "of": wish.event,
                "if": condition.reading("event"),
                "for": pattern.silent,
                "arm_if": condition.rest("event"),
            }
            return {"absence": {key: value for key, value in parts.items() if value}}
        if pattern.absent:
            repeated = {"times": pattern.times} if pattern.times > 1 else {}
            step = {"event": wish.event, **where, **repeated}
            absent = {"absent": pattern.absent, "for": pattern.wait}
            within = {"within": pattern.within} if pattern.times > 1 else {}
            return {"sequence": [step, absent], **within}
        if pattern.times == 1:
            return {"when": wish.event, **where}
        own = condition.reading("event")
        fact = {"count": wish.event, "within": pattern.within, **({"if": own} if own else {})}
        joined = " and ".join(part for part in self._bracketed(condition.text) if part)
        enough = f"{COUNT} >= {pattern.times}"
        return {
            "when": wish.event,
            "facts": {COUNT: fact},
            "if": f"{joined} and {enough}" if joined else enough,
        }

    def _bracketed(self, text: str) -> Iterator[str]:
        yield f"({text})" if " or " in text and len(self._condition.parts) == 1 else text

    def _description(self) -> str:
        wish, pattern = self._wish, self._wish.pattern
        words = ENGLISH.of_event(wish.event)
        said = words.happens
        if pattern.silent:
            said = f"{pattern.silent} without {words.one}"
        elif pattern.times > 1:
            said = f"{pattern.times} {words.many} within {pattern.within}"
        if pattern.absent:
            away = ENGLISH.of_event(pattern.absent).stays_away
            said = f"{said}, and for {pattern.wait} {away}"
        return f"{said[0].upper()}{said[1:]}; why this matters to the customer"

    def _explain(self) -> str:
        """Return why it fired, with the values that it was decided on."""
        wish, pattern = self._wish, self._wish.pattern
        words = ENGLISH.of_event(wish.event)
        said = words.one
        if pattern.silent:
            said = f"no {words.one} for {pattern.silent}"
        elif pattern.times > 1 and not pattern.absent:
            said = f"{{{COUNT}}} {words.many} within {pattern.within}"
        names = references(self._condition.node) if self._condition.node is not None else {}
        shown = [name for name in names if self._scope[name].kind != "time"][:_SHOWN]
        values = "; ".join(
            f"{ENGLISH.of_name(name)}: {{{name}{self._digits(name)}}}" for name in shown
        )
        return f"{said}; {values}" if values else said

    def _digits(self, name: str) -> str:
        """Return how a value is shown: a probability in percent."""
        is_share = name.startswith("score.") and self._scope[name].kind == "num"
        return ":.0%" if is_share else ""
