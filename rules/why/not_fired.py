"""Why a rule did nothing for a customer: what was false at the last event that mattered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from detectors.schema import Kind
from rules.language.interpreter import Interpreter
from rules.language.text import format_seconds
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.models import Playbook, Rule
from rules.playbook.tree import read_rule
from rules.why.decided import newest_decision, why
from rules.why.progress import Progress, follow
from rules.why.reason import Part, Reasons
from rules.why.seen import Judge, Seen, Trace, newest


@dataclass(slots=True)
class Answer:
    """One true sentence, and what it rests on.

    Parameters
    ----------
    sentence
        For a person.
    verdict
        For a machine: ``draft, retired, unknown_customer, unidentified, no_data, no_event,
        condition, unless, step, came, waiting, arming, again, decided, unexplained``.
    event
        Id of the event that was looked at; empty for none.
    parts
        The condition part by part.
    steps
        Of a sequence: its steps in words, and when each was reached.
    """

    sentence: str
    verdict: str
    event: str = ""
    parts: list[Part] = field(default_factory=list)
    steps: list[tuple[str, float | None]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "answer": self.sentence,
            "verdict": self.verdict,
            "event": self.event,
            "parts": [part.as_json() for part in self.parts],
            "steps": [list(step) for step in self.steps],
        }


def why_not(
    rule: Rule,
    playbook: Playbook,
    trace: Trace,
    when: Callable[[float], str],
    vocabulary: Vocabulary = VOCABULARY,
) -> Answer:
    """Return why a rule of a playbook did nothing for the customer of a trace by its end.

    Parameters
    ----------
    when
        Writes a time as people of the playbook's zone do.
    """
    customer = trace.customer
    if rule.mode in {"draft", "retired"}:
        return Answer(f"{rule.id} is in {rule.mode}, so it runs for nobody.", rule.mode)
    if not trace.seen:
        said = f"{customer} is unknown: there is no event of this customer"
        if since := begun(trace, when):
            said = f"{customer} was not heard of{since},"
        return Answer(f"{said} up to {when(trace.until)}.", "unknown_customer")
    if not trace.seen[0].event.identified:
        said = f"{customer} is a contact that nobody identified, and rules act on known customers"
        return Answer(f"{said} only.", "unidentified")
    templates = {template.id: template.shown for template in playbook.templates}
    tree, _ = read_rule(rule, templates, vocabulary)
    zone = ZoneInfo(playbook.time_zone)

    def interpreter(lookup: Callable[[str], Any]) -> Interpreter:
        return Interpreter(lookup, zone)

    judge = Judge(tree, trace, vocabulary, interpreter)
    return _Asked(rule, trace, judge, when, vocabulary).answer(follow(tree, trace, judge))


def begun(trace: Trace, when: Callable[[float], str]) -> str:
    """Return since when the trace tells, in words; nothing where it tells of the whole log."""
    return "" if trace.since == -inf else f" since {when(trace.since)}, where the log begins"


class _Asked:
    """One question."""

    def __init__(
        self,
        rule: Rule,
        trace: Trace,
        judge: Judge,
        when: Callable[[float], str],
        vocabulary: Vocabulary,
    ) -> None:
        self._rule = rule
        self._trace = trace
        self._judge = judge
        self._when = when
        self._vocabulary = vocabulary

    def answer(self, progress: Progress) -> Answer:
        """Return why nothing came of what the rule waits for, as far as it got."""
        if progress.completed is None:
            answer = self._step(progress)
        elif progress.came is not None:
            came, since = progress.came, progress.completed
            after = format_seconds(came.event.at - since.event.at)
            within = format_seconds(progress.wait_s)
            answer = Answer(
                f"{self._did_not()}: after {self._at(since)} {came.event.type} came within "
                f"{after}, and the rule waits for {within} without one.",
                "came",
                came.event.id,
            )
        elif progress.due_at > self._trace.until:
            answer = Answer(
                f"{self._did_not()} yet: since {self._at(progress.completed)} it waits until "
                f"{self._when(progress.due_at)}.",
                "waiting",
                progress.completed.event.id,
            )
        else:
            answer = self._condition(progress.completed, progress.due_at)
        answer.steps = progress.steps
        return answer

    def _step(self, progress: Progress) -> Answer:
        """Return why the next step was not reached."""
        event_type, node, text = progress.next_type, progress.next_if, progress.next_text
        before = "" if progress.reached is None else f" after {self._at(progress.reached)}"
        if event_type not in self._trace.types:
            said = f"no {event_type} was ever seen in this partition of the log, of anybody"
            if known := begun(self._trace, self._when):
                said = f"nobody in this partition of the log had a {event_type}{known}"
            return Answer(f"{self._did_not()}: {said}: no data.", "no_data")
        since = progress.reached.event.at if progress.reached else float("-inf")
        events = [seen for seen in self._trace.of(event_type) if seen.event.at >= since]
        tried = [seen for seen in events if seen is not progress.reached]
        last = progress.tried or newest(tried, self._trace.until)
        if last is None:
            known = before or begun(self._trace, self._when)
            said = f"there was no {event_type} of this customer{known}"
            return Answer(f"{self._did_not()}: {said}.", "no_event" if not before else "step")
        if node is not None and text and not self._judge.holds(node, last):
            reasons = self._reasons(text, last, None)
            sentence = f"{self._did_not()}: at {self._at(last)} {reasons.why_false(node)}."
            verdict = progress.verdict if progress.reached is None else "step"
            return Answer(sentence, verdict, last.event.id, reasons.parts(node))
        return Answer(
            f"{self._did_not()}: {progress.shortfall or f'{event_type} came too late'}"
            f"{before}; the last one was {self._at(last)}.",
            "step",
            last.event.id,
        )

    def _condition(self, seen: Seen, at: float) -> Answer:
        """Return why a rule that has nothing to wait for any more did nothing."""
        rule, event = self._rule, seen.event
        tree = self._judge.tree
        decided = [
            decision
            for decision in self._trace.decisions
            if decision.data["rule"] == rule.id and decision.data["trigger"]["event_id"] == event.id
        ]
        decision = newest_decision(decided, rule.id, self._trace.until)
        if decision is not None:
            said = why(decision, self._when)
            return Answer(f"There was a candidate: {said}", "decided", event.id)
        parts: list[Part] = []
        if tree.if_ is not None and rule.if_:
            reasons = self._reasons(rule.if_, seen, at)
            parts = reasons.parts(tree.if_)
            if not self._judge.holds(tree.if_, seen, at):
                sentence = f"{self._did_not()}: {self._as_of(seen, at)} "
                return Answer(
                    f"{sentence}{reasons.why_false(tree.if_)}.", "condition", event.id, parts
                )
        if tree.unless is not None and rule.unless:
            reasons = self._reasons(rule.unless, seen, at)
            parts += reasons.parts(tree.unless)
            if self._judge.holds(tree.unless, seen, at):
                said = f"{self._as_of(seen, at)} its `unless` {reasons.why_true(tree.unless)}"
                return Answer(f"{self._did_not()}: {said}.", "unless", event.id, parts)
        return self._again(seen, parts)

    def _again(self, seen: Seen, parts: list[Part]) -> Answer:
        """Return that a rule had matched before about the same, if it had."""
        rule, field_name = self._rule, self._judge.tree.occurrence
        about = seen.event.data.get(field_name) if field_name else None
        for decision in self._trace.decisions:
            if decision.data["rule"] == rule.id and decision.data["occurrence"] == about:
                matched = self._when(decision.data["matched_at"])
                said = f"it had matched about {field_name} {about} on {matched} already"
                sentence = f"{self._did_not()} again: {said}, and matches once about the same."
                return Answer(sentence, "again", seen.event.id, parts)
        said = (
            f"every condition held at {self._at(seen)}, but the engine made no candidate; "
            "time may not have come so far in the log, or an outage lay over the deadline"
        )
        return Answer(f"{self._did_not()}: {said}.", "unexplained", seen.event.id, parts)

    def _did_not(self) -> str:
        return f"{self._rule.id} did nothing for {self._trace.customer}"

    def _at(self, seen: Seen) -> str:
        return f"{seen.event.type} on {self._when(seen.event.at)}"

    def _as_of(self, seen: Seen, at: float) -> str:
        if at == seen.event.at:
            return f"at {self._at(seen)}"
        return f"on {self._when(at)}, {format_seconds(at - seen.event.at)} after {self._at(seen)},"

    def _reasons(self, text: str, seen: Seen, at: float | None) -> Reasons:
        scope = self._vocabulary.scope(seen.event.type)
        kinds = self._judge.tree.kinds()

        def kind(name: str) -> Kind:
            return kinds[name] if name in kinds else scope[name].kind

        return Reasons(
            text,
            self._judge.interpreter(seen, at),
            lambda name: self._judge.value(name, seen, at),
            kind,
        )
