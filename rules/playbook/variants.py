"""Variants of one rule on the rule's own cases: how coverage and mutation look into a rule."""

from collections.abc import Sequence

from rules.language.vocabulary import Vocabulary
from rules.playbook.models import Playbook, Rule
from rules.playbook.stage import Stage, as_live, with_rules
from rules.playbook.timeline import START_AT, Timeline
from rules.playbook.tree import read_rule

Times = tuple[float, ...]
"""When a variant fires, seconds on the time line."""


def play_variants(
    playbook: Playbook,
    variants: Sequence[Rule],
    lines: Sequence[Timeline],
    vocabulary: Vocabulary,
) -> list[list[Times]]:
    """Return when each variant fires, per variant and time line.

    All of them run side by side in one program, each under an id of its own; those with a play run
    alone, for a customer has a few plays at most. No template and no explanation is filled in.
    """
    named = [
        as_live(rule).model_copy(update={"id": f"{rule.id}.{number}", "explain": "-"})
        for number, rule in enumerate(variants)
    ]
    silent = playbook.model_copy(update={"templates": ()})  # they may show what a variant lacks
    together = [rule for rule in named if len(rule.then) == 1]
    alone = [[rule] for rule in named if len(rule.then) > 1]
    found: list[list[Times]] = [[] for _ in named]
    number_of = {rule.id: number for number, rule in enumerate(named)}
    for rules in [together, *alone] if together else alone:
        stage = Stage(with_rules(silent, rules), vocabulary)
        for line in lines:
            times: dict[str, list[float]] = {rule.id: [] for rule in rules}
            for match in stage.play(line):
                times[match.rule.id].append(round(match.at - START_AT, 5))
            for identity, each in times.items():
                found[number_of[identity]].append(tuple(sorted(each)))
    return found


def is_sound(rule: Rule, vocabulary: Vocabulary) -> bool:
    """Return whether a variant could stand in a playbook."""
    return all(flaw.severity == "warning" for _, flaw in read_rule(rule, {}, vocabulary)[1])
