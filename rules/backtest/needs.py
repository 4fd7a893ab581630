"""Which events a rule needs, and which of them a log lacks: "no data" is not "never"."""

from collections.abc import Collection
from dataclasses import dataclass

from rules.playbook.models import Rule
from rules.playbook.steps import WaitFor


@dataclass(frozen=True, slots=True)
class Missing:
    """Event types that a rule names and a log does not hold, each in alphabetical order.

    Parameters
    ----------
    needed
        Without them the rule cannot fire at all.
    watched
        The rule counts them, waits for them to stay away, or its play waits for them; it takes
        them for never.
    """

    needed: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()

    @property
    def is_mute(self) -> bool:
        """Whether silence of the rule says nothing."""
        return bool(self.needed)


def needed(rule: Rule) -> set[str]:
    """Return the event types without which a rule cannot fire."""
    found = {step.event for step in rule.sequence if step.event is not None}
    found |= {rule.when} if rule.when is not None else set()
    return found | ({rule.absence.of} if rule.absence is not None else set())


def watched(rule: Rule) -> set[str]:
    """Return the event types that a rule looks at beside those that it needs."""
    found = {fact.event for fact in rule.facts.values()}
    found |= {step.absent for step in rule.sequence if step.absent is not None}
    found |= {step.wait_for for step in rule.then if isinstance(step, WaitFor)}
    return found - needed(rule)


def missing(rule: Rule, held: Collection[str]) -> Missing:
    """Return what a rule names and a log does not hold.

    Parameters
    ----------
    held
        The event types of the log.
    """
    return Missing(
        tuple(sorted(needed(rule).difference(held))),
        tuple(sorted(watched(rule).difference(held))),
    )
