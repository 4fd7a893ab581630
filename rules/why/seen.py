"""What is known of one customer at every event: what explanations are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from detectors.customer import Customer
from detectors.event import Event
from detectors.schema import Kind
from rules.language.interpreter import Interpreter, Value
from rules.language.nodes import Node
from rules.language.vocabulary import Vocabulary
from rules.playbook.models import Fact
from rules.playbook.tree import RuleTree


@dataclass(frozen=True, slots=True)
class Seen:
    """An event of the customer as it was applied.

    Parameters
    ----------
    customer
        Gives the customer as after the event; a new object each time.
    scores, signals
        As of the event.
    """

    event: Event
    customer: Callable[[], Customer]
    scores: Mapping[str, float | str]
    signals: Mapping[str, float]


@dataclass(slots=True)
class Trace:
    """Everything that happened to one customer up to a time, and what was decided.

    Parameters
    ----------
    until
        Up to when, event time.
    seen
        Events in the order in which they were applied.
    decisions
        Records of decisions about the customer, of any rule, in the order of the log.
    types
        Event types of anybody in the partition: what never occurred to anybody is missing data.
    since
        From when on, event time; minus infinity for the whole log.
    cancels
        Records of actions of the customer that were called back, in the order of the log.
    """

    customer: str
    until: float
    seen: list[Seen] = field(default_factory=list)
    decisions: list[Event] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    since: float = -inf
    cancels: list[Event] = field(default_factory=list)

    def of(self, event_type: str) -> list[Seen]:
        """Return the events of a type in the order of their times."""
        return sorted(
            (seen for seen in self.seen if seen.event.type == event_type),
            key=lambda seen: seen.event.at,
        )


class Judge:
    """Values of a rule's names, and whether its conditions hold, at any moment of a trace.

    Facts are counted anew from the events, so nothing rests on what the engine keeps.

    Parameters
    ----------
    tree
        The rule.
    interpret
        Makes an interpreter of what gives the values of names.
    """

    def __init__(
        self,
        tree: RuleTree,
        trace: Trace,
        vocabulary: Vocabulary,
        interpret: Callable[..., Interpreter],
    ) -> None:
        self.tree = tree
        self._trace = trace
        self._vocabulary = vocabulary
        self._interpret = interpret
        self._kinds = tree.kinds()

    def holds(self, node: Node | None, seen: Seen, at: float | None = None) -> bool:
        """Return whether a condition holds at an event; one that is not there does.

        Parameters
        ----------
        at
            As of when, for a rule that waits after its event; the event's own time without it.
        """
        return node is None or self.interpreter(seen, at).holds(node)

    def interpreter(self, seen: Seen, at: float | None = None) -> Interpreter:
        """Return what evaluates expressions at an event."""
        return self._interpret(lambda name: self.value(name, seen, at))

    def value(self, name: str, seen: Seen, at: float | None = None) -> Value:
        """Return the value of a name."""
        as_of = seen.event.at if at is None else at
        if name in self.tree.facts:
            return self._fact(*self.tree.facts[name], as_of, seen)
        space, _, key = name.partition(".")
        found: object
        if space == "event":
            found = seen.event.at if key == "at" else seen.event.data.get(key)
        elif space == "customer":
            found = self._vocabulary.customer[key].get(self._latest(seen, as_of).customer(), as_of)
        else:
            found = (seen.scores if space == "score" else seen.signals).get(key)
        kind = self._kinds.get(name) or self._vocabulary.scope(seen.event.type)[name].kind
        return typed(kind, found)

    def _latest(self, seen: Seen, at: float) -> Seen:
        """Return the newest event that had been applied when time had come to `at`."""
        series = self._trace.seen
        place = next(n for n, each in enumerate(series) if each is seen)
        for later in series[place + 1 :]:
            if later.event.at > at:
                break
            place += 1
        return series[place]

    def _fact(self, fact: Fact, node: Node | None, at: float, seen: Seen) -> Value:
        within_s = inf if fact.within_s is None else fact.within_s
        known = self._trace.seen[: self._trace.seen.index(self._latest(seen, at)) + 1]
        events = sorted(
            (each for each in known if each.event.type == fact.event and self.holds(node, each)),
            key=lambda each: each.event.at,
        )
        inside = [each for each in events if at - within_s < each.event.at <= at]
        match fact.kind:
            case "count":
                return float(len(inside))
            case "since":
                return at - inside[-1].event.at if inside else inf
            case "sum":
                amounts = [each.event.data.get(fact.of or "") for each in inside]
                return float(sum(a for a in amounts if isinstance(a, int | float)))
            case _:
                kind = self._vocabulary.events[fact.event][fact.of or ""].kind
                return typed(kind, inside[-1].event.data.get(fact.of or "")) if inside else None


def typed(kind: Kind, value: object) -> Value:
    """Return a value of the type that its name has, ``None`` for anything else and for NaN."""
    if kind in {"text", "enum"}:
        return value if isinstance(value, str) else None
    if kind == "bool":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = float(value)
    return number if number == number else None  # noqa: PLR0124


def newest(series: Sequence[Seen], until: float) -> Seen | None:
    """Return the last of the events up to a time."""
    return next((seen for seen in reversed(series) if seen.event.at <= until), None)
