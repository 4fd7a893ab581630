"""What somebody wants a rule to do: the answers, before they are YAML."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

from rules.language.checker import check, suggest
from rules.language.errors import ExpressionError, Flaw
from rules.language.nodes import Node, conjuncts, references
from rules.language.parser import parse
from rules.language.text import parse_wording
from rules.language.vocabulary import Scope, Vocabulary
from rules.playbook.draft.pattern import Pattern
from rules.playbook.layout.expressions import canonical


class WishError(ValueError):
    """An answer cannot be used; `help` says what to do."""

    def __init__(self, message: str, help_: str = "") -> None:
        super().__init__(message)
        self.help = help_


@dataclass(frozen=True, slots=True)
class Wish:
    """The answers to the six questions, and what has a default.

    Parameters
    ----------
    id
        Of the rule.
    event
        The event type that it follows.
    condition
        Which of these events; empty for all of them.
    pattern
        How often, or what must not follow.
    do, to
        A task for a team, an offer or a message to the customer.
    text
        The wording of what is done.
    level
        Of the pyramid; ``None`` for the highest it deserves, at most 4.
    """

    id: str
    event: str
    condition: str
    pattern: Pattern
    do: str
    to: str
    text: str
    owner: str
    goal: str
    channel: str
    topic: str
    cooldown: str = "24h"
    mode: str = "draft"
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was read, and its parts that must all hold, as written."""

    text: str
    node: Node | None
    parts: Sequence[tuple[str, frozenset[str]]] = field(default=())

    def reading(self, *spaces: str) -> str:
        """Return the parts that read nothing but names of these namespaces, joined."""
        found = [
            text for text, names in self.parts if {n.split(".")[0] for n in names} <= {*spaces}
        ]
        return " and ".join(found)

    def rest(self, *spaces: str) -> str:
        """Return the parts that read anything else."""
        found = [
            text for text, names in self.parts if not {n.split(".")[0] for n in names} <= {*spaces}
        ]
        return " and ".join(found)


def refuse(message: str, help_: str = "") -> NoReturn:
    """Say that an answer cannot be used, and what to do."""
    raise WishError(message, help_)


def known_event(name: str, vocabulary: Vocabulary) -> str:
    """Return the event type.

    Raises
    ------
    WishError
        When no rule can follow it.
    """
    known = vocabulary.triggers()
    if name in known:
        return name
    close = suggest(name, known)
    refuse(f"unknown event {name!r}", close or f"events: {', '.join(known)}")


def read_condition(text: str, event: str, vocabulary: Vocabulary) -> Condition:
    """Return a condition over an event type's names; an empty text is none.

    Raises
    ------
    WishError
        With the first thing that is wrong with it.
    """
    text = canonical(text.strip())
    if not text:
        return Condition("", None)
    try:
        node = parse(text)
    except ExpressionError as error:
        raise _wrong(text, error.flaw) from None
    flaws = check(node, vocabulary.scope(event))
    if wrong := [flaw for flaw in flaws if flaw.severity == "error"]:
        raise _wrong(text, wrong[0])
    parts = [(text[part.at : part.end], frozenset(references(part))) for part in conjuncts(node)]
    return Condition(text, node, parts)


def read_wording(text: str, event: str, vocabulary: Vocabulary, facts: Scope) -> str:
    """Return the words of an action on one line.

    Parameters
    ----------
    facts
        What the rule counts, and the words may show.

    Raises
    ------
    WishError
        With the first thing that is wrong with them.
    """
    text = " ".join(text.split())
    if not text:
        refuse("the wording must not be empty")
    try:
        flaws = parse_wording(text).check(vocabulary.scope(event, facts))
    except ExpressionError as error:
        raise _wrong(text, error.flaw) from None
    if flaws:
        known = f"precede rules names {event} lists what may be shown"
        raise _wrong(text, replace(flaws[0], help=flaws[0].help or known))
    return text


def _wrong(text: str, flaw: Flaw) -> WishError:
    caret = " " * flaw.at + "^" * max(1, min(flaw.end, len(text)) - flaw.at)
    return WishError(f"{flaw.message}\n    {text}\n    {caret}", flaw.help)
