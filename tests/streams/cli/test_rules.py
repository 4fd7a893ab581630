import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli.rules import app
from tests.rules.playbook.texts import replaced, texts

RUN = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, texts())


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_check_shows_the_rules(folder: Path) -> None:
    result = RUN.invoke(app, ["check", str(folder)])

    assert result.exit_code == 0
    assert "call-back-soon" in result.stdout
    assert "1 rules" in result.stdout


def test_check_as_json(folder: Path) -> None:
    result = RUN.invoke(app, ["check", str(folder), "--json"])

    [rule] = json.loads(result.stdout)["rules"]
    assert (rule["id"], rule["level"], rule["tests"]) == ("call-back-soon", 2, 2)


def test_check_fails_with_places(tmp_path: Path) -> None:
    write(tmp_path, replaced("owner: desk", "owner: dsk"))
    result = RUN.invoke(app, ["check", str(tmp_path)])
    as_json = RUN.invoke(app, ["check", str(tmp_path), "--json"])

    assert result.exit_code == as_json.exit_code == 1
    assert "rules.yaml:3:12: error: unknown team 'dsk'" in result.stderr
    assert "= help: did you mean 'desk'?" in result.stderr
    assert "1 error" in result.stderr
    [problem] = json.loads(as_json.stdout)["problems"]
    assert (problem["line"], problem["column"]) == (3, 12)


def test_test_passes(folder: Path) -> None:
    result = RUN.invoke(app, ["test", str(folder)])

    assert result.exit_code == 0
    assert "2 of 2 tests pass" in result.stdout


def test_test_fails_and_says_what_differs(tmp_path: Path) -> None:
    write(tmp_path, replaced("event.wait_s > 10s", "event.wait_s > 11s"))
    result = RUN.invoke(app, ["test", str(tmp_path)])
    as_json = RUN.invoke(app, ["test", str(tmp_path), "--json"])

    assert result.exit_code == as_json.exit_code == 1
    assert "call-back-soon must fire at 0s; it stayed silent" in result.stdout
    report = json.loads(as_json.stdout)
    assert (report["passed"], report["failed"]) == (1, 1)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["check", str(tmp_path / "none")])

    assert result.exit_code == 1
    assert "a playbook is a folder" in result.stderr
