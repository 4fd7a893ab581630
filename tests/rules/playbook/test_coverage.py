import pytest

from rules.playbook.coverage import RuleCoverage, cover
from rules.playbook.models import Playbook
from rules.playbook.written import rule_trees
from tests.rules.playbook.test_reruns import ENDED, LOST, QUIET, written

FIRES = "{at: 0s, fires: call-back-soon}"


def covered(playbook: Playbook) -> RuleCoverage:
    return cover(playbook, rule_trees(playbook), 0)


def missing(playbook: Playbook) -> list[str]:
    return [point.missing for point in covered(playbook).points if not point.seen]


CONDITION = "when: contact.ended\nif: event.service_s > 5s or score.repeat > 0.5"


def test_every_leaf_is_to_be_seen_true_and_false() -> None:
    playbook = written(
        CONDITION,
        f"{{at: 0s, {ENDED}, service_s: 9s}} => {FIRES}",
        f"{{at: 0s, {ENDED}, service_s: 5s}} =>",
    )

    # Three of four: a score was never there, which is not above 0.5.
    assert missing(playbook) == ["score.repeat > 0.5 is never true in a case"]
    assert covered(playbook).percent == 75.0
    [point] = [point for point in covered(playbook).points if not point.seen]
    text = playbook.rules[0].if_
    assert text is not None
    assert (point.path, text[point.at : point.end]) == (("rules", 0, "if"), "score.repeat > 0.5")


def test_a_leaf_behind_another_counts_where_the_rule_is_judged() -> None:
    playbook = written(
        "when: contact.ended\nif: event.service_s > 5s\nunless: customer.open_contacts > 0",
        f"{{at: 0s, {ENDED}, service_s: 9s}} => {FIRES}",
        f"{{at: 0s, event: contact.started, call: b}}, {{at: 9s, {ENDED}, service_s: 1s}} =>",
    )

    assert missing(playbook) == []
    assert covered(playbook).percent == 100.0


def test_conditions_of_facts_and_steps_are_leaves_too() -> None:
    facts = (
        "when: contact.started\n"
        "facts: {n: {count: contact.ended, within: 1h, if: event.service_s > 5s}}\nif: n > 0"
    )
    playbook = written(
        facts,
        f"{{at: 0s, {ENDED}, service_s: 9s}}, {{at: 0s, event: contact.started}} => {FIRES}",
        "{at: 0s, event: contact.started} =>",
    )
    assert missing(playbook) == ["event.service_s > 5s is never false in a case"]

    playbook = written(
        QUIET,
        f"{LOST} => {{at: 15m, fires: call-back-soon}}",
        f"{LOST}, {{at: 1m, event: contact.started}} =>",
    )
    assert missing(playbook) == ["event.wait_s > 10s is never false in a case"]


def test_each_step_is_to_be_reached() -> None:
    steps = "sequence: [{event: contact.started}, {event: contact.queued}]\nwithin: 1h"
    playbook = written(
        steps,
        "{at: 0s, event: contact.started}, {at: 0s, event: contact.ended} =>",
        f"{{at: 0s, event: contact.started}} => {FIRES}",  # it claims so; nothing is played here
    )

    assert missing(playbook) == ["no case reaches the step contact.queued"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (LOST, ["no case has contact.started come within 15m"]),
        (
            f"{LOST}, {{at: 1m, event: contact.started}}",
            ["no case waits 15m without contact.started"],
        ),
    ],
)
def test_a_timer_is_to_run_out_and_to_be_stopped(events: str, expected: list[str]) -> None:
    sequence = QUIET.replace(", if: event.wait_s > 10s", "")
    playbook = written(sequence, f"{events} => {FIRES}", f"{events} =>")

    assert missing(playbook) == expected


def test_an_absence_is_to_be_armed_to_run_out_and_to_be_stopped() -> None:
    absence = "absence: {of: contact.ended, for: 7d, arm_if: customer.contacts_30d >= 2}"
    active = "customer.contacts_30d: 2"
    over = f"{active} | {{at: 0s, {ENDED}}} => {{at: 7d, fires: call-back-soon}}"
    rare = f"customer.contacts_30d: 1 | {{at: 0s, {ENDED}}} =>"

    assert missing(written(absence, over, rare)) == ["no case has contact.ended come within 7d"]
    again = (
        f"{active} | {{at: 0s, {ENDED}}}, {{at: 6d, {ENDED}}} => {{at: 13d, fires: call-back-soon}}"
    )
    assert missing(written(absence, again, rare)) == []
    assert missing(written(absence, over, f"{active} | {{at: 0s, {ENDED}}} =>")) == [
        "customer.contacts_30d >= 2 is never false in a case",
        "no case has contact.ended come within 7d",
    ]


def test_nobody_unknown_is_looked_at_so_it_need_not_be_shown() -> None:
    playbook = written(
        "when: contact.ended\nif: customer.identified and event.service_s > 5s",
        f"{{at: 0s, {ENDED}, service_s: 9s}} => {FIRES}",
        f"{{at: 0s, {ENDED}, service_s: 5s}} =>",
    )

    assert missing(playbook) == []


def test_a_template_that_shows_a_fact_is_no_hindrance() -> None:
    playbook = written(
        "when: contact.ended\n"
        "facts: {n: {count: contact.ended, within: 1h, if: event.service_s > 5s}}\nif: n > 0",
        f"{{at: 0s, {ENDED}, service_s: 9s}} => {FIRES}",
        f"{{at: 0s, {ENDED}}} =>",
    )
    [template] = playbook.templates
    shows = template.model_copy(update={"text": "{n} calls"})

    assert missing(playbook.model_copy(update={"templates": (shows,)})) == []
