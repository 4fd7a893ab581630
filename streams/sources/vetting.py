"""A playbook checked and tested in a process of its own, before anybody else sees it.

A playbook is an input: what it makes the checks do must not take the publisher down with it, nor
keep it for longer than it was given.
"""

import multiprocessing
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from rules.language.errors import Flaw
from rules.playbook.errors import PlaybookError, Problem
from rules.playbook.finding import Finding
from rules.playbook.loader import Loaded, load_with_warnings
from rules.playbook.testing import CaseResult, run_tests
from rules.program import Program
from streams.engine.refusal import Reason

TIME_LIMIT_S = 120.0
"""As long as checking and testing may take; 1,000 rules with their tests take half a minute."""


@dataclass(frozen=True, slots=True)
class Vetted:
    """What came of it.

    Parameters
    ----------
    reason
        Why it must not be published; nothing when it may.
    problems
        What is wrong, each with its place; warnings where nothing is.
    hash, name, rules, tests
        Of the playbook; empty where it could not be loaded.
    """

    reason: Reason | None
    problems: tuple[Problem, ...]
    hash: str = ""
    name: str = ""
    rules: int = 0
    tests: int = 0


def vet(files: Mapping[str, bytes], time_limit_s: float = TIME_LIMIT_S) -> Vetted:
    """Return whether a playbook may be published, and what is wrong with it.

    Parameters
    ----------
    files
        Name of each file, as places shall show it, -> what it holds.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_vet, args=(theirs, dict(files)), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(time_limit_s):
            message = f"a playbook must be checked and tested within {time_limit_s:g} s; it was not"
            return Vetted("timeout", (Problem("", 1, 1, message, "make it smaller"),))
        found: Vetted = ours.recv()
    except EOFError:
        process.join()
        message = f"the process that checks the playbook ended with status {process.exitcode}"
        return Vetted("error", (Problem("", 1, 1, message, "see what it wrote above"),))
    finally:
        process.kill()
        process.join()
        ours.close()
    return found


def judge(files: Mapping[str, bytes]) -> Vetted:
    """Return the same, checked in this process."""
    try:
        loaded = load_with_warnings(files)
    except PlaybookError as error:
        return Vetted("invalid", error.problems)
    playbook = loaded.playbook
    Program(playbook)
    results = run_tests(playbook)
    failed = [result for result in results if not result.passed]
    about = (playbook.hash, playbook.name, len(playbook.rules), len(results))
    if failed:
        return Vetted("tests", tuple(p for result in failed for p in _told(loaded, result)), *about)
    return Vetted(None, loaded.warnings, *about)


def named(folder: Path, problem: Problem) -> str:
    """Return a problem in a line, its file by the path within the folder."""
    if not problem.file:
        return problem.message
    file = Path(problem.file)
    shown = file.relative_to(folder) if file.is_relative_to(folder) else file
    return f"{shown.as_posix()}:{problem.line}:{problem.column}: {problem.message}"


def _told(loaded: Loaded, result: CaseResult) -> list[Problem]:
    return [
        loaded.place(
            Finding(
                failure.path, Flaw(0, 1_000, f"test {result.name!r} of {result.rule}: {failure}")
            )
        )
        for failure in result.failures
    ]


def _vet(answer: Connection, files: dict[str, bytes]) -> None:
    answer.send(judge(files))
    answer.close()
