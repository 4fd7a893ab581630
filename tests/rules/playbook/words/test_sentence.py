# ruff: noqa: RUF001 - Russian letters that look like Latin ones
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rules.playbook
from detectors.schema import EVENTS
from rules.language.nodes import Constant, Reference, walk
from rules.language.parser import parse
from rules.language.vocabulary import VOCABULARY
from rules.playbook.loader import load
from rules.playbook.models import Rule
from rules.playbook.tree import read_rule
from rules.playbook.words.expression import Teller
from rules.playbook.words.language import Language, number
from rules.playbook.words.sentence import LANGUAGES, explain_rule, sentence
from tests.rules.language.fuzz import SCOPE, Texts

DEFAULT = load(Path(rules.playbook.__file__).parent / "default")
TYPES = st.sampled_from(VOCABULARY.triggers())
SECONDS = st.sampled_from(["10s", "61s", "90m", "24h", "36h", "14d", "0.5s"])
CODES = st.sampled_from(sorted(LANGUAGES))


def told(code: str = "en", **parts: Any) -> str:
    tree, flaws = read_rule(rule(**parts), {}, VOCABULARY)
    assert [flaw for _, flaw in flaws if flaw.severity == "error"] == []
    return sentence(tree, LANGUAGES[code])


def rule(**parts: Any) -> Rule:
    step = {"do": "task", "to": "desk", "channel": "list", "template": "call-back", "due": "30m"}
    fixed = {
        "id": "some-rule", "owner": "desk", "description": "x", "pyramid_level": 2,
        "goal": "service", "topic": "calls", "cooldown": "24h", "mode": "live", "then": [step],
        "explain": "x",
    }  # fmt: skip
    return Rule.model_validate({**fixed, **parts})


def test_a_sequence_with_an_absence() -> None:
    assert told(
        sequence=[
            {"event": "contact.abandoned", "if": "event.wait_s > 10s"},
            {"absent": "contact.started", "for": "15m"},
        ]
    ) == (
        "When a caller hangs up in the queue (if the wait in the queue is over 10 s), and then for "
        "15 min nobody contacts anybody, desk gets the task “call-back” (by list, due within "
        "30 min); after that the rule leaves the customer alone for 24 h."
    )


def test_facts_say_what_they_count() -> None:
    said = told(
        when="payment.failed",
        facts={
            "fails": {"count": "payment.failed", "within": "24h", "if": "event.amount >= 1"},
            "paid_ago": {"since": "payment.succeeded"},
            "last_amount": {"last": "fee.charged", "of": "amount", "within": "7d"},
            "spent": {"sum": "order.placed", "of": "amount", "within": "30d"},
        },
        **{"if": "fails >= 2 and paid_ago > 24h and last_amount < 5 and spent > 100"},
    )

    for part in (
        "the number of failed payments in 24 h (only those where the amount is at least 1) is "
        "at least 2",
        "the time since the last successful payment is over 24 h or there was none",
        "the amount in the last fee of 7 days is under 5",
        "the amount added up over orders in 30 days is over 100",
    ):
        assert part in said


def test_an_absence_says_for_whom_it_waits() -> None:
    absence = {"of": "usage.session", "for": "14d", "arm_if": "customer.active_days_28d >= 8"}

    assert told(absence=absence).startswith(
        "When for 14 days after the last use of a service the customer uses no service, provided "
        "that at that time the number of days with use among the last 28 is at least 8,"
    )
    assert told("ru", absence=absence).startswith(
        "Когда в течение 14 сут после последнего события «пользование услугой» клиент не "
        "пользуется услугой, при условии, что в тот раз число дней пользования за 28 сут не "
        "меньше 8, то команда desk получает задачу «call-back»"
    )


@pytest.mark.parametrize(
    ("text", "english", "russian"),
    [
        ("not customer.identified", "the customer is not identified", "клиент не опознан"),
        ("customer.identified == false", "the customer is not identified", "клиент не опознан"),
        ("true != customer.identified", "the customer is not identified", "клиент не опознан"),
        ("has(customer.last_wait)", "the wait of the last contact is known",
         "значение показателя «ожидание в последнем обращении» известно"),
        ("score.repeat >= 0.5", "the chance that the customer will contact again within 24 h is "
         "at least 50 %", "вероятность нового обращения за 24 ч не меньше 50 %"),
        ("event.topic in ['a', 'b']", "the topic is “a” or “b”", "тема — «a» или «b»"),
        ("event.topic not in ['a', 'b']", "the topic is not “a” and not “b”",
         "тема — не «a» и не «b»"),
        ("90s < event.wait_s", "the wait in the queue is over 90 s",
         "ожидание в очереди больше 90 с"),
        ("event.wait_s > customer.last_wait", "the wait in the queue is more than the wait of the "
         "last contact", "ожидание в очереди больше, чем ожидание в последнем обращении"),
        ("hour_of_day(event.at) >= 22", "the hour of the day is at least 22",
         "час суток не меньше 22"),
        ("event.wait_s + 1m > 2 * customer.last_wait",
         "(the wait in the queue + 1 min) is more than (2 × the wait of the last contact)",
         "(ожидание в очереди + 1 мин) больше, чем (2 × ожидание в последнем обращении)"),
        ("not (event.wait_s > 1m or customer.identified)", "it is not the case that the wait in "
         "the queue is over 1 min or the customer is identified",
         "неверно, что ожидание в очереди больше 1 мин или клиент известен"),
    ],
)  # fmt: skip
def test_conditions(text: str, english: str, russian: str) -> None:
    scope = VOCABULARY.scope("contact.abandoned")
    said = [
        Teller(LANGUAGES[code], scope, {}).clause(parse(text), alone=True) for code in ("en", "ru")
    ]

    assert said == [english, russian]


