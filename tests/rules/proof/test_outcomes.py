from detectors.event import Event
from rules.proof.decided import Decided
from rules.proof.intervals import Share
from rules.proof.outcomes import Outcomes
from tests.rules.proof.build import DAY, HOUR

NONE = Share(0, 0)


def sent(action: str, at: float = 0.0) -> Decided:
    return Decided("r", "ann", "sent", at, at, "e", "contact.abandoned", at, action)


def told(*events: tuple[str, str, float], source: str = "crm") -> Outcomes:
    """Return outcomes of (action, outcome, time)."""
    outcomes = Outcomes()
    for number, (action, outcome, at) in enumerate(events):
        outcomes.add(
            Event(f"{number}", source, f"action.{outcome}", at, "ann", {"action_id": action})
        )
    return outcomes


def test_answers_are_shares_of_the_actions_that_arrived() -> None:
    outcomes = told(
        ("a", "delivered", 0.0), ("b", "delivered", 0.0), ("a", "accepted", HOUR),
        ("c", "rejected", HOUR),  # whoever answers has got it
        ("x", "opted_out", HOUR),  # nobody sent this one
    )  # fmt: skip

    found = outcomes.answers([sent(name) for name in "abcd"], DAY)
    assert found == {
        "opened": Share(0, 3), "accepted": Share(1, 3), "rejected": Share(1, 3),
        "opted_out": Share(0, 3),
    }  # fmt: skip


def test_a_channel_that_accepts_has_delivered_and_says_nothing_of_the_customer() -> None:
    outcomes = told(("a", "accepted", 0.0), ("b", "parked", 0.0), source="precede/dispatch")

    assert outcomes.answers([sent("a"), sent("b")], DAY)["accepted"] == Share(0, 1)


def test_only_answers_within_the_window_count_both_ends_included() -> None:
    for at, hits in ((-1.0, 0), (0.0, 1), (DAY, 1), (DAY + 1.0, 0)):
        found = told(("a", "opened", at)).answers([sent("a")], DAY)
        assert found["opened"] == Share(hits, 1)


def test_a_repeated_answer_counts_once_at_its_first_time() -> None:
    outcomes = told(("a", "opened", 2 * DAY), ("a", "opened", HOUR), ("a", "opened", 3 * DAY))

    assert outcomes.answers([sent("a")], DAY)["opened"] == Share(1, 1)


def test_other_events_and_results_without_an_action_change_nothing() -> None:
    outcomes = told(("", "accepted", 0.0), ("a", "cancelled", 0.0), ("a", "expired", 0.0))
    outcomes.add(Event("9", "crm", "contact.started", 0.0, "ann", {"action_id": "a"}))

    assert outcomes.known == 0
    assert outcomes.answers([sent("a")], DAY)["accepted"] == NONE
