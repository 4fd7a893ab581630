"""The text of an action, from its template and what the rule knew."""

from collections.abc import Mapping
from functools import lru_cache

from rules.language.interpreter import Value
from rules.language.text import Wording, parse_wording
from rules.language.vocabulary import VOCABULARY
from rules.playbook.models import Rule
from rules.playbook.tree import fact_names, trigger_of

_parse = lru_cache(maxsize=1024)(parse_wording)


def render(text: str, rule: Rule, facts: Mapping[str, Value], language: str = "en") -> str:
    """Return a template's text with a match's values in it; a missing one reads ``unknown``.

    Parameters
    ----------
    text
        Of a template that the rule's step uses, so its names were checked when it loaded.
    facts
        Name -> value, as in ``Match.facts``.
    language
        Of the text; the values are said in it where it is known.
    """
    wording: Wording = _parse(text)
    scope = VOCABULARY.scope(trigger_of(rule), fact_names(rule))
    return wording.fill(facts, {name: scope[name].kind for name in wording.names()}, language)
