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
    r"\b(?:call|calls|reply|replies|answer (?:this|to reach)|write (?:to )?us|chat|phone|agents?|"
    r"advis[eo]rs?|specialists?|colleagues?|somebody|someone|a person|press \d|visit|branch|desk|"
    r"team|"
    r"позвоните|ответьте|напишите|оператор\w*|специалист\w*|сотрудник\w*|отделени\w*)\b",
    re.IGNORECASE,
)


def names_person(text: str) -> bool:
    """Whether a text says, in English or Russian, how to reach a person."""
    return _PERSON.search(text) is not None


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the messages whose text names no way to a person.

    Where the language is stated, what is missing is an error (`rules.playbook.template_checks`).
    """
    texts = {
        template.id: template.text for template in subject.playbook.templates if not template.texts
    }
    for index, rule in enumerate(subject.playbook.rules):
        for _, path, step in rule.actions():
            text = texts.get(step.template)
            if step.do == "message" and text is not None and not names_person(text):
                message = f"the message {step.template!r} names no way to a person"
                help_ = "say whom to call, or that a reply reaches somebody"
                yield warn(("rules", index, *path, "template"), message, help_)
