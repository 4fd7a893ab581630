from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from streams.backtest.log import Log
from streams.cli.main import app
from tests.rules.playbook.texts import texts
from tests.streams.backtest.build import lost_calls

RUN = CliRunner(env={"COLUMNS": "200"})
RULE = "call-back-soon"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Return a log of calls given up after 60 s, at 20:00, 20:01 and so on in Jerusalem."""
    book = tmp_path / "book"
    book.mkdir()
    for name, text in texts().items():
        (book / name).write_text(text)
    return lost_calls(tmp_path / "log", 3)


def ask(log: Log, *arguments: str) -> tuple[int, str, str]:
    book = log.path.parent / "book"
    outcome = RUN.invoke(app, [*arguments, "--from", str(log.path), "--playbook", str(book)])
    return outcome.exit_code, outcome.stdout.strip(), " ".join(outcome.stderr.split())


def test_why_tells_what_went_out(log: Log) -> None:
    code, told, _ = ask(log, "why", "c-1", RULE)

    assert code == 0
    assert told.startswith(
        f"{RULE} went out to c-1 on Sat 02 Jan 1999, 20:01:00: waited 1 min; all"
    )


def test_why_as_json_has_the_whole_decision(log: Log) -> None:
    _, told, _ = ask(log, "why", "c-1", RULE, "--json")

    found = orjson.loads(told)
    assert found["decision"]["facts"]["event.wait_s"] == 60.0
    assert found["answer"].startswith(f"{RULE} went out to c-1")


def test_why_before_it_happened_points_to_why_not(log: Log) -> None:
    code, told, error = ask(log, "why", "c-1", RULE, "--at", "1999-01-02T20:00")

    assert (code, told) == (1, "")
    assert f"it had none = help: precede why-not c-1 {RULE}" in error


def test_why_not_tells_what_was_not_there(log: Log) -> None:
    # At 20:00:30 the call had been queued for half a minute.
    code, told, _ = ask(log, "why-not", "c-1", RULE, "--at", "1999-01-02T20:00:30")

    assert code == 0
    assert told == (
        f"{RULE} did nothing for c-1: no contact.abandoned was ever seen in this partition of the "
        "log, of anybody: no data."
    )


def test_why_not_as_json_has_events_and_decisions(log: Log) -> None:
    _, told, _ = ask(log, "why-not", "c-2", RULE, "--at", "1999-01-02T18:30Z", "--json")

    found = orjson.loads(told)
    assert found["verdict"] == "decided"
    assert [event["type"].removeprefix("contact.") for event in found["events"]] == [
        "started", "queued", "abandoned", "ended",
    ]  # fmt: skip
    assert [decision["reason"] for decision in found["decisions"]] == ["sent"]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("why-not", "c-1", "call-back-son"), 1, "did you mean 'call-back-soon'?"),
        (("why", "c-1", "other"), 1, "it has call-back-soon"),
        (("why-not", "c-1", RULE, "--at", "noon"), 2, "must be a time such as 1999-01-03T07:15"),
    ],
)
def test_what_cannot_be_asked_is_told(
    log: Log, arguments: tuple[str, ...], code: int, expected: str
) -> None:
    found, told, error = ask(log, *arguments)

    assert (found, told) == (code, "")
    assert expected in error


def test_a_log_on_disk_needs_a_playbook(log: Log) -> None:
    outcome = RUN.invoke(app, ["why", "c-1", RULE, "--from", str(log.path)])

    assert outcome.exit_code == 2
    assert "must name the playbook's folder" in outcome.stderr
