"""Playbooks made of others, for a run over a log."""

from collections.abc import Sequence

from rules.playbook.models import Playbook, Rule


def with_rules(playbook: Playbook, rules: Sequence[Rule]) -> Playbook:
    """Return a playbook with other rules, and with a hash of its own."""
    changed = playbook.model_copy(update={"rules": tuple(rules)})
    vars(changed).pop("hash", None)  # a copy keeps what was computed of the first
    return changed


def as_run(playbook: Playbook) -> Playbook:
    """Return the playbook with its drafts in shadow: they run along, live rules never notice."""
    return with_rules(
        playbook,
        [
            rule.model_copy(update={"mode": "shadow"}) if rule.mode == "draft" else rule
            for rule in playbook.rules
        ],
    )
