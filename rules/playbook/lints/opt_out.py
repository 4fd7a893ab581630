"""A promotion without a way out that is as easy to see as the offer.

A hidden opt-out is the dark pattern "obstruction" of Gray et al., CHI 2018; the right to object to
direct marketing is to be offered in each message (Directive 2002/58/EC, article 13).
"""

import re
from collections.abc import Iterator

from rules.playbook.finding import Finding
from rules.playbook.lints.subject import Subject, warn

_WAY_OUT = re.compile(
    r"\b(?:stop|unsubscribe|opt[- ]?out|no more (?:such|of these)|"
    r"do not want|don(?:'|\u2019)t want|"
    r"стоп|отписаться|отпишитесь|не хотите получать|отказаться)\b",
    re.IGNORECASE,
)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the promotional messages and offers whose text says no way out."""
    ways_out = {
        template.id: all(_WAY_OUT.search(words.text) for _, words in template.variants())
        for template in subject.playbook.templates
    }
    for index, rule in enumerate(subject.playbook.rules):
        for _, path, step in rule.actions():
            is_sale = step.class_ == "promotional" and step.do != "task"
            if is_sale and not ways_out[step.template]:
                message = f"the promotion {step.template!r} says no way out"
                help_ = "say how to get no more of these, such as: reply STOP"
                yield warn(("rules", index, *path, "template"), message, help_)