@pytest.mark.parametrize("each", DEFAULT.rules, ids=lambda each: each.id)
@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_every_default_rule_is_a_sentence(each: Rule, code: str) -> None:
    said = explain_rule(each, DEFAULT, code)

    assert re.match("When " if code == "en" else "Когда ", said)
    assert said.endswith(".")
    assert "  " not in said
    assert said.count("(") == said.count(")")
    # No name shows itself: each has its words.
    assert not re.search(r"\b(event|customer|score|signal)\.[a-z]", said)
    assert not re.search("|".join(re.escape(kind) for kind in EVENTS), said)
    if code == "ru":
        ours = r"«[^»]*»|\([^()]*канал[^()]*\)|команда [a-z0-9-]+"
        assert not re.search("[a-z]{2,}", re.sub(ours, "", said)), said


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_every_name_and_event_has_words(code: str) -> None:
    language = LANGUAGES[code]
    wanted = {
        f"event.{field}": name.kind
        for kind in VOCABULARY.triggers()
        for field, name in EVENTS[kind].items()
    }
    scope = VOCABULARY.scope(None)
    wanted |= {name: scope[name].kind for name in scope}

    assert [kind for kind in VOCABULARY.triggers() if kind not in language.events] == []
    lacking = [
        name
        for name, kind in wanted.items()
        if name not in (language.truths if kind == "bool" else language.names)
    ]
    assert lacking == [], "add them to rules/playbook/words/*_names.py"


def check_told(text: str, teller: Teller, language: Language, said: str) -> None:
    for part in walk(parse(text)):
        if isinstance(part, Reference):
            phrases = [teller.phrase(part.name), *language.truths.get(part.name, ())]
            if part.name == "event.at":
                phrases.append(language.patterns["hour now"])
            assert any(phrase in said for phrase in phrases), part
        elif isinstance(part, Constant) and part.kind == "duration":
            assert language.duration(abs(float(part.value))) in said, part
        elif isinstance(part, Constant) and part.kind == "num":
            value = float(part.value)
            percent = f"{number(float(f'{100 * value:.12g}'))} %"
            assert number(abs(value)) in said or percent in said, part
        elif isinstance(part, Constant) and part.kind == "text":
            assert str(part.value) in said, part


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 10**9), CODES)
def test_any_condition_is_told_with_every_name_and_threshold(seed: int, code: str) -> None:
    text = Texts(random.Random(seed)).condition(3)
    language = LANGUAGES[code]
    teller = Teller(language, SCOPE, {})

    check_told(text, teller, language, teller.clause(parse(text), alone=True))


@st.composite
def parts(draw: st.DrawFn) -> dict[str, Any]:
    """What sets a rule off."""
    kind = draw(st.sampled_from(["when", "sequence", "absence"]))
    if kind == "when":
        return {"when": draw(TYPES)}
    if kind == "absence":
        arm_if = draw(st.sampled_from([None, "customer.contacts_7d >= 17"]))
        return {"absence": {"of": draw(TYPES), "for": draw(SECONDS), "arm_if": arm_if}}
    times = st.integers(1, 5)
    steps: list[dict[str, Any]] = [
        {"event": draw(TYPES), "times": draw(times)} for _ in range(draw(st.integers(1, 3)))
    ]
    if draw(st.booleans()):
        steps.append({"absent": draw(TYPES), "for": draw(SECONDS)})
    return {"sequence": steps, "within": draw(SECONDS), "strict": draw(st.booleans())}


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["count", "since"]))
    within = {"within": draw(SECONDS)} if kind == "count" else {}
    return {kind: draw(TYPES), **within}


@settings(max_examples=200, deadline=None)
@given(parts(), facts(), CODES)
def test_any_rule_is_told_with_every_event_and_time(
    shape: dict[str, Any], fact: dict[str, Any], code: str
) -> None:
    language = LANGUAGES[code]
    condition = "fact >= 7" if "count" in fact else "fact >= 33m"
    said = told(code, **shape, facts={"fact": fact}, **{"if": condition})

    for step in shape.get("sequence", []):
        if "event" in step:
            assert language.of_event(step["event"]).happens in said
        else:
            assert language.of_event(step["absent"]).stays_away in said
    seconds = re.findall(r"'(?:within|for)': '([^']+)'", str([shape, fact]))
    for text in [*seconds, *(["33m"] if "since" in fact else [])]:
        [constant] = [part for part in walk(parse(text)) if isinstance(part, Constant)]
        assert language.duration(float(constant.value)) in said
    words = language.of_event(fact.get("count") or fact["since"])
    assert words.many in said or words.one in said
