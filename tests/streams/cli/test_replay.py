from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner

from streams.cli.replay import replay
from tests.streams.sources.bank_calls.test_reader import MALFORMED

app = typer.Typer()
app.command()(replay)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner(env={"PRECEDE_CLOCK": "live", "COLUMNS": "200"}).invoke(app, list(arguments))
    return result.exit_code, result.output


def test_dry_run_counts_without_kafka() -> None:
    code, output = run("--dry-run", "--json", str(MALFORMED))

    assert code == 0
    summary = orjson.loads(output)
    assert summary["calls"] == {"replayed": 6, "excluded": 2, "unreadable": 9}
    assert summary["rows"] == sum(summary["calls"].values())
    # 0:00:31 and 8:23:25 in Israel, two hours ahead of UTC.
    assert summary["from"] == "1998-12-31T22:00:31.000000Z"
    assert summary["to"] == "1999-01-01T06:23:25.000000Z"
    assert "records" not in summary


def test_dry_run_for_people() -> None:
    code, output = run("--dry-run", str(MALFORMED))

    assert code == 0
    assert "contact.queued" in output
    assert "unreadable" in output


@pytest.mark.parametrize("speed", ["fast", "0", "-1", "nan", "inf"])
def test_speed_is_max_or_positive(speed: str) -> None:
    code, output = run("--speed", speed, str(MALFORMED))

    assert code == 2
    assert "must be 'max' or a positive number" in output


def test_unknown_source_names_the_known_ones() -> None:
    code, output = run("--source", "shop", str(MALFORMED))

    assert code == 1
    assert "--source must be one of bank-calls; got 'shop'" in output


def test_broken_gzip_is_a_clear_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gz"
    broken.write_bytes(b"\x1f\x8b no gzip")

    code, output = run("--dry-run", str(broken))

    assert code == 1
    assert "must be a readable file, plain or gzipped" in output


def test_live_clock_is_refused() -> None:
    code, output = run(str(MALFORMED))

    assert code == 1
    assert "clock must be 'log' to replay history" in output
    assert "PRECEDE_CLOCK=log" in output
