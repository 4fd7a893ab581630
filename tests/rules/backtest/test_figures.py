import pytest

from detectors.event import Event
from rules.backtest.difference import difference
from rules.backtest.facts import LogFacts, joined
from rules.backtest.figures import agent_hours, assumptions, figures
from rules.backtest.versions import as_run
from rules.playbook.models import Playbook
from rules.proof.decided import Decided
from rules.proof.history import History
from rules.proof.intervals import Share
from tests.rules.gates.build import playbook, rule
from tests.rules.proof.build import DAY, HOUR, abandoned, answered, decided, history_of

CALLERS = ("ann", "bob", "cy", "dan")


def facts() -> LogFacts:
    """Return those of ten days with two answered contacts of 90 s and 150 s."""
    found = LogFacts()
    for number, (at, service_s) in enumerate(((0.0, 90.0), (10 * DAY, 150.0))):
        data = {"outcome": "answered", "direction": "inbound", "service_s": service_s}
        found.add(Event(str(number), "bank", "contact.ended", at, "ann", data))
    found.events["contact.abandoned"] += 4
    return found


def history() -> History:
    """Return four lost calls at time 0; ann and bob called again after 2 h."""
    lost = [abandoned(who, 0.0, who) for who in CALLERS]
    again = [answered(f"{who}-2", 2 * HOUR, who) for who in ("ann", "bob")]
    return history_of(*lost, *again, answered("end", 9 * DAY, "call:end"))


def firing(who: str, reason: str = "sent", name: str = "call-back") -> Decided:
    trigger = abandoned(who, 0.0, who)[2]
    found = decided(trigger, reason=reason, rule=name)
    return Decided(
        found.rule, found.customer, found.reason, found.at, found.matched_at, found.trigger_id,
        found.trigger_type, found.trigger_at, f"{name}/{who}",
    )  # fmt: skip


def test_a_rule_has_candidates_firings_and_the_hours_they_take() -> None:
    made = [firing("ann"), firing("bob"), firing("cy", "cooldown"), firing("dan", "cap")]

    found = figures(playbook(), made, history(), facts())["call-back"]

    assert found.result.candidates == {"cap": 1, "cooldown": 1, "sent": 2}
    assert found.candidates_a_day == pytest.approx(0.4)  # four in ten days
    assert found.firings_a_day == pytest.approx(0.2)
    assert found.result.total.called == Share(2, 2)
    assert found.hand_overs == 2
    assert found.agent_hours == pytest.approx(2 * 120.0 / 3600.0)  # the mean of 90 s and 150 s


def test_what_passed_every_gate_in_shadow_is_a_firing() -> None:
    book = playbook(rule(mode="draft"))

    found = figures(book, [firing("ann", "shadow"), firing("bob", "cap")], history(), facts())

    assert found["call-back"].mode == "draft"
    assert found["call-back"].result.total.fired == 1
    assert as_run(book).rules[0].mode == "shadow"
    assert as_run(book).hash != book.hash  # or the engine would take it for the first
    assert as_run(playbook()).hash == playbook().hash


def test_an_offer_or_a_message_takes_no_agent() -> None:
    book = playbook(rule(do="message", to=None, channel="mail"))

    found = figures(book, [firing("ann")], history(), facts())["call-back"]

    assert found.result.total.fired == 1
    assert (found.hand_overs, found.agent_hours) == (0, 0.0)


def test_a_rule_whose_events_the_log_lacks_has_no_data_and_a_retired_one_no_line() -> None:
    book = playbook(rule(), rule("declined", when="card.declined"), rule("gone", mode="retired"))

    found = figures(book, [], history(), facts())

    assert list(found) == ["call-back", "declined"]
    assert not found["call-back"].missing.is_mute
    assert found["declined"].missing.needed == ("card.declined",)
    assert found["declined"].as_json()["no_data"] == ["card.declined"]


def test_where_nobody_was_answered_hours_are_not_known() -> None:
    silent = LogFacts()

    assert agent_hours(3, silent) is None
    assert agent_hours(0, silent) == 0.0
    assert "not known" in assumptions(silent)[-1]
    assert "120 s" in assumptions(facts())[-1]


def test_partitions_are_put_together() -> None:
    whole = joined([facts(), facts(), LogFacts(records=7)])

    assert whole.records == 7
    assert whole.events == {"contact.ended": 4, "contact.abandoned": 8}
    assert (whole.days, whole.mean_service_s) == (10.0, 120.0)


def compared(new: list[Decided], old: list[Decided], *books: Playbook) -> dict[str, object]:
    first, second = books or (playbook(), playbook())
    found = difference((first, new), (second, old), history(), facts())
    return {
        name: (each.extra_count, each.missing_count, each.agent_hours)
        for name, each in found.items()
    }


def test_a_difference_is_what_only_one_version_fired() -> None:
    new = [firing("ann"), firing("bob"), firing("cy"), firing("dan", "cap")]
    old = [firing("ann"), firing("bob", "cooldown"), firing("dan")]

    # bob and cy more, dan less: one hand-over of 120 s more.
    assert compared(new, old) == {"call-back": (2, 1, pytest.approx(120.0 / 3600.0))}


def test_extra_firings_are_judged_alone() -> None:
    new, old = [firing("ann"), firing("cy")], [firing("ann")]

    found = difference((playbook(), new), (playbook(), old), history(), facts())["call-back"]

    assert found.extra is not None
    assert found.extra.total.called == Share(0, 1)  # cy did not call; ann is in both versions
    assert found.as_json()["missing"]["fired"] == 0


def test_a_rule_that_only_one_version_has_is_all_extra() -> None:
    both, one = playbook(rule(), rule("second")), playbook()

    found = compared([firing("ann"), firing("ann", name="second")], [firing("ann")], both, one)

    assert found["second"] == (1, 0, pytest.approx(120.0 / 3600.0))
    assert found["call-back"] == (0, 0, 0.0)
