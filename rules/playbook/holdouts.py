"""What must hold for the drawing of lots, so that arms mean what a read-out takes them for."""

from collections.abc import Iterator

from rules.holdout import is_exempt
from rules.language.errors import Flaw
from rules.playbook.finding import Finding
from rules.playbook.models import Playbook, Rule


def check_holdouts(playbook: Playbook) -> Iterator[Finding]:
    """Yield every rule whose holdout cannot be, with the reason."""
    salt = None if playbook.holdout is None else playbook.holdout.salt
    first: dict[str, Rule] = {}
    for index, rule in enumerate(playbook.rules):
        key = "holdout" if rule.experiment is None else "experiment"
        if rule.holdout and is_exempt(rule, rule.first):
            message = "nobody is left without what is critical or owed (force fair-treatment)"
            yield _wrong(index, "holdout", message, "remove 'holdout'")
        if rule.holdout and rule.experiment_id == salt:
            message = f"{salt!r} is the salt of the playbook's holdout already"
            help_ = "give the rule an 'experiment' of its own: one salt deals one set of customers"
            yield _wrong(index, key, message, help_)
        other = first.setdefault(rule.experiment_id, rule)
        if (other.holdout or 0) != (rule.holdout or 0):
            message = f"rules of one experiment hold out the same percentage; {other.id} does not"
            yield _wrong(index, key, message, f"write 'holdout: {other.holdout or 0}'")


def _wrong(index: int, key: str, message: str, help_: str) -> Finding:
    return Finding(("rules", index, key), Flaw(0, len(key), message, help_), is_key=True)
