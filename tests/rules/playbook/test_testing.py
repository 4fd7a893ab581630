from datetime import UTC, datetime
from pathlib import Path

import pytest

import rules.playbook
from rules.language.errors import Flaw
from rules.playbook.finding import Finding
from rules.playbook.loader import load, load_with_warnings
from rules.playbook.testing import RUNS, run_tests
from rules.playbook.timeline import START_AT
from tests.rules.playbook.texts import replaced, small

DEFAULT = Path(rules.playbook.__path__[0]) / "default"
FIRES = "[{at: 0s, fires: call-back-soon}]"


def failures(old: str, new: str) -> list[str]:
    results = run_tests(load(replaced(old, new)))
    return [str(failure) for result in results for failure in result.failures]


def test_small_playbook_passes() -> None:
    assert [result.passed for result in run_tests(small())] == [True, True]


def test_the_time_line_begins_on_a_monday_morning() -> None:
    assert datetime.fromtimestamp(START_AT, UTC) == datetime(2026, 1, 5, 7, tzinfo=UTC)
    assert datetime.fromtimestamp(START_AT, UTC).strftime("%A") == "Monday"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "event.wait_s > 10s",
            "event.wait_s > 11s",
            ["call-back-soon must fire at 0s; it stayed silent"],
        ),
        (
            "event.wait_s > 10s",
            "event.wait_s >= 10s",
            ["call-back-soon fired at 0s; nobody expected it"],
        ),
        (
            FIRES,
            "[{at: 1s, fires: call-back-soon}]",
            [
                "call-back-soon must fire at 1s; it stayed silent",
                "call-back-soon fired at 0s; nobody expected it",
            ],
        ),
        (
            FIRES,
            "[{at: 0s, fires: call-back-soon, because: {event.wait_s: 12s}}]",
            ["0s: event.wait_s must be 12s; got 11.0"],
        ),
        (
            FIRES,
            "[{at: 0s, fires: call-back-soon, because: {score.repeat: 0.5}}]",
            ["0s: score.repeat must be 0.5; the rule does not read it"],
        ),
    ],
)
def test_what_differs_is_said(old: str, new: str, expected: list[str]) -> None:
    assert failures(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "line", "place"),
    [
        # The firing that did not come; the list, where one came too many; the value.
        (FIRES, "[{at: 1s, fires: call-back-soon}]", 19, "{at: 1s"),
        ("event.wait_s > 10s", "event.wait_s >= 10s", 22, "[]"),
        (FIRES, "[{at: 0s, fires: call-back-soon, because: {event.wait_s: 12s}}]", 19, "12s"),
    ],
)
def test_a_failure_has_the_place_of_what_was_expected(
    old: str, new: str, line: int, place: str
) -> None:
    loaded = load_with_warnings(replaced(old, new))
    first = next(f for result in run_tests(loaded.playbook) for f in result.failures)
    problem = loaded.place(Finding(first.path, Flaw(0, 1, first.message)))

    assert (problem.file, problem.line) == ("rules.yaml", line)
    assert problem.source[problem.column - 1 :].startswith(place)


def test_expected_and_actual_firings_stand_side_by_side() -> None:
    [result, _] = run_tests(load(replaced(FIRES, "[{at: 1s, fires: call-back-soon}]")))

    assert result.diff == ("+       0s  call-back-soon", "-       1s  call-back-soon")


def test_an_event_is_repeated() -> None:
    source = replaced(
        f"wait_s: 11s}}]\n        expect: {FIRES}",
        "wait_s: 11s, repeat: 3, every: 2h}]\n"
        "        expect:\n"
        "          - {at: 0h, fires: call-back-soon}\n"
        "          - {at: 2h, fires: call-back-soon}\n"
        "          - {at: 4h, fires: call-back-soon}",
    )

    assert all(result.passed for result in run_tests(load(source)))


@pytest.mark.parametrize("mode", ["draft", "shadow", "retired"])
def test_a_rule_is_tested_whatever_its_mode(mode: str) -> None:
    assert failures("mode: live", f"mode: {mode}") == []


def test_one_rule_alone() -> None:
    assert run_tests(small(), only=["another-rule"]) == []
    assert len(run_tests(small(), only=["call-back-soon"])) == 2


def test_progress_is_told_after_each_case() -> None:
    calls: list[None] = []
    run_tests(small(), progress=lambda: calls.append(None))

    assert len(calls) == 2


def test_the_default_playbook_passes_its_tests_without_warnings() -> None:
    loaded = load_with_warnings(DEFAULT)
    results = run_tests(loaded.playbook)

    assert loaded.warnings == ()
    assert [(r.name, list(map(str, r.failures))) for r in results if not r.passed] == []
    # The reruns had something to change.
    assert sum(result.shuffles for result in results) > 0
    assert sum(result.left_out for result in results) > 0


def test_every_run_has_a_name() -> None:
    assert RUNS == ("written", "shuffled", "restored", "absent")
