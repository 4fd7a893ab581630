from pathlib import Path

import orjson
from typer.testing import CliRunner

from streams.backtest.log import find_log, read_values
from streams.cli.main import app
from tests.streams.engine.build import first_rows, interactions

RUN = CliRunner(env={"COLUMNS": "200"})


def test_a_recording_becomes_a_log_without_kafka(tmp_path: Path) -> None:
    (tmp_path / "day.txt").write_bytes(first_rows(1))
    folder = tmp_path / "log"
    arguments = ["log", "export", str(folder), "--file", str(tmp_path / "day.txt"), "--json"]

    outcome = RUN.invoke(app, arguments)

    # Without the switch of the playbook, which a publish writes.
    expected = sum(len(part) - 1 for part in interactions(1))
    assert orjson.loads(outcome.stdout)["records"] == expected
    files = find_log(folder).partitions
    assert sum(1 for file in files for _ in read_values(file)) == expected

    again = RUN.invoke(app, arguments)
    assert again.exit_code == 1
    assert "must hold no log yet" in again.stderr


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.txt").write_text("this\nis\nnothing\n")
    arguments = ["log", "export", str(tmp_path / "log"), "--file"]

    nothing = RUN.invoke(app, [*arguments, str(tmp_path / "no.txt")])
    missing = RUN.invoke(app, [*arguments, str(tmp_path / "missing.txt")])
    unknown = RUN.invoke(app, [*arguments, str(tmp_path / "no.txt"), "--source", "shop"])

    assert (nothing.exit_code, missing.exit_code, unknown.exit_code) == (1, 1, 2)
    assert "must be a recording of bank-calls; got 3 other lines" in nothing.stderr
    assert "missing.txt" in missing.stderr
    assert "--source must be one of bank-calls" in unknown.stderr
    assert not (tmp_path / "log").exists()
