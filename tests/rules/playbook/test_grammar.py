"""What a rule may say about time, and what is wrong with what it says."""

import pytest

from rules.playbook.errors import PlaybookError
from rules.playbook.loader import load, load_with_warnings
from rules.playbook.models import Playbook
from tests.rules.playbook.texts import replaced, small, texts

WHEN = "when: contact.abandoned\n"
FACTS = """when: contact.abandoned
    facts:
      calls: {count: contact.started, within: 24h, if: event.direction == "inbound"}
      ago: {since: contact.answered}
      topic: {last: contact.queued, of: topic}
      outcome: {last: contact.ended, of: outcome, within: 7d, if: customer.identified}
      talked: {sum: contact.ended, of: service_s, within: 7d}
    unless: >
      calls > 9 or ago < 1m or topic == "x" or outcome == "answered" and has(outcome)
      or talked / 2 > 20m
"""
STRICT = """sequence:
      - {event: contact.abandoned, times: 2, within: 1h}
      - {event: contact.abandoned, if: event.wait_s > 60s}
      - {absent: contact.started, for: 15m}
    within: 2h
    strict: true
    consume: none
"""
ABSENCE = """absence:
      of: contact.abandoned
      if: event.wait_s > 5s
      for: 14d
      arm_if: customer.contacts_30d >= 3 or signal.queue_wait > 0.2
"""


@pytest.mark.parametrize("written", [FACTS, STRICT, ABSENCE])
def test_everything_about_time_loads(written: str) -> None:
    source = replaced(WHEN, written)
    # The tests of the rule are of another trigger; that they fail is not asked here.
    assert load_with_warnings(source).playbook.rules[0].id == "call-back-soon"


def test_canary_and_limits_load() -> None:
    source = replaced("mode: live\n", "mode: canary\n    percent: 10\n")
    source["playbook.yaml"] += "limits: {firings_per_minute: 50}\n"
    playbook = load(source)

    assert (playbook.rules[0].mode, playbook.rules[0].percent) == ("canary", 10)
    assert playbook.limits.firings_per_minute == 50
    assert small().limits.firings_per_minute == 600


def test_new_keys_leave_the_versions_of_old_rules_alone() -> None:
    explicit = replaced(WHEN, WHEN + "    consume: all\n    strict: false\n")
    written = Playbook.model_validate(load(texts()).model_dump(by_alias=True))

    assert load(explicit).rules[0].version == load(texts()).rules[0].version
    assert written.hash == load(texts()).hash


def fact(text: str) -> str:
    return f"when: contact.abandoned\n    facts: {{n: {text}}}\n"


def steps(*keys: str) -> str:
    two = "{event: contact.ended}, {event: contact.abandoned}"
    return "\n    ".join([f"sequence: [{two}]", "within: 1h", *keys]) + "\n"


@pytest.mark.parametrize(
    ("written", "message", "help_"),
    [
        (fact("{within: 1h}"), "one of 'count', 'since', 'last' and 'sum'", "{count: TYPE"),
        (
            fact("{count: contact.ended, sum: contact.ended, within: 1h}"),
            "must be one of",
            "{count: TYPE, within: 24h}",
        ),
        (fact("{count: contact.ended}"), "a count must have 'within'", "within: 24h"),
        (fact("{since: contact.ended, within: 1h}"), "a since has no 'within'", "{since: TYPE}"),
        (fact("{last: contact.ended}"), "a last must name a field with 'of'", "of: FIELD"),
        (fact("{sum: contact.ended, within: 1h}"), "a sum must name a field", "of: FIELD"),
        (fact("{sum: contact.ended, of: wait_s}"), "a sum must have 'within'", "within: 24h"),
        (fact("{count: contact.ended, of: wait_s, within: 1h}"), "a count has no 'of'", "{count"),
        (
            fact("{last: contact.ended, of: wait}"),
            "contact.ended has no field 'wait'",
            "did you mean 'wait_s'?",
        ),
        (
            fact("{sum: contact.ended, of: outcome, within: 1h}"),
            "a sum adds up numbers or durations; outcome is of kind enum",
            "count the events",
        ),
        (fact("{last: contact.end, of: wait_s}"), "unknown event 'contact.end'", "contact.ended"),
        (fact("{last: contact.ended, of: wait_s, if: n > 1s}"), "unknown name 'n'", ""),
        (
            WHEN + "    absence: {of: contact.ended, for: 1d}\n",
            "a rule has either 'when', 'sequence' or 'absence'; got 'when' and 'absence'",
            "keep one of them",
        ),
        (
            "within: 1h\n",
            "a rule has either 'when', 'sequence' or 'absence'",
            "write 'when: EVENT'",
        ),
        ("absence: {of: contact.ended}\n", "'for' is missing", "add 'for: ...'"),
        ("absence: {of: contact.end, for: 1d}\n", "unknown event 'contact.end'", "contact.ended"),
        ("absence: {of: contact.ended, for: 0s}\n", "for must be greater than 0", ""),
        (
            "absence: {of: contact.ended, for: 1d, arm_if: customer.contact_7d > 1}\n",
            "unknown name 'customer.contact_7d'",
            "customer.contacts_7d",
        ),
        (
            "absence: {of: contact.abandoned, for: 1d, if: event.outcome == 'x'}\n",
            "unknown name 'event.outcome'",
            "",
        ),
        (
            "absence: {of: contact.abandoned, for: 1d}\n    within: 1h\n",
            "'within' is for a rule with a sequence",
            "the time stands in 'for'",
        ),
        (WHEN + "    within: 1h\n", "'within' is for a rule with a sequence", "a fact that counts"),
        (WHEN + "    strict: true\n", "'strict' is for a rule with a sequence", "remove it"),
        (WHEN + "    consume: none\n", "'consume' is for a rule with a sequence", "remove it"),
        (
            "sequence: [{event: contact.abandoned}]\n    strict: true\n",
            "'strict' is for a sequence of several events",
            "remove it",
        ),
        (steps("strict: yes"), "'yes' is neither true nor false", ""),
        (steps("consume: some"), "consume must be 'all' or 'none'; got 'some'", ""),
        (WHEN + "    percent: 10\n", "mode 'canary' and 'percent' belong together", "percent: 10"),
        (WHEN + "    percent: 100\n", "percent must be less than or equal to 99", ""),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(written: str, message: str, help_: str) -> None:
    with pytest.raises(PlaybookError) as raised:
        load(replaced(WHEN, written))
    found = [problem for problem in raised.value.problems if message in problem.message]

    assert found, raised.value
    assert help_ in found[0].help
    assert found[0].file == "rules.yaml"


def test_a_canary_says_for_how_many() -> None:
    with pytest.raises(PlaybookError) as raised:
        load(replaced("mode: live\n", "mode: canary\n"))
    [problem] = raised.value.problems

    assert problem.message == "mode 'canary' and 'percent' belong together"
    assert (problem.line, problem.help) == (13, "write 'percent: 10'")
