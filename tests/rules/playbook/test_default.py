"""The default playbook: what a contact centre gets when it starts."""

import re
from collections import Counter
from pathlib import Path

import pytest

import rules.playbook
from rules.language.nodes import references
from rules.language.vocabulary import VOCABULARY
from rules.playbook.loader import load_with_warnings
from rules.playbook.models import Goal, Rule
from rules.playbook.stage import Stage, as_live, with_rules
from rules.playbook.timeline import read_timeline
from rules.playbook.trial import try_out
from rules.playbook.written import rule_trees

FOLDER = Path(rules.playbook.__path__[0]) / "default"
LOADED = load_with_warnings(FOLDER)
PLAYBOOK = LOADED.playbook
RULES = {rule.id: rule for rule in PLAYBOOK.rules}
TREES = {tree.rule.id: tree for tree in rule_trees(PLAYBOOK, VOCABULARY)}
TEMPLATES = {template.id: template.text for template in PLAYBOOK.templates}
LEVELS = {
    1: {"transfer-came-back", "bill-due-soon", "appointment-tomorrow", "fault-is-over"}
    | {"praise-reaches-who-earned-it", "payment-worked-after-all"},
    2: {"callback-after-abandonment", "cut-off-after-waiting", "reach-them-at-another-hour"}
    | {"search-finds-nothing", "leaving-confirmed", "complaint-gets-an-owner"},
    3: {"callback-offer-in-queue", "senior-agent-at-third-call", "form-left-half-done"}
    | {"promise-broken", "bad-answer-opens-case", "hard-work-for-the-customer"}
    | {"case-came-back", "case-waits-too-long"},
    4: {"specialist-before-they-call-again", "owner-for-regulars"}
    | {"stuck-in-app", "dead-end-in-app", "help-pages-again-and-again", "locked-out"}
    | {"card-payment-stuck", "declined-at-the-till", "card-runs-out-with-payments-on-it"}
    | {"fraud-hold-explained", "fraud-hold-forgotten", "transfer-held-too-long"}
    | {"first-fee-given-back", "bill-much-higher-than-usual"}
    | {"parcel-late", "delivery-rebooked", "order-without-news", "promise-about-to-break"}
    | {"technician-did-not-come", "fault-reported-for-them", "a-way-round-the-fault"}
    | {"fault-made-good"}
    | {"silence-after-regular-use", "use-halved-before-renewal", "looked-at-leaving"},
    5: {"safer-after-fraud", "alerts-for-a-new-device", "teach-automatic-payment"}
    | {"plan-that-costs-less", "fees-add-up"},
}


def test_it_loads_without_a_warning_and_its_tests_show_all_of_it() -> None:
    trial = try_out(PLAYBOOK)

    assert LOADED.warnings == ()
    assert [result for result in trial.results if not result.passed] == []
    assert list(trial.warnings()) == []
    assert len(trial.results) >= 4 * len(RULES)
    assert len(trial.mutants) > 300


def test_rules_are_of_true_levels() -> None:
    found: dict[int, set[str]] = {}
    for rule in PLAYBOOK.rules:
        found.setdefault(rule.pyramid_level, set()).add(rule.id)

    assert found == LEVELS
    assert {RULES[name].first.kind for name in LEVELS[5]} == {"teach", "protect", "grow"}


def test_every_part_is_of_use() -> None:
    steps = [step for rule in PLAYBOOK.rules for _, _, step in rule.actions()]

    assert Counter(step.template for step in steps) == Counter(TEMPLATES.keys())
    assert {step.channel for step in steps} == set(PLAYBOOK.channels)
    acting = {step.to for step in steps} - {None}
    assert acting | {rule.owner for rule in PLAYBOOK.rules} == {team.id for team in PLAYBOOK.teams}
    assert {rule.goal for rule in PLAYBOOK.rules} == set(leaves(PLAYBOOK.goals))


def leaves(goals: tuple[Goal, ...]) -> list[str]:
    """Return the goals that have none below them."""
    return [leaf for goal in goals for leaf in (leaves(goal.goals) if goal.goals else [goal.id])]


