"""How far a customer got on the way that a rule waits for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from rules.language.nodes import Node
from rules.language.text import format_seconds
from rules.playbook.models import SequenceStep
from rules.playbook.tree import RuleTree
from rules.why.seen import Judge, Seen, Trace, newest


@dataclass(slots=True)
class Progress:
    """What has happened of it.

    Parameters
    ----------
    completed
        The event after which only silence, or nothing, was missing; ``None`` before.
    due_at, wait_s
        When the silence is over that must follow, and how long it is; for none the event's time.
    came
        What broke the silence.
    reached
        The event that the newest run has got to; ``None`` where none was begun.
    next_type, next_if, next_text
        The event that must come next, and which of its kind.
    tried
        The event that was not such a one; the newest of its type where it is not named.
    verdict
        What it is called when that event is not such a one.
    shortfall
        Why an event of the kind that did come was not enough.
    steps
        Every step in words, and when the newest run reached it.
    newer
        What began, or was tried, after the sequence was complete.
    """

    completed: Seen | None = None
    due_at: float = inf
    wait_s: float = 0.0
    came: Seen | None = None
    reached: Seen | None = None
    next_type: str = ""
    next_if: Node | None = None
    next_text: str = ""
    tried: Seen | None = None
    verdict: str = "condition"
    shortfall: str = ""
    steps: list[tuple[str, float | None]] = field(default_factory=list)
    newer: "Progress | None" = None


def follow(tree: RuleTree, trace: Trace, judge: Judge) -> Progress:
    """Return how far the customer of a trace got by its end."""
    rule = tree.rule
    if rule.when is not None:
        last = newest(trace.of(rule.when), trace.until)
        return Progress(last, last.event.at if last else inf, next_type=rule.when)
    if rule.absence is not None:
        return _absence(tree, trace, judge)
    progress = _sequence(tree, trace, judge)
    if progress.completed is not None:
        progress.due_at = progress.completed.event.at
        if tree.absent is not None:
            _silence(tree, trace, judge, progress)
        is_waiting = progress.came is None and progress.due_at > trace.until
        if progress.newer is not None and not is_waiting:
            return progress.newer
    return progress


def _absence(tree: RuleTree, trace: Trace, judge: Judge) -> Progress:
    rule = tree.rule
    if rule.absence is None or tree.absent is None:
        return Progress()
    of, (step, node) = rule.absence.of, tree.absent
    progress = Progress(next_type=of, next_if=node, next_text=step.if_ or "")
    events = [seen for seen in trace.of(of) if judge.holds(node, seen)]
    last = newest(events, trace.until)
    if last is None:
        return progress
    progress.steps.append((of, last.event.at))
    if not judge.holds(tree.arm_if, last):
        progress.next_if, progress.next_text = tree.arm_if, rule.absence.arm_if or ""
        progress.verdict, progress.tried = "arming", last
        return progress
    progress.completed, progress.wait_s = last, rule.absence.for_s
    progress.due_at = last.event.at + rule.absence.for_s
    return progress


def _silence(tree: RuleTree, trace: Trace, judge: Judge, progress: Progress) -> None:
    step, node = tree.absent or (None, None)
    completed = progress.completed
    if step is None or step.absent is None or completed is None:
        return
    progress.wait_s = step.for_s or 0.0
    start, progress.due_at = completed.event.at, completed.event.at + progress.wait_s
    progress.came = next(
        (
            seen
            for seen in trace.of(step.absent)
            if start <= seen.event.at <= min(progress.due_at, trace.until)
            and seen is not completed
            and _is_after(trace, seen, completed)
            and judge.holds(node, seen)
        ),
        None,
    )


def _is_after(trace: Trace, seen: Seen, other: Seen) -> bool:
    return trace.seen.index(seen) > trace.seen.index(other) or seen.event.at > other.event.at


@dataclass(frozen=True, slots=True)
class _Run:
    """A beginning that may be continued: when it and its newest step began, and its events."""

    start: float
    step_start: float
    path: tuple[Seen, ...]

    @property
    def at(self) -> Seen:
        return self.path[-1]


def _sequence(tree: RuleTree, trace: Trace, judge: Judge) -> Progress:
    """Follow the newest runs, one per position; a later beginning expires later."""
    rule = tree.rule
    positions = [
        (number, first == 0, step, node)
        for number, (step, node) in enumerate(tree.steps)
        for first in range(step.times)
    ]
    runs: list[_Run | None] = [None] * len(positions)
    types = {step.event for step, _ in tree.steps}
    completed: _Run | None = None
    within_s = inf if rule.within_s is None else rule.within_s
    late = ""
    for seen in sorted(trace.seen, key=lambda each: each.event.at):
        if seen.event.type not in types or seen.event.at > trace.until:
            continue
        at, moved = seen.event.at, False
        for place in range(len(positions) - 1, -1, -1):
            _, is_first, step, node = positions[place]
            if step.event != seen.event.type or not judge.holds(node, seen):
                continue
            before = runs[place - 1] if place else _Run(at, at, ())
            if before is None:
                continue
            if at - before.start > within_s:
                late = f"{step.event} came later than {format_seconds(within_s)} after the first"
                continue
            if not is_first and step.within_s and at - before.step_start > step.within_s:
                late = f"{step.event} did not come {step.times} times in time"
                continue
            moved = True
            step_start = at if is_first else before.step_start
            run = runs[place] = _Run(before.start, step_start, (*before.path, seen))
            if place == len(positions) - 1:
                completed = run
                runs = runs if rule.consume == "none" else [None] * len(positions)
                break
        if rule.strict and not moved:
            runs = [None] * len(positions)
    progress = _told(tree, positions, runs, None, late)
    if completed is None:
        return progress
    told = _told(tree, positions, [None] * len(positions), completed, "")
    last = max(
        (seen for seen in trace.seen if seen.event.type in types and seen.event.at <= trace.until),
        key=lambda seen: seen.event.at,
    )
    told.newer = progress if last.event.at > completed.at.event.at else None
    return told


def _told(
    tree: RuleTree,
    positions: Sequence[tuple[int, bool, SequenceStep, Node | None]],
    runs: Sequence[_Run | None],
    completed: _Run | None,
    shortfall: str,
) -> Progress:
    progress = Progress(None if completed is None else completed.at, shortfall=shortfall)
    far = max((place for place, run in enumerate(runs) if run is not None), default=-1)
    newest_run = runs[far] if far >= 0 else None
    # After the last position a sequence that consumes nothing begins anew.
    following = positions[far + 1 if far + 1 < len(positions) else 0][0]
    step, node = tree.steps[following]
    progress.next_type, progress.next_if = step.event or "", node
    progress.next_text = step.if_ or ""
    progress.reached = newest_run.at if newest_run else None
    newest_run = completed or newest_run
    path = newest_run.path if newest_run else ()
    for number, (each, _) in enumerate(tree.steps):
        # A step of several times is reached with its last one.
        last = [place for place, (of, *_) in enumerate(positions) if of == number][-1]
        condition = f" if {' '.join(each.if_.split())}" if each.if_ else ""
        at = path[last].event.at if last < len(path) else None
        progress.steps.append((f"{each.event}{condition}", at))
    return progress
