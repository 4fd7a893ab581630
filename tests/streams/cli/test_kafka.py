import socket
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from streams.cli.kafka import app


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    return CliRunner(env={"PRECEDE_HOME": str(tmp_path), "COLUMNS": "200"})


def test_status_without_kafka_leaves_with_3(runner: CliRunner) -> None:
    result = runner.invoke(app, ["status"])

    assert result.exit_code == 3
    assert "precede kafka up" in result.output


def test_status_as_json_names_the_folder(runner: CliRunner, tmp_path: Path) -> None:
    result = runner.invoke(app, ["status", "--json"])

    assert result.exit_code == 3
    assert orjson.loads(result.stdout) == {"running": False, "home": str(tmp_path / "kafka")}


def test_down_without_kafka_is_no_error(runner: CliRunner) -> None:
    assert runner.invoke(app, ["down"]).exit_code == 0
    result = runner.invoke(app, ["down", "--json"])

    assert orjson.loads(result.stdout) == {"running": False, "stopped": False}


def test_a_taken_port_is_told_before_anything_starts(runner: CliRunner, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("")
    java.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = runner.invoke(app, ["up", "--port", str(port)], env={"PRECEDE_JAVA": str(java)})

    assert result.exit_code == 1
    assert f"port {port} on 127.0.0.1 must be free" in result.output


def test_a_missing_java_is_told(runner: CliRunner) -> None:
    result = runner.invoke(app, ["up"], env={"PRECEDE_JAVA": "/nowhere/java"})

    assert result.exit_code == 1
    assert "PRECEDE_JAVA must be a java executable; got '/nowhere/java'" in result.output


@pytest.mark.parametrize("command", ["up", "down", "status"])
def test_help_shows_examples(runner: CliRunner, command: str) -> None:
    result = runner.invoke(app, [command, "--help"])

    assert result.exit_code == 0
    assert f"precede kafka {command}" in result.output
