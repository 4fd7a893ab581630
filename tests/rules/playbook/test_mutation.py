from rules.playbook.models import Playbook
from rules.playbook.mutation import Mutant, mutate
from rules.playbook.written import rule_trees
from tests.rules.playbook.test_coverage import FIRES
from tests.rules.playbook.test_reruns import ENDED, LOST, QUIET, written


def mutants(playbook: Playbook) -> list[Mutant]:
    return mutate(playbook, rule_trees(playbook), 0)


def survivors(playbook: Playbook) -> list[str]:
    return [mutant.change for mutant in mutants(playbook) if not mutant.noticed]


def waited(*seconds: str) -> list[str]:
    """Cases of calls that took so long; the first fires."""
    return [
        f"{{at: 0s, {ENDED}, service_s: {each}}} => {FIRES if number == 0 else ''}"
        for number, each in enumerate(seconds)
    ]


LONG = "when: contact.ended\nif: event.service_s > 60s"


def test_what_is_changed() -> None:
    assert [mutant.change for mutant in mutants(written(LONG, *waited("61s", "60s")))] == [
        "'>' turned into '>=' in event.service_s > 60s",
        "60s turned into 59s",
        "60s turned into 61s",
    ]


def test_cases_at_the_boundary_notice_everything() -> None:
    assert survivors(written(LONG, *waited("61s", "60s"))) == []


def test_cases_far_from_the_boundary_notice_nothing() -> None:
    assert survivors(written(LONG, *waited("90s", "30s"))) == [
        "'>' turned into '>=' in event.service_s > 60s",
        "60s turned into 59s",
        "60s turned into 61s",
    ]
    # One side of it is not both.
    assert survivors(written(LONG, *waited("61s", "30s"))) == [
        "'>' turned into '>=' in event.service_s > 60s",
        "60s turned into 59s",
    ]


def test_the_place_is_that_of_the_constant() -> None:
    playbook = written(LONG, *waited("90s", "30s"))
    last = mutants(playbook)[-1]
    text = playbook.rules[0].if_

    assert last.path == ("rules", 0, "if")
    assert text is not None
    assert text[last.at : last.end] == "60s"


def test_and_and_or() -> None:
    both = "when: contact.ended\nif: event.service_s > 60s and score.repeat > 0.5"
    playbook = written(
        both,
        f"score.repeat: 0.51 | {{at: 0s, {ENDED}, service_s: 61s}} => {FIRES}",
        f"score.repeat: 0.5 | {{at: 0s, {ENDED}, service_s: 60s}} =>",
    )

    # Nobody says what a long call without a high score means.
    joined = "event.service_s > 60s and score.repeat > 0.5"
    assert f"'and' turned into 'or' in {joined}" in survivors(playbook)


def test_lengths_of_time_and_repetitions() -> None:
    playbook = written(
        QUIET,
        f"{LOST} => {{at: 15m, fires: call-back-soon}}",
        f"{LOST}, {{at: 15m, event: contact.started}} =>",
    )
    noticed = [mutant.change for mutant in mutants(playbook) if mutant.noticed]
    assert noticed[-2:] == ["for 15m turned into 14m", "for 15m turned into 16m"]

    steps = "sequence: [{event: contact.queued, times: 3, within: 90s}]\nwithin: 1h"
    queued = "event: contact.queued"
    playbook = written(
        steps,
        f"{{at: 0s, {queued}, repeat: 3, every: 45s}} => {{at: 90s, fires: call-back-soon}}",
        f"{{at: 0s, {queued}, repeat: 3, every: 45.5s}} =>",
    )
    # An hour is far more than the ninety seconds.
    assert survivors(playbook) == ["within 60m turned into 59m", "within 60m turned into 61m"]


def test_a_case_of_another_rule_notices_too() -> None:
    playbook = written(LONG, *waited("90s", "30s"))
    [rule] = playbook.rules
    boundary = written(LONG, *waited("61s", "60s")).rules[0]
    other = boundary.model_copy(update={"id": "another"})
    together = playbook.model_copy(update={"rules": (rule, other)})

    assert survivors(together) == []


def test_a_mutant_that_could_not_be_written_is_left_out() -> None:
    most = "when: contact.ended\nfacts: {n: {count: contact.ended, within: 1h}}\nif: n >= 64"
    playbook = written(most, f"{{at: 0s, {ENDED}}} => {FIRES}", f"{{at: 0s, {ENDED}}} =>")

    # A count stops at 64, so nothing may be compared with 65.
    assert "64 turned into 65" not in [mutant.change for mutant in mutants(playbook)]
    assert "64 turned into 63" in [mutant.change for mutant in mutants(playbook)]
