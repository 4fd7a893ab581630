"""Runs the tests that stand beside the rules, on a clock of their own.

Every case runs all live rules of the playbook and the tested one, on a real customer, and the
complete list of firings is compared. Then it runs again under conditions that must not matter:
see `rules.playbook.reruns`.
"""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rules.language.duration import format_duration
from rules.language.interpreter import Value
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.match import Match
from rules.playbook.cases import parse_value
from rules.playbook.models import Playbook, Rule
from rules.playbook.reruns import play_absent, play_restored, play_shuffled
from rules.playbook.stage import IDLE, Stage, as_live, with_rules
from rules.playbook.timeline import EXACT_S, START_AT, read_timeline
from rules.playbook.tree import Path, RuleTree, fact_names
from rules.playbook.written import rule_trees
from rules.playbook.written_case import Expectation, RuleTest

Run = Literal["written", "shuffled", "restored", "absent"]
RUNS: tuple[Run, ...] = ("written", "shuffled", "restored", "absent")


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that came out otherwise.

    Parameters
    ----------
    run
        ``written`` for the case itself, else which rerun of it.
    path
        Where in the playbook, such as ``("rules", 0, "tests", 1, "expect", 0)``.
    """

    run: Run
    path: Path
    message: str

    def __str__(self) -> str:
        """Return the message, and of which rerun."""
        return self.message if self.run == "written" else f"{self.run}: {self.message}"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a test ended.

    Parameters
    ----------
    path
        Where the test is in the playbook.
    failures
        What differs from the expectation; empty when it passed.
    diff
        Expected and actual firings, a line each: ``- `` did not come, ``+ `` nobody expected,
        two blanks as expected.
    shuffles
        Other orders of arrival that were tried; 0 where no event may change its place.
    left_out
        Names that were left out, one at a time.
    """

    rule: str
    name: str
    path: Path
    failures: tuple[Failure, ...]
    diff: tuple[str, ...] = ()
    shuffles: int = 0
    left_out: int = 0

    @property
    def passed(self) -> bool:
        """Whether all firings were as expected, in every run."""
        return not self.failures


def run_tests(
    playbook: Playbook,
    vocabulary: Vocabulary = VOCABULARY,
    progress: Callable[[], None] = lambda: None,
    only: Collection[str] = (),
) -> list[CaseResult]:
    """Return the result of every test of a playbook, in its order.

    Parameters
    ----------
    progress
        Called after each test.
    only
        Rules whose tests run; empty for all.
    """
    trees = rule_trees(playbook, vocabulary)
    stages = _Stages(playbook, vocabulary)
    results = []
    for index, rule in enumerate(playbook.rules):
        if only and rule.id not in only:
            continue
        running = [t for t in trees if t.rule.mode not in IDLE or t.rule.id == rule.id]
        for number, test in enumerate(rule.tests):
            path: Path = ("rules", index, "tests", number)
            case = _Case(path, rule, test, stages.of(rule), running, vocabulary)
            results.append(case.run(trees[index]))
            progress()
    return results


class _Stages:
    """One stage for all rules that run, and one for each that only its own tests run."""

    def __init__(self, playbook: Playbook, vocabulary: Vocabulary) -> None:
        self._playbook = playbook
        self._vocabulary = vocabulary
        self._common: Stage | None = None
        self._of: dict[str, Stage] = {}

    def of(self, rule: Rule) -> Stage:
        if rule.mode not in IDLE:
            if self._common is None:
                self._common = Stage(self._playbook, self._vocabulary)
            return self._common
        if rule.id not in self._of:
            rules = (as_live(r) if r.id == rule.id else r for r in self._playbook.rules)
            self._of = {rule.id: Stage(with_rules(self._playbook, rules), self._vocabulary)}
        return self._of[rule.id]


