"""A rule as one sentence, made of its structure and its typed conditions, not of its description.

What the sentence says is what the rule does: it comes from the same trees that run.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rules.language.nodes import Node
from rules.language.vocabulary import VOCABULARY, Scope, Vocabulary
from rules.playbook.models import Absence, Fact, Playbook, Rule, SequenceStep
from rules.playbook.steps import PlayStep, Step, Wait
from rules.playbook.tree import RuleTree, read_rule
from rules.playbook.words.english import ENGLISH
from rules.playbook.words.expression import Teller
from rules.playbook.words.language import Language
from rules.playbook.words.russian import RUSSIAN

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({"en": ENGLISH, "ru": RUSSIAN})
"""Code of a language -> the language."""


def explain_rule(
    rule: Rule, playbook: Playbook, code: str = "en", vocabulary: Vocabulary = VOCABULARY
) -> str:
    """Return what a rule does, in one sentence.

    Parameters
    ----------
    playbook
        The one it stands in; it loaded without errors.
    code
        One of `LANGUAGES`.
    """
    templates = {template.id: template.shown for template in playbook.templates}
    tree, _ = read_rule(rule, templates, vocabulary)
    return sentence(tree, LANGUAGES[code], vocabulary)


def sentence(tree: RuleTree, language: Language, vocabulary: Vocabulary = VOCABULARY) -> str:
    """Return what a rule that was read without errors does, in one sentence."""
    return _Sentence(tree, language, vocabulary).said()


class _Sentence:
    def __init__(self, tree: RuleTree, language: Language, vocabulary: Vocabulary) -> None:
        self._tree = tree
        self._rule = tree.rule
        self._language = language
        self._vocabulary = vocabulary
        facts = {name: self._fact(fact, node) for name, (fact, node) in tree.facts.items()}
        endless = frozenset(name for name, (fact, _) in tree.facts.items() if fact.since)
        self._teller = Teller(language, tree.scope, facts, endless)

    def said(self) -> str:
        say, rule = self._language.say, self._rule
        when = self._trigger()
        if self._tree.if_ is not None:
            joint = "with" if rule.when is not None else "with steps"
            when = say(joint, a=when, b=self._language.listed(self._teller.clauses(self._tree.if_)))
        if self._tree.unless is not None:
            when = say("unless", a=when, b=self._teller.clause(self._tree.unless, alone=True))
        done = self._steps()
        if self._tree.occurrence:
            name = self._language.of_name(f"event.{self._tree.occurrence}")
            done = say("once", a=done, name=name)
        if len(rule.then) > 1:
            done = self._ends(done)
        if rule.cooldown_s:
            done = say("cooldown", a=done, cooldown=self._language.duration(rule.cooldown_s))
        if rule.mode in self._language.patterns:
            done = say(rule.mode, a=done, percent=rule.percent or 100)
        return say("when", a=when, b=done)

    def _steps(self) -> str:
        """Return what is done, step by step."""
        lead = self._language.patterns["lead"]
        first, *later = [self._any_step(*each) for each in enumerate(self._rule.then)]
        after = self._language.patterns["after that"]
        return after.join([first, *(step.removeprefix(lead) for step in later)])

    def _ends(self, done: str) -> str:
        """Return what is done in several steps, and what ends it."""
        if not self._rule.until:
            return self._language.say("asked", a=done)
        ends = [self._language.of_event(kind).happens for kind in self._rule.until]
        return self._language.say("until", a=done, b=self._language.listed(ends, last="or"))

    def _any_step(self, index: int, step: PlayStep) -> str:
        say, duration = self._language.say, self._language.duration
        if isinstance(step, Step):
            return self._step(step)
        if isinstance(step, Wait):
            return say("wait", wait=duration(step.wait_s))
        kind, node = step.wait_for, self._tree.waits[index]
        words = self._language.of_event(kind)
        in_vain = say("in vain stop")
        if isinstance(step.else_, Step):
            lead = self._language.patterns["lead"]
            in_vain = say("in vain", a=self._step(step.else_).removeprefix(lead))
        only = "" if node is None else say("only", a=self._condition(kind, node))
        came = self._where(words.happens, kind, node)
        within = duration(step.within_s)
        return say("awaits", within=within, a=came, one=words.one, only=only, b=in_vain)

    def _trigger(self) -> str:
        rule, say = self._rule, self._language.say
        if rule.when is not None:
            return self._language.of_event(rule.when).happens
        if rule.absence is not None:
            return self._absence(rule.absence)
        parts = [self._step_clause(step, node) for step, node in self._tree.steps]
        said = self._language.patterns["next"].join(parts)
        if rule.within_s is not None:
            said = say("all within", a=said, within=self._language.duration(rule.within_s))
        if rule.strict:
            said = say("strict", a=said)
        if rule.consume == "none":
            said = say("none", a=said)
        if self._tree.absent is not None:
            step, node = self._tree.absent
            words = self._language.of_event(step.absent or "")
            away = self._where(words.stays_away, step.absent or "", node)
            wait = self._language.duration(step.for_s or 0.0)
            said = say("absent", a=said, wait=wait, b=away)
        return said

    def _absence(self, absence: Absence) -> str:
        """Return what used to happen and stays away."""
        words = self._language.of_event(absence.of)
        node = self._tree.absent[1] if self._tree.absent is not None else None
        said = self._language.say(
            "absence" if node is None else "absence if",
            wait=self._language.duration(absence.for_s),
            one=words.one,
            a="" if node is None else self._condition(absence.of, node),
            b=words.stays_away,
        )
        if self._tree.arm_if is None:
            return said
        armed = self._condition(absence.of, self._tree.arm_if)
        return self._language.say("armed", a=said, b=armed)

    def _step_clause(self, step: SequenceStep, node: Node | None) -> str:
        event_type = step.event or ""
        said = self._language.of_event(event_type).happens
        if step.times > 1:
            times = self._language.times(step.times)
            if step.within_s is None:
                said = self._language.say("repeated", a=said, times=times)
            else:
                within = self._language.duration(step.within_s)
                said = self._language.say("repeated within", a=said, times=times, within=within)
        return self._where(said, event_type, node)

    def _where(self, said: str, event_type: str, node: Node | None) -> str:
        if node is None:
            return said
        return self._language.say("where", a=said, b=self._condition(event_type, node))

    def _condition(self, event_type: str | None, node: Node) -> str:
        """Return the condition of a step or of a fact, which reads no facts."""
        scope: Scope = self._vocabulary.scope(event_type)
        return self._language.listed(Teller(self._language, scope, {}).clauses(node))

    def _fact(self, fact: Fact, node: Node | None) -> str:
        words = self._language.of_event(fact.event)
        only = ""
        if node is not None:
            only = self._language.say("only", a=self._condition(fact.event, node))
        return self._language.say(
            "last within" if fact.kind == "last" and fact.within_s is not None else fact.kind,
            name=self._language.of_name(f"event.{fact.of}"),
            one=words.one,
            many=words.many,
            within="" if fact.within_s is None else self._language.duration(fact.within_s),
            only=only,
        )

    def _step(self, step: Step) -> str:
        say = self._language.say
        how = [say("channel", channel=step.channel)]
        if step.to is not None and step.do != "task":
            how.append(say("team", team=step.to))
        if step.due_s is not None:
            how.append(say("due", due=self._language.duration(step.due_s)))
        kind = step.do if step.do in self._language.patterns else "other"
        template = self._language.quoted(step.template)
        return say(kind, do=step.do, to=step.to, template=template, how=", ".join(how))
