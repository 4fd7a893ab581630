from dataclasses import replace

import pytest

from detectors.event import Event
from rules.proof.decided import Decided
from rules.proof.effect import TOO_SMALL
from rules.proof.history import History
from rules.proof.intervals import Share
from rules.proof.outcomes import Outcomes
from rules.proof.scorecard import Scorecard, scorecards
from tests.rules.gates.build import playbook, rule
from tests.rules.proof.build import DAY, HOUR, answered, stage

BOOK = playbook(rule("call-back", window="1d"), rule("cards", topic="cards"))


def exposed(customer: str, arm: str, at: float = 0.0, **changes: object) -> Decided:
    """Return a decision of the call-back for a customer of an arm; a fifth is held out."""
    reason = {"treated": "sent", "holdout": "ghost", "": "sent"}[arm]
    made = Decided(
        "call-back", customer, reason, at, at, f"{customer}-trigger", "order.placed", at,
        f"a-{customer}", "calls", "call-back" if arm else "", arm, 0.2 if arm else 0.0,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def history(*asks: tuple[str, float], until: float = 9 * DAY, topic: str = "") -> History:
    """Return the history of customers who each began a contact at a time."""
    made = History()
    for number, (who, at) in enumerate(sorted(asks, key=lambda ask: ask[1])):
        for event in answered(f"ask-{number}", at, who, topic=topic):
            made.add(event)
    made.add(stage("started", "last", until, "call:last"))
    return made


def card(past: History, *decisions: Decided, outcomes: Outcomes | None = None) -> Scorecard:
    return scorecards(past, outcomes or Outcomes(), decisions, BOOK)["call-back"]


def population(treated_asks: int, ghost_asks: int, lead_s: float) -> tuple[History, list[Decided]]:
    """Return 400 treated and 100 held-out customers, of whom so many ask after the lead time."""
    treated = [f"t-{n}" for n in range(400)]
    ghosts = [f"g-{n}" for n in range(100)]
    asking = treated[:treated_asks] + ghosts[:ghost_asks]
    decisions = [exposed(who, "treated") for who in treated]
    decisions += [exposed(who, "holdout") for who in ghosts]
    return history(*((who, lead_s) for who in asking)), decisions


def test_customers_who_asked_are_counted_in_their_arm() -> None:
    past, decisions = population(40, 50, 2 * HOUR)
    found = card(past, *decisions)

    assert (found.treated, found.ghosts, found.contaminated, found.open) == (400, 100, 0, 0)
    assert found.called is not None
    assert (found.called.treated.positives, found.called.ghost.positives) == (40, 50)
    assert found.called.difference == pytest.approx(0.1 - 0.5)
    assert found.verdict == "fewer"
    assert found.pre_empted is not None
    assert found.pre_empted[0] == pytest.approx(0.8)
    assert (found.lead.n, found.lead.median_s) == (50, 2 * HOUR)
    assert found.ratio_p == pytest.approx(1.0)  # a fifth, exactly
    assert found.candidates == {"ghost": 100, "sent": 400}


@pytest.mark.parametrize(
    ("at", "asks"), [(0.0, 0), (1.0, 12), (DAY, 12), (DAY + 1.0, 0), (-HOUR, 0)]
)
def test_only_what_follows_within_the_window_counts(at: float, asks: int) -> None:
    past, decisions = population(12, 12, at)
    found = card(past, *decisions)

    assert found.called is not None
    assert found.called.ghost.positives == found.called.treated.positives == asks
    assert found.lead.n == asks


def test_a_contact_about_another_topic_of_the_playbook_does_not_count() -> None:
    decisions = [exposed("ann", "holdout")]
    for topic, asks in (("calls", 1), ("regular", 1), ("", 1), ("cards", 0)):
        assert card(history(("ann", HOUR), topic=topic), *decisions).lead.n == asks


def test_the_contact_that_set_the_rule_off_does_not_count() -> None:
    past = History()
    for event in answered("c", 10.0, "ann"):
        past.add(event)
    past.add(stage("started", "last", 9 * DAY, "call:last"))

    # The start of that call came late, after the decision by its time.
    found = card(past, exposed("ann", "holdout", trigger_id="c-answered"))
    assert found.lead.n == 0


def test_a_few_customers_are_too_small_to_tell() -> None:
    past, decisions = population(9, 50, HOUR)
    found = card(past, *decisions)

    assert found.verdict == TOO_SMALL
    assert found.pre_empted is None
    assert found.as_json()["called_anyway"]["interval"] is None


def test_arms_that_are_not_as_drawn_block_the_comparison() -> None:
    past, decisions = population(40, 50, HOUR)
    lost = [each for each in decisions if each.arm == "treated"] + decisions[-55:]
    found = card(past, *lost)

    # 55 of 455 instead of 91: 4.2 standard deviations of sqrt(455 x 0.2 x 0.8) = 8.5.
    assert found.is_blocked
    assert (found.called, found.echo, found.pre_empted) == (None, None, None)
    assert found.verdict.startswith("blocked")
    assert found.as_json()["blocked"] is True


def test_who_was_in_both_arms_counts_in_neither() -> None:
    past, decisions = population(40, 50, HOUR)
    found = card(past, *decisions, exposed("t-1", "holdout", at=HOUR))

    assert (found.treated, found.ghosts, found.contaminated) == (399, 100, 1)


def test_later_exposures_of_a_customer_are_no_further_units() -> None:
    past = history(("ann", 3 * HOUR))
    found = card(past, exposed("ann", "holdout", at=2 * HOUR), exposed("ann", "holdout", at=HOUR))

    assert (found.ghosts, found.lead.n, found.lead.median_s) == (1, 1, 2 * HOUR)


def test_customers_whose_window_is_not_over_are_open() -> None:
    found = card(history(until=DAY - 1.0), exposed("ann", "treated"), exposed("bob", "holdout"))

    assert found.open == 2
    assert found.called is not None
    assert found.called.treated.n == found.called.ghost.n == 0


def test_without_a_holdout_actions_are_still_counted() -> None:
    outcomes = Outcomes()
    outcomes.add(Event("1", "crm", "action.accepted", HOUR, "ann", {"action_id": "a-ann"}))
    found = card(history(), exposed("ann", ""), exposed("bob", ""), outcomes=outcomes)

    assert found.verdict == "no holdout"
    assert found.answers["accepted"] == Share(1, 1)
    assert (found.late, found.ratio_p) == (Share(0, 2), None)
    assert found.as_json()["adoption"]["rate"] == 1.0


def test_who_was_asking_already_is_late() -> None:
    past = History()
    for event in answered("c", 0.0, "ann", ends=HOUR):
        past.add(event)
    past.add(stage("started", "last", 9 * DAY, "call:last"))

    assert card(past, exposed("ann", "", at=60.0)).late == Share(1, 1)
    assert card(past, exposed("ann", "", at=HOUR)).late == Share(0, 1)


def test_an_echo_is_what_the_treated_ask_more_within_72_h() -> None:
    decisions = [exposed(f"t-{n}", "treated") for n in range(1600)]
    decisions += [exposed(f"g-{n}", "holdout") for n in range(400)]
    asks = [(f"t-{n}", 60 * HOUR) for n in range(800)]
    asks += [(f"t-{n}", 61 * HOUR) for n in range(400)]
    asks += [(f"g-{n}", 62 * HOUR) for n in range(80)]
    asks += [(f"t-{n}", 73 * HOUR) for n in range(1600)]
    found = card(history(*asks), *decisions)

    assert found.echo is not None
    assert found.echo.difference == pytest.approx(1200 / 1600 - 80 / 400)
    assert found.echo.verdict == "more"
    assert found.verdict == TOO_SMALL  # nobody asked within a day


def test_decisions_on_replayed_history_are_left_out() -> None:
    past = History()
    opened = {"clock": "log", "reacts": False}
    past.add(Event("o", "bank", "source.opened", 0.0, "", opened))
    for event in answered("c", HOUR, "ann"):
        past.add(event)
    for event in [stage("started", "last", 9 * DAY, "call:last")]:
        past.add(Event(event.id, "live", event.type, event.at, event.customer, event.data))

    found = card(past, exposed("ann", "treated", at=HOUR), exposed("bob", "treated", at=DAY))
    assert found.treated == 1
    assert past.replayed_until == HOUR + 60.0


def test_rules_that_the_playbook_lost_come_last() -> None:
    found = scorecards(history(), Outcomes(), [replace(exposed("a", ""), rule="gone")], BOOK)

    assert list(found) == ["call-back", "cards", "gone"]
    assert found["gone"].candidates == {"sent": 1}