@dataclass(frozen=True, slots=True)
class _Case:
    path: Path
    rule: Rule
    test: RuleTest
    stage: Stage
    running: Sequence[RuleTree]
    vocabulary: Vocabulary

    def run(self, tree: RuleTree) -> CaseResult:
        line = read_timeline(self.test, self.vocabulary)
        try:
            firings = self.stage.play(line)
        except Exception as error:  # told with its place, and the other tests still run
            failure = Failure("written", (*self.path, "name"), f"{type(error).__name__}: {error}")
            return CaseResult(self.rule.id, self.test.name, self.path, (failure,))
        failures, diff = compare(self.path, self.test.expect, firings, self.vocabulary)
        shuffles, shuffled = play_shuffled(self.stage, tree, line, firings)
        left_out, absent = play_absent(self.stage, self.running, line, firings, self.vocabulary)
        again: tuple[tuple[Run, list[str]], ...] = (
            ("shuffled", shuffled),
            ("restored", play_restored(self.stage, line)),
            ("absent", absent),
        )
        failures += [
            Failure(run, (*self.path, "name"), message)
            for run, messages in again
            for message in messages
        ]
        return CaseResult(
            self.rule.id,
            self.test.name,
            self.path,
            tuple(failures),
            tuple(diff) if any(f.run == "written" for f in failures) else (),
            shuffles,
            left_out,
        )


def compare(
    path: Path, expected: Sequence[Expectation], firings: Sequence[Match], vocabulary: Vocabulary
) -> tuple[list[Failure], list[str]]:
    """Return what differs, and expected and actual firings side by side in order of time."""
    left = list(firings)
    failures: list[Failure] = []
    lines: list[tuple[float, str]] = []
    for number, expectation in enumerate(expected):
        here: Path = (*path, "expect", number)
        at, when = START_AT + expectation.at_s, format_duration(expectation.at_s)
        wanted = (expectation.fires, expectation.step)
        found = next(
            (m for m in left if (m.rule.id, m.number) == wanted and abs(m.at - at) < EXACT_S), None
        )
        what = _step(*wanted)
        line = f"{when:>8}  {what.removesuffix(',')}"
        if found is None:
            lines.append((at, f"- {line}"))
            message = f"{what} must fire at {when}; it stayed silent"
            failures.append(Failure("written", here, message))
            continue
        left.remove(found)
        lines.append((at, f"  {line}"))
        for text, place in _because(expectation, found, vocabulary):
            failures.append(Failure("written", (*here, *place), f"{when}: {text}"))
    for match in left:
        when = _when(match)
        what = _step(match.rule.id, match.number)
        lines.append((match.at, f"+ {when:>8}  {what.removesuffix(',')}"))
        message = f"{what} fired at {when}; nobody expected it"
        failures.append(Failure("written", (*path, "expect"), message))
    return failures, [text for _, text in sorted(lines, key=lambda line: line[0])]


def _because(
    expectation: Expectation, match: Match, vocabulary: Vocabulary
) -> Iterator[tuple[str, Path]]:
    """Yield the values on which a firing was decided otherwise than expected, and where."""
    scope = vocabulary.scope(match.event.type, fact_names(match.rule, vocabulary))
    for name, text in expectation.because.items():
        wanted = parse_value(scope[name], text)
        if name not in match.facts:
            yield f"{name} must be {text}; the rule does not read it", ("because", name)
        elif not _is_equal(wanted, match.facts[name]):
            got = match.facts[name]
            yield f"{name} must be {text}; got {got!r}", ("because", name)


def _is_equal(wanted: Value, got: Value) -> bool:
    if isinstance(wanted, float) and isinstance(got, float):
        return math.isclose(wanted, got, rel_tol=1e-9, abs_tol=1e-9)
    return wanted == got


def _step(rule: str, number: int) -> str:
    return rule if number == 1 else f"{rule}, step {number},"


def _when(match: Match) -> str:
    return format_duration(round(match.at - START_AT, 5))
