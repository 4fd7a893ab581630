"""What follows an action is nobody's own doing."""

import pytest

from detectors.customer import Customer
from detectors.learning.labels import PendingLabel, open_label
from rules.decide import Decider
from rules.treated import is_treated, note_opened, note_treated
from tests.rules.gates.build import DAY, match, playbook, rule

AT = 1_000_000.0


def label(at: float) -> PendingLabel:
    return PendingLabel("repeat", f"{at}", at, at + DAY, 0.5, 0.5, 0, True, {})


@pytest.mark.parametrize(
    ("after_s", "treated"), [(0.0, True), (2 * DAY, True), (2 * DAY + 1.0, False)]
)
def test_a_label_opened_within_the_window_of_an_action_is_treated(
    after_s: float, treated: bool
) -> None:
    book, who = playbook(rule(window="2d")), Customer("c-1")
    note_treated(who, Decider(book, 0, 1, "log").decide(who, [match(book.rules[0], AT)]))
    open_label(who, label(AT + after_s))
    note_opened(who, AT + after_s)

    assert is_treated(who, AT + after_s) is treated
    assert [one.treated for one in who.labels] == [treated]


def test_who_was_never_acted_for_is_not() -> None:
    who = Customer("c-1")
    open_label(who, label(AT))
    note_opened(who, AT)

    assert not who.labels[0].treated
