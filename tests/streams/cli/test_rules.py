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


def test_check_tells_the_bytes_of_a_customer(folder: Path) -> None:
    as_json = json.loads(RUN.invoke(app, ["check", str(folder), "--json"]).stdout)

    # A rule on a single event keeps nothing of a customer.
    assert as_json["bytes_per_customer"] == as_json["rules"][0]["bytes"] == 0
    assert "at most 0 bytes in the record" in RUN.invoke(app, ["check", str(folder)]).stdout


def test_a_warning_fails_a_strict_check(tmp_path: Path) -> None:
    write(tmp_path, replaced("They waited {event.wait_s}", "Hurry"))
    lenient = RUN.invoke(app, ["check", str(tmp_path)])
    strict = RUN.invoke(app, ["check", str(tmp_path), "--strict"])

    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert "'Hurry' presses the customer" in lenient.stderr
    assert "1 warning" in lenient.stderr


def test_test_passes(folder: Path) -> None:
    result = RUN.invoke(app, ["test", str(folder)])

    assert result.exit_code == 0
    assert "2 of 2 tests pass" in result.stdout
    assert "coverage 75%, 3 of 4 points seen" in result.stdout
    assert "4 of 4 faults put in are noticed" in result.stdout
    assert 'rules.yaml:9:7: warning: event.direction == "inbound" is never false' in result.stderr


def test_a_warning_fails_a_strict_test(folder: Path) -> None:
    assert RUN.invoke(app, ["test", str(folder), "--strict"]).exit_code == 1


def test_test_fails_and_says_what_differs(tmp_path: Path) -> None:
    write(tmp_path, replaced("event.wait_s > 10s", "event.wait_s > 11s"))
    result = RUN.invoke(app, ["test", str(tmp_path)])
    as_json = RUN.invoke(app, ["test", str(tmp_path), "--json"])

    assert result.exit_code == as_json.exit_code == 1
    assert "rules.yaml:19:18: call-back-soon must fire at 0s; it stayed silent" in result.stdout
    assert "-       0s  call-back-soon" in result.stdout
    report = json.loads(as_json.stdout)
    assert (report["passed"], report["failed"]) == (1, 1)
    [failure] = report["tests"][0]["failures"]
    assert (failure["run"], failure["line"], failure["column"]) == ("written", 19, 18)
    assert report["coverage"]["rules"] == {"call-back-soon": 50.0}


def test_one_rule_alone(folder: Path) -> None:
    one = RUN.invoke(app, ["test", str(folder), "--rule", "call-back-soon"])
    unknown = RUN.invoke(app, ["test", str(folder), "--rule", "call-back-son"])

    assert one.exit_code == 0
    assert unknown.exit_code == 2
    assert "did you mean 'call-back-soon'?" in unknown.stderr


def test_results_as_junit(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.xml"
    nowhere = RUN.invoke(app, ["test", str(folder), "--junit", str(tmp_path / "no" / "x.xml")])
    written = RUN.invoke(app, ["test", str(folder), "--junit", str(file)])

    assert nowhere.exit_code == 2
    assert "--junit must name a file that can be written" in nowhere.stderr
    assert written.exit_code == 0
    assert '<testsuites name="small" tests="4" failures="0">' in file.read_text()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["check", str(tmp_path / "none")])

    assert result.exit_code == 1
    assert "a playbook is a folder" in result.stderr