@pytest.mark.parametrize("rule", PLAYBOOK.rules, ids=lambda rule: rule.id)
def test_who_acts_on_the_customers_time_has_a_limit(rule: Rule) -> None:
    limited = {limit.team for limit in PLAYBOOK.gates.capacity}

    for _, _, step in rule.actions():
        assert step.to in limited or step.do != "task"
        assert step.due_s is not None
    assert rule.force is not None
    assert rule.customer_goal is not None


@pytest.mark.parametrize("rule", PLAYBOOK.rules, ids=lambda rule: rule.id)
def test_words_are_those_of_a_financial_house(rule: Rule) -> None:
    step = rule.first
    text = TEMPLATES[step.template]

    assert not re.search(r"https?:|www\.|\.com\b|click|tap here", text, re.IGNORECASE)
    if asked := re.findall(r"[^.]*\b(?:password|PIN)\b[^.]*", text):
        assert all("Ask for no" in sentence for sentence in asked)
    # Regret comes with a cause and a remedy or not at all: no template says sorry by itself.
    assert not re.search(r"\b(?:sorry|apologi|regret)", text, re.IGNORECASE)
    if step.do == "message":
        assert "person" in text
        assert re.search(r"under code \{event\.\w+\}", text)
        assert step.channel == "preferred"
    if step.channel in {"queue-offer", "in-app"}:
        assert re.search(r"call you back|agent|person", text)


@pytest.mark.parametrize("rule", PLAYBOOK.rules, ids=lambda rule: rule.id)
def test_a_case_that_fires_gets_through_the_gates(rule: Rule) -> None:
    stage = Stage(with_rules(PLAYBOOK, [as_live(rule)]), VOCABULARY)
    fires = [test for test in rule.tests if any(e.fires == rule.id for e in test.expect)]

    sent = [
        decision
        for test in fires
        for decision in stage.decide(read_timeline(test, VOCABULARY), restarts=False)
        if decision.reason == "sent"
    ]
    assert sent
    for decision in sent:
        assert decision.pyramid_level <= rule.pyramid_level
        assert decision.action is not None
        assert "{" not in decision.action.text


def test_beyond_contacts_every_rule_waits_for_events_that_a_call_log_lacks() -> None:
    calls_alone = {
        rule.id
        for rule in PLAYBOOK.rules
        if all(kind.startswith("contact.") for kind in triggers(rule))
    }

    file = (FOLDER / "contact.yaml").read_text()
    assert calls_alone == set(re.findall(r"^  - id: (\S+)", file, re.MULTILINE))
    assert len(calls_alone) == 7


def triggers(rule: Rule) -> list[str]:
    """Return the event types without which a rule never fires."""
    steps = [step.event for step in rule.sequence if step.event is not None]
    waits = [] if rule.absence is None else [rule.absence.of]
    return steps + waits + ([] if rule.when is None else [rule.when])


def test_who_looks_at_leaving_meets_no_obstacle() -> None:
    leaving = [rule for rule in PLAYBOOK.rules if "leav" in rule.id]

    assert len(leaving) == 2
    for rule in leaving:
        assert re.search(r"do it for them|You need not do anything", TEMPLATES[rule.first.template])


SUPPRESSED = [
    (rule.id, name)
    for rule in PLAYBOOK.rules
    if (unless := TREES[rule.id].unless) is not None
    for name in references(unless)
]


def test_most_rules_hold_back_for_something() -> None:
    assert len({rule for rule, _ in SUPPRESSED}) >= 35


@pytest.mark.parametrize(("rule_id", "name"), SUPPRESSED)
def test_an_unless_whose_feed_is_absent_never_lets_a_candidate_through(
    rule_id: str, name: str
) -> None:
    rule = RULES[rule_id]
    stage = Stage(with_rules(PLAYBOOK, [as_live(rule)]), VOCABULARY)
    fires = [test for test in rule.tests if any(e.fires == rule_id for e in test.expect)]
    assert fires

    reasons = {
        decision.reason
        for test in fires
        for decision in stage.decide(read_timeline(test, VOCABULARY).without(name), restarts=False)
    }

    # What the rule also asks for in `if` makes no candidate at all.
    assert reasons <= {"missing_fact"}
    if_ = TREES[rule_id].if_
    assert reasons or (if_ is not None and name in references(if_))
