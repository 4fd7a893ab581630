"""What a rule may name as its propensity."""

from collections.abc import Iterator

from rules.language.checker import suggest
from rules.language.errors import Flaw
from rules.language.vocabulary import Vocabulary
from rules.playbook.finding import Finding
from rules.playbook.models import Rule
from rules.playbook.tree import Path


def check_propensity(at: Path, rule: Rule, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield why a propensity can never be known."""
    named = rule.propensity
    if named is None:
        return
    names = vocabulary.scope(None).items()
    scores = [name for name, of in names if name.startswith("score.") and of.kind == "num"]
    waits = rule.absence is not None or any(step.absent is not None for step in rule.sequence)
    if named not in scores:
        message = f"propensity must be a score that is a probability; got {named!r}"
        help_ = suggest(named, scores) or f"known: {', '.join(scores)}"
    elif waits:
        message = "no model scores that nothing came: the propensity would always be 0"
        help_ = "remove 'propensity', say how much it is worth by 'value'"
    else:
        return
    yield Finding((*at, "propensity"), Flaw(0, len(named), message, help_))
