"""Live rules need the word of a second person about exactly this content."""

from dataclasses import replace

import pytest

from rules.playbook.approval import Approval, Approved
from tests.rules.gates.build import candidate

GIVEN = Approval("required", "ann", "5f1c", "bob", 7.0)


def adopted(approval: Approval, playbook: str = "5f1c") -> Approved:
    gate = Approved()
    gate.adopt(approval, playbook)
    return gate


def test_an_approval_by_someone_else_lets_live_rules_act() -> None:
    gate = adopted(GIVEN)

    assert gate.check(candidate(0.0)) == (True, "approved by bob")
    assert gate.told == {"by": "bob", "at": 7.0}


@pytest.mark.parametrize(
    ("approval", "told"),
    [
        (replace(GIVEN, content="", by=""), "nobody has approved it"),
        (replace(GIVEN, content="77aa"), "bob approved another content, 77aa"),
        (replace(GIVEN, by="ann"), "ann wrote it and approved it: someone else must"),
        (replace(GIVEN, by=" ANN "), "ann wrote it and approved it: someone else must"),
    ],
)
def test_anything_less_holds_them_back(approval: Approval, told: str) -> None:
    gate = adopted(approval)

    assert gate.check(candidate(0.0)) == (False, told)
    assert gate.told is None
    # Who only runs along sends nothing, and where it is switched off nobody is asked.
    assert gate.check(candidate(0.0, shadow=True))[0]
    assert adopted(replace(approval, policy="off")).check(candidate(0.0))[0]


def test_an_approval_that_nobody_asked_for_is_told_all_the_same() -> None:
    assert adopted(replace(GIVEN, policy="off")).told == {"by": "bob", "at": 7.0}


@pytest.mark.parametrize("approval", [GIVEN, Approval(), Approval("required", "ann")])
def test_the_log_says_all_of_it(approval: Approval) -> None:
    assert Approval.read(approval.fields()) == approval


def test_a_log_that_says_nothing_asks_for_nothing() -> None:
    strange = {"approval": 1, "author": [], "approved_by": {}, "approved_at": "soon"}

    assert Approval.read({"hash": "5f1c"}) == Approval.read(strange) == Approval()
