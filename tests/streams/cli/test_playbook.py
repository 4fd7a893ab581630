"""What `precede playbook` says without Kafka; with it: tests/integration/test_publish.py."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli.playbook import app
from tests.rules.playbook.texts import replaced, small, texts

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _no_kafka(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PRECEDE_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setenv("PRECEDE_HOME", str(tmp_path / "no-home"))


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_a_dry_run_says_what_would_be_published(tmp_path: Path) -> None:
    write(tmp_path, texts())
    result = RUN.invoke(app, ["publish", str(tmp_path), "--dry-run", "--json"])

    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert said["published"] is False
    assert (said["hash"], said["rules"], said["tests"]) == (small().hash, 1, 2)


def test_a_refused_playbook_is_told_with_places(tmp_path: Path) -> None:
    write(tmp_path, replaced("event.wait_s > 10s", "event.wait_s > 11s"))
    result = RUN.invoke(app, ["publish", str(tmp_path)])

    # Without Kafka nobody can be told, which is no reason to say less.
    assert result.exit_code == 1
    assert "rules.yaml:19:18: error: test 'waited long' of call-back-soon" in result.stderr
    assert "nothing was published: a test fails; no worker was told" in result.stderr


def test_a_time_limit_is_kept(tmp_path: Path) -> None:
    write(tmp_path, texts())
    arguments = ["publish", str(tmp_path), "--dry-run", "--time-limit", "0.5"]

    assert RUN.invoke(app, arguments).exit_code == 2


def test_no_folder_is_refused(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["publish", str(tmp_path / "none"), "--json"])

    assert result.exit_code == 1
    assert json.loads(result.stdout)["reason"] == "invalid"
