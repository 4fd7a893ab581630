from xml.etree import ElementTree as Xml

from rules.language.errors import Flaw
from rules.playbook.errors import Problem
from rules.playbook.finding import Finding
from rules.playbook.junit import junit
from rules.playbook.loader import load_with_warnings
from rules.playbook.testing import CaseResult, Failure, run_tests
from rules.playbook.tree import Path
from tests.rules.playbook.texts import replaced, texts


def report(source: dict[str, str]) -> Xml.Element:
    loaded = load_with_warnings(source)

    def place(path: Path, message: str) -> Problem:
        return loaded.place(Finding(path, Flaw(0, 1_000, message)))

    return Xml.fromstring(junit("small", run_tests(loaded.playbook), place))


def test_what_passes() -> None:
    root = report(texts())

    # Each of the two as written and restored: of single events there is no other order, and no
    # name in them may be missing.
    assert (root.tag, root.get("name")) == ("testsuites", "small")
    assert (root.get("tests"), root.get("failures")) == ("4", "0")
    [suite] = root
    assert suite.get("name") == "call-back-soon"
    assert [case.get("name") for case in suite] == [
        "waited long",
        "waited long [restored]",
        "hung up at once",
        "hung up at once [restored]",
    ]
    assert (suite[0].get("file"), suite[0].get("line")) == ("rules.yaml", "17")
    assert list(suite[0]) == []


def test_what_fails_has_place_and_diff() -> None:
    root = report(replaced("event.wait_s > 10s", "event.wait_s > 11s"))

    assert (root.get("tests"), root.get("failures")) == ("4", "1")
    [failure] = root.iter("failure")
    assert failure.get("message") == "call-back-soon must fire at 0s; it stayed silent"
    assert failure.text == (
        "rules.yaml:19:18: call-back-soon must fire at 0s; it stayed silent\n\n"
        "firings (- expected, + actual):\n-       0s  call-back-soon"
    )


def test_a_rerun_that_fails_is_a_case_of_its_own() -> None:
    failure = Failure("absent", ("rules", 0), "without x it fires")
    result = CaseResult("a", 'a <name> & "more"\x07', ("rules", 0), (failure,), left_out=1)
    place = Problem("rules.yaml", 1, 1, "without x it fires")
    root = Xml.fromstring(junit("small", [result], lambda *_: place))

    written, _restored, absent = root[0]
    assert written.get("name") == 'a <name> & "more"?'
    assert list(written) == []
    assert absent.get("name") == 'a <name> & "more"? [absent]'
    assert absent[0].text == "rules.yaml:1:1: without x it fires"
