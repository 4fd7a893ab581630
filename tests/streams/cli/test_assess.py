from pathlib import Path

import orjson
from rich.console import Console
from typer.testing import CliRunner

from detectors.event import Event, encode_event
from rules.backtest.assessment import NO_CLAIM, Assessment, Before, Reason
from streams.cli.assess import missing_lines, reasons_table
from streams.cli.main import app
from tests.streams.backtest.build import lost_calls, written

RUN = CliRunner(env={"COLUMNS": "200"})


def found() -> Assessment:
    before = tuple(
        Before(name, 0.31, 40, 10, lift, 5400.0)
        for name, lift in (("payment.failed", 3.25), ("signal.queue_wait", 1.5))
    )
    reason = Reason("cards", 1200, 600, 120, 40.0, 1680.0, 200.0, 0.25, before)
    rare = Reason("other", 2, 0, 0, 0.0, 0.0, None, None, ())
    return Assessment((reason, rare), {"card": ("card.declined", "card.expiring")})


def shown(top: int) -> list[list[str]]:
    console = Console(width=160, color_system=None)
    with console.capture() as capture:
        console.print(reasons_table(found(), top, 42.0))
    return [line.split() for line in capture.get().splitlines()]


def test_a_reason_has_a_line_and_one_for_each_thing_before_it() -> None:
    lines = shown(top=1)

    # 600 of 1,200 known, 120 given up, a quarter repeats.
    cards = ["cards", "1,200", "50", "%", "40.0", "1,680", "200", "s", "10", "%", "25", "%"]
    assert cards in lines
    assert ["payment.failed", "31", "%", "3.2", "1", "h", "30", "min"] in lines
    assert not [line for line in lines if "signal.queue_wait" in line]
    assert ["signal.queue_wait", "31", "%", "1.5", "1", "h", "30", "min"] in shown(top=2)


def test_it_makes_no_claim_and_says_what_is_missing() -> None:
    assert NO_CLAIM.split() in shown(top=1)
    assert missing_lines(found()) == ["no data: connect card (card.declined, card.expiring)"]


def test_a_log_on_disk_is_assessed(tmp_path: Path) -> None:
    log = lost_calls(tmp_path / "log", 3, partitions=1)
    arguments = ["assess", str(log.path), "--cost-per-hour", "42", "--processes", "1"]

    as_json = RUN.invoke(app, [*arguments, "--json"])
    for_people = RUN.invoke(app, arguments)

    told = orjson.loads(as_json.stdout)
    assert told["cost_per_hour"] == 42
    assert [(each["topic"], each["contacts"]) for each in told["reasons"]] == [("regular", 4)]
    assert "no data: connect" in for_people.stdout
    assert "regular" in for_people.stdout


def test_a_log_without_contacts_is_told(tmp_path: Path) -> None:
    view = encode_event(Event("1", "web", "page.view", 1.0, "ann", {}))
    log = written(tmp_path / "log", [[view]])

    outcome = RUN.invoke(app, ["assess", str(log.path), "--processes", "1"])

    assert outcome.exit_code == 1
    assert "LOG must hold contacts that customers began" in outcome.stderr
