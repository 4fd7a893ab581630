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


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the templates that say sorry without a cause, and those without a remedy."""
    for index, template in enumerate(subject.playbook.templates):
        found = _SORRY.search(template.text)
        if found is None:
            continue
        path, place = ("templates", index, "text"), (found.start(), found.end())
        if not parse_wording(template.text).names():
            message = "an apology must name its cause"
            yield warn(path, message, "show a value such as {event.topic}", *place)
        steps = [r.then[0] for r in subject.playbook.rules if r.then[0].template == template.id]
        changes = any(step.do in CHANGING for step in steps)
        if steps and not changes and not _REMEDY.search(template.text):
            message = "an apology must come with a remedy"
            yield warn(path, message, "say what we have done or will do", *place)
