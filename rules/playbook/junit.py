"""Results of tests in the XML that build servers read: one suite per rule.

The form is that of JUnit as Jenkins and GitLab read it: ``testsuites > testsuite > testcase``,
with ``failure`` in the cases that failed. A rerun is a case of its own, named after it.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from rules.playbook.errors import Problem
from rules.playbook.testing import RUNS, CaseResult, Failure, Run
from rules.playbook.tree import Path


def junit(name: str, results: Iterable[CaseResult], place: Callable[[Path, str], Problem]) -> str:
    """Return the results as XML.

    Parameters
    ----------
    name
        Of the playbook.
    place
        Returns a path of the playbook and a message with the place in a file.
    """
    root = Element("testsuites", name=name)
    total = failed = 0
    for rule, group in groupby(results, key=lambda result: result.rule):
        suite = SubElement(root, "testsuite", name=rule)
        count = wrong = 0
        for result in group:
            for run, failures in _runs(result):
                count += 1
                wrong += bool(failures)
                _case(suite, result, run, failures, place)
        suite.set("tests", str(count))
        suite.set("failures", str(wrong))
        total, failed = total + count, failed + wrong
    root.set("tests", str(total))
    root.set("failures", str(failed))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _runs(result: CaseResult) -> Iterator[tuple[Run, list[Failure]]]:
    """Yield the case as written and its reruns, those that had nothing to change left out."""
    tried = {"shuffled": result.shuffles, "absent": result.left_out}
    for run in RUNS:
        failures = [failure for failure in result.failures if failure.run == run]
        if failures or tried.get(run, 1):
            yield run, failures


def _case(
    suite: Element,
    result: CaseResult,
    run: Run,
    failures: list[Failure],
    place: Callable[[Path, str], Problem],
) -> None:
    name = _plain(result.name if run == "written" else f"{result.name} [{run}]")
    here = place((*result.path, "name"), "")
    case = SubElement(suite, "testcase", classname=result.rule, name=name)
    case.set("file", here.file)
    case.set("line", str(here.line))
    if failures:
        told = [place(failure.path, failure.message) for failure in failures]
        lines = [f"{p.file}:{p.line}:{p.column}: {p.message}" for p in told]
        if run == "written" and result.diff:
            lines += ["", "firings (- expected, + actual):", *result.diff]
        failure = SubElement(case, "failure", message=_plain(failures[0].message))
        failure.text = _plain("\n".join(lines))


def _plain(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold."""
    return "".join(c if c >= " " or c in "\n\t" else "?" for c in text)
