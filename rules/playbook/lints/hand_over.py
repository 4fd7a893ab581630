"""A message that leaves the customer without a person to turn to.

A service that writes by itself and cannot be answered adds to the effort it means to save: robotic
service is one of the drivers of effort in Dixon, Freeman and Toman, Stop Trying to Delight Your
Customers, Harvard Business Review 88(7), 2010. So every message names a way to somebody.
"""

import re
from collections.abc import Iterator

from rules.playbook.finding import Finding
from rules.playbook.lints.subject import Subject, warn

_PERSON = re.compile(
    r"\b(?:call|calls|reply|replies|answer this|write (?:to )?us|chat|phone|agents?|advis[eo]rs?|"
    r"specialists?|colleagues?|somebody|someone|a person|press \d|visit|branch|desk|team|"
    r"позвоните|ответьте|напишите|оператор\w*|специалист\w*|сотрудник\w*|отделени\w*)\b",
    re.IGNORECASE,
)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the messages whose text names no way to a person."""
    texts = {template.id: template.text for template in subject.playbook.templates}
    for index, rule in enumerate(subject.playbook.rules):
        step = rule.then[0]
        if step.do == "message" and not _PERSON.search(texts[step.template]):
            message = f"the message {step.template!r} names no way to a person"
            help_ = "say whom to call, or that a reply reaches somebody"
            yield warn(("rules", index, "then", 0, "template"), message, help_)
