"""A rule that turned true -> its match: values, conditions leaf by leaf, explanation.

Only what fired comes here, so it costs nothing where nothing fires.
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from detectors.contacts import STALE_S
from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import Kind
from rules.action import action_id
from rules.language.interpreter import Interpreter, Value
from rules.language.nodes import Call, Node, Reference, leaves, references, walk
from rules.language.text import format_seconds
from rules.language.vocabulary import Vocabulary
from rules.match import Match, TriggerKind
from rules.plan import Plan
from rules.playbook.models import Rule
from rules.plays.place import Place

Scores = Mapping[str, float | str]

_UNDER_WAY = ("contact.started", "contact.queued", "contact.waiting", "contact.answered")


class Matcher:
    """Makes the matches of one rule.

    Attributes
    ----------
    scores
        Scores that the conditions read, without ``score.``, in the order of the text.
    """

    def __init__(self, plan: Plan, vocabulary: Vocabulary, zone: ZoneInfo) -> None:
        tree = plan.tree
        self._plan = plan
        self._vocabulary = vocabulary
        self._zone = zone
        read = dict.fromkeys(name for node in tree.conditions() for name in references(node))
        shown = dict.fromkeys((*read, *tree.shown()))
        self.scores = tuple(name[6:] for name in read if name.startswith("score."))
        self._kinds: dict[str, Kind] = {
            # A condition of an earlier step may read fields that the last event does not have.
            name: tree.scope[name].kind
            for name in shown
            if name in tree.scope
        }
        self._steps = _steps(plan)
        self._leaves = _leaves(plan)
        self._needed = _needed(tree.unless)

    def match(
        self,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        at: float,
        occurrence: str,
    ) -> Match:
        """Return the match of an event, or of an absence that it armed, as of `at`."""
        facts = {
            name: self._value(name, event, customer, scores, signals, at) for name in self._kinds
        }
        interpreter = Interpreter(facts.get, self._zone)
        rule = self._plan.rule
        return Match(
            rule=rule,
            at=at,
            event=event,
            kind=self._kind(event, customer, at),
            occurrence=occurrence,
            facts=facts,
            conditions=self._steps
            + [(text, interpreter.holds(leaf)) for text, leaf in self._leaves],
            explanation=self._plan.tree.explain.fill(facts, self._kinds),
            missing=tuple(name for name in self._needed if facts[name] is None),
            play=None if len(rule.then) == 1 else _first(rule, customer.id, occurrence),
        )

    def follow(
        self,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        at: float,
        occurrence: str,
        place: Place,
        conditions: list[tuple[str, bool]],
    ) -> Match:
        """Return the match of a later step of a play, as of `at`.

        Parameters
        ----------
        event, scores, signals
            The event that set the rule off, as far as it was kept.
        conditions
            What made the step due.
        """
        tree = self._plan.tree
        facts = {
            name: self._value(name, event, customer, scores, signals, at)
            for name in dict.fromkeys(tree.shown())
            if name in self._kinds
        }
        return Match(
            rule=self._plan.rule,
            at=at,
            event=event,
            kind="inbound" if _is_asking(customer, at) else "observed",
            occurrence=occurrence,
            facts=facts,
            conditions=conditions,
            explanation=tree.explain.fill(facts, self._kinds),
            play=place,
        )

    def _value(
        self,
        name: str,
        event: Event,
        customer: Customer,
        scores: Scores,
        signals: Scores,
        at: float,
    ) -> Value:
        found: object
        space, _, key = name.partition(".")
        if name in self._plan.facts:
            found = self._plan.facts[name].value(customer.rules, at)
        elif space == "event":
            found = event.at if key == "at" else event.data.get(key)
        elif space == "customer":
            found = self._vocabulary.customer[key].get(customer, at)
        else:
            found = (scores if space == "score" else signals).get(key)
        return _as(self._kinds[name], found)

    def _kind(self, event: Event, customer: Customer, at: float) -> TriggerKind:
        """Return what set the rule off.

        ``inbound``: the customer is asking right now, by the contact that triggered it or another.
        ``predicted``: otherwise, when the conditions read a score. ``observed``: all else.
        """
        is_ask = self._plan.absence is None and event.type in _UNDER_WAY
        if is_ask and event.data.get("direction") == "inbound":
            return "inbound"
        if _is_asking(customer, at):
            return "inbound"
        return "predicted" if self.scores else "observed"


def _is_asking(customer: Customer, at: float) -> bool:
    contacts = customer.contacts.open.values()
    return any(each.inbound and at - STALE_S < each.started_at <= at for each in contacts)


def _first(rule: Rule, customer: str, occurrence: str) -> Place:
    play = str(action_id(rule.experiment_id, customer, occurrence))
    return Place(play, 1, len(rule.then), rule.first)


def _steps(plan: Plan) -> list[tuple[str, bool]]:
    """Return the steps of a sequence in words; all of them held, or it had not matched."""
    found = []
    for step, _ in plan.tree.steps:
        times = f" {step.times} times" if step.times > 1 else ""
        found.append((f"{step.event}{times}{_if(step.if_)}", True))
    if plan.tree.absent is not None:
        step = plan.tree.absent[0]
        wait = format_seconds(step.for_s or 0.0)
        found.append((f"no {step.absent}{_if(step.if_)} for {wait}", True))
    absence = plan.rule.absence
    if absence is not None and absence.arm_if is not None:
        found.append((f"waits if {' '.join(absence.arm_if.split())}", True))
    return found


def _if(text: str | None) -> str:
    return f" if {' '.join(text.split())}" if text else ""


def _leaves(plan: Plan) -> list[tuple[str, Node]]:
    """Return the parts of ``if`` and ``unless`` as written."""
    return [
        (prefix + " ".join(text[leaf.at : leaf.end].split()), leaf)
        for node, text, prefix in (
            (plan.tree.if_, plan.rule.if_, ""),
            (plan.tree.unless, plan.rule.unless, "unless "),
        )
        if node is not None and text is not None
        for leaf in leaves(node)
    ]


def _needed(unless: Node | None) -> tuple[str, ...]:
    """Return the names that ``unless`` needs: those it reads, but for what it asks with has()."""
    if unless is None:
        return ()
    asked = {
        argument.name
        for part in walk(unless)
        if isinstance(part, Call) and part.function == "has"
        for argument in part.arguments
        if isinstance(argument, Reference)
    }
    return tuple(name for name in references(unless) if name not in asked)


def _as(kind: Kind, value: object) -> Value:
    """Return a value of the type that its name has, None for anything else and for NaN."""
    if kind in {"text", "enum"}:
        return value if isinstance(value, str) else None
    if kind == "bool":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond what a float can hold
        return None
    return number if number == number else None  # noqa: PLR0124
