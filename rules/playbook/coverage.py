"""Which parts of a rule its own cases have shown: each leaf true and false, each step, each timer.

A leaf is what ``and``, ``or`` and ``not`` join. Every part is a small rule of its own that looks
at the same moments: with this leaf alone as its condition, with its contrary, or with a sequence
that ends at this step. If it never fires in the cases, the part was never seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.language.duration import format_duration
from rules.language.nodes import leaves
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.models import Playbook, Rule
from rules.playbook.stage import Stage, as_live, with_rules
from rules.playbook.timeline import Timeline, read_timeline
from rules.playbook.tree import Path, RuleTree
from rules.playbook.variants import Times, play_variants
from rules.playbook.written import Condition, written_conditions

_ALWAYS = {"customer.identified"}  # rules look at nobody else


@dataclass(frozen=True, slots=True)
class Point:
    """One thing a case should show.

    Parameters
    ----------
    path, at, end
        Where it is: path in the playbook, and characters of the text there.
    missing
        What to say where no case shows it.
    """

    path: Path
    at: int
    end: int
    missing: str
    seen: bool


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """What the cases of one rule have shown."""

    rule: str
    points: tuple[Point, ...]

    @property
    def seen(self) -> int:
        """How many of the points were seen."""
        return sum(point.seen for point in self.points)

    @property
    def percent(self) -> float:
        """Share of the points that were seen, 0 to 100; 100 where there is nothing to see."""
        return 100.0 * self.seen / len(self.points) if self.points else 100.0


@dataclass(frozen=True, slots=True)
class _Probe:
    path: Path
    at: int
    end: int
    missing: str
    rule: Rule


def cover(
    playbook: Playbook, trees: Sequence[RuleTree], index: int, vocabulary: Vocabulary = VOCABULARY
) -> RuleCoverage:
    """Return what the cases of the rule at an index show of it."""
    rule, tree = playbook.rules[index], trees[index]
    probes = list(_probes(("rules", index), tree))
    lines = [read_timeline(test, vocabulary) for test in rule.tests]
    ends = _ends(tree)
    firings = play_variants(playbook, [*(p.rule for p in probes), *ends], lines, vocabulary)
    points = [
        Point(p.path, p.at, p.end, p.missing, any(times))
        for p, times in zip(probes, firings, strict=False)
    ]
    if ends:
        before, after = firings[len(probes) :]
        points += _timer(("rules", index), tree, before, after)
    points += _acts(("rules", index), playbook, rule, lines, vocabulary)
    return RuleCoverage(rule.id, tuple(points))


def _probes(at: Path, tree: RuleTree) -> Iterator[_Probe]:
    for condition in written_conditions(tree):
        yield from _leaves(at, condition, tree.rule)
    bare = tree.rule.model_copy(update={"if_": None, "unless": None, **_first(tree.rule)})
    for number, (step, _) in enumerate(tree.steps):
        until = bare.model_copy(update={"sequence": bare.sequence[: number + 1]})
        missing = f"no case reaches the step {step.event}"
        yield _Probe((*at, "sequence", number), 0, 1, missing, until)


def _leaves(at: Path, condition: Condition, rule: Rule) -> Iterator[_Probe]:
    """Yield the probes of a condition's leaves, each in the place of the whole."""
    bare = rule.model_copy(update={"if_": None, "unless": None, **_first(rule)})
    if condition.event_type:
        # Of a step or a fact: seen whenever such an event comes.
        nothing: dict[str, object] = {"sequence": (), "absence": None, "facts": {}}
        alone = {"within_s": None, "occurrence": None, "when": condition.event_type}
        bare = bare.model_copy(update=nothing | alone)
    for leaf in leaves(condition.node):
        text = condition.text[leaf.at : leaf.end]
        shown = " ".join(text.split())
        for wanted, probe in (("true", text), ("false", f"not ({text})")):
            if wanted == "false" and shown in _ALWAYS:
                continue
            one = bare.model_copy(update={"if_": probe})
            missing = f"{shown} is never {wanted} in a case"
            yield _Probe((*at, *condition.path), leaf.at, leaf.end, missing, one)


def _first(rule: Rule) -> dict[str, object]:
    """Return what leaves only the first step of a play."""
    return {"then": rule.then[:1], "until": ()}


def _acts(
    at: Path, playbook: Playbook, rule: Rule, lines: Sequence[Timeline], vocabulary: Vocabulary
) -> Iterator[Point]:
    """Yield a point for each later step of a play that does something."""
    if len(rule.then) == 1:
        return
    stage = Stage(with_rules(playbook, [as_live(rule)]), vocabulary)
    done = {match.number for line in lines for match in stage.play(line)}
    for number, path, step in rule.actions():
        if number > 1:
            missing = f"no case comes to step {number}, the {step.do} {step.template}"
            yield Point((*at, *path), 0, 1, missing, number in done)


def _ends(tree: RuleTree) -> list[Rule]:
    """Return a rule that fires when the timer starts, and one that fires when it runs out."""
    if tree.absent is None:
        return []
    bare = tree.rule.model_copy(update={"if_": None, "unless": None, **_first(tree.rule)})
    if (absence := bare.absence) is None:
        return [bare.model_copy(update={"sequence": bare.sequence[:-1]}), bare]
    conditions = [f"({text})" for text in (absence.if_, absence.arm_if) if text is not None]
    arms = {"absence": None, "when": absence.of, "if_": " and ".join(conditions) or None}
    return [bare.model_copy(update=arms), bare]


def _timer(
    at: Path, tree: RuleTree, before: Sequence[Times], after: Sequence[Times]
) -> Iterator[Point]:
    if tree.absent is None:
        return
    step = tree.absent[0]
    path: Path = (*at, "absence") if tree.rule.absence else (*at, "sequence", len(tree.steps))
    wait = format_duration(step.for_s or 0.0)
    ran_out = any(after)
    missing = f"no case waits {wait} without {step.absent}"
    yield Point(path, 0, 1, missing, ran_out)
    came = any(len(started) > len(over) for started, over in zip(before, after, strict=True))
    yield Point(path, 0, 1, f"no case has {step.absent} come within {wait}", came)
