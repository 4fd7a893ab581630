"""All that is tried out on a playbook: cases, their reruns, coverage, and faults put in."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from rules.language.errors import Flaw
from rules.language.vocabulary import VOCABULARY, Vocabulary
from rules.playbook.coverage import RuleCoverage, cover
from rules.playbook.finding import Finding
from rules.playbook.models import Playbook
from rules.playbook.mutation import Mutant, mutate
from rules.playbook.testing import CaseResult, run_tests
from rules.playbook.written import rule_trees


@dataclass(frozen=True, slots=True)
class Trial:
    """What came out.

    Parameters
    ----------
    coverage
        Of each rule, in the order of the playbook.
    mutants
        Of the rules whose cases all pass; on others nothing can be told.
    """

    results: tuple[CaseResult, ...]
    coverage: tuple[RuleCoverage, ...]
    mutants: tuple[Mutant, ...]

    @property
    def failed(self) -> int:
        """How many cases fail, in whichever run."""
        return sum(not result.passed for result in self.results)

    @property
    def points(self) -> tuple[int, int]:
        """How many points of all rules were seen, and how many there are."""
        return sum(c.seen for c in self.coverage), sum(len(c.points) for c in self.coverage)

    @property
    def noticed(self) -> int:
        """How many mutants a case notices."""
        return sum(mutant.noticed for mutant in self.mutants)

    def warnings(self) -> Iterator[Finding]:
        """Yield what no case shows and the faults that no case notices, with their places."""
        for covered in self.coverage:
            for point in covered.points:
                if not point.seen:
                    help_ = "add a case that shows it"
                    yield Finding(
                        point.path, Flaw(point.at, point.end, point.missing, help_, "warning")
                    )
        for mutant in self.mutants:
            if not mutant.noticed:
                message = f"no case notices {mutant.change}"
                help_ = "add a case at the boundary"
                if mutant.change.startswith(("'and'", "'or'")):
                    help_ = "add a case in which one side is true, the other false"
                yield Finding(mutant.path, Flaw(mutant.at, mutant.end, message, help_, "warning"))


def try_out(
    playbook: Playbook,
    only: Collection[str] = (),
    progress: Callable[[], None] = lambda: None,
    vocabulary: Vocabulary = VOCABULARY,
) -> Trial:
    """Return what comes out of a playbook that loaded.

    Parameters
    ----------
    only
        Rules whose cases are tried; empty for all.
    progress
        Called after each case, and twice after each rule: `steps` says how often in all.
    """
    results = run_tests(playbook, vocabulary, progress, only)
    failing = {result.rule for result in results if not result.passed}
    trees = rule_trees(playbook, vocabulary)
    coverage, mutants = [], []
    for index, rule in enumerate(playbook.rules):
        if only and rule.id not in only:
            continue
        coverage.append(cover(playbook, trees, index, vocabulary))
        progress()
        if rule.id not in failing:
            mutants += mutate(playbook, trees, index, vocabulary)
        progress()
    return Trial(tuple(results), tuple(coverage), tuple(mutants))


def steps(playbook: Playbook, only: Collection[str] = ()) -> int:
    """Return how often `try_out` calls its progress."""
    rules = [rule for rule in playbook.rules if not only or rule.id in only]
    return sum(len(rule.tests) + 2 for rule in rules)
