from rules.playbook.loader import load, load_with_warnings
from rules.playbook.trial import steps, try_out
from tests.rules.playbook.texts import replaced, small


def test_everything_is_tried() -> None:
    trial = try_out(small())

    # The direction is inbound in both cases.
    assert (trial.failed, len(trial.results)) == (0, 2)
    assert trial.points == (3, 4)
    # > to >=, 10s to 9s, 10s to 11s, and to or.
    assert (trial.noticed, len(trial.mutants)) == (4, 4)
    assert [finding.flaw.message for finding in trial.warnings()] == [
        'event.direction == "inbound" is never false in a case'
    ]


def test_a_warning_has_its_place() -> None:
    loaded = load_with_warnings(replaced("wait_s: 10s", "wait_s: 1s"))
    problems = [loaded.place(finding) for finding in try_out(loaded.playbook).warnings()]

    assert [(p.line, p.column, p.severity) for p in problems] == [
        (9, 7, "warning"),
        (10, 24, "warning"),
        (10, 26, "warning"),
    ]
    assert problems[-1].message == "no case notices 10s turned into 9s"


def test_of_a_rule_that_fails_nothing_is_said_about_faults() -> None:
    trial = try_out(load(replaced("event.wait_s > 10s", "event.wait_s > 11s")))

    assert trial.failed == 1
    assert trial.mutants == ()


def test_progress_comes_as_often_as_was_said() -> None:
    calls: list[None] = []
    try_out(small(), progress=lambda: calls.append(None))

    assert len(calls) == steps(small()) == 4
    assert steps(small(), ["another"]) == 0
