"""What must hold between the steps of a play."""

from collections.abc import Iterator

from rules.language.errors import Flaw
from rules.playbook.finding import Finding
from rules.playbook.models import Rule
from rules.playbook.steps import Wait, WaitFor
from rules.playbook.tree import Path

_WHOLE = 1_000


def check_play(at: Path, rule: Rule) -> Iterator[Finding]:
    """Yield every wait at the end that leads to nothing, and every step that nothing leads to."""
    last = rule.then[-1]
    path: Path = (*at, "then", len(rule.then) - 1)
    if isinstance(last, Wait):
        flaw = Flaw(0, _WHOLE, "nothing follows this wait", "say what is done after it")
        yield Finding((*path, "wait"), flaw)
    elif isinstance(last, WaitFor) and "else_" not in last.model_fields_set:
        message = "nothing follows this wait, and it does not say what is done in vain"
        help_ = "write 'else: {do: task, ...}', or 'else: stop' to count it only"
        yield Finding((*path, "wait_for"), Flaw(0, _WHOLE, message, help_))
    if rule.until and len(rule.then) == 1:
        flaw = Flaw(0, 5, "'until' is for a rule of several steps", "remove it")
        yield Finding((*at, "until"), flaw, is_key=True)
    for index, step in enumerate(rule.then[:-1]):
        if isinstance(step, WaitFor) and step.wait_for in rule.until:
            message = f"this step is never reached: {step.wait_for} ends the play before it"
            help_ = "take it out of 'until', or leave out what follows"
            yield Finding((*at, "then", index + 1), Flaw(0, _WHOLE, message, help_))
            break
