"""Something put in the way of who wants to leave, to be paid back, or to complain.

Friction is sometimes meant well, but never on the paths of cancelling, refund, unsubscribing and
complaint: there it is the dark pattern "obstruction" of Gray et al., The Dark (Patterns) Side of
UX Design, CHI 2018, and "hard to cancel" of the catalogue at deceptive.design. An offer or a
promotion stands in the way; help is welcome.
"""

import re
from collections.abc import Iterator

from rules.playbook.finding import Finding
from rules.playbook.lints.subject import Subject, warn
from rules.playbook.models import Rule

_PATHS = re.compile(
    r"cancel|refund|unsubscri|opt[-_.]?out|opted|complain|clos(?:e|ing)[-_.]account|account\.clos",
    re.IGNORECASE,
)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the rules that sell to who is on such a path."""
    for index, rule in enumerate(subject.playbook.rules):
        found = next((word for word in _words(rule) if _PATHS.search(word)), None)
        for _, path, step in rule.actions() if found is not None else ():
            sells = step.class_ == "promotional" or (step.do == "offer" and step.kind == "grow")
            if sells:
                what = f"a {step.class_} {step.do} does"
                message = f"nothing may stand in the way of {found!r}; {what}"
                help_ = "help them on with class 'service', or leave them alone"
                yield warn(("rules", index, *path), message, help_, 0, 1)


def _words(rule: Rule) -> list[str]:
    """Return what names the path a rule is on: its trigger, its topic, the customer's goal."""
    events = [rule.when, *(step.event for step in rule.sequence)]
    events += [rule.absence.of] if rule.absence else []
    return [word for word in (*events, rule.topic, rule.customer_goal) if word]
