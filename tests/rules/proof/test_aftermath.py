import pytest

from rules.proof.aftermath import HORIZON_S, aftermath
from tests.rules.proof.build import (
    DAY,
    HOUR,
    MINUTE,
    abandoned,
    answered,
    decided,
    history_of,
    stage,
)

HUNG_UP = abandoned("a", 0.0)
TRIGGER = HUNG_UP[2]
FIRED_AT = 16 * MINUTE
FIRING = decided(TRIGGER, delay_s=15 * MINUTE)
LATER = answered("end", 10 * DAY, "call:end")


@pytest.mark.parametrize(
    ("ask", "after_s"),
    [
        (FIRED_AT - 1, None),
        (FIRED_AT, None),
        (FIRED_AT + 1, 1.0),
        (FIRED_AT + 3 * HOUR, 3 * HOUR),
        (FIRED_AT + HORIZON_S, HORIZON_S),
        (FIRED_AT + HORIZON_S + 1, None),
    ],
)
def test_an_ask_counts_within_24_hours(ask: float, after_s: float | None) -> None:
    after = aftermath(history_of(HUNG_UP, answered("b", ask), LATER), FIRING)

    assert after.asked_after_s == after_s
    assert after.is_known


def test_neither_others_nor_the_company_ask() -> None:
    others = answered("b", HOUR, "bob"), answered("c", HOUR, direction="outbound")

    assert aftermath(history_of(HUNG_UP, *others, LATER), FIRING).asked_after_s is None


@pytest.mark.parametrize(("end", "is_known"), [(FIRED_AT + DAY, True), (FIRED_AT + DAY - 1, False)])
def test_without_the_whole_24_hours_it_is_not_known(end: float, is_known: bool) -> None:
    history = history_of(HUNG_UP, answered("b", HOUR), answered("z", end - MINUTE, "call:z"))

    after = aftermath(history, FIRING)

    assert after.is_known is is_known
    assert after.asked_after_s == HOUR - FIRED_AT  # what is there can be told all the same


def test_without_the_trigger_it_is_not_known() -> None:
    assert not aftermath(history_of(LATER), FIRING).is_known


def test_a_trigger_that_is_no_contact_needs_none() -> None:
    order = stage("started", "o", 0.0)
    order.type = "order.delayed"

    after = aftermath(history_of(answered("b", HOUR), LATER), decided(order))

    assert (after.asked_after_s, after.is_known) == (HOUR, True)


def test_late_is_who_is_asking_elsewhere() -> None:
    offer = decided(stage("queued", "a", 0.0))
    own = [stage("started", "a", 0.0), stage("queued", "a", 0.0)]
    other = answered("b", -MINUTE, ends=MINUTE)

    assert not aftermath(history_of(own, LATER), offer).was_asking
    assert aftermath(history_of(own, other, LATER), offer).was_asking
    assert not aftermath(history_of(own, answered("b", -MINUTE), LATER), offer).was_asking
