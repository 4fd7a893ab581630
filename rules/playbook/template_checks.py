"""What the words of a template must and must not hold, beyond the names they show.

The language of `texts` is stated, so in English and Russian their words can be judged: what is
missing there is an error. Of a single `text` nobody says the language; lints look at it and warn.
"""

import re
from collections.abc import Iterator

from rules.language.errors import ExpressionError, Flaw
from rules.language.text import parse_wording
from rules.playbook.finding import Finding
from rules.playbook.levels import CHANGING
from rules.playbook.lints.apology import names_remedy
from rules.playbook.lints.hand_over import names_person
from rules.playbook.models import Playbook
from rules.playbook.steps import Step
from rules.playbook.templates import Template, Words
from rules.playbook.tree import Path

READ = frozenset({"en", "ru"})
"""Languages whose words are known here."""
_WHOLE = 1_000
_LINK = re.compile(
    r"\bhttps?:|\bwww\.|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*"
    r"\.(?:com|net|org|info|biz|app|io|co|me|ly|eu|uk|us|de|fr|il|ru|br|au|рф)\b(?!\.[a-z])|"
    r"\{[a-z_.]*(?:url|link)\}",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\b(?:enter|type|send|reply with|tell us|give us|give me|confirm|provide|share|submit|"
    r"введите|сообщите|отправьте|назовите|пришлите|укажите|подтвердите)\b.{0,60}?"
    r"\b(?:passwords?|passcode|pins?|cvv|cvc|otp|(?:one[- ]time|security|sms) (?:code|password)|"
    r"card number|парол[ьяю]|пин(?:-?код)?|код из (?:смс|sms)|номер карты)\b",
    re.IGNORECASE | re.DOTALL,
)
_DENIAL = re.compile(
    r"\b(?:never|not|no one|nobody|\w+n(?:'|\u2019)t|не|никогда|никто)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"[^.!?]+")


def check_templates(playbook: Playbook) -> Iterator[Finding]:
    """Yield every text that must not go out as it is."""
    used: dict[str, list[Step]] = {}
    for rule in playbook.rules:
        for _, _, step in rule.actions():
            used.setdefault(step.template, []).append(step)
    for index, template in enumerate(playbook.templates):
        steps = used.get(template.id, [])
        for key, words in template.variants():
            at: Path = ("templates", index, *key)
            if template.tone == "apologetic":
                yield from _apology(at, template, words, steps)
            if words.language in READ and any(step.do == "message" for step in steps):
                yield from _hand_over(at, words)
            if playbook.financial and any(step.do != "task" for step in steps):
                yield from _financial(at, words.text)


def _apology(at: Path, template: Template, words: Words, steps: list[Step]) -> Iterator[Finding]:
    if not _shows_something(words.text):
        message = f"the tone of {template.id!r} is apologetic, so it must name the cause"
        yield _wrong(at, message, "show a value such as {event.topic}")
    changes = any(step.do in CHANGING for step in steps)
    if words.language in READ and not changes and not names_remedy(words.text):
        message = f"the tone of {template.id!r} is apologetic, so it must name a remedy"
        yield _wrong(at, message, "say what we have done or will do")


def _hand_over(at: Path, words: Words) -> Iterator[Finding]:
    if not names_person(words.text):
        message = "a message must name a way to a person"
        yield _wrong(at, message, "say whom to call, or that a reply reaches somebody")


def _financial(at: Path, text: str) -> Iterator[Finding]:
    for found in _LINK.finditer(text):
        message = "a message of a financial company must hold no link"
        help_ = "say where in the app it stands, or whom to call"
        yield Finding(at, Flaw(found.start(), found.end(), message, help_))
    for sentence in _SENTENCE.finditer(text):
        asked = _REQUEST.search(sentence[0])
        if asked is not None and _DENIAL.search(sentence[0][: asked.end()]) is None:
            start = sentence.start()
            message = "a message of a financial company must ask for no credential"
            help_ = "let the customer log in as usual, or call"
            yield Finding(at, Flaw(start + asked.start(), start + asked.end(), message, help_))


def _shows_something(text: str) -> bool:
    try:
        return bool(parse_wording(text).names())
    except ExpressionError:
        return True  # that is said already


def _wrong(at: Path, message: str, help_: str) -> Finding:
    return Finding(at, Flaw(0, _WHOLE, message, help_))
