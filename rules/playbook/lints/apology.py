"""An apology that names no cause: insincere by template.

What people call artificial insincerity: a machine that says sorry, and neither for what nor what
follows. It takes a named cause and a remedy: what customers judge of a complaint's handling is
also its outcome (Tax, Brown and Chandrashekaran, Journal of Marketing 62(2), 1998). A cause is
named by a value, ``{event.topic}``; a remedy by a step that changes something, or by words such as
"we have" and "refund".
"""

import re
from collections.abc import Iterator

from rules.language.text import parse_wording
from rules.playbook.finding import Finding
from rules.playbook.levels import CHANGING
from rules.playbook.lints.subject import Subject, warn
from rules.playbook.templates import Template
from rules.playbook.tree import Path

_SORRY = re.compile(
    r"\b(?:apologi[sz]e|apologi[sz]ing|apolog(?:y|ies)|(?:are|am) (?:very |so )?sorry|"
    r"извините|извинения|приносим извинения|просим прощения)\b",
    re.IGNORECASE,
)

_REMEDY = re.compile(
    r"\bwe (?:have|will|are|now)\b|\bwe(?:'|\u2019)(?:ve|ll|re)\b|refund|credited|lifted|released|"
    r"waived|returned|corrected|мы (?:уже|верн|исправ|сдела|позвон)|возвращ|компенс",
    re.IGNORECASE,
)


def names_remedy(text: str) -> bool:
    """Whether a text says, in English or Russian, what was or will be done."""
    return _REMEDY.search(text) is not None


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the texts that say sorry without a cause, without a remedy, or in another tone."""
    for index, template in enumerate(subject.playbook.templates):
        for key, words in template.variants():
            found = _SORRY.search(words.text)
            if found is not None:
                place = (found.start(), found.end())
                yield from _about(subject, template, words.text, ("templates", index, *key), place)


def _about(
    subject: Subject, template: Template, text: str, path: Path, place: tuple[int, int]
) -> Iterator[Finding]:
    steps = [
        step
        for rule in subject.playbook.rules
        for _, _, step in rule.actions()
        if step.template == template.id
    ]
    changes = any(step.do in CHANGING for step in steps)
    if template.tone != "apologetic":
        if not changes:  # what agents read has no tone
            message = "an apology must have the tone that fits it"
            yield warn(path, message, "write 'tone: apologetic'", *place)
        if not parse_wording(text).names():
            message = "an apology must name its cause"
            yield warn(path, message, "show a value such as {event.topic}", *place)
    if steps and not changes and not names_remedy(text):
        message = "an apology must come with a remedy"
        yield warn(path, message, "say what we have done or will do", *place)
