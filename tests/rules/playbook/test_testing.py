from datetime import UTC, datetime
from pathlib import Path

import pytest

import rules.playbook
from rules.playbook.loader import load, load_with_warnings
from rules.playbook.testing import START_AT, run_tests
from tests.rules.playbook.texts import replaced, small

DEFAULT = Path(rules.playbook.__path__[0]) / "default"


def failures(old: str, new: str) -> list[str]:
    results = run_tests(load(replaced(old, new)))
    return [failure for result in results for failure in result.failures]


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
            "[{at: 0s, fires: call-back-soon}]",
            "[{at: 1s, fires: call-back-soon}]",
            [
                "call-back-soon must fire at 1s; it stayed silent",
                "call-back-soon fired at 0s; nobody expected it",
            ],
        ),
        (
            "[{at: 0s, fires: call-back-soon}]",
            "[{at: 0s, fires: call-back-soon, because: {event.wait_s: 12s}}]",
            ["0s: event.wait_s must be 12s; got 11.0"],
        ),
        (
            "[{at: 0s, fires: call-back-soon}]",
            "[{at: 0s, fires: call-back-soon, because: {score.repeat: 0.5}}]",
            ["0s: score.repeat must be 0.5; the rule does not read it"],
        ),
    ],
)
def test_what_differs_is_said(old: str, new: str, expected: list[str]) -> None:
    assert failures(old, new) == expected


def test_an_event_is_repeated() -> None:
    source = replaced(
        "wait_s: 11s}]\n        expect: [{at: 0s, fires: call-back-soon}]",
        "wait_s: 11s, repeat: 3, every: 2h}]\n"
        "        expect:\n"
        "          - {at: 0h, fires: call-back-soon}\n"
        "          - {at: 2h, fires: call-back-soon}\n"
        "          - {at: 4h, fires: call-back-soon}",
    )

    assert all(result.passed for result in run_tests(load(source)))


def test_a_draft_is_tested_as_if_it_were_live() -> None:
    assert failures("mode: live", "mode: draft") == []


def test_the_default_playbook_passes_its_tests_without_warnings() -> None:
    loaded = load_with_warnings(DEFAULT)

    assert loaded.warnings == ()
    assert [result for result in run_tests(loaded.playbook) if not result.passed] == []


def test_the_default_playbook_is_of_true_levels() -> None:
    levels = {rule.id: rule.pyramid_level for rule in load(DEFAULT).rules}

    assert levels == {
        "callback-offer-in-queue": 3,
        "callback-after-abandonment": 2,
        "specialist-before-they-call-again": 4,
        "owner-for-regulars": 4,
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("score.abandon >= 0.35", "score.abandon > 0.35"),
        ("event.wait_s > 10s", "event.wait_s >= 10s"),
        ("event.wait_s > 10s", "event.wait_s > 60s"),
        ("{absent: contact.started, for: 15m}", "{absent: contact.started, for: 14m}"),
        ("{absent: contact.started, for: 15m}", "{absent: contact.started, for: 16m}"),
        ("{absent: contact.started, for: 30m}", "{absent: contact.started, for: 29m}"),
        ("customer.contacts_7d >= 5", "customer.contacts_7d >= 6"),
        ("customer.contacts_7d >= 5", "customer.contacts_7d >= 4"),
        ("unless: customer.open_contacts > 0", "unless: customer.open_contacts > 1"),
        ("score.repeat >= 0.6", "score.repeat > 0.6"),
        ("score.repeat >= 0.6", "score.repeat >= 0.55"),
    ],
)
def test_tests_of_the_default_playbook_notice_a_changed_threshold(old: str, new: str) -> None:
    texts = {path.name: path.read_text() for path in DEFAULT.glob("*.yaml")}
    assert old in texts["rules.yaml"]
    texts["rules.yaml"] = texts["rules.yaml"].replace(old, new)

    assert not all(result.passed for result in run_tests(load(texts)))
