from pathlib import Path

import orjson
import pytest
from rich.console import Console, RenderableType
from typer.testing import CliRunner

from rules.backtest.difference import RuleDifference
from rules.backtest.figures import RuleFigures
from rules.backtest.needs import Missing
from rules.proof.intervals import Share
from rules.proof.result import NO_CAUSAL_CLAIM, Comparison, RuleResult
from streams.cli.backtest import difference_table, figures_table, remarks
from streams.cli.main import app
from tests.rules.playbook.texts import replaced, texts
from tests.streams.backtest.build import lost_calls

RUN = CliRunner(env={"COLUMNS": "200"})


def write(folder: Path, files: dict[str, str]) -> str:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return str(folder)


def result(fired: int, called: int) -> RuleResult:
    total = Comparison(fired, Share(called, fired), Share(1, 4), 0.25, 2.0)
    candidates = {"cap": 1, "cooldown": 20, "sent": fired}
    return RuleResult("r", candidates, total, 0, {}, 900.0, 7200.0, 3, 1, 0)


def figures(missing: Missing, mode: str = "live", hours: float | None = 1.5) -> RuleFigures:
    return RuleFigures(mode, result(10, 5), missing, {"b": 3, "a": 7}, 5.0, 10, hours)


def shown(table: RenderableType) -> str:
    console = Console(width=160, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_a_backtest_of_two_versions_as_json(tmp_path: Path) -> None:
    log = lost_calls(tmp_path / "log", 4)
    old = write(tmp_path / "old", texts())
    new = write(tmp_path / "new", replaced("event.wait_s > 10s", "event.wait_s > 70s"))

    arguments = [new, "--against", old, "--from", str(log.path), "--processes", "1", "--json"]
    outcome = RUN.invoke(app, ["rules", "backtest", *arguments])

    assert outcome.exit_code == 0, outcome.output
    told = orjson.loads(outcome.stdout)
    # Every call was given up after 60 s: the old version fires for each, the new one for none.
    assert told["rules"]["call-back-soon"]["fired"] == 0
    assert told["against"]["rules"]["call-back-soon"]["fired"] == 4
    assert told["difference"]["call-back-soon"]["missing"]["fired"] == 4
    assert told["sha256"] != told["against"]["sha256"]
    assert NO_CAUSAL_CLAIM in told["note"]
    assert told["log"]["events"]["contact.abandoned"] == 4


def test_a_backtest_for_people_says_what_it_rests_on(tmp_path: Path) -> None:
    log = lost_calls(tmp_path / "log", 4, partitions=1)
    book = write(tmp_path / "book", texts())

    arguments = [book, "--from", str(log.path), "--processes", "1", "--complete"]
    outcome = RUN.invoke(app, ["rules", "backtest", *arguments])

    assert outcome.exit_code == 0, outcome.output
    for text in (NO_CAUSAL_CLAIM, "agent hours are not known", "decisions sha256", "records/s"):
        assert text in outcome.stdout


def test_what_cannot_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    book = write(tmp_path / "book", texts())
    (tmp_path / "no-log").write_bytes(b'{"type": "x"}\n')
    for arguments, expected in (
        ([book, "--from", str(tmp_path / "missing")], "LOG must be a file, a folder or a topic"),
        ([book, "--from", str(tmp_path)], "it has none; `precede log export DIR`"),
        ([book, "--from", str(tmp_path / "no-log")], "line 1: specversion must be"),
        ([str(tmp_path / "no-log"), "--from", "x"], "a playbook is a folder"),
    ):
        outcome = RUN.invoke(app, ["rules", "backtest", *arguments])

        assert outcome.exit_code == 1, outcome.output
        assert expected in " ".join(outcome.stderr.split())
        assert not outcome.stdout


def test_a_rule_has_a_line_and_says_when_there_is_no_data() -> None:
    found = {
        "first": figures(Missing()),
        "shy": figures(Missing(), "shadow", None),
        "mute": figures(Missing(("card.declined",))),
    }

    first, shy, mute = (
        line.split() for line in shown(figures_table(found)).splitlines()
        if line.split()[:1] in (["first"], ["shy"], ["mute"])
    )  # fmt: skip

    # 31 candidates, 10 firings in 5 days, 5 of 10 called anyway beside 25 %.
    line = ["31", "2.0", "10", "50", "%", "of", "10", "25", "%", "2.00", "2", "h", "3", "1.5"]
    assert first[1:] == line
    assert shy[:2] == ["shy", "(shadow)"]
    assert "?" in shy  # hours that nobody knows
    assert mute == ["mute", "no", "data", *["-"] * 8]


def test_remarks_name_gates_overlaps_and_what_is_taken_for_never() -> None:
    assert remarks("r", figures(Missing())) == [
        "r: held back by cooldown 20, cap 1",
        "r: candidates within 24 h of another rule's: a 7, b 3",
    ]
    assert remarks("r", figures(Missing((), ("login.failed",))))[2] == (
        "r: no data, taken for never: login.failed"
    )
    assert remarks("r", figures(Missing(("card.declined",), ("login.failed",)))) == [
        "r: no data, it needs card.declined"
    ]


def test_a_difference_shows_both_directions_and_hours_once() -> None:
    found = {"r": RuleDifference(result(4, 2), result(1, 0), 0.25)}

    lines = [line.split() for line in shown(difference_table(found)).splitlines()]

    assert ["r", "+4", "50", "%", "of", "4", "25", "%", "2.00", "2", "h", "+0.2"] in lines
    assert ["-1", "0", "%", "of", "1", "25", "%", "2.00", "2", "h"] in lines


@pytest.mark.parametrize("found", [{}, {"r": RuleDifference(result(0, 0), None, 0.0)}])
def test_no_difference_is_said(found: dict[str, RuleDifference]) -> None:
    assert "no firing differs" in shown(difference_table(found))
