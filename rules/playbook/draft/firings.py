"""What a playbook does on a test's time line, as the expectations of that test."""

from typing import Any

from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.layout.flow import exact_duration
from rules.playbook.models import Playbook
from rules.playbook.stage import Stage, as_live, with_rules
from rules.playbook.timeline import START_AT, read_timeline
from rules.playbook.written_case import RuleTest

_IDLE = {"draft", "retired"}


def firings(
    playbook: Playbook, rule_id: str, test: RuleTest, vocabulary: Vocabulary = VOCABULARY
) -> list[dict[str, Any]]:
    """Return what must be expected of a test that stands beside a rule, in order of time.

    As in `rules.playbook.testing`, all rules that run are looked at, and the tested one always.
    """
    rules = (
        as_live(rule) if rule.id == rule_id and rule.mode in _IDLE else rule
        for rule in playbook.rules
    )
    stage = Stage(with_rules(playbook, rules), vocabulary)
    return [
        {"at": exact_duration(match.at - START_AT), "fires": match.rule.id}
        | ({"step": match.number} if match.number > 1 else {})
        for match in stage.play(read_timeline(test, vocabulary))
    ]
