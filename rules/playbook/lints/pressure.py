"""Words that press: fake urgency, scarcity and guilt.

All three are known dark patterns: "fake urgency", "fake scarcity" and "confirmshaming" of the
catalogue at deceptive.design; Gray et al., The Dark (Patterns) Side of UX Design, CHI 2018. A
limit that is real is told as a fact of the rule, "until {event.due}", not by these words.
"""

import re
from collections.abc import Iterator

from rules.playbook.finding import Finding
from rules.playbook.lints.subject import Subject, warn
from rules.playbook.tree import Path

_KINDS = {
    "urgency": (
        r"act (?:now|fast)|hurry|last chance|today only|only today|limited[- ]time|"
        r"expir(?:es|ing) soon|ends (?:soon|today|tonight)|before it(?:'|\u2019)?s too late|"
        r"don(?:'|\u2019)?t miss|final (?:notice|call)|"
        r"спешите|торопитесь|успейте|последний шанс|только сегодня|не упустите"
    ),
    "scarcity": (
        r"only \d+ (?:\w+ )?left|almost gone|selling (?:out|fast)|while stocks? lasts?|"
        r"few (?:places|left)|in high demand|"
        r"осталось всего|разбирают|пока есть в наличии"
    ),
    "guilt": (
        r"you(?:'|\u2019)?ll regret|you will regret|we(?:'|\u2019)?ll be sad|sorry to see you go|"
        r"are you sure you want to (?:miss|lose|leave)|do you really want to|"
        r"smart customers|everyone else|don(?:'|\u2019)?t (?:let us down|disappoint)|"
        r"вы пожалеете|нам будет грустно|вы действительно хотите"
    ),
}
_WORDS = {kind: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for kind, words in _KINDS.items()}


def check(subject: Subject) -> Iterator[Finding]:
    """Yield every word of a template that presses."""
    for index, template in enumerate(subject.playbook.templates):
        for key, words in template.variants():
            for kind, pressing in _WORDS.items():
                for found in pressing.finditer(words.text):
                    message = f"{found[0]!r} presses the customer ({kind})"
                    help_ = "say what is so, and leave the choice to them"
                    path: Path = ("templates", index, *key)
                    yield warn(path, message, help_, found.start(), found.end())
