"""A case played again under conditions that must not matter.

* **shuffled**: timers and sequences wait for late events, and events arrive in other orders
  within that time, as far as the rule promises the same firings: see `rules.playbook.arrival`.
* **restored**: after every event all that is kept is written to bytes and read by a program and
  gates that know nothing else. Firings, gates and decisions must be the same.
* **absent**: each name that may be missing is missing throughout, one at a time. Firings may
  fall away, but none may come that was not there, unless the rule asks with ``has()``.

Later steps of a play count in the second alone: a play takes events as they arrive, and what does
not come in time is itself a reason to act.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from rules.decision import Decision
from rules.language.duration import format_duration
from rules.language.nodes import Call, Reference, references, walk
from rules.language.vocabulary import Vocabulary
from rules.match import Match
from rules.playbook.arrival import Arrival
from rules.playbook.stage import Stage
from rules.playbook.timeline import EXACT_S, START_AT, Timeline
from rules.playbook.tree import RuleTree
from rules.playbook.written import followed, written_conditions

LATENESS_S = 30.0
"""How late events of a live source may come where an operator says nothing else, seconds."""
FAR_S = 3600.0
"""A lateness at which many more events change places, seconds."""
SHUFFLES = ((0, LATENESS_S), (1, LATENESS_S), (2, LATENESS_S), (3, FAR_S), (4, FAR_S), (5, FAR_S))
"""Seed and lateness of each; with seed 0 nothing changes its place, but timers wait."""


def play_shuffled(
    stage: Stage, tree: RuleTree, line: Timeline, firings: Sequence[Match]
) -> tuple[int, list[str]]:
    """Return how many other orders of arrival there were, and what came out otherwise."""
    arrival = Arrival(tree, line)
    own = _first_steps(firings, tree)
    tried, failures = 0, []
    for seed, lateness_s in SHUFFLES:
        shuffled = arrival.shuffled(line, seed, lateness_s) if seed else arrival.in_order(line)
        if shuffled is None:
            continue
        tried += 1
        try:
            again = stage.play(shuffled, lateness_s=lateness_s)
        except Exception as error:
            difference = _raised(error)
        else:
            difference = _differs(own, _first_steps(again, tree))
        if difference:
            order = " ".join(
                f"{event.type}@{format_duration(event.at - START_AT)}" for event in shuffled.events
            )
            failures.append(f"arriving as {order[:300]}: {difference}")
    return tried, failures


def play_restored(stage: Stage, line: Timeline) -> list[str]:
    """Return what restarts after every event change."""
    try:
        plain = _told(stage.decide(line, restarts=False))
        again = _told(stage.decide(line, restarts=True))
    except Exception as error:
        return [f"restarted after every event: {_raised(error)}"]
    if plain == again:
        return []
    return [f"restarted after every event: {_differ(plain, again)}"]


def play_absent(
    stage: Stage,
    trees: Sequence[RuleTree],
    line: Timeline,
    firings: Sequence[Match],
    vocabulary: Vocabulary,
) -> tuple[int, list[str]]:
    """Return how many names were left out, and what fired for the lack of one."""
    before = Counter(_key(match) for match in firings if match.number == 1)
    failures = []
    names = sorted(_nullable(trees, line, vocabulary))
    tree_of = {tree.rule.id: tree for tree in trees}
    for name in names:
        try:
            again = stage.play(line.without(name))
        except Exception as error:
            failures.append(f"without {name}: {_raised(error)}")
            continue
        after = Counter(_key(match) for match in again if match.number == 1)
        for (rule, at), number in (after - before).items():
            if name in _asked(tree_of[rule]):
                continue
            times = f"{number} times " if number > 1 else ""
            failures.append(f"without {name}, {rule} fires {times}at {_when(at)}")
    return len(names), failures


def _first_steps(firings: Sequence[Match], tree: RuleTree) -> list[Match]:
    return [match for match in firings if match.rule.id == tree.rule.id and match.number == 1]


def _raised(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _differs(own: Sequence[Match], again: Sequence[Match]) -> str:
    """Return how firings differ; nothing when they do not."""
    wanted, got = (sorted((m.occurrence, m.event.id, m.at) for m in each) for each in (own, again))
    if len(wanted) != len(got):
        return f"{len(got)} firings instead of {len(wanted)}"
    for (occurrence, event, at), (other, other_event, other_at) in zip(wanted, got, strict=True):
        if (occurrence, event) != (other, other_event) or abs(at - other_at) > EXACT_S:
            return f"fired at {_when(other_at)} instead of {_when(at)}"
    return ""


def _told(decisions: Sequence[Decision]) -> list[tuple[object, ...]]:
    return [
        (d.match.rule.id, _when(d.at), d.reason, d.match.explanation, d.match.facts, d.action_id)
        for d in decisions
    ]


def _differ(plain: Sequence[tuple[object, ...]], again: Sequence[tuple[object, ...]]) -> str:
    for one, other in zip(plain, again, strict=False):
        if one != other:
            return f"{other[:4]} instead of {one[:4]}"
    return f"{len(again)} decisions instead of {len(plain)}"


def _nullable(trees: Sequence[RuleTree], line: Timeline, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the names that some rule reads, that may be missing, and that the case may have."""
    given = {name for name, value in line.given.items() if value is not None}
    types = {event.type for event in line.events}
    seen: set[str] = set()
    for tree in (tree for tree in trees if followed(tree) & types):
        shown = tree.shown()
        shown += [f"event.{tree.occurrence}"] if tree.occurrence else []
        read = [(tree.trigger, name) for name in shown]
        facts = (fact for fact, _ in tree.facts.values())
        read += [(fact.event, f"event.{fact.of}") for fact in facts if fact.of]
        for condition in written_conditions(tree):
            read += [(condition.event_type or tree.trigger, n) for n in references(condition.node)]
        for event_type, name in read:
            described = vocabulary.scope(event_type).get(name)
            if name in seen or described is None or not described.nullable:
                continue
            is_there = (
                event_type in types
                if name.startswith("event.")
                else name in given or name.startswith("customer.")
            )
            if is_there:
                seen.add(name)
                yield name


def _asked(tree: RuleTree) -> set[str]:
    """Return the names that a rule asks for with ``has()``."""
    return {
        argument.name
        for condition in written_conditions(tree)
        for part in walk(condition.node)
        if isinstance(part, Call) and part.function == "has"
        for argument in part.arguments
        if isinstance(argument, Reference)
    }


def _key(match: Match) -> tuple[str, float]:
    return match.rule.id, round(match.at - START_AT, 5)


def _when(at: float) -> str:
    return format_duration(round(at - START_AT if at >= START_AT else at, 5))
