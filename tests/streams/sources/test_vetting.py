from pathlib import Path
from typing import Any

import pytest

from rules.playbook.errors import Problem
from streams.sources.vetting import judge, named, vet
from tests.rules.playbook.texts import replaced, small, texts


def files(source: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in source.items()}


def test_a_sound_playbook_may_be_published() -> None:
    vetted = vet(files(texts()))

    assert vetted.reason is None
    assert (vetted.hash, vetted.name) == (small().hash, "small")
    assert (vetted.rules, vetted.tests, vetted.problems) == (1, 2, ())


def test_an_error_comes_with_its_place() -> None:
    vetted = judge(files(replaced("owner: desk", "owner: dsk")))

    assert vetted.reason == "invalid"
    [problem] = vetted.problems
    assert (problem.file, problem.line, problem.message) == ("rules.yaml", 3, "unknown team 'dsk'")


def test_a_test_that_fails_comes_with_its_place() -> None:
    source = replaced("event.wait_s > 10s", "event.wait_s > 11s")
    vetted = judge(files(source))

    assert vetted.reason == "tests"
    [problem] = vetted.problems
    line = source["rules.yaml"].splitlines().index(problem.source) + 1
    assert problem.line == line
    assert "expect: [{at: 0s, fires: call-back-soon}]" in problem.source
    assert problem.message == (
        "test 'waited long' of call-back-soon: call-back-soon must fire at 0s; it stayed silent"
    )


def test_warnings_are_told_and_let_it_pass() -> None:
    vetted = judge(files(replaced("They waited {event.wait_s}", "Hurry")))

    assert vetted.reason is None
    assert [problem.severity for problem in vetted.problems] == ["warning"]


def test_it_takes_no_longer_than_it_may() -> None:
    # No process begins within a millisecond.
    vetted = vet(files(texts()), time_limit_s=0.001)

    assert vetted.reason == "timeout"
    assert vetted.problems[0].message == (
        "a playbook must be checked and tested within 0.001 s; it was not"
    )


def test_a_check_that_breaks_takes_nobody_with_it(capfd: pytest.CaptureFixture[str]) -> None:
    nothing: Any = None  # what no file holds
    vetted = vet({"rules.yaml": nothing})

    assert vetted.reason == "error"
    assert "ended with status 1" in vetted.problems[0].message
    assert "AttributeError" in capfd.readouterr().err


def test_a_problem_in_a_line_names_the_file_within_the_folder() -> None:
    problem = Problem("/a/b/more/rules.yaml", 3, 5, "no")

    assert named(Path("/a/b"), problem) == "more/rules.yaml:3:5: no"
    assert named(Path("/c"), problem) == "/a/b/more/rules.yaml:3:5: no"
    assert named(Path("/c"), Problem("", 1, 1, "too slow")) == "too slow"
